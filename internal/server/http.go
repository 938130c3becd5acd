package server

import (
	"log/slog"
	"net/http"
	"time"
)

// The limits of a connection. A request that does not fit them is cut off by net/http.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeaderBytes    = 32 << 10
)

// NewHTTPServer returns the HTTP server that every request comes through.
func NewHTTPServer(handler http.Handler, logger *slog.Logger) *http.Server {
	u := newUnanswered(handler, logger)
	s := BareHTTPServer(u, logger)
	s.ConnState = u.connState
	return s
}

// BareHTTPServer returns an HTTP server with our limits and nothing else of ours: what the benchmark measures by. A limit
// that is added here costs both.
func BareHTTPServer(handler http.Handler, logger *slog.Logger) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true) // so that a request has one kind of framing
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		Protocols:         &protocols,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}
