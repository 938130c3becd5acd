package saml

import (
	"crypto/elliptic"
	"crypto/x509"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

func detached(t testing.TB, e *etree.Element) *etree.Element {
	t.Helper()
	parent, err := etreeutils.NSBuildParentContext(e)
	if err != nil {
		t.Fatal(err)
	}
	e, err = etreeutils.NSDetatch(parent, e)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// want is what plain says.
func want() *Assertion {
	return &Assertion{
		ID: "_a1", Issuer: "https://idp.example.com/", Subject: "admin@example.com", SubjectType: "persistent",
		Recipient:    "https://signin.aws.amazon.com/saml",
		IssueInstant: issued(), NotOnOrAfter: time.Date(2026, 1, 2, 3, 8, 5, 0, time.UTC),
		SessionNotOnOrAfter: time.Date(2026, 1, 2, 11, 4, 5, 0, time.UTC),
		Claims: Claims{
			Roles:           []Role{{role, samlIDP}, {"arn:aws:iam::123456789012:role/Reader", samlIDP}},
			RoleSessionName: "admin", SessionDuration: 30 * time.Minute,
			Tags: []Tag{{"Team", "R&D"}}, TransitiveTagKeys: []string{"Team"}, SourceIdentity: "Ada",
		},
		mapped: map[string][]string{"saml:edupersonaffiliation": {"staff", "member"}, "saml:edupersontargetedid": {"targeted"}},
	}
}

func diff(got *Assertion) string {
	return cmp.Diff(want(), got, cmp.AllowUnexported(Assertion{}), cmpopts.EquateEmpty())
}

func TestVerify(t *testing.T) {
	t.Parallel()
	rsaSigner, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]*provider{
		"RSA 256":   newProvider(t, rsaSigner, dsig.RSASHA256SignatureMethod),
		"RSA 384":   newProvider(t, rsaSigner, dsig.RSASHA384SignatureMethod),
		"RSA 512":   newProvider(t, rsaSigner, dsig.RSASHA512SignatureMethod),
		"ECDSA 256": newProvider(t, ecdsaKey(t, elliptic.P256(), 9), dsig.ECDSASHA256SignatureMethod),
		"ECDSA 384": newProvider(t, ecdsaKey(t, elliptic.P384(), 9), dsig.ECDSASHA384SignatureMethod),
		"ECDSA 512": newProvider(t, ecdsaKey(t, elliptic.P521(), 9), dsig.ECDSASHA512SignatureMethod),
	}
	for name, p := range tests {
		for signed, document := range map[string]string{
			"response":  p.sign(t, plain, "_r1"),
			"assertion": p.sign(t, plain, "_a1"),
			"both":      p.sign(t, p.sign(t, plain, "_a1"), "_r1"),
		} {
			t.Run(name+" "+signed, func(t *testing.T) {
				t.Parallel()
				m := p.metadata()
				m.Certificates = []*x509.Certificate{stranger(t).certificate, p.certificate}
				got, err := Verify(issued(), encode(document), m, NewExpect())
				if err != nil {
					t.Fatal(err)
				}
				if d := diff(got); d != "" {
					t.Errorf("(-want +got)\n%s", d)
				}
			})
		}
	}
}
