package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// The server speaks HTTP/1 only, so that a request has one kind of framing. Whoever tries HTTP/2 gets one answer in HTTP/1, and
// what comes behind is nobody's request.
func TestNoHTTP2(t *testing.T) {
	t.Parallel()
	s := serve(t, started(t, config(t)))
	const (
		preface  = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
		settings = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
		hidden   = "GET /healthz HTTP/1.1\r\nHost: daypass.test\r\n\r\n"
		upgrade  = "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
	)
	for name, tt := range map[string]struct {
		text   string
		status int
	}{
		"prior knowledge":          {preface + settings, http.StatusNotFound},
		"a request behind":         {preface + hidden, http.StatusNotFound},
		"a request as its headers": {"PRI * HTTP/2.0\r\nHost: daypass.test\r\nContent-Length: 0\r\n\r\n" + hidden, http.StatusNotFound},
		"another method":           {"GET /healthz HTTP/2.0\r\nHost: daypass.test\r\n\r\n" + hidden, http.StatusHTTPVersionNotSupported},
		"upgrade":                  {"GET /healthz HTTP/1.1\r\nHost: daypass.test\r\n" + upgrade + "\r\n", http.StatusOK},
		"upgrade with a body": {
			"POST / HTTP/1.1\r\nHost: daypass.test\r\n" + upgrade + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n",
			http.StatusForbidden,
		},
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, tt.text); err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(conn)
		response, err := http.ReadResponse(in, nil)
		if err != nil || response.StatusCode != tt.status || response.ProtoMajor != 1 || response.Header["Upgrade"] != nil {
			t.Error(name, response, err)
		}
		if err == nil && !strings.HasPrefix(name, "upgrade") {
			_, _ = io.Copy(io.Discard, response.Body)
			if !response.Close {
				t.Error(name, response)
			} else if rest, _ := io.ReadAll(in); len(rest) > 0 {
				t.Errorf("%s: %q", name, rest)
			}
		}
		_ = conn.Close()
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}
