package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"

	"google.golang.org/grpc"

	"github.com/daypass/daypass/internal/extauth/envoy"
	"github.com/daypass/daypass/internal/extauth/subrequest"
	"github.com/daypass/daypass/internal/limit"
)

// doorway is a listener, and who answers on it.
type doorway struct {
	name     string
	listener *limit.Listener
	server   answerer
}

// addDoor puts a door behind those there are. Serve answers on it, within the limits of connections.
func (s *Server) addDoor(name string, l net.Listener, server answerer) {
	s.doors = append(s.doors, doorway{name, limit.Listen(l, s.config.Limits.Connections, s.proxies.Has), server})
}

// answerer is an http.Server, or ends as one does.
type answerer interface {
	Serve(l net.Listener) error
	Shutdown(ctx context.Context) error
	Close() error
}

// tlsServer is an http.Server that has certificates.
type tlsServer struct{ *http.Server }

func (s tlsServer) Serve(l net.Listener) error { return s.ServeTLS(l, "", "") }

type grpcServer struct{ *grpc.Server }

func (s grpcServer) Shutdown(ctx context.Context) error {
	over := context.AfterFunc(ctx, s.Stop)
	s.GracefulStop()
	if !over() {
		return ctx.Err()
	}
	return nil
}

func (s grpcServer) Close() error {
	s.Stop()
	return nil
}

// ListenBeside opens the listeners that the configuration has beside the endpoint's: for operators, whom no client is to reach, and
// for proxies that ask, which speak no TLS. Serve answers on them.
func (s *Server) ListenBeside(ctx context.Context) error {
	bare := func(h http.Handler) answerer { return BareHTTPServer(h, s.config.Logger) }
	for _, door := range []struct {
		setting, address string
		insecure         bool
		server           func() answerer
	}{
		{"--pprof-listen", s.config.PprofListen, true, func() answerer { return bare(pprofHandler()) }},
		{"--operations-listen", s.config.OperationsListen, true, func() answerer { return bare(s.operationsHandler()) }},
		{"extauth.grpc", s.config.Extauth.GRPC, s.config.Extauth.Insecure, func() answerer { return grpcServer{envoy.NewServer(s.extauth)} }},
		{"extauth.http", s.config.Extauth.HTTP, s.config.Extauth.Insecure, func() answerer { return bare(&subrequest.Handler{Decider: s.extauth}) }},
	} {
		if door.address == "" {
			continue
		}
		listener, err := listen(ctx, door.address, door.insecure)
		if errors.Is(err, errPlain) {
			err = fmt.Errorf("%w: this door speaks no TLS. Have the proxies ask at 127.0.0.1; in a network of the proxies alone, "+
				"insecure: true in extauth allows it", err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", door.setting, err)
		}
		s.addDoor(door.setting, listener, door.server())
		s.config.Logger.InfoContext(ctx, "listening beside the endpoint", "setting", door.setting, "address", listener.Addr().String())
	}
	return nil
}

// answer has all doors answer, until stopAnswering. What ends one before that comes out of the channel.
func (s *Server) answer() <-chan error {
	failed := make(chan error, len(s.doors))
	for _, door := range s.doors {
		go func() { failed <- door.server.Serve(door.listener) }()
	}
	return failed
}

// stopAnswering lets what is under way be finished until ctx ends, at the last door first, which is the endpoint: a proxy may ask
// about requests that are under way there.
func (s *Server) stopAnswering(ctx context.Context) error {
	var errs []error
	for _, door := range slices.Backward(s.doors) {
		err := door.server.Shutdown(ctx)
		if err != nil && errors.Is(err, ctx.Err()) { // somebody's slow request is no reason to call the end of a server a failure
			s.config.Logger.WarnContext(ctx, "requests under way were cut off", "door", door.name)
			err = door.server.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// closeDoors frees the addresses of doors that were never served.
func (s *Server) closeDoors() error {
	var errs []error
	for _, door := range s.doors {
		if err := door.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
