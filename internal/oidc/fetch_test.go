package oidc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestHostileIssuer has issuers that answer something else than their keys.
func TestHostileIssuer(t *testing.T) {
	t.Parallel()
	many := make([]object, maxKeys+1)
	for n := range many {
		many[n] = jwk(t, p256(), object{"kid": strconv.Itoa(n)})
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	text := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, text) }
	}
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := fmt.Fprint(w, strings.Repeat(" ", 4096)); err != nil {
				return
			}
		}
	}
	tests := []struct {
		name      string
		discovery object
		keys      []object
		handler   http.HandlerFunc
		kind      Kind
		message   string
	}{
		{"other issuer", object{"issuer": "https://other.example"}, nil, nil, Invalid, noKey},
		{"issuer with slash", object{"issuer": "SLASH"}, nil, nil, Invalid, noKey},
		{"no issuer", object{"issuer": nil}, nil, nil, Invalid, noKey},
		{"no key set", object{"jwks_uri": nil}, nil, nil, Invalid, noKey},
		{"key set without TLS", object{"jwks_uri": "http://example.com/keys"}, nil, nil, Invalid, noKey},
		{"key set in a file", object{"jwks_uri": "file:///etc/passwd"}, nil, nil, Invalid, noKey},
		{"key set behind a password", object{"jwks_uri": "https://a:b@example.com/keys"}, nil, nil, Invalid, noKey},
		{"key set of no host", object{"jwks_uri": "https:///keys"}, nil, nil, Invalid, noKey},
		{"key set at no URL", object{"jwks_uri": "https://%zz"}, nil, nil, Invalid, noKey},
		{"key set is not there", object{"jwks_uri": "/nothing"}, nil, nil, Invalid, noKey},
		{"too many keys", nil, many, nil, Invalid, noKey},
		{"big key set", nil, []object{{"x": strings.Repeat("x", maxKeySet)}}, nil, Invalid, noKey},
		{"big document", object{"x": strings.Repeat("x", maxDocument)}, nil, nil, Invalid, noKey},
		{"endless document", nil, nil, endless, Invalid, noKey},
		{"not found", nil, nil, status(http.StatusNotFound), Invalid, noKey},
		{"failure", nil, nil, status(http.StatusInternalServerError), Unreachable, unreachable},
		{"too many requests", nil, nil, status(http.StatusTooManyRequests), Unreachable, unreachable},
		{"no content", nil, nil, status(http.StatusNoContent), Invalid, noKey},
		{"a page", nil, nil, text("<html>"), Invalid, noKey},
		{"a list", nil, nil, text("[]"), Invalid, noKey},
		{"issuer twice", nil, nil, text(`{"issuer":"a","issuer":"b"}`), Invalid, noKey},
		{"redirect without TLS", nil, nil, redirect("http://example.com/"), Invalid, noKey},
		{"redirects in a circle", nil, nil, redirect("/"), Invalid, noKey},
		{"connection breaks", nil, nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Unreachable, unreachable},
		{"long header", nil, nil, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 2*maxHeader)) }, Unreachable, unreachable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t, test.keys...)
			i.discovery, i.handler = test.discovery, test.handler
			if i.discovery["issuer"] == "SLASH" {
				i.discovery["issuer"] = i.url() + "/"
			}
			v := New(i.config())
			token := sign(t, p256(), object{"alg": "ES256", "kid": "1"}, i.claims())
			for range 3 {
				_, err := verify(t.Context(), v, noon, token, i.provider())
				checkRefusal(t, err, test.kind, test.message)
			}
			if got := i.requests.Load(); got > 1+maxRedirects {
				t.Errorf("three tokens cost %d requests", got)
			}
		})
	}
}

func TestSlowIssuer(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.handler = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	config := i.config()
	config.Timeout = time.Millisecond
	token := sign(t, p256(), object{"alg": "ES256", "kid": "1"}, i.claims())
	_, err := verify(t.Context(), New(config), noon, token, i.provider())
	checkRefusal(t, err, Unreachable, unreachable)
}

func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	token := sign(t, p256(), object{"alg": "ES256", "kid": "1"}, i.claims())
	_, err := verify(t.Context(), New(Config{PrivateAddresses: true}), noon, token, i.provider())
	checkRefusal(t, err, Invalid, noKey)
	if got := i.requests.Load(); got != 0 {
		t.Errorf("%d requests came through", got)
	}
}

func TestPrivateAddressIsRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	_, port, err := net.SplitHostPort(i.provider().URL)
	if err != nil {
		t.Fatal(err)
	}
	config := i.config()
	config.PrivateAddresses = false
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"} {
		p := Provider{URL: host + ":" + port, ClientIDs: []string{"sts.amazonaws.com"}}
		token := sign(t, p256(), object{"alg": "ES256", "kid": "1"}, with(i.claims(), object{"iss": scheme + p.URL}))
		_, err := verify(t.Context(), New(config), noon, token, p)
		checkRefusal(t, err, Invalid, noKey)
		if !errors.Is(err, errPrivate) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if got := i.requests.Load(); got != 0 {
		t.Errorf("%d requests came through", got)
	}
}

// TestPublicIssuerNamesPrivateAddress has an issuer that may be dialled, at example.com, and sends us elsewhere.
func TestPublicIssuerNamesPrivateAddress(t *testing.T) {
	t.Parallel()
	private := newIssuer(t, jwk(t, p256(), object{"kid": "1"}))
	tests := []struct {
		name      string
		discovery object
		handler   http.HandlerFunc
	}{
		{"key set", object{"jwks_uri": private.url() + "/keys"}, nil},
		{"redirect", nil, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, private.url()+discoveryPath, http.StatusTemporaryRedirect)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t)
			i.discovery, i.handler = with(object{"issuer": "https://example.com"}, test.discovery), test.handler
			config := i.config()
			config.PrivateAddresses = false
			config.RootCAs.AddCert(private.server.Certificate())
			f := newFetcher(config)
			transport := f.client.Transport.(*http.Transport)
			guarded := transport.DialContext
			transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				if address == "example.com:443" {
					return new(net.Dialer).DialContext(ctx, network, i.server.Listener.Addr().String())
				}
				return guarded(ctx, network, address)
			}
			_, err := f.keys(t.Context(), "https://example.com")
			if !errors.Is(err, errPrivate) {
				t.Errorf("got %v", err)
			}
			if i.requests.Load() != 1 || private.requests.Load() != 0 {
				t.Errorf("%d and %d requests", i.requests.Load(), private.requests.Load())
			}
		})
	}
}

func TestIsPublic(t *testing.T) {
	t.Parallel()
	tests := map[bool][]string{
		true: {"1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"},
		false: {
			"127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
			"100.64.0.1", "100.100.100.200", "0.0.0.0", "0.1.2.3", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1",
			"255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1",
			"fd00:ec2::254", "ff02::1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "2002:7f00:1::1",
			"2001::1", "2001:db8::1", "fec0::1", "5f00::1", "100::1",
		},
	}
	for want, addresses := range tests {
		for _, address := range addresses {
			if got := isPublic(netip.MustParseAddr(address)); got != want {
				t.Errorf("%s: %t", address, got)
			}
		}
	}
	if isPublic(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestLifetime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		header string
		want   time.Duration
	}{
		{"", defaultLifetime},
		{"public", defaultLifetime},
		{"public, Max-Age=1800", 30 * time.Minute},
		{"max-age=0", minLifetime},
		{"max-age=31536000", maxLifetime},
		{"max-age=99999999999999999999", defaultLifetime},
		{"max-age=-1", defaultLifetime},
		{"max-age=1800, no-store", minLifetime},
		{"no-cache", minLifetime},
	}
	for _, test := range tests {
		if got := lifetimeOf(http.Header{"Cache-Control": {test.header}}); got != test.want {
			t.Errorf("%q: %s, want %s", test.header, got, test.want)
		}
	}
}

func TestIssuersAreBounded(t *testing.T) {
	t.Parallel()
	fetches := map[string]int{}
	c := newCache(func(_ context.Context, issuer string) (keySet, error) {
		fetches[issuer]++
		return keySet{lifetime: time.Hour}, nil
	}, time.Minute)
	ask := func(n, after int) {
		if _, err := c.keys(t.Context(), noon.Add(time.Duration(after)), strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range maxIssuers {
		ask(n, n)
	}
	ask(0, maxIssuers)
	ask(maxIssuers, maxIssuers+1) // 1 is the one that was not used for longest
	ask(0, maxIssuers+2)
	ask(1, maxIssuers+3)
	if len(c.entries) != maxIssuers || fetches["0"] != 1 || fetches["1"] != 2 {
		t.Errorf("%d entries, %d and %d fetches", len(c.entries), fetches["0"], fetches["1"])
	}
}

func TestFaultInFetch(t *testing.T) {
	t.Parallel()
	c := newCache(func(context.Context, string) (keySet, error) { panic("a fault") }, time.Minute)
	_, err := c.keys(t.Context(), noon, "https://i")
	checkRefusal(t, err, Invalid, noKey)
}
