package testenv

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// Authority issues TLS certificates by an intermediate authority, as authorities do.
type Authority struct {
	Roots        *x509.CertPool // that clients trust
	intermediate *x509.Certificate
	key          *ecdsa.PrivateKey
	now          time.Time
	serial       int64
}

// NewAuthority makes an authority whose certificates are valid for an hour from an instant on, and one before.
func NewAuthority(t testing.TB, now time.Time) *Authority {
	t.Helper()
	a := &Authority{Roots: x509.NewCertPool(), now: now, serial: 2}
	rootKey := newKey(t)
	root := sign(t, a.authority(1), nil, rootKey, rootKey)
	a.Roots.AddCert(root)
	a.key = newKey(t)
	a.intermediate = sign(t, a.authority(2), root, a.key, rootKey)
	return a
}

// Issue makes a certificate for names, with its chain, and its key: both PEM.
func (a *Authority) Issue(t testing.TB, names ...string) (chain, key []byte) {
	t.Helper()
	a.serial++
	template := a.template(a.serial)
	template.DNSNames = names
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leafKey := newKey(t)
	leaf := sign(t, template, a.intermediate, leafKey, a.key)
	for _, c := range []*x509.Certificate{leaf, a.intermediate} {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		t.Fatal(err)
	}
	return chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (a *Authority) template(serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "daypass test"},
		NotBefore: a.now.Add(-time.Hour), NotAfter: a.now.Add(time.Hour),
	}
}

func (a *Authority) authority(serial int64) *x509.Certificate {
	c := a.template(serial)
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	return c
}

// sign makes the certificate of a key. Without an issuer it is its own.
func sign(t testing.TB, c, issuer *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	if issuer == nil {
		issuer = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, issuer, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
