package verifier

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/daypass/daypass/sigv4"
)

// Verifier tells who signed requests, and whether they may do what they ask for. It is safe for concurrent use.
type Verifier struct {
	config    Config
	endpoint  *url.URL
	client    *http.Client
	documents documents
	grants    grants
}

// New returns a Verifier. It does not ask daypass for anything yet.
func New(c Config) (*Verifier, error) {
	endpoint, err := c.complete()
	if err != nil {
		return nil, err
	}
	v := &Verifier{config: c, endpoint: endpoint, client: newClient(c.HTTPClient)}
	v.grants = newGrants(c.MaxAge, c.Clock, v.fetch)
	return v, nil
}

// newClient is the client, but for redirects: nobody but daypass is to see what is signed for it, or to answer in its place.
func newClient(c *http.Client) *http.Client {
	own := &http.Client{}
	if c != nil {
		*own = *c
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if transport, ok := http.DefaultTransport.(*http.Transport); ok && own.Transport == nil {
		transport = transport.Clone()
		transport.MaxIdleConnsPerHost = maxKnown
		own.Transport = transport
	}
	return own
}

// Handler lets a request through to serve if its signature is right and its caller may do what name says it asks for. Both get
// the request with its whole body, however much of it was read before. An error of name refuses the request, with its text if
// it is an *Error.
func (v *Verifier) Handler(
	name func(*http.Request, *Caller) (Access, error), serve func(http.ResponseWriter, *http.Request, *Caller),
) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := v.Authenticate(r)
		if err != nil {
			v.WriteError(w, r, err)
			return
		}
		access, err := name(caller.withBody(r), caller)
		if err == nil {
			err = caller.Authorize(access)
		} else if _, ok := errors.AsType[*Error](err); !ok {
			err = errName.because(err)
		}
		if err != nil {
			v.WriteError(w, r, err)
			return
		}
		serve(w, caller.withBody(r), caller)
	})
}

// staleAfter is how long what was known before a body came is good after it.
const staleAfter = time.Second

// Authenticate tells who signed a request. It reads the body, and puts one in its place that can be read again. The error is an
// *Error.
func (v *Verifier) Authenticate(r *http.Request) (*Caller, error) {
	signature, err := sigv4.Parse(sigv4.Request{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header})
	switch {
	case err != nil:
		return nil, fromSignature(err)
	case !isPlain(r.URL.Path):
		return nil, errPath
	case r.ContentLength > v.config.MaxBody:
		return nil, errTooLarge
	}
	now := v.config.Clock()
	granted, err := v.identify(r.Context(), &signature, now)
	if err != nil {
		return nil, err
	}
	body, err := v.readBody(r)
	if err != nil {
		return nil, err
	}
	// A body may take a minute to arrive.
	if later := v.config.Clock(); later.Sub(now) >= staleAfter {
		now = later
		if granted, err = v.identify(r.Context(), &signature, now); err != nil {
			return nil, err
		}
	}
	if !signature.Verify(&granted.key, sigv4.PayloadOf(body)) {
		return nil, errMismatch
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return v.newCaller(r, &signature, granted, body, now), nil
}

// isPlain refuses paths that have another reading: AWS's signatures are the same for /a//b, /a/./b and /a/b, and who signed one
// of them did not sign what a service may take another for.
func isPlain(path string) bool {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." || segment == "" && path != "" {
			return false
		}
	}
	return true
}

// identify judges all but the signature itself: nothing is read, and daypass is not asked, for what can't be good.
func (v *Verifier) identify(ctx context.Context, s *sigv4.Signature, now time.Time) (*grant, error) {
	if err := s.Check(now, sigv4.Expect{Services: []string{v.config.Service}, Regions: []string{v.config.Region}}); err != nil {
		return nil, fromSignature(err)
	}
	if !isAccessKeyID(s.AccessKeyID) || s.HasSessionToken && s.SessionToken == "" || len(s.SessionToken) > maxToken {
		return nil, errInvalid
	}
	granted, err := v.grants.get(ctx, subject{
		accessKeyID: strings.Clone(s.AccessKeyID), date: strings.Clone(s.Scope.Date), token: sha256.Sum256([]byte(s.SessionToken)),
	}, s.SessionToken)
	if err != nil {
		return nil, err
	}
	if session := granted.identity.Session; session != nil && !now.Before(session.ExpiresAt) {
		return nil, errExpired
	}
	return granted, nil
}

// maxToken is how many bytes a session token may have: more than daypass ever issues.
const maxToken = 16 << 10

// isAccessKeyID wants 16 to 128 upper-case letters and digits. Anything else may be a secret in the wrong place.
func isAccessKeyID(id string) bool {
	for _, c := range []byte(id) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(id) >= 16 && len(id) <= 128
}

func (v *Verifier) readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, v.config.MaxBody+1))
	switch {
	case err != nil:
		return nil, errName.because(err)
	case int64(len(body)) > v.config.MaxBody:
		return nil, errTooLarge
	}
	return body, nil
}
