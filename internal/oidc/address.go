package oidc

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

var errPrivate = errors.New("the address is not a public one")

// special are the networks of IANA's special-purpose registries that are not for the public, and multicast.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/3",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

// Of IPv6 only this is the public Internet; what has other networks inside it is among the special ones.
var global = netip.MustParsePrefix("2000::/3")

// translated has IPv4 addresses in its last four bytes, where a network without IPv4 reaches the others (RFC 6052).
var translated = netip.MustParsePrefix("64:ff9b::/96")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// isPublic says whether an address is one that anybody on the Internet could reach as well.
func isPublic(address netip.Addr) bool {
	address = address.WithZone("").Unmap()
	if translated.Contains(address) {
		bytes := address.As16()
		address = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	if address.Is6() && !global.Contains(address) {
		return false
	}
	return address.IsValid() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(address) })
}

// refusePrivate is for net.Dialer. It sees what is dialled, after names are looked up and for each redirect, so that no name
// can mean one address when it is checked and another when it is used.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	peer, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !isPublic(peer.Addr()) {
		return fmt.Errorf("%w: %s", errPrivate, peer.Addr())
	}
	return nil
}
