package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

// serving is a server that answers on a port of its own.
type serving struct {
	*server.Server
	address string
	stop    context.CancelFunc
	ended   chan error
}

func serve(t *testing.T, s *server.Server) *serving {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	run := &serving{s, listener.Addr().String(), stop, make(chan error, 1)}
	go func() { run.ended <- s.Serve(ctx, listener) }()
	return run
}

// reply is what a client got over the network.
type reply struct {
	status int
	body   string
	err    error
}

func (s *serving) ask(r *http.Request) reply {
	r.RequestURI = "" // a client's has none
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	response, err := client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, string(body), err}
}

func (s *serving) refusesConnections(t *testing.T) bool {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		return true
	}
	_ = connection.Close()
	return false
}

// A server that is told to end takes no more connections, and answers the request that it is at.
func TestServeDrains(t *testing.T) {
	t.Parallel()
	var hold atomic.Bool
	held, release := make(chan struct{}), make(chan struct{})
	c := config(t)
	c.Now = func() time.Time { // the first thing that a request asks for; the janitor and the audit log do so too
		if strings.Contains(string(debug.Stack()), "internal/api.(*Handler).ServeHTTP(") && hold.CompareAndSwap(true, false) {
			close(held)
			<-release
		}
		return testenv.Start
	}
	s := serve(t, started(t, c))
	request := signed(t, "http://"+s.address, testenv.Root, "sts", "GetCallerIdentity", nil)
	hold.Store(true)
	replies := make(chan reply, 1)
	go func() { replies <- s.ask(request) }()
	<-held

	s.stop()
	await(t, "the port to close", func() bool { return s.refusesConnections(t) })
	select {
	case err := <-s.ended:
		t.Fatalf("Serve has ended with a request under way: %v", err)
	case r := <-replies:
		t.Fatalf("the request was answered before it was let go: %+v", r)
	default:
	}
	close(release)
	if r := <-replies; r.err != nil || r.status != http.StatusOK || !strings.Contains(r.body, "<GetCallerIdentityResult>") {
		t.Errorf("the request under way gets %+v", r)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

func TestServeEndsIdle(t *testing.T) {
	t.Parallel()
	s := serve(t, started(t, config(t)))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.address+"/readyz", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if r := s.ask(request); r.status != http.StatusOK {
		t.Errorf("/readyz: %+v", r)
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

func TestServeOnClosedListener(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := started(t, config(t)).Serve(t.Context(), listener); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v", err)
	}
}

// What Serve does in the background ends with it: a janitor that still held uses of keys would keep them from Close.
// Not parallel: it looks at all goroutines.
func TestServeEndsJanitor(t *testing.T) {
	running := func() bool {
		stacks := make([]byte, 1<<20)
		return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "server.(*Server).janitor")
	}
	s := serve(t, started(t, config(t)))
	await(t, "the janitor", running)
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("Serve = %v", err)
	}
	if running() {
		t.Error("the janitor runs on")
	}
}

// A client that sends nothing costs a connection for so long, and a header that is too large is not read to its end.
func TestConnectionLimits(t *testing.T) {
	t.Parallel()
	s := serve(t, started(t, config(t)))
	defer func() {
		s.stop()
		if err := <-s.ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
	}()
	request := signed(t, "http://"+s.address, testenv.Root, "sts", "GetCallerIdentity", nil)
	request.Header.Set("X-Large", strings.Repeat("x", 64<<10))
	if r := s.ask(request); r.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 64 KiB gets %+v", r)
	}
	limits := server.NewHTTPServer(s.Handler(), config(t).Logger)
	if limits.ReadHeaderTimeout <= 0 || limits.ReadTimeout <= 0 || limits.WriteTimeout <= 0 || limits.IdleTimeout <= 0 {
		t.Errorf("a client may take as long as it likes: %+v", limits)
	}
}

// At each door connections beyond the limit of an address are closed at once, those from elsewhere are answered, up to the limit of
// all; and no door has what another has taken.
func TestServeLimitsConnections(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Limits.Connections = limit.Connections{Total: 3, Address: 1}
	c.TrustedProxies = []string{"127.0.0.9"}
	c.Extauth = extauth.Config{HTTP: "127.0.0.1:0", GRPC: "127.0.0.1:0"}
	c.OperationsListen, c.PprofListen = "127.0.0.1:0", "127.0.0.1:0"
	s, log := operated(t, c)
	doors := map[string]string{"endpoint": s.address}
	for _, setting := range []string{"extauth.http", "extauth.grpc", "--operations-listen", "--pprof-listen"} {
		doors[setting] = log.address(t, setting)
	}
	for name, address := range doors {
		greeting := "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
		if name == "extauth.grpc" {
			greeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
		}
		dial := func(from string) (conn net.Conn, answered bool) {
			t.Helper()
			conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			_, _ = io.WriteString(conn, greeting) // it may have been hung up on
			_, err = conn.Read(make([]byte, 1))
			return conn, err == nil
		}
		first, answered := dial("127.0.0.1")
		if !answered {
			t.Fatalf("%s: the first connection is refused", name)
		}
		if _, answered := dial("127.0.0.1"); answered {
			t.Errorf("%s: the second connection of one address is answered", name)
		}
		for _, from := range []string{"127.0.0.9", "127.0.0.9"} {
			if _, answered := dial(from); !answered {
				t.Errorf("%s: a proxy is refused", name)
			}
		}
		if _, answered := dial("127.0.0.2"); answered {
			t.Errorf("%s: the fourth connection is answered", name)
		}
		_ = first.Close()
		await(t, "the end of the first connection", func() bool { _, answered := dial("127.0.0.2"); return answered })
	}
}
