// Package subrequest is the door of proxies that ask by a request of their own: nginx's auth_request, Envoy's ext_authz over
// HTTP, and others that do alike.
//
// Such a request has the client's headers, and what the client sent beside them in headers that the proxy sets (Required).
// All of them must be there: a proxy that forgets one, so that clients could say it, fails with the first honest client.
// The path of the request begins with the service that the proxy stands before: /s3.
package subrequest

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"strings"

	"github.com/daypass/daypass/internal/extauth"
)

// The headers by which a proxy tells of the client's request.
const (
	method  = "X-Original-Method"
	target  = "X-Original-Uri"
	host    = "X-Original-Host"
	address = "X-Original-Address"
	scheme  = "X-Original-Scheme"
	length  = "X-Original-Content-Length" // there unless the client's request has no Content-Length
)

// What follows the service in the path of nginx's requests. auth_request takes 401 and 403 for a no, all other refusals for a
// failure, and passes none of them on. So nginx asks a second time for the response that its client is to get; should the
// answer be yes by then, the client may try again. A client of another proxy that writes these into its own path gets
// another refusal, or one that it need not have got.
const (
	askNginx    = "/auth_request"
	refuseNginx = "/refusal"
)

// Handler answers proxies.
type Handler struct {
	Decider *extauth.Decider
}

// ServeHTTP answers 200 with headers that name the principal, or what the client is to be told.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, err := question(r)
	if err != nil {
		proxy, _ := netip.ParseAddrPort(r.RemoteAddr) // a socket's has none
		write(w, h.Decider.Misasked(proxy.Addr().Unmap(), *err), false)
		return
	}
	answer := h.Decider.Decide(r.Context(), q)
	if answer.Refusal == nil && r.URL.Path == "/"+q.Service+refuseNginx {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	write(w, answer, r.URL.Path == "/"+q.Service+askNginx)
}

func write(w http.ResponseWriter, a extauth.Answer, only403 bool) {
	for _, header := range a.Principal {
		w.Header().Set(header.Name, header.Value)
	}
	if a.Refusal == nil {
		w.Header().Set("X-Envoy-Auth-Headers-To-Remove", strings.Join(extauth.StripHeaders, ","))
		w.WriteHeader(http.StatusOK)
		return
	}
	for _, header := range a.Refusal.Header {
		w.Header().Set(header.Name, header.Value)
	}
	status := a.Refusal.Status
	if only403 && (status < http.StatusInternalServerError || status == http.StatusServiceUnavailable) { // the latter: too many requests
		status = http.StatusForbidden
	}
	w.WriteHeader(status)
	_, _ = w.Write(a.Refusal.Body)
}

// question reads what a proxy asks. Nothing that a client could have said in its place is believed.
func question(r *http.Request) (*extauth.Question, *extauth.MisaskedError) {
	header := maps.Clone(r.Header)
	said := map[string]string{}
	for _, name := range []string{method, target, host, address, scheme} {
		if len(header[name]) != 1 || header[name][0] == "" {
			return nil, misasked("%s must be there once, and is %d times", name, len(header[name]))
		}
		said[name] = header[name][0]
		delete(header, name)
	}
	q := &extauth.Question{Method: said[method], Target: said[target], Host: said[host], Header: header}
	q.Service, _, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	var err error
	if q.SourceIP, err = netip.ParseAddr(said[address]); err != nil {
		return nil, misasked("%s is no IP address", address)
	}
	q.SourceIP = q.SourceIP.Unmap()
	switch said[scheme] {
	case "http":
	case "https":
		q.SecureTransport = true
	default:
		return nil, misasked("%s is neither http nor https", scheme)
	}
	if r.ContentLength != 0 {
		return nil, misasked("it sends the body")
	}
	delete(header, "Content-Length") // the proxy's own
	if values := header[length]; len(values) > 0 {
		header["Content-Length"] = values
		delete(header, length)
		q.Body.Whole = len(values) == 1 && values[0] == "0"
	}
	return q, nil
}

func misasked(format string, args ...any) *extauth.MisaskedError {
	e := extauth.MisaskedError(fmt.Sprintf(format, args...))
	return &e
}
