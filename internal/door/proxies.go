package door

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of proxies whose word is believed for where a request comes from. There are none by default: anybody
// can write a header.
type Proxies []netip.Prefix

// ParseProxies reads addresses and networks.
func ParseProxies(texts []string) (Proxies, error) {
	var all Proxies
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); addressErr == nil && address.Zone() == "" {
			p, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		switch {
		case err != nil || p.Addr().Is4In6():
			return nil, fmt.Errorf("the trusted proxy %q is neither an IP address nor a network such as 192.0.2.0/28", text)
		case p != p.Masked():
			return nil, fmt.Errorf("the trusted proxy %q is an address in a network: write %s, or the address alone", text, p.Masked())
		case p.Bits() == 0:
			return nil, fmt.Errorf("the trusted proxy %q is everybody, who could then say to be anywhere", text)
		}
		all = append(all, p)
	}
	return all, nil
}

// Has reports whether an address is a proxy's.
func (p Proxies) Has(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

const forwardedFor = "X-Forwarded-For"

// RemoteAddr is where a request comes from, in the form of http.Request's: the connection's other end or, if that is a proxy, what it
// says in X-Forwarded-For. That is read from the right, where each proxy adds whom it had the request from, until somebody is no
// proxy: what is left of him he may have written himself. A proxy that says nothing asks for itself. It is empty, which is no
// address to any policy, if what a proxy says can't be read.
func (p Proxies) RemoteAddr(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.Has(peer.Addr().Unmap()) {
		return r.RemoteAddr
	}
	said := strings.Split(strings.Join(r.Header[forwardedFor], ","), ",")
	if len(r.Header[forwardedFor]) == 0 {
		return r.RemoteAddr
	}
	for i, text := range slices.Backward(said) {
		client, ok := addressIn(strings.TrimSpace(text))
		switch {
		case !ok:
			return ""
		case i == 0 || !p.Has(client):
			return netip.AddrPortFrom(client, 0).String()
		}
	}
	return ""
}

// addressIn reads an address as proxies write it: with a port, too.
func addressIn(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		withPort, portErr := netip.ParseAddrPort(text)
		a, err = withPort.Addr(), portErr
	}
	return a.Unmap(), err == nil && a.Zone() == ""
}
