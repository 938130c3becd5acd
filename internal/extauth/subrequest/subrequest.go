// Package subrequest is the door of proxies that ask by a request of their own: nginx's auth_request, Envoy's ext_authz over
// HTTP, and others that do alike.
//
// Such a request has the client's headers, and what the client sent beside them in headers that the proxy sets (Required).
// All of them must be there: a proxy that forgets one, so that clients could say it, fails with the first honest client.
// The path of the request begins with the service that the proxy stands before: /s3.
package subrequest

import (
	"fmt"
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

// said are those that must be there.
var said = []string{method, target, host, address, scheme}

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

// stripped tells Envoy what not to pass on. Other proxies must be told in their configuration.
var stripped = [][2]string{{"X-Envoy-Auth-Headers-To-Remove", strings.Join(extauth.StripHeaders, ",")}}

func write(w http.ResponseWriter, a extauth.Answer, only403 bool) {
	if a.Refusal == nil {
		set(w.Header(), a.Principal)
		set(w.Header(), stripped)
		w.WriteHeader(http.StatusOK)
		return
	}
	set(w.Header(), a.Refusal.Header)
	status := a.Refusal.Status
	if only403 && (status < http.StatusInternalServerError || status == http.StatusServiceUnavailable) { // the latter: too many requests
		status = http.StatusForbidden
	}
	w.WriteHeader(status)
	_, _ = w.Write(a.Refusal.Body)
}

// set adds headers whose names are canonical: http.Header.Set would work that out again, and make a slice for each.
func set(to http.Header, headers [][2]string) {
	values := make([]string, len(headers))
	for i, h := range headers {
		values[i] = h[1]
		to[h[0]] = values[i : i+1 : i+1]
	}
}

// question reads what a proxy asks. Nothing that a client could have said in its place is believed. What the proxy says is
// taken out of the request's headers: what is left are the client's.
func question(r *http.Request) (*extauth.Question, *extauth.MisaskedError) {
	header := r.Header // a copy is dear, and nobody reads them after the answer
	for _, name := range said {
		if len(header[name]) != 1 || header[name][0] == "" {
			return nil, misasked("%s must be there once, and is %d times", name, len(header[name]))
		}
	}
	q := &extauth.Question{Method: header[method][0], Target: header[target][0], Host: header[host][0], Header: header}
	q.Service, _, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	var err error
	if q.SourceIP, err = netip.ParseAddr(header[address][0]); err != nil {
		return nil, misasked("%s is no IP address", address)
	}
	q.SourceIP = q.SourceIP.Unmap()
	switch header[scheme][0] {
	case "http":
	case "https":
		q.SecureTransport = true
	default:
		return nil, misasked("%s is neither http nor https", scheme)
	}
	if r.ContentLength != 0 {
		return nil, misasked("it sends the body")
	}
	for _, name := range said {
		delete(header, name)
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
