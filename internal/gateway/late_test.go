package gateway_test

import (
	"bufio"
	"context"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/sigv4"
)

// What ends before its end must not look whole to the backend.
func TestShortBody(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"", sigv4.UnsignedPayload} {
		g := newGate(t, "s3", allowAll)
		text := head(g.sign(request{method: "PUT", target: "/bucket/k", body: objectText, payload: payload}.withDefaults()), len(objectText))
		conn := g.dial()
		_, _ = io.WriteString(conn, text+objectText[:5])
		must(conn.(*net.TCPConn).CloseWrite())
		if a := g.read("PUT", conn); a.status != 400 || a.code() != "IncompleteBody" || !a.closed {
			t.Error(a)
		}
		_ = conn.Close()
		conn = g.dial() // one that does not wait for an answer
		_, _ = io.WriteString(conn, text+objectText[:5])
		_ = conn.Close()
		for range 2 {
			if got := <-g.backend.arrived; got.Err == nil {
				t.Errorf("the backend took %q for whole", got.Body)
			}
		}
		if got := g.backend.stored(); len(got) > 0 {
			t.Error(got)
		}
	}
}

func TestExpectContinue(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket/mine"}`)
	r := request{method: "PUT", body: objectText, unsigned: map[string]string{"Expect": "100-continue"}}
	r.target = "/bucket/other"
	conn := g.dial()
	defer conn.Close()
	_, _ = io.WriteString(conn, head(g.sign(r.withDefaults()), len(objectText)))
	refused, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || refused.StatusCode != http.StatusForbidden || !refused.Close {
		t.Fatal(refused, err)
	}
	r.target = "/bucket/mine"
	conn = g.dial()
	defer conn.Close()
	_, _ = io.WriteString(conn, head(g.sign(r.withDefaults()), len(objectText)))
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatal(line, err)
	}
	_, _ = in.ReadString('\n')
	_, _ = io.WriteString(conn, objectText)
	if answered, err := http.ReadResponse(in, nil); err != nil || answered.StatusCode != http.StatusOK {
		t.Fatal(answered, err)
	}
	if got := g.backend.requests(); len(got) != 1 || got[0].Header["Expect"] != nil || got[0].Body != objectText {
		t.Errorf("%+v", got)
	}
}

// fake is a backend that does with a connection what a test wants.
func fake(t *testing.T, serve func(net.Conn)) func(*gateway.Upstream) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go serve(conn)
		}
	}()
	return func(u *gateway.Upstream) { u.URL = "http://" + listener.Addr().String() }
}

// impatient gives up on a backend before one on a busy machine could answer.
func impatient(u *gateway.Upstream) { u.Timeout = 100 * time.Millisecond }

func TestSilentBackend(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 16<<20)
	for name, tt := range map[string]struct {
		serve func(net.Conn)
		r     request
	}{
		"says nothing":  {func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, request{target: "/bucket/k"}},
		"takes nothing": {func(net.Conn) {}, request{method: "PUT", target: "/bucket/k", body: large}},
		"hangs up":      {func(c net.Conn) { _ = c.Close() }, request{method: "PUT", target: "/bucket/k", body: large}},
		"no HTTP":       {func(c net.Conn) { _, _ = io.WriteString(c, "hello\r\n\r\n") }, request{target: "/bucket/k"}},
		"too early":     {func(c net.Conn) { reply(c, "200 OK") }, request{method: "PUT", target: "/bucket/k", body: large}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, "s3", allowAll, fake(t, tt.serve), impatient)
			if a := g.do(tt.r); a.status != 503 || a.code() != "ServiceUnavailable" {
				t.Error(a)
			}
		})
	}
	g := newGate(t, "dynamodb", allowAll, fake(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), impatient)
	if a := g.do(dynamo("GetItem", `{"TableName":"t","Key":{}}`)); a.status != 503 || a.code() != "ServiceUnavailable" {
		t.Error(a)
	}
}

// reply answers before the request was read.
func reply(c net.Conn, status string) {
	in := bufio.NewReader(c)
	_, _ = in.ReadString('\n')
	_, _ = io.WriteString(c, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\n")
}

// A client that waits for the answer while it has not sent all gets a refusal that comes early.
func TestEarlyRefusal(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll, fake(t, func(c net.Conn) { reply(c, "412 Precondition Failed") }))
	conn := g.dial()
	defer conn.Close()
	_, _ = io.WriteString(conn, head(g.sign(request{method: "PUT", target: "/bucket/k", body: objectText}.withDefaults()), len(objectText))+objectText[:5])
	if a := g.read("PUT", conn); a.status != 412 || a.err != nil {
		t.Error(a)
	}
}

// An answer that stops halfway is not one that ended.
func TestBackendBreaksOff(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(net.Conn){"silent": func(net.Conn) {}, "gone": func(c net.Conn) { _ = c.Close() }} {
		g := newGate(t, "s3", allowAll, fake(t, func(c net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(c)) // what is unread when the connection is closed would take the answer with it
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
			end(c)
		}), func(u *gateway.Upstream) { u.Timeout = 2 * time.Second }) // which the silent one uses up
		if a := g.do(request{target: "/bucket/k"}); a.err == nil {
			t.Error(name, a)
		}
	}
}

func TestClientGone(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	ended := make(chan error)
	g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 64<<10)
		for {
			if _, err := w.Write(block); err != nil {
				ended <- err
				return
			}
		}
	})
	conn := g.dial()
	_, _ = io.WriteString(conn, head(g.sign(request{target: "/bucket/k"}.withDefaults()), 0))
	if _, err := io.ReadFull(conn, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if err := <-ended; err == nil {
		t.Error("the backend was not told")
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	var clients sync.WaitGroup
	for i := range 16 {
		clients.Go(func() {
			object := strings.Repeat(itoa(i)+" ", 100_000)
			if a := g.do(request{method: "PUT", target: "/bucket/" + itoa(i), body: object, payload: sigv4.UnsignedPayload}); a.status != 200 {
				t.Error(a)
			}
			if a := g.do(request{target: "/bucket/" + itoa(i)}); a.body != object {
				t.Error(i, a.status, len(a.body))
			}
		})
	}
	clients.Wait()
}

// deadlines is an answer that remembers what was set last.
type deadlines struct {
	*httptest.ResponseRecorder
	mu          sync.Mutex
	read, write time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.read = t
	return nil
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.write = t
	return nil
}

// net/http ends a request whose deadline for reading passes, also while it is answered. The server's may not stay.
func TestNoDeadlineOverAnswers(t *testing.T) {
	t.Parallel()
	for _, service := range []string{"s3", "dynamodb"} {
		g := newGate(t, service, allowAll)
		w := &deadlines{ResponseRecorder: httptest.NewRecorder(), read: time.Now(), write: time.Now()}
		g.backend.answers(func(http.ResponseWriter, *http.Request) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if !w.read.IsZero() {
				t.Error(service, "there is a deadline while the backend answers:", w.read)
			}
		})
		r := request{target: "/bucket/k"}.withDefaults()
		if service == "dynamodb" {
			r = dynamo("GetItem", `{"TableName":"t","Key":{}}`)
			r.target = "/"
		}
		signed := g.sign(r)
		h := httptest.NewRequestWithContext(context.Background(), r.method, r.target, strings.NewReader(r.body))
		h.Host, h.Header = r.host, signed.Header
		g.Handler.ServeHTTP(w, h)
		if w.Code != http.StatusOK || !w.write.After(time.Now()) {
			t.Error(service, w.Code, w.write)
		}
	}
}

// zeros is an object that takes no memory.
type zeros struct{ left int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.left)
	z.left -= n
	clear(p[:n])
	return n, nil
}

// What more is in memory in the middle of a large object than without a gateway between.
//
//nolint:paralleltest // it measures the whole process
func TestMemory(t *testing.T) {
	const size, most = 64 << 20, 256 << 10
	g := newGate(t, "s3", allowAll)
	live := func() uint64 {
		// What a collection left, and not what is allocated now, which holds what others made since: on a busy machine, much.
		marked := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		least := uint64(math.MaxUint64)
		for range 20 { // what pools and finalizers hold is free at the second, and what is under way stands still soon
			runtime.GC()
			metrics.Read(marked)
			least = min(least, marked[0].Value.Uint64())
		}
		return least
	}
	inTheMiddle := make(chan uint64, 1)
	g.backend.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // or the next would find one here
		if r.URL.Path == "/bucket/first" {
			return
		}
		from, to := io.Reader(&zeros{size}), io.Writer(w)
		if r.Method == http.MethodPut {
			from, to = r.Body, io.Discard
		} else {
			w.Header().Set("Content-Length", itoa(size))
		}
		_, _ = io.CopyN(to, from, size/2)
		inTheMiddle <- live()
		_, _ = io.Copy(to, from)
	})
	g.ok(g.do(request{target: "/bucket/first"})) // which fills caches
	upload := request{method: "PUT", target: "/bucket/k", body: strings.Repeat("\x00", size)}.withDefaults()
	hashed := head(g.sign(upload), size)
	inChunks, chunks := g.chunked(upload, upload.body)
	upload.body, upload.payload = "", sigv4.UnsignedPayload
	for name, text := range map[string]struct {
		head, body string
		zeros      int // after the body
	}{
		"upload":                  {head(g.sign(upload), size), "", size},
		"upload with a hash":      {hashed, "", size},
		"upload in signed chunks": {head(inChunks, len(chunks)), chunks, 0},
		"download":                {head(g.sign(request{target: "/bucket/k"}.withDefaults()), 0), "", 0},
	} {
		used := func(address string) int64 {
			before := live()
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go func() {
				_, _ = io.WriteString(conn, text.head)
				body := io.MultiReader(strings.NewReader(text.body), &zeros{text.zeros})
				_, _ = io.CopyBuffer(struct{ io.Writer }{conn}, struct{ io.Reader }{body}, make([]byte, 64<<10))
			}()
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatal(name, response, err)
			}
			if n, err := io.Copy(io.Discard, response.Body); err != nil || n != max(0, response.ContentLength) {
				t.Fatal(name, n, err)
			}
			return int64(<-inTheMiddle) - int64(before)
		}
		own := int64(math.MaxInt64)
		for try := 0; try < 3 && own > most; try++ { // what is needed shows in each, another's bytes in one
			own = used(g.address) - used(g.backend.Listener.Addr().String())
			t.Logf("%s: %d bytes", name, own)
		}
		if own > most {
			t.Errorf("%s: never less than %d bytes", name, most)
		}
	}
}
