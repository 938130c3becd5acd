package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/daypass/daypass/internal/api"
	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/auditsink"
	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/metrics"
	"github.com/daypass/daypass/internal/oidc"
	"github.com/daypass/daypass/internal/operation"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/sts"
	"github.com/daypass/daypass/internal/verifierapi"
	"github.com/daypass/daypass/internal/webidentity"
)

const (
	drainTimeout    = 20 * time.Second // after SIGTERM
	lastUseInterval = 10 * time.Second
	expiryInterval  = time.Hour
)

// Server is a daypass server with its store and audit log open.
type Server struct {
	config     Config
	store      *store.Store
	audit      *audit.Log
	auditHead  audit.Head // that the database has
	auditSinks *auditsink.Sinks
	issuers    *webidentity.Issuers
	api        *api.Handler
	gateway    *gateway.Handler
	verifiers  *verifierapi.Handler
	extauth    *extauth.Decider
	limits     *limit.Limiter
	proxies    door.Proxies
	doors      []doorway // the endpoint's, which Serve adds, is the last
	lastLook   look
	metrics    *metrics.Metrics // nil: nobody reads them

	certificates certificates // nil: without TLS
}

// New opens what a server needs. The caller must Close it.
func New(ctx context.Context, c Config) (_ *Server, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{config: c, limits: limit.New(c.Limits), metrics: newMetrics(c)}
	if s.proxies, err = door.ParseProxies(c.TrustedProxies); err != nil {
		return nil, err
	}
	if err := prepareDataDir(c.DataDir); err != nil {
		return nil, err
	}
	if s.certificates, err = openCertificates(c); err != nil {
		return nil, err
	}
	if s.store, err = openStore(ctx, c, s.metrics); err != nil {
		return nil, err
	}
	if s.audit, err = openAuditLog(ctx, s.store, c); err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	if err := s.assemble(ctx); err != nil {
		return nil, errors.Join(err, s.audit.Close(), s.store.Close())
	}
	return s, nil
}

// assemble makes of the store and the audit log what answers requests.
func (s *Server) assemble(ctx context.Context) error {
	c := &s.config
	tokens, err := tokenRing(ctx, s.store, c.Now())
	if err != nil {
		return err
	}
	messages, err := messageRing(ctx, s.store, c.Now())
	if err != nil {
		return err
	}
	s.issuers = webidentity.New(s.store, c.PublicURL)
	authorizer := authz.New(s.store)
	if c.EncodedAuthorizationMessages {
		authorizer.Messages = messages
	}
	stsService := &sts.Service{
		Store: s.store, Tokens: tokens, Messages: messages, Authorizer: authorizer, AWSMessagesOnly: c.AWSMessagesOnly,
		WebIdentities: oidc.New(oidc.Config{PrivateAddresses: c.OIDCPrivateAddresses, RootCAs: c.OIDCRootCAs}),
		SAMLAudiences: c.SAMLAudiences, Issuers: s.issuers,
	}
	iamService := &iam.Service{Store: s.store, Authorizer: authorizer, Issuers: s.issuers, AWSMessagesOnly: c.AWSMessagesOnly}
	authenticator := authn.New(authn.Config{
		Store: s.store, Tokens: tokens, Services: []string{operation.STS.Name, operation.IAM.Name}, Regions: c.Regions,
		SessionsOutliveKeys: c.SessionsOutliveKeys, Limits: s.limits,
	})
	s.api = &api.Handler{
		Authenticator: authenticator, Operations: operation.NewTable(s.audit, authorizer, stsService, iamService),
		Audit: s.audit, Now: c.Now, Logger: c.Logger, Limits: s.limits, Timed: c.Tracer != nil,
		Large: api.NewPlaces(), UnsignedLarge: api.NewPlaces(),
	}
	s.assembleForOthers(authenticator, authorizer)
	s.measure(measured{authorizer, stsService, iamService})
	if err := s.gateway.Configure(c.Gateway); err != nil {
		return err
	}
	return s.openAuditSinks()
}

// assembleForOthers makes what answers requests to services other than STS and IAM.
func (s *Server) assembleForOthers(authenticator *authn.Authenticator, authorizer *authz.Authorizer) {
	c := &s.config
	s.verifiers = &verifierapi.Handler{
		Authenticator: authenticator, Authorizer: authorizer, Own: s.answersFor, Regions: c.Regions,
		Audit: s.audit, Now: c.Now, Logger: c.Logger, Limits: s.limits, Timed: c.Tracer != nil,
	}
	s.extauth = &extauth.Decider{
		Judge: &enforce.Judge{Authenticator: authenticator, Authorizer: authorizer, Now: c.Now},
		Audit: s.audit, Logger: c.Logger, Limits: s.limits, Timed: c.Tracer != nil,
	}
	s.extauth.Configure(c.Extauth)
	s.gateway = &gateway.Handler{
		Authenticator: authenticator, Authorizer: authorizer, PublicURL: c.PublicURL,
		Audit: s.audit, Now: c.Now, Logger: c.Logger, Limits: s.limits, Timed: c.Tracer != nil,
	}
}

// answersFor reports whether requests to a service are answered here.
func (s *Server) answersFor(service string) bool {
	switch service {
	case operation.STS.Name, operation.IAM.Name, verifierapi.Service:
		return true
	}
	return s.gateway.Serves(service)
}

// prepareDataDir makes the data directory, and refuses one where others could put files of theirs in the place of ours.
func prepareDataDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return checkDataDir(path)
}

func checkDataDir(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o022 != 0 {
		return fmt.Errorf("the data directory %s has mode %04o: others than its owner can write it; run: chmod go-w %s", path, mode, path)
	}
	return nil
}

// OpenStore opens the store of a configuration.
func OpenStore(ctx context.Context, c Config) (*store.Store, error) { return openStore(ctx, c, nil) }

func openStore(ctx context.Context, c Config, m *metrics.Metrics) (*store.Store, error) {
	key, err := c.sealingKey(ctx)
	if err != nil {
		return nil, err
	}
	o := store.Options{URL: c.database(), SealingKey: key}
	if m != nil {
		o.Watch = m.Store
	}
	return store.Open(ctx, o, c.Now())
}

// Close writes down what is pending and closes the audit log and the store.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	s.recordBlocks(s.config.Now().Add(limit.MaxPeriod + 1)) // what is blocked is not any more
	return errors.Join(s.closeDoors(), s.api.Authenticator.FlushLastUses(ctx), s.closeAuditSinks(), s.audit.Close(), s.rememberAuditLog(ctx), s.store.Close())
}

// Extauth decides for proxies that ask.
func (s *Server) Extauth() *extauth.Decider { return s.extauth }

// Handler serves the AWS endpoint, /healthz, /readyz and what is below /oidc/.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.route) }

// route is no ServeMux, which would answer paths with dots or double slashes by itself.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if len(r.TransferEncoding) > 0 || r.Proto != "HTTP/1.1" {
		// net/http goes by Transfer-Encoding, and by Content-Length in HTTP/1.0, and does not tell whether the other was there
		// too. Whoever sent both may see the end of the request elsewhere (RFC 9112 section 6.1): nothing follows it. Nor does
		// anything follow what looks like HTTP/2, which net/http hands on.
		w.Header().Set("Connection", "close")
	}
	r.RemoteAddr = s.proxies.RemoteAddr(r)
	switch service := gateway.ServiceOf(r); {
	case s.gateway.Serves(service): // a bucket may have any name
		s.gateway.ServeHTTP(w, r)
	case service == verifierapi.Service:
		s.verifiers.ServeHTTP(w, r)
	case r.RequestURI == "/healthz":
		w.WriteHeader(http.StatusOK)
	case r.RequestURI == "/readyz":
		s.ready(w, r)
	case strings.HasPrefix(r.RequestURI, webidentity.Path):
		s.issuerDocument(w, r)
	case s.gateway.Refuses(r):
		s.gateway.ServeHTTP(w, r)
	default:
		s.api.ServeHTTP(w, r)
	}
}

// Serve answers requests on the listener until ctx ends, then lets those under way finish.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	s.addDoor("endpoint", listener, s.endpoint())
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.auditSinks.Start()
	var janitor sync.WaitGroup
	janitor.Go(func() { s.janitor(background) })
	if s.certificates != nil {
		janitor.Go(func() { s.certificates.Keep(background) })
	}
	defer janitor.Wait() // what it could not write is then back where Close finds it
	defer stop()

	select {
	case err := <-s.answer():
		cut, cancel := context.WithCancel(ctx)
		cancel()
		return errors.Join(err, s.stopAnswering(cut))
	case <-ctx.Done():
	}
	s.config.Logger.InfoContext(ctx, "draining")
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	return s.stopAnswering(drain)
}

// janitor does what is due now and then.
func (s *Server) janitor(ctx context.Context) {
	ticker := time.NewTicker(lastUseInterval)
	defer ticker.Stop()
	expiry := time.NewTicker(expiryInterval)
	defer expiry.Stop()
	s.anchorAuditLog(ctx)
	s.maintainKeys(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.warn(ctx, "last use of access keys not written", s.api.Authenticator.FlushLastUses(ctx))
			s.recordBlocks(s.config.Now())
			s.logRefusedConnections(ctx)
			s.anchorAuditLog(ctx)
		case <-expiry.C:
			s.warn(ctx, "what is expired was not deleted", ForgetExpired(ctx, s.store, s.config.Now()))
			s.maintainKeys(ctx)
		}
	}
}

// warn tells of what the janitor could not do. What the end of the server cut short is done by Close, or by the next start.
func (s *Server) warn(ctx context.Context, text string, err error) {
	if err != nil && ctx.Err() == nil {
		s.config.Logger.WarnContext(ctx, text, "error", err) //nolint:sloglint // one of the few above
	}
}

// OpenExistingStore opens the store of a configuration for a command beside the server. It makes no new one: a wrong
// path must not look like an empty account.
func OpenExistingStore(ctx context.Context, c Config) (*store.Store, error) {
	key, err := c.sealingKey(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkSealingKeyFile(key, c); err != nil {
		return nil, err
	}
	if file, ok := c.databaseFile(); ok {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("there is no database: %w", err)
		}
	}
	return store.Open(ctx, store.Options{URL: c.database(), SealingKey: key}, c.Now())
}

// checkSealingKeyFile wants the file of a sealing key to be there.
func checkSealingKeyFile(key store.SealingKey, c Config) error {
	file, ok := key.(store.SealingKeyFile)
	if !ok {
		return nil
	}
	_, err := os.Stat(file.String())
	switch {
	case err != nil && c.SealingKey == "":
		return fmt.Errorf("%s is not the data directory of a server: %w", c.DataDir, err)
	case err != nil:
		return fmt.Errorf("there is no sealing key: %w", err)
	}
	return nil
}
