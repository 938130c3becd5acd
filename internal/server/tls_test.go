package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/certs"
	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

// overTLS puts a certificate for a name into a configuration. The client knows its authority.
func overTLS(t *testing.T, c *server.Config, name string) (authority *testenv.Authority, client *http.Client) {
	t.Helper()
	authority = testenv.NewAuthority(t, time.Now())
	dir := t.TempDir()
	c.TLSCertificate, c.TLSKey = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	renew(t, c, authority, name)
	client = &http.Client{Timeout: patience, Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: authority.Roots, ServerName: name, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
	}}
	t.Cleanup(client.CloseIdleConnections)
	return authority, client
}

func renew(t *testing.T, c *server.Config, authority *testenv.Authority, name string) {
	t.Helper()
	chain, key := authority.Issue(t, name)
	for path, text := range map[string][]byte{c.TLSCertificate: chain, c.TLSKey: key} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever is asked over TLS, and whatever the answer is, a browser is told to stay with TLS; who comes without is not.
func TestStrictTransportSecurity(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=0") // the backend's own
	}))
	t.Cleanup(backend.Close)
	t.Setenv("BACKEND_ACCESS_KEY_ID", "backend")
	t.Setenv("BACKEND_SECRET_ACCESS_KEY", "secret")
	for _, encrypted := range []bool{true, false} {
		c := config(t)
		c.Gateway = gateway.Config{Upstreams: map[string]gateway.Upstream{
			"s3": {URL: backend.URL, Region: "us-east-1", Credentials: gateway.Credentials{Env: "BACKEND"}},
		}}
		client, scheme, want := http.DefaultClient, "http", ""
		if encrypted {
			_, client = overTLS(t, &c, "sts.test")
			scheme, want = "https", "max-age=31536000"
		}
		s := serve(t, started(t, c))
		base := scheme + "://" + s.address
		get := func(path string) *http.Request {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		wrong := testenv.Root
		wrong.SecretAccessKey += "x"
		for name, tt := range map[string]struct {
			request *http.Request
			status  int
		}{
			"an answer":                  {signed(t, base, testenv.Root, "sts", "GetCallerIdentity", nil), http.StatusOK},
			"a refusal":                  {signed(t, base, wrong, "sts", "GetCallerIdentity", nil), http.StatusForbidden},
			"no signature":               {get("/"), http.StatusForbidden},
			"health":                     {get("/healthz"), http.StatusOK},
			"readiness":                  {get("/readyz"), http.StatusOK},
			"no issuer":                  {get("/oidc/x"), http.StatusNotFound},
			"the gateway's refusal":      {signed(t, base, wrong, "s3", "x", nil), http.StatusBadRequest},
			"a service without backend":  {signed(t, base, testenv.Root, "sqs", "x", nil), http.StatusBadRequest},
			"the door of verifiers":      {signed(t, base, testenv.Root, "daypass", "x", nil), http.StatusBadRequest},
			"what a backend has to tell": {listBuckets(t, base), http.StatusOK},
		} {
			tt.request.RequestURI = ""
			response, err := client.Do(tt.request)
			if err != nil {
				t.Fatal(name, err)
			}
			_ = response.Body.Close()
			if response.StatusCode != tt.status || response.ProtoMajor != 1 {
				t.Errorf("%s: %s of %s", name, response.Status, response.Proto)
			}
			if got := strings.Join(response.Header.Values("Strict-Transport-Security"), ", "); got != want {
				t.Errorf("%s over %s: %q, want %q", name, scheme, got, want)
			}
		}
		s.stop()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
	}
}

// listBuckets asks a backend.
func listBuckets(t *testing.T, base string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	signer := sigv4.Signer{AccessKeyID: testenv.Root.AccessKeyID, SecretAccessKey: testenv.Root.SecretAccessKey, Region: "us-east-1", Service: "s3"}
	request := sigv4.Request{Method: r.Method, URI: "/", Host: r.Host, Header: r.Header}
	if err := signer.SignS3(&request, testenv.Start, sigv4.PayloadOf(nil)); err != nil {
		t.Fatal(err)
	}
	r.Header = request.Header
	return r
}

// Who comes to a port of TLS without it learns that, and gets no answer to the request.
func TestPlainHTTPAtTLS(t *testing.T) {
	t.Parallel()
	c := config(t)
	_, _ = overTLS(t, &c, "sts.test")
	s := serve(t, started(t, c))
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: sts.test\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "HTTP request to an HTTPS server") {
		t.Errorf("%s %s", response.Status, body)
	}
	_ = conn.Close()
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// A connection that is open goes on when the certificate changes, and the next one sees the new one.
func TestCertificateChanges(t *testing.T) {
	t.Parallel()
	c := config(t)
	authority, client := overTLS(t, &c, "first.test")
	s := serve(t, started(t, c))
	serial := func(c *http.Client) string {
		response, err := c.Get("https://" + s.address + "/healthz") // of which there may be any number, however long it takes
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Error(response.Status)
		}
		return response.TLS.PeerCertificates[0].SerialNumber.String()
	}
	first := serial(client)
	renew(t, &c, authority, "first.test")
	await(t, "the new certificate", func() bool {
		another := &http.Client{Transport: client.Transport.(*http.Transport).Clone()}
		defer another.CloseIdleConnections()
		return serial(another) != first
	})
	if got := serial(client); got != first {
		t.Errorf("the open connection was closed: it shows certificate %s, and showed %s", got, first)
	}
	client.CloseIdleConnections()
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ certificate, address, publicURL, want string }{
		"without TLS":                    {"", "127.0.0.1:8077", "", "http://127.0.0.1:8077"},
		"without TLS, behind a proxy":    {"", "127.0.0.1:8077", "https://sts.example.com", "http://127.0.0.1:8077"},
		"the certificate's name":         {"sts.test", "127.0.0.1:8443", "", "https://sts.test:8443"},
		"the port of HTTPS":              {"sts.test", "192.0.2.1:443", "", "https://sts.test"},
		"a wildcard is nobody's name":    {"*.test", "192.0.2.1:8443", "", "https://192.0.2.1:8443"},
		"the public URL":                 {"sts.test", "192.0.2.1:8443", "https://sts.example.com", "https://sts.example.com"},
		"an IPv6 address":                {"*.test", "[2001:db8::1]:8443", "", "https://[2001:db8::1]:8443"},
		"an IPv6 address, port of HTTPS": {"*.test", "[2001:db8::1]:443", "", "https://[2001:db8::1]"},
	} {
		c := config(t)
		c.PublicURL = tt.publicURL
		if tt.certificate != "" {
			_, _ = overTLS(t, &c, tt.certificate)
		}
		s := open(t, c)
		if got := s.Endpoint(listenerAt(tt.address)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		shut(t, s)
	}
}

// listenerAt only knows where it is.
type listenerAt string

func (l listenerAt) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (l listenerAt) Close() error              { return nil }
func (l listenerAt) Addr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(string(l)))
}

func TestListen(t *testing.T) {
	t.Parallel()
	files := server.Config{TLSCertificate: "c", TLSKey: "k"}
	acme := server.Config{TLS: certs.Config{ACME: &certs.ACMEConfig{Hosts: []string{"sts.test"}}}}
	insecure := server.Config{InsecureHTTP: true}
	for _, tt := range []struct {
		address string
		config  server.Config
		fault   string // in the error; empty: it listens
	}{
		{"127.0.0.1:0", server.Config{}, ""},
		{"127.8.8.8:0", server.Config{}, ""},
		{"localhost:0", server.Config{}, ""},
		{"", server.Config{}, "the address to listen on is empty"},
		{"", insecure, "the address to listen on is empty"},
		{":0", server.Config{}, "not a loopback address"},
		{"0.0.0.0:0", server.Config{}, "not a loopback address"},
		{"[::]:0", server.Config{}, "not a loopback address"},
		{"[::ffff:0:0]:0", server.Config{}, "not a loopback address"},
		{"192.0.2.1:0", server.Config{}, "not a loopback address"},
		{"[fe80::1%lo]:0", server.Config{}, "not a loopback address"},
		{"127.0.0.1", server.Config{}, "missing port"},
		{"0.0.0.0:0", insecure, ""},
		{":0", files, ""},
		{":0", acme, ""},
	} {
		tt.config.Listen = tt.address
		listener, err := server.Listen(t.Context(), tt.config)
		if err == nil {
			_ = listener.Close()
		}
		if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%q: %v, want %q", tt.address, err, tt.fault)
		}
	}
}

// Proxies ask without TLS: their doors have a permission of their own.
func TestListenForProxies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		config  extauth.Config
		tls     bool
		refused bool
	}{
		{extauth.Config{HTTP: "127.0.0.1:0", GRPC: "localhost:0"}, false, false},
		{extauth.Config{HTTP: "0.0.0.0:0"}, false, true},
		{extauth.Config{GRPC: "[::]:0"}, false, true},
		{extauth.Config{HTTP: "127.0.0.1:0", GRPC: "0.0.0.0:0"}, true, true},
		{extauth.Config{HTTP: "0.0.0.0:0", GRPC: "0.0.0.0:0", Insecure: true}, false, false},
	} {
		c := config(t)
		c.Extauth = tt.config
		c.InsecureHTTP = !tt.tls
		if tt.tls {
			_, _ = overTLS(t, &c, "sts.test")
		}
		s := open(t, c)
		err := s.ListenBeside(t.Context())
		if (err != nil) != tt.refused || err != nil && !strings.Contains(err.Error(), "insecure: true in extauth allows it") {
			t.Errorf("%+v: %v", tt.config, err)
		}
		shut(t, s)
	}
}

// An authority that can't be reached delays neither the start nor the end, and clients get no certificate of anybody else.
func TestAuthorityOutOfReach(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.TLS = certs.Config{ACME: &certs.ACMEConfig{Hosts: []string{"sts.test"}, AcceptTermsOfService: true, Directory: "https://" + silent(t)}}
	s := serve(t, started(t, c))
	dialer := tls.Dialer{Config: &tls.Config{ServerName: "sts.test", InsecureSkipVerify: true}}
	if conn, err := dialer.DialContext(t.Context(), "tcp", s.address); err == nil {
		t.Errorf("there is a certificate: %v", conn.RemoteAddr())
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// silent is the address of somebody who never says anything.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(context.WithoutCancel(t.Context()), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return fmt.Sprint(listener.Addr())
}
