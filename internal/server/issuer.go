package server

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/internal/verifierapi"
	"github.com/daypass/daypass/internal/webidentity"
)

// issuerDocument serves what relying parties fetch to check web identity tokens. Nobody signs for it, nothing of the request
// but its path matters, and it leaves no line in the audit log. What is refused counts against the address.
func (s *Server) issuerDocument(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	call := door.NewCall(r, s.config.Now(), verifierapi.Service)
	if s.limits.Admit(&call, func() string { return "" }) != nil {
		header.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	text, status := s.findDocument(r, call.Now)
	if status != http.StatusOK {
		s.limits.Refused(&call, status)
		if status == http.StatusMethodNotAllowed {
			header.Set("Allow", "GET, HEAD")
		}
		header.Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		return
	}
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(webidentity.CacheTime/time.Second)))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) //nolint:gosec // JSON of our own; and a client that is gone can't be told
}

// findDocument returns the document that a request is for, or the status that it gets without one.
func (s *Server) findDocument(r *http.Request, now time.Time) (text []byte, status int) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, http.StatusMethodNotAllowed
	}
	path, _, _ := strings.Cut(r.RequestURI, "?") // a query makes no difference to it
	text, err := s.issuers.Document(r.Context(), path, now)
	switch {
	case errors.Is(err, webidentity.ErrDisabled):
		return nil, http.StatusNotFound
	case err != nil:
		s.config.Logger.ErrorContext(r.Context(), "no document of an issuer", "error", err)
		return nil, http.StatusServiceUnavailable
	}
	return text, http.StatusOK
}
