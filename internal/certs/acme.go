package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

const (
	// firstRetry is longer than autocert remembers a failure, which is a minute. With the doubling there are five attempts in
	// the first hour: as many failures as Let's Encrypt bears.
	firstRetry  = 2 * time.Minute
	lastRetry   = time.Hour
	callTimeout = 30 * time.Second // of one call to the authority
)

// ACME has certificates of an authority. They are ordered by Keep and renewed from then on; a client's handshake orders none.
type ACME struct {
	hosts   []string
	ready   map[string]*atomic.Bool // by host: there is a certificate
	manager *autocert.Manager
	logger  *slog.Logger
}

// NewACME keeps account, keys and certificates in a directory, which is of its owner alone.
func NewACME(c *ACMEConfig, dir string, logger *slog.Logger) (*ACME, error) {
	if err := private(dir); err != nil {
		return nil, err
	}
	client, err := authorityClient(c.RootCAs)
	if err != nil {
		return nil, fmt.Errorf("tls.acme.rootCAs: %w", err)
	}
	a := &ACME{hosts: c.Hosts, ready: map[string]*atomic.Bool{}, logger: logger, manager: &autocert.Manager{
		Prompt:     autocert.AcceptTOS, // as the configuration does
		Cache:      autocert.DirCache(dir),
		HostPolicy: autocert.HostWhitelist(c.Hosts...),
		Client:     &acme.Client{DirectoryURL: c.Directory, HTTPClient: client, UserAgent: "daypass"},
		Email:      c.Email,
	}}
	for _, name := range c.Hosts {
		a.ready[name] = new(atomic.Bool)
	}
	return a, nil
}

// private makes a directory for keys, and refuses one that others can look into.
func private(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return fmt.Errorf("the directory of TLS keys %s has mode %04o: it must be its owner's alone; run: chmod 0700 %s", dir, mode, dir)
	}
	return nil
}

func authorityClient(rootCAs string) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if rootCAs != "" {
		text, err := readFile(rootCAs)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", rootCAs)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: transport, Timeout: callTimeout}, nil
}

// TLSConfig returns how to speak TLS with the certificates, and to the authority that wants to see whose the hosts are.
func (a *ACME) TLSConfig() *tls.Config { return serverConfig(a.certificate, acme.ALPNProto) }

// Names are those that certificates are ordered for.
func (a *ACME) Names() []string { return a.hosts }

// Keep orders the certificates that are not there yet, until it has them or ctx ends. The server must answer meanwhile.
func (a *ACME) Keep(ctx context.Context) {
	var orders sync.WaitGroup
	for _, name := range a.hosts {
		orders.Go(func() { a.order(ctx, name) })
	}
	orders.Wait()
}

func (a *ACME) order(ctx context.Context, name string) {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		done := make(chan error, 1)
		go func() { // the manager knows no context: an order under way ends by itself, within five minutes
			_, err := a.manager.GetCertificate(helloFor(name))
			done <- err
		}()
		select {
		case <-ctx.Done():
			return
		case err := <-done:
			if err == nil {
				a.ready[name].Store(true)
				a.logger.InfoContext(ctx, "TLS certificate", "host", name)
				return
			}
			a.logger.WarnContext(ctx, "no TLS certificate for a host yet", "host", name, "again in", wait, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// certificate is asked by each handshake. It neither orders nor waits: who may do that could exhaust what the authority
// allows, and hold connections.
func (a *ACME) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(hello.ServerName)
	if name == "" {
		name = a.hosts[0] // the checks of balancers, which look at no certificate
	}
	ready, ours := a.ready[name]
	switch {
	case !ours:
		return nil, fmt.Errorf("no certificate is ordered for %q", name)
	case len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto:
		return a.manager.GetCertificate(hello)
	case !ready.Load():
		return nil, fmt.Errorf("there is no certificate for %s yet", name)
	}
	return a.manager.GetCertificate(helloFor(name))
}

// helloFor asks the manager for the one certificate of a host. For a client that can do RSA only it would order another.
func helloFor(name string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{ServerName: name, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
}
