package saml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// provider is an identity provider.
type provider struct {
	key         crypto.Signer
	certificate *x509.Certificate
	method      string
}

func newProvider(t testing.TB, key crypto.Signer, method string) *provider {
	t.Helper()
	// It expired long ago, which must make no difference.
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "provider"},
		NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(1e9+1, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &provider{key, certificate, method}
}

// ecdsaKey returns the key of a number: the processes that fuzz must have the same one.
func ecdsaKey(t testing.TB, curve elliptic.Curve, n byte) *ecdsa.PrivateKey {
	t.Helper()
	raw := make([]byte, (curve.Params().BitSize+7)/8)
	raw[len(raw)-1] = n
	key, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// rsaKey makes one key for all tests: it takes a while.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// idp is the provider of most tests, and stranger another.
func idp(t testing.TB) *provider {
	return newProvider(t, ecdsaKey(t, elliptic.P256(), 7), dsig.ECDSASHA256SignatureMethod)
}

func stranger(t testing.TB) *provider {
	return newProvider(t, ecdsaKey(t, elliptic.P256(), 8), dsig.ECDSASHA256SignatureMethod)
}

func (p *provider) metadata() *Metadata {
	return &Metadata{EntityID: "https://idp.example.com/", Certificates: []*x509.Certificate{p.certificate}}
}

// sign puts a signature of the element with an ID into a document, behind its Issuer as SAML has it.
func (p *provider) sign(t testing.TB, document, id string) string {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromString(document); err != nil {
		t.Fatal(err)
	}
	e := d.FindElement("//[@ID='" + id + "']")
	if e == nil {
		t.Fatalf("nothing has the ID %s", id)
	}
	e.InsertChildAt(e.SelectElement("Issuer").Index()+1, p.signature(t, e))
	return write(t, d)
}

func write(t testing.TB, d *etree.Document) string {
	t.Helper()
	d.WriteSettings.CanonicalText, d.WriteSettings.CanonicalAttrVal = true, true
	text, err := d.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (p *provider) signature(t testing.TB, e *etree.Element) *etree.Element {
	t.Helper()
	context, err := dsig.NewSigningContext(p.key, [][]byte{p.certificate.Raw})
	if err != nil {
		t.Fatal(err)
	}
	context.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := context.SetSignatureMethod(p.method); err != nil {
		t.Fatal(err)
	}
	// The signer makes its element canonical where it is, and looks for name spaces above.
	signature, err := context.ConstructSignature(detached(t, e), true)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := p.key.(*ecdsa.PrivateKey); ok {
		value := signature.SelectElement("SignatureValue")
		value.SetText(asXML(t, key, value.Text()))
	}
	return signature
}

// asXML turns an ECDSA signature from ASN.1 into XML's form.
func asXML(t testing.TB, key *ecdsa.PrivateKey, encoded string) string {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	var numbers struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &numbers); err != nil {
		t.Fatal(err)
	}
	size := (key.Params().BitSize + 7) / 8
	raw := make([]byte, 2*size)
	numbers.R.FillBytes(raw[:size])
	numbers.S.FillBytes(raw[size:])
	return base64.StdEncoding.EncodeToString(raw)
}

const (
	role     = "arn:aws:iam::123456789012:role/team/Admin"
	samlIDP  = "arn:aws:iam::123456789012:saml-provider/Example"
	issuedAt = "2026-01-02T03:04:05.678Z"
)

func issued() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC) }

// plain is a response as providers send them, before it is signed.
const plain = `<?xml version="1.0" encoding="UTF-8"?>
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0" IssueInstant="` + issuedAt + `" Destination="https://signin.aws.amazon.com/saml">
  <saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://idp.example.com/</saml:Issuer>
  <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
  <saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" Version="2.0" IssueInstant="` + issuedAt + `">
    <saml:Issuer>https://idp.example.com/</saml:Issuer>
    <saml:Subject>
      <saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">admin@example.com</saml:NameID>
      <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
        <saml:SubjectConfirmationData NotOnOrAfter="2026-01-02T03:08:05Z" Recipient="https://signin.aws.amazon.com/saml" InResponseTo="_q1"/>
      </saml:SubjectConfirmation>
    </saml:Subject>
    <saml:Conditions NotBefore="2026-01-02T03:04:00Z" NotOnOrAfter="2026-01-02T04:04:05Z">
      <saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction>
    </saml:Conditions>
    <saml:AuthnStatement AuthnInstant="` + issuedAt + `" SessionNotOnOrAfter="2026-01-02T11:04:05Z"/>
    <saml:AttributeStatement>
      <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">
        <saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">` + role + `,` + samlIDP + `</saml:AttributeValue>
        <saml:AttributeValue>` + samlIDP + `, arn:aws:iam::123456789012:role/Reader</saml:AttributeValue>
      </saml:Attribute>
      <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute>
      <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/SessionDuration"><saml:AttributeValue>1800</saml:AttributeValue></saml:Attribute>
      <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/PrincipalTag:Team"><saml:AttributeValue>R&amp;D</saml:AttributeValue></saml:Attribute>
      <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/TransitiveTagKeys"><saml:AttributeValue>Team</saml:AttributeValue></saml:Attribute>
      <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/SourceIdentity"><saml:AttributeValue>Ada</saml:AttributeValue></saml:Attribute>
      <saml:Attribute Name="urn:oid:1.3.6.1.4.1.5923.1.1.1.1"><saml:AttributeValue>staff</saml:AttributeValue><saml:AttributeValue>member</saml:AttributeValue></saml:Attribute>
      <saml:Attribute Name="urn:oid:1.3.6.1.4.1.5923.1.1.1.10"><saml:AttributeValue><saml:NameID>targeted</saml:NameID></saml:AttributeValue></saml:Attribute>
      <saml:Attribute Name="groups"><saml:AttributeValue><other xmlns="urn:other"/></saml:AttributeValue></saml:Attribute>
    </saml:AttributeStatement>
  </saml:Assertion>
</samlp:Response>`

// change replaces what must be there, in pairs.
func change(t testing.TB, document string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(document, pairs[i]) {
			t.Fatalf("no %s in the document", pairs[i])
		}
		document = strings.ReplaceAll(document, pairs[i], pairs[i+1])
	}
	return document
}

func encode(document string) string { return base64.StdEncoding.EncodeToString([]byte(document)) }
