package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

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
func BenchmarkGetSessionToken(b *testing.B) {
	env := testenv.New(b)
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
