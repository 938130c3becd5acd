package limit_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/limit"
)

var proxy = netip.MustParseAddr("127.0.0.9")

// door is a Listener whose accepted connections a test gets.
type door struct {
	*limit.Listener
	t        *testing.T
	accepted chan net.Conn
}

func newDoor(t *testing.T, c limit.Connections) *door {
	t.Helper()
	inner, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{limit.Listen(inner, c, func(a netip.Addr) bool { return a == proxy }), t, make(chan net.Conn)}
	ended := make(chan error)
	go func() {
		for {
			conn, err := d.Accept()
			if err != nil {
				ended <- err
				return
			}
			d.accepted <- conn
		}
	}()
	t.Cleanup(func() {
		_ = d.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return d
}

// dial connects from an address of the loopback network.
func (d *door) dial(from string) net.Conn {
	d.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(d.t.Context(), "tcp", d.Addr().String())
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// open connects and is let in.
func (d *door) open(from string) (server net.Conn) {
	d.t.Helper()
	d.dial(from)
	return <-d.accepted
}

// refuses connects and is hung up on.
func (d *door) refuses(from string) {
	d.t.Helper()
	conn := d.dial(from)
	if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
		d.t.Errorf("%s is not hung up on: %d %v", from, n, err)
	}
}

func TestConnections(t *testing.T) {
	t.Parallel()
	d := newDoor(t, limit.Connections{Total: 3, Address: 2})
	first := d.open("127.0.0.1")
	d.open("127.0.0.1")
	d.refuses("127.0.0.1")
	d.refuses("127.0.0.1")
	d.open("127.0.0.2")
	d.refuses("127.0.0.3") // there are three
	want := map[netip.Prefix]int{netip.MustParsePrefix("127.0.0.1/32"): 2, netip.MustParsePrefix("127.0.0.3/32"): 1}
	if diff := cmp.Diff(want, d.Refused(), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if again := d.Refused(); len(again) > 0 {
		t.Error("told twice:", again)
	}
	for range 2 { // net/http closes more than once
		_ = first.Close()
	}
	d.open("127.0.0.3")
	d.refuses("127.0.0.1")
}

func TestConnectionsUnlimited(t *testing.T) {
	t.Parallel()
	d := newDoor(t, limit.Connections{Total: limit.Unlimited, Address: limit.Unlimited})
	for range 100 {
		d.open("127.0.0.1")
	}
}

// A proxy's connections are many clients'.
func TestConnectionsOfProxy(t *testing.T) {
	t.Parallel()
	d := newDoor(t, limit.Connections{Total: 3, Address: 1})
	d.open("127.0.0.9")
	d.open("127.0.0.9")
	d.open("127.0.0.1")
	d.refuses("127.0.0.9")
}

// What net/http does at the end of an answer reaches the client.
func TestCloseWrite(t *testing.T) {
	t.Parallel()
	d := newDoor(t, limit.Connections{})
	client := d.dial("127.0.0.1")
	server := <-d.accepted
	half, ok := server.(interface{ CloseWrite() error })
	if !ok {
		t.Fatal("there is no half-close")
	}
	if err := half.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	_, _ = io.WriteString(client, "x")
	if n, err := server.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Error(n, err)
	}
}
