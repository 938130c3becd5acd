package subrequest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/sigv4"
)

// Requests count as those of who signed them.
func TestRequestsAreLimited(t *testing.T) {
	t.Parallel()
	p := newProxy(t, func(c *server.Config) { c.Limits.Data.Key = limit.Rate{N: 2, Per: time.Second} })
	for i := range 3 {
		want := http.StatusOK
		if i == 2 {
			want = http.StatusServiceUnavailable
		}
		if status, _, body := p.do(asks("/s3", p.signed("GET", "/buck/k"))); status != want || (want != 200) != strings.Contains(body, "<Code>SlowDown</Code>") {
			t.Error(i, status, body)
		}
	}
	if status, _, body := p.do(asks("/s3/auth_request", p.signed("GET", "/buck/k"))); status != http.StatusForbidden {
		t.Error("nginx would take this for a failure:", status, body)
	}
	if status, _, body := p.do(asks("/s3/refusal", p.signed("GET", "/buck/k"))); status != http.StatusServiceUnavailable || !strings.Contains(body, "SlowDown") {
		t.Error("what nginx is to tell its client:", status, body)
	}
	if status, _, body := p.do(asks("/lambda", p.sign("lambda", "GET", "/2015-03-31/functions/", ""))); status != http.StatusOK {
		t.Error("another service", status, body)
	}
}

// It is the client's address that fails, as the proxy says it, and no proxy that is blocked with all of its clients.
func TestFailuresBlock(t *testing.T) {
	t.Parallel()
	p := newProxy(t, func(c *server.Config) { c.Limits.Failures.Address = limit.Rate{N: 3, Per: time.Minute} })
	forged := func() *sigv4.Request {
		r := p.signed("GET", "/buck/k")
		r.URI += "2"
		return r
	}
	for i := range 10 {
		status, _, body := p.do(asks("/s3", forged()))
		if blocked := status == http.StatusServiceUnavailable && strings.Contains(body, "SlowDown"); blocked != (i >= 4) {
			t.Fatal(i, status, body)
		}
	}
	for address, want := range map[string]int{"192.0.2.7": 503, "::ffff:192.0.2.7": 503, "192.0.2.8": 200, "2001:db8::1": 200} {
		if status, _, body := p.do(asks("/s3", p.signed("GET", "/buck/k"), with("X-Original-Address", address))); status != want {
			t.Error(address, status, body)
		}
	}
	if status, _, body := p.do(asks("/lambda", p.sign("lambda", "GET", "/2015-03-31/functions/", ""))); status != http.StatusTooManyRequests {
		t.Error("another service", status, body)
	}
}
