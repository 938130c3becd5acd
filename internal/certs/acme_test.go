package certs_test

import (
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/certs"
	"github.com/daypass/daypass/internal/testenv"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	good := certs.ACMEConfig{Hosts: []string{"sts.example.com", "a-1.example"}, AcceptTermsOfService: true}
	change := func(f func(*certs.ACMEConfig)) certs.ACMEConfig {
		c := good
		f(&c)
		return c
	}
	hosts := func(names ...string) certs.ACMEConfig {
		return change(func(c *certs.ACMEConfig) { c.Hosts = names })
	}
	directory := func(url string) certs.ACMEConfig {
		return change(func(c *certs.ACMEConfig) { c.Directory = url })
	}
	email := func(text string) certs.ACMEConfig {
		return change(func(c *certs.ACMEConfig) { c.Email = text })
	}
	for name, tt := range map[string]struct {
		config certs.ACMEConfig
		want   string // in the error; empty: none
	}{
		"good":                   {good, ""},
		"own authority":          {directory("https://ca.example.com:9000/acme/acme/directory"), ""},
		"somebody to write to":   {email("ops@example.com"), ""},
		"terms not accepted":     {change(func(c *certs.ACMEConfig) { c.AcceptTermsOfService = false }), "acceptTermsOfService must be true"},
		"no host":                {hosts(), "hosts is missing"},
		"upper case":             {hosts("STS.example.com"), "is not the name of a host"},
		"wildcard":               {hosts("*.example.com"), "is not the name of a host"},
		"one label":              {hosts("localhost"), "is not the name of a host"},
		"address":                {hosts("192.0.2.1"), "is not the name of a host"},
		"IPv6 address":           {hosts("::1"), "is not the name of a host"},
		"port":                   {hosts("sts.example.com:443"), "is not the name of a host"},
		"path":                   {hosts("sts.example.com/../x"), "is not the name of a host"},
		"empty":                  {hosts(""), "is not the name of a host"},
		"line break":             {hosts("sts.example.com\n"), "is not the name of a host"},
		"too long":               {hosts(strings.Repeat("a.", 127) + "a"), "is not the name of a host"},
		"directory without TLS":  {directory("http://ca.example.com/directory"), "directory"},
		"directory of no host":   {directory("https:///directory"), "directory"},
		"directory with a user":  {directory("https://a:b@ca.example.com/"), "directory"},
		"directory of nonsense":  {directory("https://%zz"), "directory"},
		"email without a domain": {email("ops"), "email"},
		"two addresses":          {email("a@example.com,b@example.com"), "email"},
		"email with a scheme":    {email("mailto:a@example.com"), "email"},
	} {
		config := certs.Config{ACME: &tt.config}
		if err := config.Validate(); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	config := certs.Config{ACME: &good}
	if err := config.Validate(); err != nil || good.Directory != "https://acme-v02.api.letsencrypt.org/directory" {
		t.Errorf("the default is %q, %v", good.Directory, err)
	}
	if err := new(certs.Config).Validate(); err != nil {
		t.Errorf("nothing: %v", err)
	}
}

// unreachable is of an authority that nobody is: whoever asks it fails the test by waiting.
func unreachable() *certs.ACMEConfig {
	return &certs.ACMEConfig{Hosts: []string{"one.test", "two.test"}, Directory: "https://127.0.0.1:1/", AcceptTermsOfService: true}
}

func TestACMEHandshakes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "acme")
	a, err := certs.NewACME(unreachable(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is %v, %v", info, err)
	}
	// What the manager would have ordered.
	authority := testenv.NewAuthority(t, time.Now())
	for _, name := range []string{"one.test", "two.test"} {
		chain, key := authority.Issue(t, name)
		write(t, filepath.Join(dir, name), append(key, chain...))
	}
	a.Ready("one.test")
	for name, tt := range map[string]struct {
		server    string
		protocols []string
		insecure  bool
		want      string // the server's name, or what its error says
	}{
		"with a certificate":      {server: "one.test", want: "one.test"},
		"by another spelling":     {server: "ONE.test", want: "one.test"},
		"without a name":          {insecure: true, want: "one.test"},
		"not ordered yet":         {server: "two.test", want: "there is no certificate for two.test yet"},
		"another host":            {server: "three.test", want: `no certificate is ordered for "three.test"`},
		"a host that is a path":   {server: "../x", want: "no certificate is ordered"},
		"no challenge":            {server: "one.test", protocols: []string{"acme-tls/1"}, want: "no token cert"},
		"a challenge for another": {server: "three.test", protocols: []string{"acme-tls/1"}, want: "no certificate is ordered"},
	} {
		server := a.TLSConfig()
		var fault error
		ask := server.GetCertificate
		server.GetCertificate = func(hello *tls.ClientHelloInfo) (c *tls.Certificate, err error) {
			c, fault = ask(hello)
			return c, fault
		}
		state, err := handshake(t, server, &tls.Config{
			RootCAs: authority.Roots, ServerName: tt.server, NextProtos: tt.protocols, InsecureSkipVerify: tt.insecure,
		})
		got := ""
		if err == nil {
			got = state.PeerCertificates[0].DNSNames[0]
		} else if fault != nil {
			got = fault.Error()
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
	}
}

// A client that knows RSA only is refused: for it, autocert would order one more certificate within the handshake.
func TestACMEOrdersNoRSA(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "acme")
	a, err := certs.NewACME(unreachable(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	authority := testenv.NewAuthority(t, time.Now())
	chain, key := authority.Issue(t, "one.test")
	write(t, filepath.Join(dir, "one.test"), append(key, chain...))
	a.Ready("one.test")
	if _, err := handshake(t, a.TLSConfig(), &tls.Config{
		RootCAs: authority.Roots, ServerName: "one.test", MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
	}); err == nil {
		t.Error("it gets a certificate")
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(found) != 1 {
		t.Errorf("something was ordered: %q, %v", found, err)
	}
}

func TestACMERefusals(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "acme")
	logger := slog.New(slog.DiscardHandler)
	c := unreachable()
	c.RootCAs = dir + ".none"
	if _, err := certs.NewACME(c, dir, logger); err == nil || !strings.Contains(err.Error(), "tls.acme.rootCAs: open ") {
		t.Error(err)
	}
	write(t, c.RootCAs, []byte("x"))
	if _, err := certs.NewACME(c, dir, logger); err == nil || !strings.Contains(err.Error(), "holds no certificate") {
		t.Error(err)
	}
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := certs.NewACME(unreachable(), dir, logger); err == nil || !strings.Contains(err.Error(), "run: chmod 0700") {
		t.Error(err)
	}
}
