package verifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

const (
	// DefaultMaxAge is how long an answer of daypass is good.
	DefaultMaxAge = 5 * time.Second
	// DefaultMaxBody is how many bytes a body may have. It is in memory as a whole until its signature is checked.
	DefaultMaxBody = 1 << 20

	maxMaxAge = time.Minute
)

// Credentials are the verifier's own, of a user or of a session.
type Credentials struct {
	AccessKeyID, SecretAccessKey string
	SessionToken                 string // of a session
}

// Format keeps the secret out of logs, whatever the verb.
func (c Credentials) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "verifier.Credentials(%s, redacted)", c.AccessKeyID)
}

// Static is a source of credentials that stay the same.
func Static(c Credentials) func(context.Context) (Credentials, error) {
	return func(context.Context) (Credentials, error) { return c, nil }
}

// Config says what a Verifier checks, and whom it asks.
type Config struct {
	// Endpoint is where daypass is, such as https://daypass.example.com. It must be https, or lead to this machine, unless
	// AllowHTTP says that the network may be trusted with signing keys.
	Endpoint  string
	AllowHTTP bool
	// Credentials returns the verifier's own credentials. It is called for each request to daypass, from several goroutines.
	Credentials func(context.Context) (Credentials, error)
	// Service and Region are those that requests must be signed for.
	Service, Region string
	// HTTPClient talks to daypass; nil: one with the usual settings. Redirects are not followed.
	HTTPClient *http.Client
	// MaxAge is how long an answer of daypass is good, and so how long a revocation may go unseen: at most a minute. 0 is
	// DefaultMaxAge; when it is negative, daypass is asked about each request.
	MaxAge time.Duration
	// MaxBody is how many bytes a body may have; 0 is DefaultMaxBody.
	MaxBody int64
	// SourceIP tells where a request comes from, for aws:SourceIp; nil: the address of the connection. Behind a proxy it is
	// for the service to say which header is to be believed.
	SourceIP func(*http.Request) netip.Addr
	// Clock returns the time; nil: time.Now.
	Clock func() time.Time
	// Logger is told why requests were refused; nil: nobody is.
	Logger *slog.Logger
}

// complete checks a configuration and fills in what it leaves open.
func (c *Config) complete() (endpoint *url.URL, err error) {
	if endpoint, err = c.endpoint(); err != nil {
		return nil, err
	}
	switch {
	case c.Credentials == nil:
		return nil, errors.New("verifier: Credentials is missing")
	case !isName(c.Service):
		return nil, fmt.Errorf("verifier: Service %q is not 1 to 64 lower-case letters, digits and hyphens", c.Service)
	case !isName(c.Region):
		return nil, fmt.Errorf("verifier: Region %q is not 1 to 64 lower-case letters, digits and hyphens", c.Region)
	case c.MaxAge > maxMaxAge:
		return nil, fmt.Errorf("verifier: MaxAge is more than %s", maxMaxAge)
	case c.MaxBody < 0:
		return nil, errors.New("verifier: MaxBody is negative")
	}
	if c.MaxAge == 0 {
		c.MaxAge = DefaultMaxAge
	}
	if c.MaxBody == 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.SourceIP == nil {
		c.SourceIP = peer
	}
	if c.Clock == nil {
		c.Clock = time.Now //nolint:forbidigo // a program of somebody else's, which need not bring a clock
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return endpoint, nil
}

func (c *Config) endpoint() (*url.URL, error) {
	u, err := url.Parse(c.Endpoint)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("verifier: Endpoint must be a scheme and a host, such as https://daypass.example.com")
	case u.Scheme == "https", u.Scheme == "http" && (c.AllowHTTP || isLoopback(u.Hostname())):
		return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, nil
	}
	return nil, errors.New("verifier: Endpoint must begin with https://: signing keys come from there. See Config.AllowHTTP")
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func peer(r *http.Request) netip.Addr {
	address, _ := netip.ParseAddrPort(r.RemoteAddr)
	return address.Addr().Unmap()
}
