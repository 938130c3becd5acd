package policy

import (
	"fmt"
	"net/netip"
	"strings"
)

// networks are the values of IpAddress.
type networks []netip.Prefix

func compileNetworks(values []string, _ bool) (matcher, error) {
	all, err := compileEach(values, parseNetwork)
	return networks(all), err
}

func (n networks) match(value string, _ lookup) (matched, understood bool) {
	address, err := netip.ParseAddr(value)
	if err != nil {
		return false, false
	}
	// A network contains no address with a zone, and no IPv4 address in IPv6 clothes.
	address = address.WithZone("").Unmap()
	for _, network := range n {
		if network.Contains(address) {
			return true, true
		}
	}
	return false, true
}

// parseNetwork reads a network in CIDR form, or an address, which is a network of its own. The bits behind the prefix
// do not count. ::ffff:10.0.0.0/104 is 10.0.0.0/8.
func parseNetwork(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return netip.Prefix{}, errNetwork(text)
		}
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errNetwork(text)
	}
	const mapped = 96 // bits before the IPv4 address
	if network.Addr().Is4In6() && network.Bits() >= mapped {
		return netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-mapped), nil
	}
	return network, nil
}

func errNetwork(text string) error {
	return fmt.Errorf("%s is not an IP address or a network in CIDR form", quote(text))
}
