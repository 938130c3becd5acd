package saml

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	protocol = "urn:oasis:names:tc:SAML:2.0:protocol"
	// maxEntityID is what the SAML specification allows.
	maxEntityID = 1024
	// maxCertificates bounds the work of reading metadata. Providers have one, and two while they change it.
	maxCertificates = 100
	// maxRSABits is what package crypto/tls takes. Beyond it the time that a check takes grows and grows, and who sends a
	// response chooses when.
	maxRSABits = 8192
)

// Metadata is what an identity provider's metadata says that a service needs of it.
type Metadata struct {
	EntityID string // the provider's name: the Issuer of its assertions
	// ValidUntil is when the metadata must not be used any more; zero when it does not say.
	ValidUntil time.Time
	// Certificates have the keys that the provider signs with, and nothing else but their own validity, which is not looked
	// at: metadata only carries keys in them. There is at least one.
	Certificates []*x509.Certificate
}

type entityDescriptor struct {
	XMLName    xml.Name        `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
	EntityID   string          `xml:"entityID,attr"`
	ValidUntil string          `xml:"validUntil,attr"`
	Providers  []idpDescriptor `xml:"urn:oasis:names:tc:SAML:2.0:metadata IDPSSODescriptor"`
}

type idpDescriptor struct {
	Protocols  string          `xml:"protocolSupportEnumeration,attr"`
	ValidUntil string          `xml:"validUntil,attr"`
	Keys       []keyDescriptor `xml:"urn:oasis:names:tc:SAML:2.0:metadata KeyDescriptor"`
}

type keyDescriptor struct {
	Use          string   `xml:"use,attr"`
	Certificates []string `xml:"http://www.w3.org/2000/09/xmldsig# KeyInfo>X509Data>X509Certificate"`
}

// ParseMetadata reads the metadata of one identity provider: an EntityDescriptor with an IDPSSODescriptor for SAML 2.0 that
// has a certificate to check signatures by. The error says what is missing, in words for the person who has the document.
func ParseMetadata(document string) (*Metadata, error) {
	var entity entityDescriptor
	if err := decode(document, &entity); err != nil {
		return nil, err
	}
	m := &Metadata{EntityID: entity.EntityID}
	if m.EntityID == "" || len(m.EntityID) > maxEntityID {
		return nil, fmt.Errorf("the entityID has %d characters, which must be 1 to %d", len(m.EntityID), maxEntityID)
	}
	if err := m.limit(entity.ValidUntil); err != nil {
		return nil, err
	}
	providers := slices.DeleteFunc(entity.Providers, func(p idpDescriptor) bool {
		return !slices.Contains(strings.Fields(p.Protocols), protocol)
	})
	if len(providers) == 0 {
		return nil, errors.New("there is no IDPSSODescriptor for SAML 2.0")
	}
	for _, p := range providers {
		if err := m.add(p); err != nil {
			return nil, err
		}
	}
	if len(m.Certificates) == 0 {
		return nil, errors.New("the IDPSSODescriptor has no certificate for signing")
	}
	return m, nil
}

func (m *Metadata) add(p idpDescriptor) error {
	if err := m.limit(p.ValidUntil); err != nil {
		return err
	}
	for _, key := range p.Keys {
		if key.Use != "" && key.Use != "signing" { // without a use, a key is for everything
			continue
		}
		for _, text := range key.Certificates {
			if len(m.Certificates) == maxCertificates {
				return fmt.Errorf("there are more than %d certificates", maxCertificates)
			}
			certificate, err := parseCertificate(text)
			if err != nil {
				return err
			}
			m.Certificates = append(m.Certificates, certificate)
		}
	}
	return nil
}

// limit takes note of a validUntil. The earliest holds for the whole.
func (m *Metadata) limit(validUntil string) error {
	if validUntil == "" {
		return nil
	}
	until, err := parseTime(validUntil)
	if err != nil {
		return errors.New("a validUntil is no time")
	}
	if m.ValidUntil.IsZero() || until.Before(m.ValidUntil) {
		m.ValidUntil = until
	}
	return nil
}

// parseTime reads a time as XML has it. The zone may be left out there, and SAML says that it is UTC.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05", text)
	}
	return t.UTC(), err
}

func parseCertificate(text string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, errors.New("a certificate is not base64")
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("a certificate can't be read: %w", err)
	}
	if key, ok := certificate.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxRSABits {
		return nil, fmt.Errorf("a certificate has an RSA key of more than %d bits", maxRSABits)
	}
	return &x509.Certificate{PublicKey: certificate.PublicKey, NotBefore: certificate.NotBefore, NotAfter: certificate.NotAfter}, nil
}

// decode reads a whole document into v.
func decode(document string, v any) error {
	g := newGuard(document, metadataBounds)
	d := xml.NewTokenDecoder(g)
	return g.rest(d, d.Decode(v))
}
