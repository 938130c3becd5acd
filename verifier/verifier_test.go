package verifier_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
	"github.com/daypass/daypass/verifier"
)

const orders = "arn:aws:orders:us-east-1:123456789012:"

// daypass is the way to a server: no network, but everything else.
type daypass struct {
	handler http.Handler
	asked   atomic.Int32
	// before is called for each request; an error is the network's.
	before func(body string) error
}

func (d *daypass) RoundTrip(r *http.Request) (*http.Response, error) {
	d.asked.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if d.before != nil {
		if err := d.before(string(body)); err != nil {
			return nil, err
		}
	}
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.RequestURI(), bytes.NewReader(body))
	in.Host, in.Header = r.URL.Host, r.Header
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, in)
	return w.Result(), nil
}

// service is a service with a verifier in front, and the daypass behind it.
type service struct {
	*testenv.Env
	t       *testing.T
	daypass *daypass
	handler http.Handler
	log     *bytes.Buffer
	own     testenv.Key
}

func newService(t *testing.T, maxAge time.Duration) *service {
	t.Helper()
	e := testenv.New(t)
	s := &service{Env: e, t: t, daypass: &daypass{handler: e.Handler}, log: &bytes.Buffer{}}
	_, s.own = e.AddUser("verifier")
	s.allow("verifier", "daypass:GetSigningKey", "arn:aws:daypass:us-east-1:123456789012:service/orders", "")
	s.handler = s.front(maxAge)
	return s
}

func (s *service) front(maxAge time.Duration) http.Handler {
	s.t.Helper()
	v, err := verifier.New(verifier.Config{
		Endpoint: "https://daypass.test", Service: "orders", Region: "us-east-1",
		Credentials: verifier.Static(verifier.Credentials{AccessKeyID: s.own.AccessKeyID, SecretAccessKey: s.own.SecretAccessKey}),
		HTTPClient:  &http.Client{Transport: s.daypass},
		MaxAge:      maxAge, MaxBody: 1000,
		Clock:  func() time.Time { return s.Now },
		Logger: slog.New(slog.NewTextHandler(s.log, nil)),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return v.Handler(name, serve)
}

func name(r *http.Request, _ *verifier.Caller) (verifier.Access, error) {
	switch r.Method {
	case http.MethodGet:
		return verifier.Access{Action: "orders:GetOrder", Resource: orders + strings.TrimPrefix(r.URL.Path, "/")}, nil
	case http.MethodPost:
		body, err := io.ReadAll(r.Body)
		return verifier.Access{
			Action: "orders:PutOrder", Resource: orders + "order/1", Context: map[string][]string{"orders:Body": {string(body)}},
		}, err
	}
	return verifier.Access{}, errors.New("there is no such method")
}

func serve(w http.ResponseWriter, r *http.Request, caller *verifier.Caller) {
	body, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "%s %s", caller.ARN, body)
}

// allow gives a user an inline policy of one statement.
func (s *service) allow(user, action, resource, condition string) {
	s.t.Helper()
	s.iam("PutUserPolicy", "UserName", user, "PolicyName", "p", "PolicyDocument",
		fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":%q,"Resource":%q,"Condition":{%s}}}`, action, resource, condition))
}

func (s *service) iam(action string, parameters ...string) string {
	s.t.Helper()
	status, body := s.Call(testenv.Root, "iam", action, parameters...)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", action, status, body)
	}
	return body
}

// signed is a request to the service.
func (s *service) signed(key testenv.Key, method, target, body string) *http.Request {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, target, strings.NewReader(body))
	r.Host = "orders.test"
	s.Sign(r, key, "orders", body)
	return r
}

func do(handler http.Handler, r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (s *service) want(r *http.Request, status int, text string) {
	s.t.Helper()
	if got, body := do(s.handler, r); got != status || !strings.Contains(body, text) {
		s.t.Errorf("%d %s, want %d %s\n%s", got, body, status, text, s.log)
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	_, alice := s.AddUser("alice")
	s.allow("alice", "orders:*", orders+"order/*", `"StringNotEquals":{"orders:Body":"forbidden"}`)

	s.want(s.signed(alice, "GET", "/order/1", ""), 200, "arn:aws:iam::123456789012:user/alice")
	s.want(s.signed(alice, "POST", "/order/1", "two pounds"), 200, "two pounds")
	s.want(s.signed(alice, "POST", "/order/1", "forbidden"), 403,
		`"message":"User: arn:aws:iam::123456789012:user/alice is not authorized to perform: orders:PutOrder on resource: `+orders+
			`order/1 because no identity-based policy allows the orders:PutOrder action"`)
	s.want(s.signed(alice, "GET", "/invoice/1", ""), 403, "AccessDeniedException")
	s.want(s.signed(alice, "PUT", "/order/1", ""), 400, "ValidationException")
	s.want(s.signed(testenv.Root, "GET", "/invoice/1", ""), 200, "arn:aws:iam::123456789012:root")
	if got := s.daypass.asked.Load(); got != 2 {
		t.Errorf("daypass was asked %d times about two callers", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	_, alice := s.AddUser("alice")
	s.allow("alice", "*", "*", "")
	_, former := s.AddUser("former")
	s.iam("UpdateAccessKey", "UserName", "former", "AccessKeyId", former.AccessKeyID, "Status", "Inactive")
	sign := func(change func(*sigv4.Signer, *http.Request)) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/order/1", strings.NewReader("body"))
		signer := sigv4.Signer{
			AccessKeyID: alice.AccessKeyID, SecretAccessKey: alice.SecretAccessKey, Region: "us-east-1", Service: "orders",
		}
		change(&signer, r)
		signed := sigv4.Request{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header}
		if err := signer.Sign(&signed, s.Now, sigv4.PayloadOf([]byte("body"))); err != nil {
			t.Fatal(err)
		}
		return r
	}
	unsigned := httptest.NewRequestWithContext(t.Context(), "GET", "/order/1", nil)
	otherBody := sign(func(*sigv4.Signer, *http.Request) {})
	otherBody.Body = io.NopCloser(strings.NewReader("Body"))
	otherPath := sign(func(*sigv4.Signer, *http.Request) {})
	otherPath.RequestURI, otherPath.URL.Path = "/order/2", "/order/2"
	// AWS's signature is the same for these two paths.
	dotted := sign(func(*sigv4.Signer, *http.Request) {})
	dotted.RequestURI, dotted.URL.Path = "/x/../order/1", "/x/../order/1"
	doubled := sign(func(*sigv4.Signer, *http.Request) {})
	doubled.RequestURI, doubled.URL.Path = "//order//1", "//order//1"
	large := s.signed(alice, "POST", "/order/1", strings.Repeat("x", 1001))
	unannounced := s.signed(alice, "POST", "/order/1", strings.Repeat("x", 1001))
	unannounced.ContentLength = -1

	for _, tt := range []struct {
		name   string
		r      *http.Request
		status int
		text   string
		asks   int32
	}{
		{"unsigned", unsigned, 403, "MissingAuthenticationTokenException", 0},
		{"another region", sign(func(s *sigv4.Signer, _ *http.Request) { s.Region = "eu-west-1" }), 403, "valid region", 0},
		{"another service", sign(func(s *sigv4.Signer, _ *http.Request) { s.Service = "sts" }), 403, "correct service: 'orders'", 0},
		{"a secret for an id", sign(func(s *sigv4.Signer, _ *http.Request) { s.AccessKeyID = "wJalrXUtnFEMI+K7MDENG" }), 403, "UnrecognizedClientException", 0},
		{"a huge session token", sign(func(s *sigv4.Signer, _ *http.Request) { s.SessionToken = strings.Repeat("x", 17<<10) }), 403, "UnrecognizedClientException", 0},
		{"announced too large", large, 413, "RequestEntityTooLarge", 0},
		{"dots in the path", dotted, 400, "ValidationException", 0},
		{"double slashes", doubled, 400, "ValidationException", 0},
		{"an unknown key", sign(func(s *sigv4.Signer, _ *http.Request) { s.AccessKeyID = "AKIAIOSFODNN7EXAMPLE" }), 403, "UnrecognizedClientException", 1},
		{"an inactive key", s.signed(former, "GET", "/order/1", ""), 403, "UnrecognizedClientException", 1},
		{"a token beside a long-term key", sign(func(s *sigv4.Signer, _ *http.Request) { s.SessionToken = "token" }), 403, "UnrecognizedClientException", 1},
		{"another secret", sign(func(s *sigv4.Signer, _ *http.Request) { s.SecretAccessKey += "x" }), 403, "InvalidSignatureException", 1},
		{"another body", otherBody, 403, "InvalidSignatureException", 0},
		{"another path", otherPath, 403, "InvalidSignatureException", 0},
		{"too large", unannounced, 413, "RequestEntityTooLarge", 0},
	} {
		before := s.daypass.asked.Load()
		s.want(tt.r, tt.status, tt.text)
		if asks := s.daypass.asked.Load() - before; asks != tt.asks {
			t.Errorf("%s: daypass was asked %d times, want %d", tt.name, asks, tt.asks)
		}
	}
}

func TestReplayedTooLate(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	_, alice := s.AddUser("alice")
	s.allow("alice", "*", "*", "")
	old := s.signed(alice, "GET", "/order/1", "")
	s.Now = s.Now.Add(15 * time.Minute)
	s.want(old, 200, "alice")
	s.Now = s.Now.Add(time.Second)
	s.want(old, 403, "Signature expired")
}

// A change is seen when MaxAge is over, and not later.
func TestChangesAct(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(s *service, key testenv.Key)
		want   string
	}{
		{"a key is deactivated", func(s *service, key testenv.Key) {
			s.iam("UpdateAccessKey", "UserName", "alice", "AccessKeyId", key.AccessKeyID, "Status", "Inactive")
		}, "UnrecognizedClientException"},
		{"a policy is taken away", func(s *service, _ testenv.Key) {
			s.iam("DeleteUserPolicy", "UserName", "alice", "PolicyName", "p")
		}, "AccessDeniedException"},
	} {
		for _, maxAge := range []time.Duration{-1, time.Second, 0, time.Minute} {
			t.Run(fmt.Sprint(tt.name, maxAge), func(t *testing.T) {
				t.Parallel()
				s := newService(t, maxAge)
				_, alice := s.AddUser("alice")
				s.allow("alice", "*", "*", "")
				s.want(s.signed(alice, "GET", "/order/1", ""), 200, "alice")
				tt.change(s, alice)
				if maxAge == 0 {
					maxAge = verifier.DefaultMaxAge
				}
				if maxAge > 0 {
					s.Now = s.Now.Add(maxAge - 1)
					s.want(s.signed(alice, "GET", "/order/1", ""), 200, "alice")
					s.Now = s.Now.Add(1)
				}
				s.want(s.signed(alice, "GET", "/order/1", ""), 403, tt.want)
			})
		}
	}
}

func TestClosedWithoutDaypass(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	_, alice := s.AddUser("alice")
	_, bob := s.AddUser("bob")
	s.allow("alice", "*", "*", "")
	s.want(s.signed(alice, "GET", "/order/1", ""), 200, "alice")
	s.daypass.before = func(string) error { return errors.New("the network is down") }
	s.want(s.signed(alice, "GET", "/order/1", ""), 200, "alice")
	s.want(s.signed(bob, "GET", "/order/1", ""), 503, "ServiceUnavailable")
	s.Now = s.Now.Add(verifier.DefaultMaxAge)
	s.want(s.signed(alice, "GET", "/order/1", ""), 503, "ServiceUnavailable")
	s.Now = s.Now.Add(-time.Hour) // a clock that was set back makes nothing last longer
	s.want(s.signed(alice, "GET", "/order/1", ""), 503, "ServiceUnavailable")
	s.Now = s.Now.Add(time.Hour)
	s.daypass.before = nil
	s.want(s.signed(alice, "GET", "/order/1", ""), 200, "alice")
}

// What is wrong with the verifier's own credentials is not the client's business.
func TestVerifierRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	s.iam("DeleteUserPolicy", "UserName", "verifier", "PolicyName", "p")
	s.want(s.signed(testenv.Root, "GET", "/order/1", ""), 503, "ServiceUnavailable")
	if !strings.Contains(s.log.String(), "daypass:GetSigningKey") {
		t.Errorf("the log does not say why:\n%s", s.log)
	}
	s.allow("verifier", "daypass:GetSigningKey", "*", "") // it is not kept
	s.want(s.signed(testenv.Root, "GET", "/order/1", ""), 200, "root")
}

func TestRefusalsAreKept(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	nobody := testenv.Key{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "x"}
	for range 5 {
		s.want(s.signed(nobody, "GET", "/order/1", ""), 403, "UnrecognizedClientException")
	}
	if got := s.daypass.asked.Load(); got != 1 {
		t.Errorf("daypass was asked %d times", got)
	}
	s.Now = s.Now.Add(time.Second)
	s.want(s.signed(nobody, "GET", "/order/1", ""), 403, "UnrecognizedClientException")
	if got := s.daypass.asked.Load(); got != 2 {
		t.Errorf("daypass was asked %d times", got)
	}
}

// Many requests at once are one question.
func TestOneQuestion(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	_, alice := s.AddUser("alice")
	s.allow("alice", "*", "*", "")
	release := make(chan struct{})
	s.daypass.before = func(string) error { <-release; return nil }
	var all sync.WaitGroup
	var requests []*http.Request
	for range 20 {
		requests = append(requests, s.signed(alice, "GET", "/order/1", ""))
	}
	for _, r := range requests {
		all.Go(func() {
			if status, body := do(s.handler, r); status != 200 {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	close(release)
	all.Wait()
	if got := s.daypass.asked.Load(); got != 1 {
		t.Errorf("daypass was asked %d times", got)
	}
}

// Strangers who keep daypass busy take nothing from those whose credentials were good a moment ago.
func TestStrangersWait(t *testing.T) {
	t.Parallel()
	s := newService(t, time.Second)
	_, alice := s.AddUser("alice")
	s.allow("alice", "*", "*", "")
	s.want(s.signed(alice, "GET", "/order/1", ""), 200, "alice")
	s.Now = s.Now.Add(time.Minute)
	release, arrived := make(chan struct{}), make(chan struct{})
	s.daypass.before = func(body string) error {
		if strings.Contains(body, "STRANGER") {
			arrived <- struct{}{}
			<-release
		}
		return nil
	}
	const places = 16
	var strangers []*http.Request
	for i := range places + 4 {
		strangers = append(strangers, s.signed(testenv.Key{AccessKeyID: fmt.Sprintf("AKIASTRANGER%08d", i), SecretAccessKey: "x"}, "GET", "/", ""))
	}
	known := s.signed(alice, "GET", "/order/1", "")
	var all sync.WaitGroup
	for _, r := range strangers {
		all.Go(func() { do(s.handler, r) })
	}
	for range places {
		<-arrived
	}
	if status, body := do(s.handler, known); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	close(release)
	for range 4 {
		<-arrived
	}
	all.Wait()
}

func TestNew(t *testing.T) {
	t.Parallel()
	good := verifier.Config{
		Endpoint: "https://daypass.test", Service: "orders", Region: "us-east-1", Credentials: verifier.Static(verifier.Credentials{}),
	}
	for _, tt := range []struct {
		name   string
		change func(*verifier.Config)
		good   bool
	}{
		{"as it is", func(*verifier.Config) {}, true},
		{"http to this machine", func(c *verifier.Config) { c.Endpoint = "http://127.0.0.1:8080" }, true},
		{"http to another", func(c *verifier.Config) { c.Endpoint = "http://daypass.test" }, false},
		{"http to another, on purpose", func(c *verifier.Config) { c.Endpoint, c.AllowHTTP = "http://daypass.test", true }, true},
		{"a path", func(c *verifier.Config) { c.Endpoint += "/x" }, false},
		{"no host", func(c *verifier.Config) { c.Endpoint = "https://" }, false},
		{"no credentials", func(c *verifier.Config) { c.Credentials = nil }, false},
		{"no service", func(c *verifier.Config) { c.Service = "" }, false},
		{"a pattern for a region", func(c *verifier.Config) { c.Region = "us-*" }, false},
		{"an hour", func(c *verifier.Config) { c.MaxAge = time.Hour }, false},
	} {
		c := good
		tt.change(&c)
		if _, err := verifier.New(c); (err == nil) != tt.good {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	_, alice := s.AddUser("alice")
	s.allow("alice", "orders:GetOrder", "*", "")
	s.want(s.signed(alice, "GET", "/order/1", ""), 200, "alice")
	s.want(s.signed(alice, "POST", "/order/1", "x"), 403, "AccessDenied")
	c := verifier.Credentials{AccessKeyID: s.own.AccessKeyID, SecretAccessKey: s.own.SecretAccessKey}
	for _, text := range []string{s.log.String(), fmt.Sprintf("%v %+v %#v %s", c, c, c, c)} {
		for _, secret := range []string{alice.SecretAccessKey, s.own.SecretAccessKey} {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is in %s", text)
			}
		}
	}
}

// A presigned URL is good for what it was signed for and nothing else, and for 15 minutes, whatever it says itself: as at STS.
func TestPresigned(t *testing.T) {
	t.Parallel()
	s := newService(t, -1)
	_, alice := s.AddUser("alice")
	s.allow("alice", "orders:*", "*", "")
	session := s.session(alice, "GetSessionToken")
	start := s.Now
	presigned := func(key testenv.Key, method, target string, expires time.Duration, change ...string) *http.Request {
		signer := sigv4.Signer{
			AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey, SessionToken: key.SessionToken, Region: "us-east-1", Service: "orders",
		}
		signed := sigv4.Request{Method: method, URI: target, Host: "orders.test", Header: http.Header{}}
		if err := signer.Presign(&signed, start, expires, sigv4.PayloadOf(nil)); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), method, strings.NewReplacer(change...).Replace(signed.URI), nil)
		r.Host = signed.Host
		return r
	}
	for _, key := range []testenv.Key{alice, session} {
		s.want(presigned(key, "GET", "/order/1?dry=a%20b", time.Minute), 200, "user/alice")
		s.want(presigned(key, "POST", "/order/1", time.Minute), 200, "user/alice")
		s.want(presigned(key, "GET", "/order/1", time.Minute, "/order/1", "/order/2"), 403, "InvalidSignatureException")
		s.want(presigned(key, "GET", "/order/1?dry=1", time.Minute, "dry=1", "dry=2"), 403, "InvalidSignatureException")
		s.want(presigned(key, "GET", "/order/1", time.Minute, "X-Amz-Expires=60", "X-Amz-Expires=600"), 403, "InvalidSignatureException")
		s.want(presigned(key, "GET", "/order/1", time.Minute, "X-Amz-Signature=", "X-Amz-Other="), 403, "IncompleteSignatureException")
		s.want(presigned(key, "GET", "/order/1", time.Minute, "%2Forders%2F", "%2Fsts%2F"), 403, "correct service")
		otherMethod := presigned(key, "GET", "/order/1", time.Minute)
		otherMethod.Method = http.MethodPost
		s.want(otherMethod, 403, "InvalidSignatureException")
		otherHost := presigned(key, "GET", "/order/1", time.Minute)
		otherHost.Host = "invoices.test"
		s.want(otherHost, 403, "InvalidSignatureException")
		withBody := presigned(key, "POST", "/order/1", time.Minute)
		withBody.Body = io.NopCloser(strings.NewReader("x"))
		s.want(withBody, 403, "InvalidSignatureException")
		both := presigned(key, "GET", "/order/1", time.Minute)
		both.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=x")
		if status, body := do(s.handler, both); status == http.StatusOK {
			t.Errorf("signed twice: %s", body)
		}
	}
	withoutToken := session
	withoutToken.SessionToken = ""
	s.want(presigned(withoutToken, "GET", "/order/1", time.Minute), 403, "UnrecognizedClientException")
	s.Now = start.Add(15 * time.Minute)
	s.want(presigned(alice, "GET", "/order/1", time.Minute), 200, "user/alice")
	s.Now = start.Add(15*time.Minute + time.Second)
	s.want(presigned(alice, "GET", "/order/1", 12*time.Hour), 403, "Signature expired")
	s.Now = start.Add(-15*time.Minute - time.Second)
	s.want(presigned(alice, "GET", "/order/1", time.Minute), 403, "Signature not yet current")
}
