package server

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	lookInterval = time.Second
	lookPatience = 3 * time.Second // less than a Prometheus waits
)

// look is the last look at the database. However many ask whether the server is ready, and nobody has to sign for that, there is
// one at a time and one in an interval. No address is refused instead: a balancer may share one with an attacker, and would take
// the server for dead.
type look struct {
	mu    sync.Mutex
	ended time.Time
	err   error
}

// take looks unless somebody just has, and returns what was seen.
func (l *look) take(now func() time.Time, ping func(context.Context) error) (isNew bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now().Sub(l.ended) < lookInterval {
		return false, l.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookPatience) // of whoever asks, the others wait too
	defer cancel()
	l.err = ping(ctx)
	l.ended = now()
	return true, l.err
}

// readiness says why the server can't do its work: the database does not answer, or the audit log does not let it.
func (s *Server) readiness() error {
	isNew, err := s.lastLook.take(s.config.Now, s.store.Ping)
	err = errors.Join(err, s.audit.Err())
	if err != nil && isNew {
		s.config.Logger.Warn("not ready", "error", err)
	}
	return err
}

// ready answers 200 while the server can do its work.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.readiness() != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}
