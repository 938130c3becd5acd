package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// operators are the listeners for who runs the server, apart from the endpoint so that no client reaches them.
type operators struct{ doors []*operatorDoor }

type operatorDoor struct {
	listener net.Listener
	server   *http.Server
	served   bool
}

// ListenForOperators opens the listeners that the configuration has for operators. Serve answers on them.
func (s *Server) ListenForOperators(ctx context.Context) error {
	for _, door := range []struct {
		flag, address string
		handler       func() http.Handler
	}{
		{"operations-listen", s.config.OperationsListen, s.operationsHandler},
		{"pprof-listen", s.config.PprofListen, pprofHandler},
	} {
		if door.address == "" {
			continue
		}
		listener, err := listen(ctx, door.address, true)
		if err != nil {
			return fmt.Errorf("--%s: %w", door.flag, err)
		}
		s.operators.doors = append(s.operators.doors, &operatorDoor{listener: listener, server: BareHTTPServer(door.handler(), s.config.Logger)})
		s.config.Logger.InfoContext(ctx, "listening for operators", "flag", door.flag, "address", listener.Addr().String())
	}
	return nil
}

// operationsHandler answers those who watch the server.
func (s *Server) operationsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", s.ready)
	return mux
}

// serve answers operators until stop is called. What ends a door before that goes to failed, which has room for all.
func (o *operators) serve(failed chan<- error) {
	for _, door := range o.doors {
		door.served = true
		go func() { failed <- door.server.Serve(door.listener) }()
	}
}

// stop lets the answers under way be finished until ctx ends.
func (o *operators) stop(ctx context.Context) {
	for _, door := range o.doors {
		if door.server.Shutdown(ctx) != nil {
			_ = door.server.Close()
		}
	}
}

// close frees the addresses of doors that were never served.
func (o *operators) close() error {
	var errs []error
	for _, door := range o.doors {
		if !door.served {
			errs = append(errs, door.listener.Close())
		}
	}
	return errors.Join(errs...)
}
