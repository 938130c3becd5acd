package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"google.golang.org/grpc"

	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/extauth/envoy"
	"github.com/daypass/daypass/internal/extauth/subrequest"
)

// askers are the doors for proxies that ask. A listener is nil where the configuration has no address for it.
type askers struct {
	http, grpc net.Listener
	overHTTP   *http.Server
	overGRPC   *grpc.Server
}

// Extauth decides for proxies that ask.
func (s *Server) Extauth() *extauth.Decider { return s.extauth }

// ListenForAskers opens the listeners of package extauth that the configuration has. Serve answers on them.
func (s *Server) ListenForAskers(ctx context.Context) error {
	for _, door := range []struct {
		name, address string
		listener      *net.Listener
	}{{"http", s.config.Extauth.HTTP, &s.askers.http}, {"grpc", s.config.Extauth.GRPC, &s.askers.grpc}} {
		if door.address == "" {
			continue
		}
		listener, err := listen(ctx, door.address, s.config.Extauth.Insecure)
		if errors.Is(err, errPlain) {
			err = fmt.Errorf("%w: this door speaks no TLS. Have the proxies ask at 127.0.0.1; in a network of the proxies alone, "+
				"insecure: true in extauth allows it", err)
		}
		if err != nil {
			return fmt.Errorf("extauth.%s: %w", door.name, err)
		}
		*door.listener = listener
		s.config.Logger.InfoContext(ctx, "listening for proxies that ask", "over", door.name, "address", listener.Addr().String())
	}
	return nil
}

// serve answers proxies until stop is called. What ends a door before that goes to failed, which has room for both.
func (a *askers) serve(s *Server, failed chan<- error) {
	if a.http != nil {
		a.overHTTP = BareHTTPServer(&subrequest.Handler{Decider: s.extauth}, s.config.Logger)
		go func() { failed <- a.overHTTP.Serve(a.http) }()
	}
	if a.grpc != nil {
		a.overGRPC = envoy.NewServer(s.extauth)
		go func() { failed <- a.overGRPC.Serve(a.grpc) }()
	}
}

// stop lets the questions under way be answered until ctx ends.
func (a *askers) stop(ctx context.Context) {
	if a.overHTTP != nil && a.overHTTP.Shutdown(ctx) != nil {
		_ = a.overHTTP.Close()
	}
	if a.overGRPC == nil {
		return
	}
	over := context.AfterFunc(ctx, a.overGRPC.Stop)
	defer over()
	a.overGRPC.GracefulStop()
}

// close frees the addresses of doors that were never served.
func (a *askers) close() error {
	var errs []error
	for _, listener := range []net.Listener{a.http, a.grpc} {
		if listener == nil {
			continue
		}
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
