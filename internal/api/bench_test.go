package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

// discard is a ResponseWriter that keeps the status alone.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkGetSessionToken is a whole request but for net/http and the sockets: from its headers to the answer's bytes,
// audit log included.
func BenchmarkGetSessionToken(b *testing.B) { getSessionToken(b) }

// BenchmarkGetSessionTokenCounted is the same with metrics.
func BenchmarkGetSessionTokenCounted(b *testing.B) {
	getSessionToken(b, func(c *server.Config) { c.OperationsListen = "127.0.0.1:0" })
}

// idle is a tracer that does nothing with the laps that were kept for it.
type idle struct{}

func (idle) Request(audit.Event, error) {}

// BenchmarkGetSessionTokenTimed is the same with laps, before a span is made of them.
func BenchmarkGetSessionTokenTimed(b *testing.B) {
	getSessionToken(b, func(c *server.Config) { c.Tracer = idle{} })
}

func getSessionToken(b *testing.B, options ...testenv.Option) {
	b.Helper()
	env := testenv.New(b, options...)
	_, key := env.AddUser("alice")
	const form = "Action=GetSessionToken&DurationSeconds=3600&Version=2011-06-15"
	r := env.Request(key, "sts", form)
	r.Header.Set("User-Agent", "aws-cli/2.9.19 Python/3.11.2 Linux/6.1.0-18-amd64 source/x86_64.debian.12 prompt/off command/sts.get-session-token")
	body := strings.NewReader(form)
	r.Body = io.NopCloser(body)
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(form)
		clear(w.header)
		env.Handler.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatal(w.status)
		}
	}
}

// BenchmarkRefused is what requests cost that nobody known has sent, each kind as BenchmarkGetSessionToken is.
func BenchmarkRefused(b *testing.B) {
	for _, tt := range []struct {
		name, keyID string
		failures    limit.Rate
		status      int
	}{
		{"wrong signature", "AKIAALICEALICEALICEA", limit.Off, http.StatusForbidden},
		{"unknown key", "AKIANOBODYNOBODYNOBO", limit.Off, http.StatusForbidden},
		{"no signature", "", limit.Off, http.StatusForbidden},
		{"blocked", "AKIANOBODYNOBODYNOBO", limit.Rate{N: 1, Per: time.Hour}, http.StatusBadRequest},
	} {
		b.Run(tt.name, func(b *testing.B) {
			env := testenv.New(b, limits(limit.Config{Failures: limit.Failures{Address: tt.failures}}))
			env.AddUser("alice")
			const form = "Action=GetSessionToken&DurationSeconds=3600&Version=2011-06-15"
			r := env.Request(testenv.Key{AccessKeyID: tt.keyID, SecretAccessKey: "x"}, "sts", form)
			if tt.keyID == "" {
				r.Header.Del("Authorization")
			}
			body := strings.NewReader(form)
			r.Body = io.NopCloser(body)
			w := &discard{header: http.Header{}}
			for range 3 {
				env.Handler.ServeHTTP(w, r)
			}
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(form)
				clear(w.header)
				env.Handler.ServeHTTP(w, r)
				if w.status != tt.status {
					b.Fatal(w.status)
				}
			}
		})
	}
}
