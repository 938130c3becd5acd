package server_test

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

// dribble sends a text byte by byte, one each second, until the connection is closed.
func dribble(conn net.Conn, text string) {
	for i := range len(text) {
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// No client keeps a connection for longer by being slow, whatever it is slow at. Time is the bubble's.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	const head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
	ended := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	for name, tt := range map[string]struct {
		client func(net.Conn)
		want   time.Duration // until the connection is closed
	}{
		"sends nothing": {ended, 10 * time.Second},
		"sends its header byte by byte": {func(conn net.Conn) {
			go dribble(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 1000)+"\r\n\r\n")
			ended(conn)
		}, 10 * time.Second},
		"sends its body byte by byte": {func(conn net.Conn) {
			_, _ = io.WriteString(conn, head)
			go dribble(conn, strings.Repeat("x", 100_000))
			ended(conn)
		}, 60 * time.Second},
		"sends no body": {func(conn net.Conn) {
			_, _ = io.WriteString(conn, head)
			ended(conn)
		}, 60 * time.Second},
		"does not read the answer": {func(conn net.Conn) {
			_, _ = io.WriteString(conn, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
			time.Sleep(60 * time.Second)
			synctest.Wait()
			ended(conn)
		}, 60 * time.Second},
		"reads the answer byte by byte": {func(conn net.Conn) {
			_, _ = io.WriteString(conn, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
			for one := make([]byte, 1); ; time.Sleep(time.Second) {
				if _, err := conn.Read(one); err != nil {
					return
				}
			}
		}, 60 * time.Second},
		"has no second request": {func(conn net.Conn) {
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			in := bufio.NewReader(conn)
			if response, err := http.ReadResponse(in, nil); err != nil || response.StatusCode != http.StatusOK {
				t.Error(response, err)
			}
			_, _ = io.Copy(io.Discard, in)
		}, 120 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				handler := func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					for r.URL.Path == "/endless" {
						if _, err := w.Write(make([]byte, 1000)); err != nil {
							return
						}
					}
				}
				s := server.NewHTTPServer(http.HandlerFunc(handler), slog.New(slog.DiscardHandler))
				listener, served := make(testenv.Pipes), make(chan error)
				go func() { served <- s.Serve(listener) }()
				client, conn := net.Pipe()
				listener <- conn
				began := time.Now()
				tt.client(client)
				if took := time.Since(began); took < tt.want || took > tt.want+time.Second {
					t.Errorf("the connection lived for %v, want %v", took, tt.want)
				}
				close(listener)
				if err := <-served; !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
				_ = client.Close()
				_ = s.Close()
				time.Sleep(2 * time.Second) // who dribbles sees it now
			})
		})
	}
}
