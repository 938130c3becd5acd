package subrequest_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/extauth/subrequest"
)

// discard is a ResponseWriter that keeps the status alone.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkDecide is a whole question about a request of a session but for net/http and the sockets: from its headers to the
// answer's, audit log included.
func BenchmarkDecide(b *testing.B) {
	p := newProxy(b)
	p.allow(`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::bucket/${aws:username}/*"}`)
	p.user = p.session(p.user)
	for _, bb := range []struct{ name, method, target string }{
		{"GetObject", "GET", "/bucket/alice/small"},
		{"PutObject", "PUT", "/bucket/alice/small?x-id=PutObject"},
		{"refused", "GET", "/bucket/bob/small"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := asks("/s3", p.signed(bb.method, bb.target), with("Accept-Encoding", "identity"),
				with("User-Agent", "aws-cli/2.9.19 Python/3.11.2 Linux/6.1.0-18-amd64 source/x86_64.debian.12 prompt/off command/s3api.get-object"))
			want := http.StatusOK
			if strings.Contains(bb.target, "bob") {
				want = http.StatusForbidden
			}
			h := subrequest.Handler{Decider: p.Extauth}
			w := &discard{header: http.Header{}}
			asked := r.Header
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				r.Header = maps.Clone(asked) // each request of net/http has its own
				h.ServeHTTP(w, r)
				if w.status != want {
					b.Fatal(w.status)
				}
			}
		})
	}
}
