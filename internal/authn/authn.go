// Package authn answers the first question: who is this?
//
// It does so in two stages, in AWS's order of checks (spec sections 2.1 and 13). Identify judges everything that needs
// neither the body nor the secret: the time and scope of the signature, the session token, whether the key and its
// principal live. Only what passes is worth reading a body for; Candidate.Verify then judges the signature.
package authn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/sessiontoken"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/sigv4"
)

// The texts of spec section 2.1, rows 14 to 16. AWS ends one of them with a full stop and the other not.
var (
	// ErrTokenNotGenuine says that a session token is none of this server's, or was changed.
	ErrTokenNotGenuine = aws.Errorf(aws.InvalidClientTokenID, "The security token included in the request is invalid")
	errTokenExpired    = aws.Errorf(aws.ExpiredToken, "The security token included in the request is expired")
	errInvalidKey      = aws.Errorf(aws.InvalidClientTokenID, "The security token included in the request is invalid.")
	// ErrMismatch says that the signature is not the one that the key makes.
	ErrMismatch = aws.Errorf(aws.SignatureDoesNotMatch, "The request signature we calculated does not match the signature you provided. "+
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
)

// Config says what an Authenticator accepts.
type Config struct {
	Store  *store.Store
	Tokens *store.Keyring[*sessiontoken.Ring]
	// Services and Regions are what a credential scope may name. No regions: any.
	Services []string
	Regions  []string
	// SessionsOutliveKeys keeps sessions alive when the long-term key that asked for them is deactivated or deleted,
	// as AWS does.
	SessionsOutliveKeys bool
	// Limits says how many requests of an account, and of a key, are too many.
	Limits *limit.Limiter
}

// Authenticator tells who signed a request.
type Authenticator struct {
	config     Config
	iamRegions []string
	keys       *store.Cache[*longTermKey]
	sessions   *store.Cache[*session] // by token
	principals *store.Cache[aws.Principal]
	disabled   *store.Cache[bool] // accounts
	// revocations has one entry, for all of them.
	revocations *store.Cache[revocations]
	lastUses    lastUses
	scope       atomic.Pointer[sigv4.Scope] // the last one: nearly all requests of a day have the same
}

// New returns an Authenticator. It is safe for concurrent use.
func New(c Config) *Authenticator {
	a := &Authenticator{
		config:      c,
		keys:        store.NewCache[*longTermKey](c.Store.Generation).Among(store.NewAccessKeyIDs(c.Store)),
		sessions:    store.NewCache[*session](c.Tokens.Generation).Bounded(maxSessions),
		principals:  store.NewCache[aws.Principal](c.Store.Generation),
		disabled:    store.NewCache[bool](c.Store.Generation),
		revocations: store.NewCache[revocations](c.Store.Generation),
	}
	if len(c.Regions) > 0 {
		a.iamRegions = append([]string{aws.GlobalRegion}, c.Regions...)
	}
	return a
}

// Caches tells how what is kept of the store stands, by what it is.
func (a *Authenticator) Caches() map[string]store.CacheStats {
	return map[string]store.CacheStats{
		"access_keys": a.keys.Stats(), "sessions": a.sessions.Stats(), "principals": a.principals.Stats(),
		"accounts": a.disabled.Stats(), "revocations": a.revocations.Stats(),
	}
}

// longTermKey is an access key of a user or root as the store has it.
type longTermKey struct {
	principal aws.Principal
	secret    secret
	active    bool
	noted     noted // what lastUses knows of it
}

// session is what a session token says, and whose it is as the store has it.
type session struct {
	claims    sessiontoken.Claims
	principal aws.Principal
	secret    secret
}

// maxSessions bounds the memory of kept sessions, of which one has some 2 KB, and with the greatest token 10.
const maxSessions = 8192

// secret is a secret access key, with the signing key of the scope it was last used with: the derivation costs as much as the check.
type secret struct {
	text    string
	signing atomic.Pointer[scopedKey]
}

// scopedKey is a signing key. Keys of one scope share it, so that it is at hand whosever key is used.
type scopedKey struct {
	scope *sigv4.Scope
	key   sigv4.SigningKey
}

// Candidate is who a request claims to be from: all is well but the signature, which is not yet checked.
type Candidate struct {
	UnverifiedCaller aws.Caller
	signature        *sigv4.Signature
	key              sigv4.SigningKey
	longTerm         *longTermKey // nil for the key of a session: what is noted of one is its role's last use, if it has one
	scope            *sigv4.Scope // of the use
	now              time.Time
	authenticator    *Authenticator
}

// Format keeps keys out of logs, whatever the verb: fmt does not ask those that a struct hides.
func (c Candidate) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "authn.Candidate(%s, redacted)", c.UnverifiedCaller.AccessKeyID)
}

// Identify checks the time, the scope, the session token and the liveness of key and principal, in this order, at the instant of
// the call. It completes the call as far as the request is believed.
func (a *Authenticator) Identify(ctx context.Context, s *sigv4.Signature, call *aws.Call) (Candidate, error) {
	c, err := a.IdentifyFor(ctx, s, sigv4.Expect{Services: a.config.Services, Regions: a.regions(s.Scope.Service)}, call)
	if _, ok := errors.AsType[*sigv4.Error](err); ok {
		err = FromSignature(err)
	}
	return c, err
}

// IdentifyFor is Identify for a request to another service. What is wrong with the time and the scope is an error of package
// sigv4, for the service to say in its own words.
func (a *Authenticator) IdentifyFor(ctx context.Context, s *sigv4.Signature, expect sigv4.Expect, call *aws.Call) (Candidate, error) {
	if aws.IsAccessKeyID(s.AccessKeyID) { // anything else may be a secret in the wrong place
		call.Caller.AccessKeyID = s.AccessKeyID
	}
	defer call.Laps.Begin("identify")()
	if err := s.Check(call.Now, expect); err != nil {
		return Candidate{}, err
	}
	c, err := a.identify(ctx, s, call.Now)
	if err == nil {
		call.Service, call.Region = s.Scope.Service, s.Scope.Region
	}
	return c, err
}

func (a *Authenticator) identify(ctx context.Context, s *sigv4.Signature, now time.Time) (Candidate, error) {
	if strings.HasPrefix(s.AccessKeyID, aws.SessionKeyPrefix) {
		return a.identifySession(ctx, s, now)
	}
	return a.identifyLongTerm(ctx, s, now)
}

// regions are those a scope of the service may name. IAM is global: clients sign for its one region wherever they are.
func (a *Authenticator) regions(service string) []string {
	if service == "iam" {
		return a.iamRegions
	}
	return a.config.Regions
}

// Verify checks the signature over the request and its body. If it is right the call has its caller, though Verify may fail: with
// too many requests.
func (c *Candidate) Verify(payload sigv4.Payload, call *aws.Call) error {
	if !c.signature.Verify(&c.key, payload) {
		return ErrMismatch
	}
	call.Caller = c.UnverifiedCaller
	a := c.authenticator
	switch {
	case c.longTerm != nil:
		a.lastUses.note(c.longTerm, c.signature.AccessKeyID, c.now, c.scope)
	case c.UnverifiedCaller.Type == aws.RolePrincipal:
		a.lastUses.noteRole(c.UnverifiedCaller.ID, c.now, c.scope)
	}
	return a.config.Limits.Take(call)
}

// VerifyDeclared reports, before the body is there, whether the signature is right over the body's hash as the request declares
// it. Then nobody but the holder of the key has signed the request; Verify has to be asked about the body all the same.
func (c *Candidate) VerifyDeclared(hash string) bool {
	return hash != "" && c.signature.Verify(&c.key, sigv4.PayloadText(hash))
}

// SigningKey is the key that the signature was checked with, and that signs what follows it: the chunks of a body.
func (c *Candidate) SigningKey() *sigv4.SigningKey { return &c.key }

func (a *Authenticator) identifyLongTerm(ctx context.Context, s *sigv4.Signature, now time.Time) (Candidate, error) {
	if s.HasSessionToken {
		return Candidate{}, a.refuseToken(ctx, s.SessionToken, now)
	}
	key, err := a.activeKey(ctx, s.AccessKeyID, now)
	if err != nil {
		return Candidate{}, err
	}
	scoped := key.secret.signingKey(a.shared(&s.Scope))
	return Candidate{
		UnverifiedCaller: aws.Caller{Principal: key.principal, AccessKeyID: s.AccessKeyID},
		signature:        s,
		key:              scoped.key,
		longTerm:         key,
		scope:            scoped.scope,
		now:              now,
		authenticator:    a,
	}, nil
}

// refuseToken says what is wrong with a session token that came with a long-term key.
func (a *Authenticator) refuseToken(ctx context.Context, token string, now time.Time) error {
	tokens, err := a.config.Tokens.At(ctx, now)
	if err != nil {
		return aws.Internal(err)
	}
	if _, err := tokens.Open(token); err != nil {
		return ErrTokenNotGenuine.Because(err)
	}
	return errInvalidKey.Because(errors.New("a session token came with a long-term key"))
}

func (a *Authenticator) identifySession(ctx context.Context, s *sigv4.Signature, now time.Time) (Candidate, error) {
	if !s.HasSessionToken {
		return Candidate{}, errInvalidKey.Because(errors.New("the key of a session came without its session token"))
	}
	kept, err := a.sessions.Get(ctx, s.SessionToken, now, func() (*session, error) { return a.openSession(ctx, s, now) })
	if err != nil {
		return Candidate{}, aws.AsError(err)
	}
	if err := checkClaims(&kept.claims, s, now); err != nil {
		return Candidate{}, err
	}
	scoped := kept.secret.signingKey(a.shared(&s.Scope))
	return Candidate{
		UnverifiedCaller: aws.Caller{
			Principal:   kept.principal,
			AccessKeyID: s.AccessKeyID,
			Session:     &kept.claims.Session,
		},
		signature:     s,
		key:           scoped.key,
		scope:         scoped.scope,
		now:           now,
		authenticator: a,
	}, nil
}

// openSession opens a token and judges all that follows from it and from the store. What follows from the request and the instant,
// checkClaims has to judge again whenever the session is used.
func (a *Authenticator) openSession(ctx context.Context, s *sigv4.Signature, now time.Time) (*session, error) {
	tokens, err := a.config.Tokens.At(ctx, now)
	if err != nil {
		return nil, aws.Internal(err)
	}
	claims, err := tokens.Open(s.SessionToken)
	if err != nil {
		return nil, ErrTokenNotGenuine.Because(err)
	}
	if err := checkClaims(&claims, s, now); err != nil {
		return nil, err
	}
	if err := a.checkRevoked(ctx, &claims, now); err != nil {
		return nil, err
	}
	if err := a.checkAskers(ctx, &claims, now); err != nil {
		return nil, err
	}
	principal, err := a.livePrincipal(ctx, &claims, now)
	if err != nil {
		return nil, err
	}
	return &session{claims: claims, principal: principal, secret: secret{text: claims.SecretAccessKey}}, nil
}

// checkClaims refuses a token that came with the key of another session, or too late.
func checkClaims(c *sessiontoken.Claims, s *sigv4.Signature, now time.Time) error {
	switch {
	case c.AccessKeyID != s.AccessKeyID:
		return errInvalidKey.Because(errors.New("the session token is another session's"))
	case !now.Before(c.ExpiresAt):
		return errTokenExpired
	}
	return nil
}

// livePrincipal is the principal of a session as it is now, found by its unique id: one that was deleted and made again
// under its name is another. Unless sessions outlive keys, the key that asked for the session must be active still.
func (a *Authenticator) livePrincipal(ctx context.Context, c *sessiontoken.Claims, now time.Time) (aws.Principal, error) {
	principal, err := a.principals.Get(ctx, c.PrincipalID, now, func() (aws.Principal, error) {
		return loadPrincipal(ctx, a.config.Store, c.AccountID, c.PrincipalID)
	})
	if err != nil {
		return aws.Principal{}, invalidIfNotFound(err, "the principal of the session is gone")
	}
	if needsKey(c) && !a.config.SessionsOutliveKeys {
		if _, err := a.activeKey(ctx, c.IssuingKeyID, now); err != nil {
			return aws.Principal{}, err
		}
	}
	principal.Type, principal.SessionName = c.PrincipalType, c.SessionName
	return principal, nil
}

// needsKey says whether a session ends with the key that asked for it. Sessions of roles do not, nor does what they ask for or
// accept.
func needsKey(c *sessiontoken.Claims) bool {
	return !strings.HasPrefix(c.PrincipalID, aws.RoleIDPrefix) && !strings.HasPrefix(c.IssuingKeyID, aws.SessionKeyPrefix)
}

func (a *Authenticator) activeKey(ctx context.Context, id string, now time.Time) (*longTermKey, error) {
	if !aws.IsAccessKeyID(id) {
		return nil, errInvalidKey.Because(errors.New("the access key id is none"))
	}
	key, err := a.keys.Get(ctx, id, now, func() (*longTermKey, error) { return loadKey(ctx, a.config.Store, id) })
	switch {
	case err != nil:
		return nil, invalidIfNotFound(err, fmt.Sprintf("there is no access key %s", id))
	case !key.active:
		return nil, errInvalidKey.Because(fmt.Errorf("the access key %s is not active", id))
	}
	return key, nil
}

// invalidIfNotFound refuses what is not there. The reason is that of err, if it has one beside not to be found.
func invalidIfNotFound(err error, reason string) error {
	switch {
	case err == store.ErrNotFound: //nolint:errorlint // a wrapped one says more
		return errInvalidKey.Because(errors.New(reason))
	case errors.Is(err, store.ErrNotFound):
		return errInvalidKey.Because(err)
	}
	return aws.Internal(err)
}

// shared returns a scope that keys may keep: one for all of them, and no part of a request.
func (a *Authenticator) shared(scope *sigv4.Scope) *sigv4.Scope {
	if last := a.scope.Load(); last != nil && *last == *scope {
		return last
	}
	kept := &sigv4.Scope{
		Date: strings.Clone(scope.Date), Region: strings.Clone(scope.Region),
		Service: strings.Clone(scope.Service), Terminator: strings.Clone(scope.Terminator),
	}
	a.scope.Store(kept)
	return kept
}

func (k *secret) signingKey(scope *sigv4.Scope) *scopedKey {
	if cached := k.signing.Load(); cached != nil && (cached.scope == scope || *cached.scope == *scope) {
		return cached
	}
	derived := &scopedKey{scope, sigv4.DeriveKey(k.text, *scope)}
	k.signing.Store(derived)
	return derived
}

// FromSignature gives an error of package sigv4 its place in the catalogue.
func FromSignature(err error) *aws.Error {
	var e *sigv4.Error
	if !errors.As(err, &e) {
		return aws.Internal(err)
	}
	refusal := &aws.Error{Code: aws.Code(e.Code), Message: aws.Echo(e.Message)}
	switch {
	case e.Message == "":
		return refusal.Because(err)
	case refusal.Code == aws.IncompleteSignature: // quotes the header, and what was put there by mistake
		return refusal.Recorded("The signature of the request is not complete.")
	}
	return refusal
}
