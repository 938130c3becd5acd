package server

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// unanswered logs what net/http turns away by itself: headers that are too large or too slow, and bytes that are no HTTP.
// No handler hears of those, and without a line an attack of that kind would leave no trace.
type unanswered struct {
	handler http.Handler
	logger  *slog.Logger

	mu sync.Mutex
	// The open connections, as net/http's two callbacks know them: by themselves and by their remote address.
	connections map[net.Conn]*connection
	byAddress   map[string]*connection
}

type connection struct {
	remoteAddress string
	pending       bool // it has begun a request that no handler has seen
}

func newUnanswered(handler http.Handler, logger *slog.Logger) *unanswered {
	return &unanswered{
		handler: handler, logger: logger,
		connections: make(map[net.Conn]*connection), byAddress: make(map[string]*connection),
	}
}

// ServeHTTP passes a request on.
func (u *unanswered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	if c, ok := u.byAddress[r.RemoteAddr]; ok {
		c.pending = false
	}
	u.mu.Unlock()
	u.handler.ServeHTTP(w, r)
}

// connState is called by net/http when a connection changes its state, before the handler.
func (u *unanswered) connState(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		u.opened(conn)
	case http.StateActive:
		u.mu.Lock()
		u.connections[conn].pending = true
		u.mu.Unlock()
	case http.StateClosed, http.StateHijacked:
		if c := u.closed(conn); c.pending {
			u.logger.Warn("connection ended without a request", "sourceIPAddress", c.remoteAddress)
		}
	case http.StateIdle:
	}
}

func (u *unanswered) opened(conn net.Conn) {
	c := &connection{remoteAddress: conn.RemoteAddr().String()}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.connections[conn], u.byAddress[c.remoteAddress] = c, c
}

func (u *unanswered) closed(conn net.Conn) *connection {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.connections[conn]
	delete(u.connections, conn)
	if u.byAddress[c.remoteAddress] == c { // and not the next connection from there
		delete(u.byAddress, c.remoteAddress)
	}
	return c
}
