// Package certs has the certificates by which clients know the server: from files that somebody else renews, or from an
// authority that speaks ACME.
package certs

import "crypto/tls"

// serverConfig is how the server speaks TLS: as Go does by default, and HTTP/1.1 only. See docs/decisions/0018-tls.md.
func serverConfig(certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error), protocols ...string) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12, // whatever GODEBUG says
		GetCertificate: certificate,
		NextProtos:     append([]string{"http/1.1"}, protocols...),
	}
}
