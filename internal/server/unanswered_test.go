package server_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
)

// lockedBuffer is a buffer that a logger writes while a test reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestUnanswered sends bytes that never become a request, and a request that does.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, sent, wantAnswer string
		wantLine               bool
	}{
		{"a request", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 204", false},
		{"a header that is too large", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "HTTP/1.1 431", true},
		{"no HTTP", "\x16\x03\x01\x02\x00\r\n\r\n", "HTTP/1.1 400", true},
		{"no host", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400", true},
		{"a bad escape in the path", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log := &lockedBuffer{}
			s := server.NewHTTPServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusNoContent)
			}), slog.New(slog.NewTextHandler(log, nil)))
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- s.Serve(listener) }()
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, tt.sent) // the server may hang up before it has read all
			answer := make([]byte, len(tt.wantAnswer))
			if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != tt.wantAnswer {
				t.Errorf("answer %q (%v), want %s", answer, err, tt.wantAnswer)
			}
			_ = conn.Close()
			if err := s.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-served; !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
			// The line is written after Shutdown has stopped counting the connection.
			logged := func() bool { return strings.Contains(log.String(), "without a request") }
			for deadline := time.Now().Add(10 * time.Second); tt.wantLine && !logged() && time.Now().Before(deadline); {
				time.Sleep(time.Millisecond)
			}
			if logged() != tt.wantLine {
				t.Errorf("logged: %t, want %t: %s", logged(), tt.wantLine, log.String())
			}
		})
	}
}
