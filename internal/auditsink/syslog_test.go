package auditsink_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/auditsink"
)

var nowhere = slog.New(slog.DiscardHandler)

// collector is a syslog server over a stream, which can end its connections.
type collector struct {
	t        *testing.T
	listener net.Listener
	mutex    sync.Mutex
	conns    []net.Conn
	messages []string
}

func newCollector(t *testing.T, listener net.Listener) *collector {
	t.Helper()
	c := &collector{t: t, listener: listener}
	t.Cleanup(func() { _ = listener.Close(); c.cut() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			c.mutex.Lock()
			c.conns = append(c.conns, conn)
			c.mutex.Unlock()
			go c.read(conn)
		}
	}()
	return c
}

// read reads messages as RFC 6587 frames them.
func (c *collector) read(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		digits, err := r.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(digits, " "))
		if err != nil {
			c.t.Errorf("a message begins with %q", digits)
			return
		}
		message := make([]byte, n)
		if _, err := io.ReadFull(r, message); err != nil {
			return
		}
		c.mutex.Lock()
		c.messages = append(c.messages, string(message))
		c.mutex.Unlock()
	}
}

// cut ends the connections.
func (c *collector) cut() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

func (c *collector) awaitMessages(n int) []string {
	c.t.Helper()
	var got []string
	await(c.t, fmt.Sprint(n, " messages"), func() bool {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		got = c.messages
		return len(got) >= n
	})
	return got
}

var messageForm = regexp.MustCompile(`^<(\d+)>1 2026-03-04T05:06:07Z [!-~]+ ([!-~]+) \d+ audit \[meta sequenceId="(\d+)"\] (\{.*\})$`)

// wantMessages holds messages to their form, and to these request ids.
func wantMessages(t *testing.T, messages []string, origin string, ids ...string) {
	t.Helper()
	var lines []string
	for _, message := range messages {
		parts := messageForm.FindStringSubmatch(message)
		if parts == nil || parts[1]+" "+parts[2] != origin {
			t.Fatalf("a message is %q", message)
		}
		lines = append(lines, parts[4])
		if got := idsOf(t, parts[4])[0]; got != parts[3] {
			t.Errorf("line %s is number %s", got, parts[3])
		}
	}
	wantIDs(t, idsOf(t, lines...), ids...)
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// A server that ends the connection misses nothing, not even what was sent before that was noticed.
func TestSyslog(t *testing.T) {
	t.Parallel()
	c := newCollector(t, listen(t))
	l := newLogged(t, auditsink.Config{Syslog: &auditsink.Syslog{Address: "tcp://" + c.listener.Addr().String()}})
	l.record("1", "2")
	wantMessages(t, c.awaitMessages(2), "134 daypass", "1", "2")
	await(t, "the figures", func() bool { return l.stats().Taken == 2 })
	c.cut()
	l.record("3") // which may be sent before the end of the connection is noticed
	await(t, "the figures", func() bool { return l.stats().Taken == 3 })
	l.record("4")
	var got []string
	await(t, "the last line", func() bool {
		got = nil
		for _, message := range c.awaitMessages(3) {
			got = append(got, idsOf(t, messageForm.FindStringSubmatch(message)[4])...)
		}
		return got[len(got)-1] == "4"
	})
	if !slices.Contains(got, "3") {
		t.Errorf("the messages have the lines %q", got)
	}
}

// Lines wait for a server that is not there yet.
func TestSyslogThatIsAway(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	l := newLogged(t, auditsink.Config{Syslog: &auditsink.Syslog{Address: "tcp://" + address}})
	l.record("1")
	await(t, "a failure", func() bool { return l.stats().Failures > 0 })
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("somebody has taken the port: %v", err)
	}
	c := newCollector(t, listener)
	wantMessages(t, c.awaitMessages(1), "134 daypass", "1")
}

func TestSyslogOverTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(nil) // for its certificate
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCollector(t, tls.NewListener(listen(t), &tls.Config{
		Certificates: server.TLS.Certificates, ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12,
	}))
	_, port, _ := net.SplitHostPort(c.listener.Addr().String())
	syslog := auditsink.Syslog{Address: "tls://127.0.0.1:" + port, Facility: "authpriv", App: "sts"}
	l := newLogged(t, auditsink.Config{Syslog: &syslog})
	l.record("1")
	await(t, "a failure", func() bool { return l.stats().Failures > 0 })
	l.close()
	syslog.TLS.CA, syslog.Address = ca, "tls://localhost:"+port // which is not in the certificate
	l.open()
	await(t, "a failure", func() bool { return l.stats().Failures > 0 })
	l.close()
	if len(c.messages) > 0 {
		t.Error("a certificate of nobody's is good enough")
	}
	syslog.Address = "tls://127.0.0.1:" + port
	syslog.TLS.Certificate, syslog.TLS.Key = ca, writeKey(t, server.TLS.Certificates[0].PrivateKey)
	l.open()
	wantMessages(t, c.awaitMessages(1), "86 sts", "1")
}

func writeKey(t *testing.T, key any) string {
	t.Helper()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// In datagrams, the longest line arrives as well.
func TestSyslogInDatagrams(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	l := newLogged(t, auditsink.Config{Syslog: &auditsink.Syslog{Address: "unix://" + path}})
	type long struct{ A, B string }
	e := event("1")
	e.Request = &long{strings.Repeat("\x01", 8000), strings.Repeat("a", 50000)}
	e.Result = &long{strings.Repeat("\x01", 8000), strings.Repeat("b", 50000)}
	if err := l.log.Record(e); err != nil {
		t.Fatal(err)
	}
	l.record("2")
	var messages []string
	for range 2 {
		message := make([]byte, 1<<20)
		n, err := conn.Read(message)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, string(message[:n]))
	}
	wantMessages(t, messages, "134 daypass", "1", "2")
	if len(messages[0]) < 190000 {
		t.Errorf("the long one has %d bytes", len(messages[0]))
	}
}

// Nothing that a client says ends its message.
func TestSyslogOfHostileText(t *testing.T) {
	t.Parallel()
	c := newCollector(t, listen(t))
	l := newLogged(t, auditsink.Config{Syslog: &auditsink.Syslog{Address: "tcp://" + c.listener.Addr().String()}})
	e := audit.Event{Action: "GetCallerIdentity"}
	e.Call = event("1").Call
	e.Call.UserAgent = "x\"]\r\n<0>1 - - - - - - forged\n21 <0>1 - - - - - - x\x00\u2028\xff"
	if err := l.log.Record(e); err != nil {
		t.Fatal(err)
	}
	l.record("2")
	messages := c.awaitMessages(2)
	wantMessages(t, messages, "134 daypass", "1", "2")
	if strings.ContainsFunc(messages[0], func(r rune) bool { return r < ' ' || r == '\u2028' }) {
		t.Errorf("%q", messages[0])
	}
}
