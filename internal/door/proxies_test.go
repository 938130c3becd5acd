package door_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/door"
)

func TestRemoteAddr(t *testing.T) {
	t.Parallel()
	proxies, err := door.ParseProxies([]string{"10.0.0.0/28", "192.0.2.1", "2001:db8::/64"})
	if err != nil {
		t.Fatal(err)
	}
	const proxy = "10.0.0.1:4711"
	for _, tt := range []struct {
		name, peer string
		said       []string
		want       string
	}{
		{"no proxy", "198.51.100.7:1", nil, "198.51.100.7:1"},
		{"no proxy, and a header", "198.51.100.7:1", []string{"203.0.113.9"}, "198.51.100.7:1"},
		{"beside the proxies", "10.0.0.16:1", []string{"203.0.113.9"}, "10.0.0.16:1"},
		{"a proxy", proxy, []string{"198.51.100.7"}, "198.51.100.7:0"},
		{"a proxy in IPv6", "[2001:db8::5]:1", []string{"198.51.100.7"}, "198.51.100.7:0"},
		{"a proxy in both", "[::ffff:10.0.0.1]:1", []string{"198.51.100.7"}, "198.51.100.7:0"},
		{"a client in IPv6", proxy, []string{"2001:db8:1::7"}, "[2001:db8:1::7]:0"},
		{"a client in both", proxy, []string{"::ffff:198.51.100.7"}, "198.51.100.7:0"},
		{"a client with its port", proxy, []string{"198.51.100.7:5555"}, "198.51.100.7:0"},
		{"a client in IPv6 with its port", proxy, []string{"[2001:db8:1::7]:5555"}, "[2001:db8:1::7]:0"},
		{"two proxies", proxy, []string{"198.51.100.7, 192.0.2.1"}, "198.51.100.7:0"},
		{"two proxies, two headers", proxy, []string{"198.51.100.7", "192.0.2.1"}, "198.51.100.7:0"},
		{"a proxy's own request", proxy, nil, proxy},
		{"a proxy's own request by way of another", proxy, []string{"10.0.0.2"}, "10.0.0.2:0"},

		{"a client that says where it is", proxy, []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7:0"},
		{"... in a header of its own", proxy, []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7:0"},
		{"... as if by a proxy", proxy, []string{"203.0.113.9, 10.0.0.3, 198.51.100.7"}, "198.51.100.7:0"},
		{"... in bytes that are none", proxy, []string{"\x00, , unknown, 198.51.100.7"}, "198.51.100.7:0"},
		{"nothing that is an address", proxy, []string{"unknown"}, ""},
		{"nothing", proxy, []string{""}, ""},
		{"nothing at the end", proxy, []string{"198.51.100.7,"}, ""},
		{"nothing behind a client", proxy, []string{"198.51.100.7", ""}, ""},
		{"a zone", proxy, []string{"fe80::1%eth0"}, ""},
		{"a name", proxy, []string{"localhost"}, ""},
		{"nothing that a proxy was asked by", proxy, []string{"x, 10.0.0.2"}, ""},
		{"a socket", "@", []string{"198.51.100.7"}, "@"},
	} {
		r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{"X-Forwarded-For": tt.said}}
		if tt.said == nil {
			r.Header = http.Header{"X-Real-Ip": {"203.0.113.9"}, "Forwarded": {"for=203.0.113.9"}}
		}
		if got := proxies.RemoteAddr(r); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	r := &http.Request{RemoteAddr: proxy, Header: http.Header{"X-Forwarded-For": {"203.0.113.9"}}}
	if got := door.Proxies(nil).RemoteAddr(r); got != proxy {
		t.Errorf("by default %q is believed", got)
	}
}

func TestParseProxies(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "is neither",
		"proxy.example.com":   "is neither",
		"10.0.0.0/33":         "is neither",
		"fe80::1%eth0":        "is neither",
		"::ffff:10.0.0.0/104": "is neither",
		"::ffff:10.0.0.1":     "is neither",
		"10.0.0.1/28":         "write 10.0.0.0/28",
		"0.0.0.0/0":           "is everybody",
		"::/0":                "is everybody",
	} {
		if p, err := door.ParseProxies([]string{"10.0.0.1", text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v %v", text, p, err)
		}
	}
}
