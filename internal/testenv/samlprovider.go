package testenv

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// SAMLIssuer is the entityID of a SAMLProvider.
const SAMLIssuer = "https://idp.example.com/"

// SAMLProvider is a SAML 2.0 identity provider.
type SAMLProvider struct {
	Metadata string
	key      *rsa.PrivateKey
	der      []byte
	ids      int
	t        testing.TB
}

// samlKey is one for all tests: to make it takes a while.
var samlKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// NewSAMLProvider makes a provider.
func NewSAMLProvider(t testing.TB) *SAMLProvider {
	t.Helper()
	key, err := samlKey()
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: Start, NotAfter: Start.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	p := &SAMLProvider{key: key, der: der, t: t}
	p.Metadata = fmt.Sprintf(`<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID=%q>`+
		`<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>`+
		`<ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>`,
		SAMLIssuer, base64.StdEncoding.EncodeToString(der))
	return p
}

// Response is a signed response of now with these attributes, whose names are those after AWS's prefix, as the parameter
// SAMLAssertion. Each has an ID of its own. change replaces texts in it before it is signed, in pairs.
func (p *SAMLProvider) Response(now time.Time, attributes map[string][]string, change ...string) string {
	p.t.Helper()
	p.ids++
	d := etree.NewDocument()
	text := strings.NewReplacer(change...).Replace(unsigned(now, p.ids, attributes))
	if err := d.ReadFromString(text); err != nil {
		p.t.Fatal(err)
	}
	signing, err := dsig.NewSigningContext(p.key, [][]byte{p.der})
	if err != nil {
		p.t.Fatal(err)
	}
	signing.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	signature, err := signing.ConstructSignature(d.Root(), true)
	if err != nil {
		p.t.Fatal(err)
	}
	d.Root().InsertChildAt(1, signature) // behind the Issuer
	signed, err := d.WriteToBytes()
	if err != nil {
		p.t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signed)
}

// unsigned has no white space between elements: the Issuer is the first child.
func unsigned(now time.Time, id int, attributes map[string][]string) string {
	instant, soon := now.UTC().Format(time.RFC3339), now.Add(5*time.Minute).UTC().Format(time.RFC3339)
	var statement strings.Builder
	for name, values := range attributes {
		fmt.Fprintf(&statement, `<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/%s">`, name)
		for _, value := range values {
			fmt.Fprintf(&statement, `<saml:AttributeValue>%s</saml:AttributeValue>`, value)
		}
		statement.WriteString(`</saml:Attribute>`)
	}
	return fmt.Sprintf(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" `+
		`ID="_r%[1]d" Version="2.0" IssueInstant="%[2]s" Destination="https://signin.aws.amazon.com/saml"><saml:Issuer>%[4]s</saml:Issuer>`+
		`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>`+
		`<saml:Assertion ID="_a%[1]d" Version="2.0" IssueInstant="%[2]s"><saml:Issuer>%[4]s</saml:Issuer>`+
		`<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">alice</saml:NameID>`+
		`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">`+
		`<saml:SubjectConfirmationData NotOnOrAfter="%[3]s" Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation></saml:Subject>`+
		`<saml:Conditions NotBefore="%[2]s" NotOnOrAfter="%[3]s"><saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience>`+
		`</saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="%[2]s"/>`+
		`<saml:AttributeStatement>%[5]s</saml:AttributeStatement></saml:Assertion></samlp:Response>`,
		id, instant, soon, SAMLIssuer, statement.String())
}
