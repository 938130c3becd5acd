package server

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/webidentity"
)

// issuerDocument serves what relying parties fetch to check web identity tokens. Nobody signs for it, nothing of the request
// but its path matters, and it leaves no line in the audit log.
func (s *Server) issuerDocument(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	path, _, _ := strings.Cut(r.RequestURI, "?") // a query makes no difference to it
	text, err := s.issuers.Document(r.Context(), path, s.config.Now())
	if err != nil {
		header.Set("Cache-Control", "no-store")
		w.WriteHeader(s.noDocument(r, err))
		return
	}
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(webidentity.CacheTime/time.Second)))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) //nolint:gosec // JSON of our own; and a client that is gone can't be told
}

// noDocument is the status for a request that gets no document.
func (s *Server) noDocument(r *http.Request, err error) int {
	if errors.Is(err, webidentity.ErrDisabled) {
		return http.StatusNotFound
	}
	s.config.Logger.ErrorContext(r.Context(), "no document of an issuer", "error", err)
	return http.StatusServiceUnavailable
}
