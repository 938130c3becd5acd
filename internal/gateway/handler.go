package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/sigv4"
)

// Handler answers for the services behind the gateway.
type Handler struct {
	Authenticator *authn.Authenticator
	Authorizer    *authz.Authorizer
	Audit         *audit.Log
	Now           func() time.Time
	Logger        *slog.Logger
	Limits        *limit.Limiter
	PublicURL     string // the origin at which clients reach the server; empty: not known
	Timed         bool   // the laps of requests are kept
	// Watch, if there is one, is told when a service's backend is asked. What it returns is called when the backend's answer
	// begins, or with why there is none. It is set before Configure.
	Watch func(service string) (done func(err error))

	upstreams            map[string]*upstream
	verified, unverified *limit.Places // for large bodies
}

// Configure makes the handler's upstreams of a configuration.
func (h *Handler) Configure(c Config) error {
	h.upstreams = make(map[string]*upstream, len(c.Upstreams))
	h.verified, h.unverified = limit.NewPlaces(maxLargeBodies, 0, patience), limit.NewPlaces(maxLargeBodies, maxFromOne, patience)
	for service, backend := range c.Upstreams {
		u, err := newUpstream(service, backend)
		if err != nil {
			return fmt.Errorf("gateway.upstreams.%s: %w", service, err)
		}
		if h.Watch != nil {
			u.watch = h.Watch
		}
		h.upstreams[service] = u
	}
	return nil
}

// Places are those of requests with large bodies whose signature is known to be right, and of those whose is not.
func (h *Handler) Places() (verified, unverified *limit.Places) { return h.verified, h.unverified }

// Own gives the resources of backends whose account the configuration does not say to the management account. It comes after
// Configure, and before the first request.
func (h *Handler) Own(managementAccount string) {
	for _, u := range h.upstreams {
		u.Account = cmp.Or(u.Account, managementAccount)
		u.S3.Account = u.Account
	}
}

// Serves reports whether a service is behind the gateway.
func (h *Handler) Serves(service string) bool { return h.upstreams[service] != nil }

// Refuses reports whether a request for none of the services behind the gateway is the gateway's to refuse, in the words that its
// client reads: it is signed for a service of AWS's that has no upstream, or came for S3 without a signature, or with one of an
// older version. What has the path / and no signature may as well be for STS. With nothing behind the gateway there is no gateway:
// the endpoint is that of STS, which refuses a scope that is not its own.
func (h *Handler) Refuses(r *http.Request) bool {
	if len(h.upstreams) == 0 {
		return false
	}
	switch service := scopedService(r); {
	case service != "":
		return isKnown(service)
	case isVersion2(r):
		return true
	}
	u := h.upstreams[serviceS3]
	if u == nil {
		return false
	}
	path, _ := cutQuery(r.RequestURI)
	endpoint, below := u.S3.Names(r.Host)
	return below || endpoint && path != "/"
}

// isKnown reports whether it is known how a service says no.
func isKnown(service string) bool {
	_, modelled := awsmodel.Find(service)
	return modelled || service == serviceS3
}

// ServeHTTP answers one request. Whatever happens to it, it has a line in the audit log.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service := cmp.Or(ServiceOf(r), serviceS3)
	u := h.upstreams[service]
	if u == nil {
		if !isKnown(service) {
			http.NotFound(w, r) // the server does not send such requests here
			return
		}
		u = noUpstream(service)
	}
	e := &exchange{Handler: h, upstream: u, w: w, r: r, call: door.NewCall(r, h.Now(), u.Name)}
	if h.Timed {
		e.call.Laps = aws.NewLaps(h.Now)
	}
	e.control = http.NewResponseController(w)
	e.event = audit.Event{Data: true, ReadOnly: r.Method == http.MethodGet || r.Method == http.MethodHead}
	defer e.leave()
	p := e.performer()
	defer e.recoverPanic(p)
	e.unhurried()
	if r.ContentLength == 0 && r.ProtoAtLeast(1, 1) && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		// net/http says it for bodies only. botocore asks for it before an empty object, too; without it, it misreads the
		// connection's next answer.
		w.WriteHeader(http.StatusContinue)
	}
	if err := p.perform(r.Context()); err != nil {
		p.refuse(err)
	}
}

// performer takes a request from its signature to its answer. What is wrong with it is said in the service's own form.
type performer interface {
	perform(ctx context.Context) error
	refuse(err error)
}

func (e *exchange) performer() performer {
	if e.upstream.Name == serviceS3 {
		return &s3Request{exchange: e}
	}
	return &modelledRequest{exchange: e}
}

// exchange is one request with what is known of it.
type exchange struct {
	*Handler
	upstream   *upstream
	w          http.ResponseWriter
	control    *http.ResponseController
	r          *http.Request
	call       aws.Call
	event      audit.Event
	answered   bool
	leavePlace func()      // among the large bodies; nil: it has none
	drained    atomic.Bool // the body was read to its end: what follows on the connection is another request
	bodyBy     time.Time   // when all of the body has to be there; zero: it may go on for ever
}

var (
	errConnection = errors.New("the Connection header names other headers")
	errNoUpstream = errors.New("there is no upstream for the service")
)

// check refuses what no request may have, whatever its service. Who removes headers that Connection names would make another
// request of it than was signed.
func (e *exchange) check() error {
	if err := e.Limits.Admit(&e.call, func() string { return door.KeyID(e.r.Header, e.r.RequestURI) }); err != nil {
		return err
	}
	if err := e.Audit.Err(); err != nil {
		return aws.Internal(err)
	}
	if !e.upstream.configured() {
		return errNoUpstream
	}
	for _, list := range e.r.Header["Connection"] {
		for option := range strings.SplitSeq(list, ",") {
			switch strings.ToLower(strings.TrimSpace(option)) {
			case "", "close", "keep-alive":
			default:
				return errConnection
			}
		}
	}
	return nil
}

// origin is where the client found a host of the gateway's: by TLS too, when that ends at a proxy and the public URL says so.
func (e *exchange) origin(host string) string {
	if e.r.TLS != nil || strings.EqualFold("https://"+host, e.PublicURL) {
		return "https://" + host
	}
	return "http://" + host
}

// send sends a request to the backend.
func (e *exchange) send(ctx context.Context, o *outgoing) (*http.Response, error) {
	defer e.call.Laps.Begin("upstream")()
	return e.upstream.send(ctx, o)
}

// judge decides on requests.
func (e *exchange) judge() *enforce.Judge {
	return &enforce.Judge{Authenticator: e.Authenticator, Authorizer: e.Authorizer, Now: e.Now}
}

// request is what came over the wire.
func (e *exchange) request() *enforce.Request {
	r := enforce.Request{Method: e.r.Method, Host: e.r.Host, Target: e.r.RequestURI, Header: signedHeader(e.r)}
	if e.r.TLS != nil {
		r.TLSVersion = tlsVersions[e.r.TLS.Version]
	}
	return &r
}

// signedHeader is the header as it was signed. net/http takes Transfer-Encoding out, which botocore before 1.34 signs where a
// checksum follows the body: Debian's has no other way.
func signedHeader(r *http.Request) http.Header {
	if len(r.TransferEncoding) == 0 {
		return r.Header
	}
	header := maps.Clone(r.Header)
	header["Transfer-Encoding"] = r.TransferEncoding
	return header
}

var tlsVersions = map[uint16]string{0x0303: "1.2", 0x0304: "1.3"}

// identifyCaller tells who a request claims to be from.
func (e *exchange) identifyCaller(ctx context.Context, s *sigv4.Signature) (authn.Candidate, error) {
	return e.judge().Identify(ctx, &e.upstream.Service, s, &e.call)
}

// record writes the request to the audit log. One that can't be recorded is not answered.
func (e *exchange) record(refusal *aws.Error) error {
	e.event.Call, e.event.Err = e.call, refusal
	if err := e.Audit.Record(e.event); err != nil {
		return aws.Internal(err)
	}
	return nil
}

// recordRefusal records what the client is told and, for the operator, why.
func (e *exchange) recordRefusal(status int, code, message string, err error) error {
	if errors.Is(err, limit.ErrBlocked) { // see limit.Limiter.Blocks
		return nil
	}
	e.Limits.Refused(&e.call, status)
	return e.record(enforce.Recorded(code, message, err))
}

// logFailure tells the operator of what went wrong on our side. A client that has gone is nobody's failure.
func (e *exchange) logFailure(what string, err error) {
	level := slog.LevelError
	if e.r.Context().Err() != nil {
		level = slog.LevelInfo
	}
	e.Logger.Log(e.r.Context(), level, "request to a backend failed", "what", what, "requestId", e.call.RequestID, "service", e.call.Service, "error", err)
}

// recoverPanic keeps a programmer's fault in one request from being a mystery. What breaks off an answer on purpose goes on.
func (e *exchange) recoverPanic(service performer) {
	p := recover()
	switch p {
	case nil:
		return
	case http.ErrAbortHandler:
		panic(http.ErrAbortHandler)
	}
	e.Logger.Error("request panicked", "requestId", e.call.RequestID, "panic", p, "stack", string(debug.Stack()))
	service.refuse(fmt.Errorf("panic: %v", p)) // it may be recorded already: better twice than not at all
}
