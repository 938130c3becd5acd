// Package door has what every door of the server does alike: it makes the call of an HTTP request.
package door

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/daypass/daypass/internal/aws"
)

// NewCall makes the call of a request that came at an instant, as far as it is known before authentication. The service is
// the one that answers until a signature names another.
func NewCall(r *http.Request, now time.Time, service string) aws.Call {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr) // anything but an address and port: a test's, or a socket's
	return aws.Call{
		Now:             now.UTC(),
		RequestID:       aws.NewRequestID(),
		SourceIP:        peer.Addr().Unmap(),
		UserAgent:       First(r.Header["User-Agent"]),
		Referer:         First(r.Header["Referer"]),
		SecureTransport: r.TLS != nil,
		Service:         service,
	}
}

// First is what http.Header.Get returns for a name in its canonical spelling, which Get would work out again.
func First(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
