package saml

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"
)

// newCertificate returns a certificate of a subject as metadata carries it.
func newCertificate(t testing.TB, subject string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

const (
	before = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example.com/" ENTITY>
  <md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol urn:oasis:names:tc:SAML:2.0:protocol" IDP>
`
	after = `
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
`
)

func keyXML(use, certificate string) string {
	return `    <md:KeyDescriptor ` + use + `><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
` + certificate[:40] + "\n\t" + certificate[40:] + `
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
}

// metadataOf is a document with these keys, and attributes of the two descriptors.
func metadataOf(entity, idp string, keys ...string) string {
	return strings.NewReplacer(" ENTITY", entity, " IDP", idp).Replace(before) + strings.Join(keys, "\n") + after
}

// subjectOf finds the certificate that has a certificate's key, and returns its subject.
func subjectOf(t *testing.T, found *x509.Certificate, certificates ...string) string {
	t.Helper()
	for _, text := range certificates {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if key, ok := found.PublicKey.(*ecdsa.PublicKey); ok && key.Equal(c.PublicKey) {
			return c.Subject.CommonName
		}
	}
	return "nobody"
}

// newLargeCertificate has an RSA key of so many bits.
func newLargeCertificate(t *testing.T, bits uint) string {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	modulus := new(big.Int).Lsh(big.NewInt(1), bits-1)
	key := &rsa.PublicKey{N: modulus.SetBit(modulus, 0, 1), E: 65537}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key, signer)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func TestParseMetadata(t *testing.T) {
	t.Parallel()
	one, two, three := newCertificate(t, "one"), newCertificate(t, "two"), newCertificate(t, "three")
	signing, both, encryption := keyXML(`use="signing"`, one), keyXML("", two), keyXML(`use="encryption"`, three)
	byDefault := `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="e">` +
		`<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor>` +
		`<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + one + `</X509Certificate></X509Data></KeyInfo>` +
		`</KeyDescriptor></IDPSSODescriptor></EntityDescriptor>`
	at := func(text string) time.Time {
		until, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return until
	}
	tests := map[string]struct {
		document, entityID, subjects string
		until                        time.Time
	}{
		"one key":         {metadataOf("", "", signing), "https://idp.example.com/", "one", time.Time{}},
		"all kinds":       {metadataOf("", "", encryption, both, signing), "https://idp.example.com/", "two one", time.Time{}},
		"default spaces":  {byDefault, "e", "one", time.Time{}},
		"valid until":     {metadataOf(` validUntil="2027-01-02T03:04:05Z"`, "", signing), "https://idp.example.com/", "one", at("2027-01-02T03:04:05Z")},
		"of the provider": {metadataOf("", ` validUntil="2027-01-02T03:04:05.5+02:00"`, signing), "https://idp.example.com/", "one", at("2027-01-02T01:04:05.5Z")},
		"without a zone":  {metadataOf(` validUntil="2027-01-02T03:04:05"`, "", signing), "https://idp.example.com/", "one", at("2027-01-02T03:04:05Z")},
		"the earlier one": {
			metadataOf(` validUntil="2027-01-02T00:00:00Z"`, ` validUntil="2027-01-01T00:00:00Z"`, signing), "https://idp.example.com/", "one",
			at("2027-01-01T00:00:00Z"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseMetadata(test.document)
			if err != nil {
				t.Fatal(err)
			}
			var subjects []string
			for _, c := range got.Certificates {
				subjects = append(subjects, subjectOf(t, c, one, two, three))
			}
			if got.EntityID != test.entityID || strings.Join(subjects, " ") != test.subjects || !got.ValidUntil.Equal(test.until) {
				t.Errorf("%s, keys %v, until %v; want %+v", got.EntityID, subjects, got.ValidUntil, test)
			}
		})
	}
}

func TestParseMetadataRefuses(t *testing.T) {
	t.Parallel()
	certificate := newCertificate(t, "one")
	good := metadataOf("", "", keyXML("", certificate))
	root := strings.Index(good, "<md:Entity")
	change := func(old, changed string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %s in the document", old)
		}
		return strings.ReplaceAll(good, old, changed)
	}
	tests := map[string]struct{ document, want string }{
		"nothing":                  {"", "there is no element"},
		"no markup":                {"metadata", "line 1: there is text outside the root element"},
		"cut off":                  {good[:len(good)-10], "unexpected EOF"},
		"crossed tags":             {change("</ds:X509Data></ds:KeyInfo>", "</ds:KeyInfo></ds:X509Data>"), "line 8: element <X509Data> closed by </KeyInfo>"},
		"a document type":          {good[:root] + `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + good[root:], "line 3: there is a document type declaration"},
		"one within":               {change("<ds:X509Data>", "<ds:X509Data><!DOCTYPE x>"), "there is a document type declaration"},
		"an entity":                {change("https://idp.example.com/", "&e;"), "invalid character entity &e;"},
		"an instruction":           {good[:root] + "<?xml-stylesheet href='x'?>" + good[root:], "there is a processing instruction"},
		"an instruction within":    {change("<ds:X509Data>", "<ds:X509Data><?xml version='1.0'?>"), "there is a processing instruction"},
		"another encoding":         {change("UTF-8", "ISO-8859-1"), `encoding "ISO-8859-1" declared but Decoder.CharsetReader is nil`},
		"bytes that are no text":   {change("https://idp.example.com/sso", "\xff"), "invalid UTF-8"},
		"text before":              {"x" + good, "there is text outside the root element"},
		"text behind":              {good + "x", "there is text outside the root element"},
		"another root behind":      {good + good[root:], "there is more than one root element"},
		"a document type behind":   {good + "<!DOCTYPE x>", "there is a document type declaration"},
		"too deep":                 {change("<ds:X509Data>", "<ds:X509Data>"+strings.Repeat("<a>", 100)), "elements are nested deeper than 100"},
		"too many elements":        {metadataOf("", "", strings.Repeat("<a/>", 100_000)), "there are more than 100000 elements"},
		"two names":                {metadataOf(` entityID="x"`, "", keyXML("", certificate)), "the element EntityDescriptor has two attributes entityID"},
		"two names, one qualified": {metadataOf(` ds:entityID="x"`, "", keyXML("", certificate)), "the element EntityDescriptor has two attributes entityID"},
		"another root":             {change("EntityDescriptor", "EntitiesDescriptor"), "expected element type <EntityDescriptor> but have <EntitiesDescriptor>"},
		"another name space":       {change("SAML:2.0:metadata", "SAML:2.0:assertion"), "expected element <EntityDescriptor> in name space"},
		"no name":                  {change(`entityID="https://idp.example.com/"`, ""), "the entityID has 0 characters"},
		"a long name":              {change("https://idp.example.com/\">", strings.Repeat("x", 1025)+"\">"), "the entityID has 1025 characters"},
		"a service provider":       {change("IDPSSODescriptor", "SPSSODescriptor"), "there is no IDPSSODescriptor for SAML 2.0"},
		"an older protocol":        {change("SAML:2.0:protocol", "SAML:1.0:protocol"), "there is no IDPSSODescriptor for SAML 2.0"},
		"part of a protocol":       {change("SAML:2.0:protocol", "SAML:2.0:protocolx"), "there is no IDPSSODescriptor for SAML 2.0"},
		"no key":                   {metadataOf("", ""), "has no certificate for signing"},
		"no signing key":           {metadataOf("", "", keyXML(`use="encryption"`, certificate)), "has no certificate for signing"},
		"key of another space":     {change("http://www.w3.org/2000/09/xmldsig#", "urn:x"), "has no certificate for signing"},
		"no base64":                {metadataOf("", "", keyXML("", certificate+"!")), "a certificate is not base64"},
		"no certificate":           {metadataOf("", "", keyXML("", certificate[:200])), "a certificate can't be read"},
		"one bad among good ones":  {metadataOf("", "", keyXML("", certificate), keyXML("", certificate[:200])), "a certificate can't be read"},
		"too many":                 {metadataOf("", "", strings.Repeat(keyXML("", certificate), 101)), "there are more than 100 certificates"},
		"a large key":              {metadataOf("", "", keyXML("", newLargeCertificate(t, 8200))), "a certificate has an RSA key of more than 8192 bits"},
		"no time":                  {metadataOf(` validUntil="tomorrow"`, "", keyXML("", certificate)), "a validUntil is no time"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseMetadata(test.document)
			if err == nil || got != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v; want %s", got, err, test.want)
			}
		})
	}
	if _, err := ParseMetadata(good); err != nil {
		t.Error("the document that all others are made of:", err)
	}
	if _, err := ParseMetadata(metadataOf("", "", keyXML("", newLargeCertificate(t, 8192)))); err != nil {
		t.Error("the largest key:", err)
	}
}

// What is accepted is a document of one element without a document type also to a reader that knows nothing of metadata.
func FuzzParseMetadata(f *testing.F) {
	f.Add(`<a xmlns="b" c="d"><!-- e --><f/></a>`)
	f.Add(metadataOf("", ` validUntil="2027-01-02T03:04:05Z"`, keyXML("", newCertificate(f, "one"))))
	f.Fuzz(func(t *testing.T, document string) {
		m, err := ParseMetadata(document)
		if err != nil {
			return
		}
		if m.EntityID == "" || len(m.Certificates) == 0 {
			t.Errorf("accepted: %+v", m)
		}
		roots, depth := 0, 0
		d := xml.NewDecoder(strings.NewReader(document))
		for token, err := d.Token(); err != io.EOF; token, err = d.Token() {
			switch token.(type) {
			case nil:
				t.Fatal(err)
			case xml.Directive:
				t.Error("accepted a document type")
			case xml.StartElement:
				if depth == 0 {
					roots++
				}
				depth++
			case xml.EndElement:
				depth--
			}
		}
		if roots != 1 {
			t.Errorf("%d elements side by side", roots)
		}
	})
}
