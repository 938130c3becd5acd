package gateway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/s3"
	"github.com/daypass/daypass/sigv4"
)

// serviceS3 is the one service that package awsmodel does not speak.
const serviceS3 = enforce.ServiceS3

const (
	defaultTimeout    = time.Minute
	dialTimeout       = 5 * time.Second
	idleUpstreams     = 64 // connections that are kept to each
	maxUpstreamHeader = 64 << 10
)

// upstream is a backend that is ready to be asked.
type upstream struct {
	enforce.Service
	address   *url.URL
	timeout   time.Duration
	signer    sigv4.Signer
	transport *http.Transport
	watch     func(service string) (done func(err error))
	addresses atomic.Pointer[string] // what is before the names in the backend's addresses of its resources; nil: not known yet
}

func newUpstream(service string, c Upstream) (*upstream, error) {
	if err := c.validate(service); err != nil {
		return nil, err
	}
	address, err := c.address()
	if err != nil {
		return nil, err
	}
	u := &upstream{
		Service: enforce.Service{Name: service, Account: c.Account, Region: c.Region, S3: s3.Config{Bases: c.Hosts, DotSegments: c.DotSegments}},
		address: address, timeout: cmp.Or(c.Timeout, defaultTimeout),
		signer: sigv4.Signer{
			AccessKeyID:     os.Getenv(c.Credentials.Env + "_ACCESS_KEY_ID"),
			SecretAccessKey: os.Getenv(c.Credentials.Env + "_SECRET_ACCESS_KEY"),
			SessionToken:    os.Getenv(c.Credentials.Env + "_SESSION_TOKEN"),
			Region:          c.Region,
			Service:         service,
		},
		transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout:    dialTimeout,
			MaxIdleConnsPerHost:    idleUpstreams,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: maxUpstreamHeader,
			DisableCompression:     true, // else a stored gzip would arrive as something else
		},
		watch: func(string) func(error) { return func(error) {} },
	}
	if len(c.Hosts) == 0 {
		u.S3.Bases = []string{"localhost", "127.0.0.1", "[::1]"}
	}
	if u.signer.AccessKeyID == "" || u.signer.SecretAccessKey == "" {
		return nil, fmt.Errorf("the environment has no %[1]s_ACCESS_KEY_ID and %[1]s_SECRET_ACCESS_KEY", c.Credentials.Env)
	}
	u.Model, _ = awsmodel.Find(service)
	return u, nil
}

// noUpstream stands for a service that is known and not behind the gateway: it can say no.
func noUpstream(service string) *upstream {
	u := &upstream{Service: enforce.Service{Name: service}}
	u.Model, _ = awsmodel.Find(service)
	return u
}

func (u *upstream) configured() bool { return u.address != nil }

// outgoing is a request to a backend: all of it is of our making.
type outgoing struct {
	method, path, query string // encoded, as they are signed and sent
	header              http.Header
	text                []byte    // the body, if it is in memory
	body                io.Reader // the body, if it streams
	length              int64     // of body
	sign                func(*sigv4.Request) error
	// release is called when nothing more of body will be sent: it ends a Read under way.
	release func()
}

// upstreamError is what a client reads as its service's own 503: why is for the log.
type upstreamError struct{ error }

func (e upstreamError) Unwrap() error { return e.error }

func isUpstream(err error) bool {
	_, ok := errors.AsType[upstreamError](err)
	return ok
}

// send signs the request and sends it. Redirects are never followed. A backend that makes no progress for its timeout, be it
// that it takes nothing or says nothing, is given up.
func (u *upstream) send(ctx context.Context, o *outgoing) (_ *http.Response, err error) {
	done := u.watch(u.Name)
	defer func() { done(err) }()
	r, err := u.request(o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	w := newWatch(u.timeout, cancel)
	response, err := u.roundTrip(r.WithContext(ctx), o, w)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		w.end()
		return nil, upstreamError{err}
	}
	w.pause()
	response.Body = &watchedBody{response.Body, w}
	return response, nil
}

func (u *upstream) roundTrip(r *http.Request, o *outgoing, w *watch) (*http.Response, error) {
	switch {
	case o.body != nil:
		body := &sentBody{from: o.body, watch: w}
		r.Body, r.ContentLength = body, o.length
		defer body.end()
		defer o.release()
	case len(o.text) > 0:
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(o.text)), nil }
		r.Body, _ = r.GetBody()
		r.ContentLength = int64(len(o.text))
	}
	return u.transport.RoundTrip(r)
}

// request makes the request, signed.
func (u *upstream) request(o *outgoing) (*http.Request, error) {
	target := o.path
	if o.query != "" {
		target += "?" + o.query
	}
	signed := sigv4.Request{Method: o.method, URI: target, Host: u.address.Host, Header: o.header}
	if err := o.sign(&signed); err != nil {
		return nil, err
	}
	path, err := url.PathUnescape(o.path)
	if err != nil {
		return nil, fmt.Errorf("gateway: the path that was rebuilt: %w", err)
	}
	r := &http.Request{
		Method: o.method,
		URL:    &url.URL{Scheme: u.address.Scheme, Host: u.address.Host, Path: path, RawPath: o.path, RawQuery: o.query},
		Host:   u.address.Host,
		Header: signed.Header,
	}
	if r.URL.RequestURI() != target {
		return nil, errors.New("gateway: what was signed would not be what is sent")
	}
	r.Header["User-Agent"] = nil // net/http would put its own there
	return r, nil
}

// cutQuery takes the target of a rebuilt request apart.
func cutQuery(target string) (path, query string) {
	path, query, _ = strings.Cut(target, "?")
	return path, query
}

var errSilent = errors.New("the backend made no progress within its timeout")

// watch ends a request to a backend that makes no progress. The time that the client takes does not count.
type watch struct {
	timer   *time.Timer
	timeout time.Duration
	cancel  context.CancelCauseFunc
}

func newWatch(timeout time.Duration, cancel context.CancelCauseFunc) *watch {
	return &watch{time.AfterFunc(timeout, func() { cancel(errSilent) }), timeout, cancel}
}

func (w *watch) pause()  { w.timer.Stop() }
func (w *watch) resume() { w.timer.Reset(w.timeout) }

func (w *watch) end() {
	w.timer.Stop()
	w.cancel(nil)
}

// watchedBody is a backend's answer.
type watchedBody struct {
	io.ReadCloser
	watch *watch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.watch.resume()
	defer b.watch.pause()
	return b.ReadCloser.Read(p)
}

func (b *watchedBody) Close() error {
	b.watch.end()
	return b.ReadCloser.Close()
}
