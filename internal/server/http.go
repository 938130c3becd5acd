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

// NewHTTPServer returns the HTTP server that every request comes through. The bare handler that the benchmark measures
// by has the same one, so that a limit added here costs both.
func NewHTTPServer(handler http.Handler, logger *slog.Logger) *http.Server {
	u := &unanswered{handler: handler, logger: logger}
	return &http.Server{
		Handler:           u,
		ConnState:         u.connState,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}
