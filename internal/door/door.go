// Package door has what every door of the server does alike: it makes the call of an HTTP request, and sees which key it names.
package door

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
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

// Credential is what a request says it is signed with, before anything is checked: key id and scope, parted by slashes. It is
// empty when the request has no Signature Version 4 in its header (by canonical names) or the query of its target.
func Credential(header map[string][]string, target string) string {
	for _, authorization := range header["Authorization"] {
		if _, rest, ok := strings.Cut(authorization, "Credential="); ok {
			credential, _, _ := strings.Cut(rest, ",")
			return strings.TrimSpace(credential)
		}
	}
	_, query, _ := strings.Cut(target, "?")
	for parameter := range strings.SplitSeq(query, "&") {
		if value, ok := strings.CutPrefix(parameter, "X-Amz-Credential="); ok {
			credential, _ := url.QueryUnescape(value) // empty if it is none
			return strings.TrimSpace(credential)
		}
	}
	return ""
}

// KeyID is the access key id of a Credential.
func KeyID(header map[string][]string, target string) string {
	id, _, _ := strings.Cut(Credential(header, target), "/")
	return id
}
