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
	pending sync.Map // the remote addresses of connections that have begun a request no handler has seen
}

// ServeHTTP passes a request on.
func (u *unanswered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.pending.Delete(r.RemoteAddr)
	u.handler.ServeHTTP(w, r)
}

// connState is called by net/http when a connection changes its state, before the handler.
func (u *unanswered) connState(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateActive:
		u.pending.Store(c.RemoteAddr().String(), nil)
	case http.StateClosed, http.StateHijacked:
		if _, pending := u.pending.LoadAndDelete(c.RemoteAddr().String()); pending {
			u.logger.Warn("connection ended without a request", "sourceIPAddress", c.RemoteAddr().String())
		}
	case http.StateNew, http.StateIdle:
	}
}
