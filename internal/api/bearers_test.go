package api_test

import (
	"bytes"
	"encoding/base64"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/testenv"
)

// bearers are the identity providers of a story, which vouch for alice. {provider url} is the URL of the first, which the
// story calls https://issuer.test, and {provider metadata} the metadata of the second.
type bearers struct {
	issuer     *testenv.Issuer
	idp        *testenv.SAMLProvider
	assertions map[string]string
}

func newBearers(t *testing.T) (*bearers, testenv.Option) {
	t.Helper()
	issuer, option := testenv.NewIssuer(t)
	return &bearers{issuer, testenv.NewSAMLProvider(t), map[string]string{}}, option
}

// token is a web identity token by its name in the story.
func (b *bearers) token(t *testing.T, name string, now time.Time) string {
	t.Helper()
	claims, known := map[string]map[string]any{
		"good":     {},
		"forged":   {},
		"expired":  {"exp": now.Add(-time.Second).Unix()},
		"old":      {"iat": now.Add(-48 * time.Hour).Unix()},
		"audience": {"aud": "somebody else"},
		"stranger": {"iss": "https://stranger.example"},
		"keyless":  {"iss": b.issuer.URL + "/other"}, // whose documents are another's
		"silent":   {"iss": silentIssuer},
		"bob":      {"sub": "bob", "amr": []string{"mfa"}},
		"tagged": {
			"https://aws.amazon.com/tags": map[string]any{
				"principal_tags": map[string]any{"Team": []string{"red"}}, "transitive_tag_keys": []string{"Team"},
			},
			"https://aws.amazon.com/source_identity": "Ada",
		},
		"reserved": {"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"aws:team": []string{"red"}}}},
		"identity": {"https://aws.amazon.com/source_identity": "aws:Ada"},
	}[name]
	switch {
	case !known:
		t.Fatalf("no token %s", name)
	case name == "forged":
		return b.issuer.Forged(now, claims)
	}
	return b.issuer.Token(now, claims)
}

const (
	silentIssuer  = "https://127.0.0.1:1" // where nobody listens
	federatedRole = "arn:aws:iam::" + testenv.AccountID + ":role/Federated"
	samlProvider  = "arn:aws:iam::" + testenv.AccountID + ":saml-provider/idp"
)

// assertion is a SAML response by its name in the story: the same at each use.
func (b *bearers) assertion(t *testing.T, name string, now time.Time) string {
	t.Helper()
	if made, ok := b.assertions[name]; ok {
		return made
	}
	attributes := map[string][]string{"Role": {federatedRole + "," + samlProvider}, "RoleSessionName": {"alice"}}
	var change []string
	switch name {
	case "good", "again", "third", "fourth", "fifth", "sixth", "forged":
	case "tagged":
		attributes["PrincipalTag:Team"], attributes["TransitiveTagKeys"] = []string{"red"}, []string{"Team"}
		attributes["SourceIdentity"], attributes["SessionDuration"] = []string{"Ada"}, []string{"1800"}
	case "reserved":
		attributes["PrincipalTag:aws:team"] = []string{"red"}
	case "misnamed":
		attributes["RoleSessionName"] = []string{"alice b"}
	case "identity":
		attributes["SourceIdentity"] = []string{"aws:Ada"}
	case "nobody":
		change = []string{">alice</saml:NameID>", "></saml:NameID>"}
	case "late":
		before := now.Add(-6 * time.Minute).UTC().Format(time.RFC3339)
		change = []string{`IssueInstant="` + now.UTC().Format(time.RFC3339), `IssueInstant="` + before}
	case "nameless":
		delete(attributes, "RoleSessionName")
	case "roleless":
		attributes["Role"] = []string{"arn:aws:iam::" + testenv.AccountID + ":role/Other," + samlProvider}
	case "audience":
		change = []string{"urn:amazon:webservices", "urn:example:other"}
	case "issuer":
		change = []string{testenv.SAMLIssuer, "https://stranger.example/"}
	case "short":
		change = []string{"<saml:AuthnStatement ", `<saml:AuthnStatement SessionNotOnOrAfter="` + now.Add(20*time.Minute).UTC().Format(time.RFC3339) + `" `}
	default:
		t.Fatalf("no assertion %s", name)
	}
	b.assertions[name] = b.idp.Response(now, attributes, change...)
	if name == "forged" {
		b.assertions[name] = forged(t, b.assertions[name])
	}
	return b.assertions[name]
}

// forged is a response about somebody else than the provider signed it for.
func forged(t *testing.T, response string) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(response)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(bytes.ReplaceAll(text, []byte(">alice</saml:NameID>"), []byte(">root</saml:NameID>")))
}
