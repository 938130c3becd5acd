package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/daypass/daypass/internal/certs"
)

// certificates are what the server speaks TLS with.
type certificates interface {
	TLSConfig() *tls.Config
	Names() []string          // hosts that they are for
	Keep(ctx context.Context) // keeps them up to date until ctx ends
}

// overTLS reports whether the endpoint speaks TLS.
func (c *Config) overTLS() bool { return c.TLSCertificate != "" || c.TLS.ACME != nil }

func (c *Config) checkTLS() error {
	switch {
	case (c.TLSCertificate == "") != (c.TLSKey == ""):
		return errors.New("TLS needs both --tls-certificate and --tls-key")
	case c.TLSCertificate != "" && c.TLS.ACME != nil:
		return errors.New("the certificate is either in files or ordered: of --tls-certificate and tls.acme choose one")
	case c.overTLS() && c.InsecureHTTP:
		return errors.New("the endpoint speaks TLS: --insecure-http is for one that doesn't")
	case c.overTLS() && strings.HasPrefix(c.PublicURL, "http://"):
		return fmt.Errorf("the endpoint speaks TLS: the public URL %q must begin with https://", c.PublicURL)
	}
	return nil
}

// openCertificates returns nil when the endpoint does without TLS.
func openCertificates(c Config) (certificates, error) {
	switch {
	case c.TLSCertificate != "":
		return certs.OpenFiles(c.TLSCertificate, c.TLSKey, c.Now, c.Logger)
	case c.TLS.ACME != nil:
		return certs.NewACME(c.TLS.ACME, filepath.Join(c.DataDir, "acme"), c.Logger)
	}
	return nil, nil //nolint:nilnil // nothing is what there is
}

// errPlain is for an address that others reach, at which nothing is encrypted.
var errPlain = errors.New("this is not a loopback address, and without TLS whoever is on the network can read and change what is sent")

// Listen opens the listener of the endpoint.
func Listen(ctx context.Context, c Config) (net.Listener, error) {
	if c.Listen == "" {
		return nil, errors.New("the address to listen on is empty") // and would stand for every address, on any port
	}
	listener, err := listen(ctx, c.Listen, c.overTLS() || c.InsecureHTTP)
	if errors.Is(err, errPlain) {
		err = fmt.Errorf("%w: set --tls-certificate and --tls-key, or tls.acme in the file of --config, or listen on 127.0.0.1; "+
			"where a proxy in front ends TLS, --insecure-http allows it", err)
	}
	return listener, err
}

// listen opens a listener. One that is neither encrypted nor allowed not to be has to be at a loopback address: that which a
// name stands for now, and no address stands for all.
func listen(ctx context.Context, address string, allowed bool) (net.Listener, error) {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, err
	}
	if !allowed && !resolved.IP.IsLoopback() {
		return nil, fmt.Errorf("listen on %s: %w", address, errPlain)
	}
	return (&net.ListenConfig{}).Listen(ctx, "tcp", resolved.String())
}

// Endpoint is the address for clients on the listener of Serve.
func (s *Server) Endpoint(listener net.Listener) string {
	address := listener.Addr().String()
	if s.certificates == nil {
		return "http://" + address
	}
	if s.config.PublicURL != "" {
		return s.config.PublicURL
	}
	_, port, err := net.SplitHostPort(address)
	for _, name := range s.certificates.Names() {
		if err == nil && !strings.HasPrefix(name, "*") {
			address = net.JoinHostPort(name, port)
			break
		}
	}
	return "https://" + strings.TrimSuffix(address, ":443")
}

// endpoint answers clients, over TLS when the configuration has certificates.
func (s *Server) endpoint() answerer {
	server := NewHTTPServer(s.Handler(), s.config.Logger)
	if s.certificates == nil {
		return server
	}
	server.TLSConfig = s.certificates.TLSConfig()
	plain := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Strict-Transport-Security"] = []string{strictTransportSecurity}
		plain.ServeHTTP(w, r)
	})
	return tlsServer{server}
}

// strictTransportSecurity has browsers come to this host over TLS only for a year. Its subdomains are others' to decide about.
const strictTransportSecurity = "max-age=31536000"
