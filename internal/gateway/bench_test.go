package gateway_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"

	"github.com/daypass/daypass/internal/gateway"
)

// BenchmarkGateway compares the gateway with httputil.ReverseProxy before the same backend, which checks nothing, with the
// same client: requests of a session, signed once. All of them are in this process.
func BenchmarkGateway(b *testing.B) {
	object := bytes.Repeat([]byte("daypass "), 8<<20) // 64 MiB
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		size := 0
		switch r.URL.Path {
		case "/buck/small":
			size = 1 << 10
		case "/buck/large":
			size = len(object)
		}
		w.Header().Set("Content-Length", strconv.Itoa(size))
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(object[:size])
	}))
	b.Cleanup(backend.Close)
	g := newGate(b, "s3", allowAll, func(u *gateway.Upstream) { u.URL = backend.URL })
	session := g.session(g.user, "", 0)
	address, err := url.Parse(backend.URL)
	must(err)
	bare := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(address) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	})
	b.Cleanup(bare.Close)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	b.Cleanup(client.CloseIdleConnections)

	for _, test := range []struct {
		name, method, target string
		body                 []byte
		size                 int64
	}{
		{"get-1KiB", http.MethodGet, "/buck/small", nil, 0},
		{"get-64MiB", http.MethodGet, "/buck/large", nil, int64(len(object))},
		{"put-64MiB", http.MethodPut, "/buck/key", object, int64(len(object))},
	} {
		asked := request{method: test.method, target: test.target, body: string(test.body), key: session}.withDefaults()
		signed := g.sign(asked)
		signed.Header.Del("Content-Length")
		send := func(address string) error {
			r, err := http.NewRequest(test.method, "http://"+address+test.target, bytes.NewReader(test.body))
			if err != nil {
				return err
			}
			r.Host, r.Header = s3Host, signed.Header
			response, err := client.Do(r)
			if err != nil {
				return err
			}
			n, err := io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK || n != response.ContentLength {
				b.Errorf("%s: %d bytes: %v", response.Status, n, err)
			}
			return err
		}
		for _, door := range []struct{ name, address string }{{"bare", bare.Listener.Addr().String()}, {"gateway", g.address}} {
			b.Run(test.name+"/"+door.name, func(b *testing.B) {
				b.SetBytes(test.size)
				b.ReportAllocs()
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						if err := send(door.address); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}
