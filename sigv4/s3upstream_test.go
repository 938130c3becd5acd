package sigv4

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// TestS3Upstream passes bodies on through net/http, as a gateway does. An upstream must have no body that is whole and wrong.
func TestS3Upstream(t *testing.T) {
	t.Parallel()
	var whole atomic.Int64
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			whole.Add(1)
		}
	}))
	data := strings.Repeat("0123456789abcdef", 1<<16)
	send := func(payload string, wire func(*sender) string) error {
		s, key := upload(t, payload, "X-Amz-Decoded-Content-Length", strconv.Itoa(len(data)))
		text := wire(newSender(&s, key))
		body, err := s.S3Body(key, strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, upstream.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		request.ContentLength = body.Length()
		response, err := upstream.Client().Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	}
	chunks := func(size int) func(*sender) string {
		return func(c *sender) string {
			for rest := data; rest != ""; rest = rest[min(size, len(rest)):] {
				c.signed(rest[:min(size, len(rest))])
			}
			return c.signed("").end()
		}
	}
	edited := func(wire func(*sender) string, from, to string) func(*sender) string {
		return func(c *sender) string {
			text := wire(c)
			i := strings.LastIndex(text, from)
			return text[:i] + to + text[i+len(from):]
		}
	}
	plain := func(*sender) string { return data }
	for _, test := range []struct {
		name    string
		payload string
		wire    func(*sender) string
		good    bool
	}{
		{"hash", hexSHA(data), plain, true},
		{"chunks", StreamingPayload, chunks(64 << 10), true},
		{"one chunk", StreamingPayload, chunks(len(data)), true},
		{"wrong hash", hexSHA(data + "x"), plain, false},
		{"last byte", StreamingPayload, edited(chunks(64<<10), "f", "x"), false},
		{"last byte of one chunk", StreamingPayload, edited(chunks(len(data)), "f\r\n0;", "x\r\n0;"), false},
		{"signature of the empty chunk", StreamingPayload, edited(chunks(64<<10), "\r\n0;chunk-signature=", "\r\n0;chunk-signature=0"), false},
		{"no empty chunk", StreamingPayload, edited(chunks(64<<10), "\r\n0;", "\r\n"), false},
		{"more after the end", StreamingPayload, edited(chunks(64<<10), "\r\n\r\n", "\r\n\r\nx"), false},
	} {
		before := whole.Load()
		err := send(test.payload, test.wire)
		if (err == nil) != test.good || asS3Error(err) == nil && !test.good {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.good && whole.Load() != before+1 {
			t.Errorf("%s: the upstream has no whole body", test.name)
		}
	}
	upstream.Close() // waits for the handlers
	if got := whole.Load(); got != 3 {
		t.Errorf("the upstream got %d whole bodies, want 3", got)
	}
}
