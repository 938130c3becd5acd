package limit

import (
	"net"
	"net/netip"
	"sync"
)

// Listener accepts connections within limits. One beyond them is closed at once: to let it wait would hold back the next one that
// is within, and leave its client to guess.
type Listener struct {
	net.Listener
	limits Connections
	shared func(netip.Addr) bool

	mu      sync.Mutex
	open    Count
	from    map[netip.Prefix]Count // how many are open, by network
	refused map[netip.Prefix]int   // since Refused was asked
}

// Listen limits the connections of a listener. Addresses that are shared by many clients, as those of proxies are, have no limit
// but the one for all.
func Listen(l net.Listener, c Connections, shared func(netip.Addr) bool) *Listener {
	c = Connections{Total: c.Total.or(defaults.Connections.Total), Address: c.Address.or(defaults.Connections.Address)}
	return &Listener{Listener: l, limits: c, shared: shared, from: map[netip.Prefix]Count{}, refused: map[netip.Prefix]int{}}
}

// Accept waits for the next connection that is within the limits.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer, _ := netip.ParseAddrPort(c.RemoteAddr().String()) // a socket's has none
		address := peer.Addr().Unmap()
		network := networkOf(address)
		if l.enter(network, l.shared(address)) {
			return &conn{Conn: c, leave: sync.OnceFunc(func() { l.leave(network) })}, nil
		}
		_ = c.Close() // there is nobody to tell
	}
}

func (l *Listener) enter(n netip.Prefix, shared bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.limits.Total || l.from[n] >= l.limits.Address && !shared {
		if len(l.refused) < maxBlocks {
			l.refused[n]++
		}
		return false
	}
	l.open++
	l.from[n]++
	return true
}

func (l *Listener) leave(n netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.from[n]--; l.from[n] == 0 {
		delete(l.from, n)
	}
}

// Refused are the networks of connections that were closed since it was last called, with how many, as far as they can be told
// apart.
func (l *Listener) Refused() map[netip.Prefix]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	refused := l.refused
	l.refused = map[netip.Prefix]int{}
	return refused
}

// conn is a connection that counts until it is closed.
type conn struct {
	net.Conn
	leave func()
}

func (c *conn) Close() error {
	c.leave()
	return c.Conn.Close()
}

// CloseWrite is what net/http ends an answer with that the client may not have read yet.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
