package sts_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/testenv"
)

const (
	samlProvider = "arn:aws:iam::123456789012:saml-provider/idp"
	denied       = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
)

// bearerWorld has the role r trust both an issuer and a SAML provider.
type bearerWorld struct {
	*world
	issuer *testenv.Issuer
	idp    *testenv.SAMLProvider
	host   string // of the issuer, as its condition keys begin
}

func newBearerWorld(t *testing.T) *bearerWorld {
	t.Helper()
	issuer, option := testenv.NewIssuer(t)
	w := &bearerWorld{
		world: newWorld(t, "3600", option), issuer: issuer, idp: testenv.NewSAMLProvider(t), host: strings.TrimPrefix(issuer.URL, "https://"),
	}
	w.root("CreateOpenIDConnectProvider", "Url", issuer.URL, "ClientIDList.member.1", "daypass")
	w.root("CreateSAMLProvider", "Name", "idp", "SAMLMetadataDocument", w.idp.Metadata)
	w.trust("{}")
	return w
}

func (w *bearerWorld) root(action string, parameters ...string) {
	w.t.Helper()
	if status, body := w.Call(testenv.Root, "iam", action, parameters...); status != http.StatusOK {
		w.t.Fatalf("%s: %s", action, body)
	}
}

func (w *bearerWorld) trust(condition string) {
	w.t.Helper()
	w.root("UpdateAssumeRolePolicy", "RoleName", "r", "PolicyDocument", `{"Version":"2012-10-17","Statement":{"Effect":"Allow",`+
		`"Principal":{"Federated":["arn:aws:iam::123456789012:oidc-provider/`+w.host+`","`+samlProvider+`"]},`+
		`"Action":["sts:AssumeRoleWithWebIdentity","sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity"],"Condition":`+condition+`}}`)
}

func (w *bearerWorld) web(claims map[string]any) reply {
	w.t.Helper()
	status, body := w.Call(w.alice, "sts", "AssumeRoleWithWebIdentity", "RoleArn", roleARN, "RoleSessionName", "web",
		"WebIdentityToken", w.issuer.Token(w.Now, claims))
	return reply{status, body}
}

func (w *bearerWorld) saml(attributes map[string][]string) reply {
	w.t.Helper()
	attributes["Role"], attributes["RoleSessionName"] = []string{roleARN + "," + samlProvider}, []string{"web"}
	status, body := w.Call(w.alice, "sts", "AssumeRoleWithSAML", "RoleArn", roleARN, "PrincipalArn", samlProvider,
		"SAMLAssertion", w.idp.Response(w.Now, attributes))
	return reply{status, body}
}

// knows reports whether a condition on a later request of the session holds.
func (w *bearerWorld) knows(key testenv.Key, condition string) bool {
	w.t.Helper()
	w.root("PutRolePolicy", "RoleName", "r", "PolicyName", "p", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:ListUsers","sts:AssumeRole"],"Resource":"*","Condition":`+condition+`}}`)
	w.Now = w.Now.Add(time.Second)
	status, _ := w.Call(key, "iam", "ListUsers")
	return status == http.StatusOK
}

// TestContextOfBearers holds which condition keys of spec section 4 stay with a session that an identity provider vouched for.
func TestContextOfBearers(t *testing.T) {
	t.Parallel()
	w := newBearerWorld(t)
	w.root("TagRole", "RoleName", "r", "Tags.member.1.Key", "team", "Tags.member.1.Value", "blue", "Tags.member.2.Key", "floor", "Tags.member.2.Value", "2")
	web := w.web(map[string]any{
		"amr": []string{"pwd", "mfa"}, "azp": "daypass", "https://aws.amazon.com/source_identity": "Ada",
		"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"Team": "red"}},
	})
	saml := w.saml(map[string][]string{"PrincipalTag:Team": {"red"}, "SourceIdentity": {"Ada"}})
	equals := func(key, value string) string { return `{"StringEquals":{"` + key + `":"` + value + `"}}` }
	absent := func(key string) string { return `{"Null":{"` + key + `":"true"}}` }
	both := []string{
		equals("aws:PrincipalTag/team", "red"), equals("aws:PrincipalTag/floor", "2"), equals("aws:SourceIdentity", "Ada"),
		equals("aws:PrincipalArn", roleARN), equals("aws:PrincipalType", "AssumedRole"), equals("aws:MultiFactorAuthPresent", "false"),
		absent("aws:username"), absent("sts:RoleSessionName"), absent("sts:SourceIdentity"), absent("aws:RequestTag/team"),
	}
	for name, tt := range map[string]struct {
		reply reply
		holds []string
	}{
		"web identity": {web, append([]string{
			equals("aws:FederatedProvider", "arn:aws:iam::123456789012:oidc-provider/"+w.host),
			equals(w.host+":sub", "alice"), equals(w.host+":aud", "daypass"), absent(w.host + ":azp"), absent(w.host + ":oaud"),
			`{"ForAnyValue:StringEquals":{"` + w.host + `:amr":"mfa"}}`,
			`{"ForAllValues:StringEquals":{"` + w.host + `:amr":["mfa","pwd"]},"Null":{"` + w.host + `:amr":"false"}}`,
			absent("saml:sub"),
		}, both...)},
		"SAML": {saml, append([]string{
			equals("aws:FederatedProvider", samlProvider),
			equals("saml:sub", "alice"), equals("saml:sub_type", "persistent"), equals("saml:namequalifier", saml.text("NameQualifier")),
			absent("saml:aud"), absent("saml:iss"), absent("saml:doc"), absent(w.host + ":sub"),
		}, both...)},
	} {
		if tt.reply.status != http.StatusOK {
			t.Fatal(tt.reply.body)
		}
		for _, condition := range tt.holds {
			if !w.knows(tt.reply.key(), condition) {
				t.Errorf("%s: not known: %s", name, condition)
			}
		}
	}
}

// TestBearersAsVariables has each subject read its own user and nobody else's.
func TestBearersAsVariables(t *testing.T) {
	t.Parallel()
	w := newBearerWorld(t)
	w.AddUser("bob")
	for name, tt := range map[string]struct {
		reply    reply
		variable string
	}{
		"web identity": {w.web(nil), w.host + ":sub"},
		"SAML":         {w.saml(map[string][]string{}), "saml:sub"},
	} {
		w.root("PutRolePolicy", "RoleName", "r", "PolicyName", "own", "PolicyDocument", `{"Version":"2012-10-17","Statement":{"Effect":"Allow",`+
			`"Action":"iam:GetUser","Resource":"arn:aws:iam::123456789012:user/${`+tt.variable+`}"}}`)
		w.Now = w.Now.Add(time.Second)
		for user, want := range map[string]int{"alice": http.StatusOK, "bob": http.StatusForbidden} {
			if status, body := w.Call(tt.reply.key(), "iam", "GetUser", "UserName", user); status != want {
				t.Errorf("%s: alice reads %s: %s", name, user, body)
			}
		}
	}
}

// TestTrustAsksBearers holds what a trust policy may ask of a token (spec sections 4 and 5.7).
func TestTrustAsksBearers(t *testing.T) {
	t.Parallel()
	w := newBearerWorld(t)
	w.trust(`{"ForAnyValue:StringEquals":{"` + w.host + `:amr":"mfa"}}`)
	for name, tt := range map[string]struct {
		claims map[string]any
		want   string
	}{
		"with MFA":            {map[string]any{"amr": []string{"pwd", "mfa"}}, ""},
		"without MFA":         {map[string]any{"amr": []string{"pwd"}}, denied},
		"in another case":     {map[string]any{"amr": []string{"MFA"}}, denied},
		"without amr":         {nil, denied},
		"with MFA in a claim": {map[string]any{"mfa": true}, denied},
	} {
		if got := w.web(tt.claims).refusal(); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// TestTokensExpire holds the ends of tokens to the second (spec section 5.7), and that a session outlives the token it was
// asked for with.
func TestTokensExpire(t *testing.T) {
	t.Parallel()
	w := newBearerWorld(t)
	issued := w.Now
	claims := map[string]any{"iat": issued.Unix(), "exp": issued.Add(time.Minute).Unix()}
	ask := func(after time.Duration) reply {
		w.Now = issued.Add(after)
		return w.web(claims)
	}
	last := ask(59 * time.Second)
	if last.status != http.StatusOK {
		t.Fatal(last.body)
	}
	const expired = "ExpiredTokenException: Token expired: current date/time 1767323105 must be before the expiration date/time 1767323105"
	if got := ask(time.Minute).refusal(); got != expired {
		t.Errorf("at its end: got %q, want %q", got, expired)
	}
	w.Now = issued.Add(time.Hour)
	if status, body := w.Call(last.key(), "sts", "GetCallerIdentity"); status != http.StatusOK {
		t.Errorf("the session has ended with the token: %s", body)
	}
}

// TestBearersAreRecorded holds spec section 10: who an identity provider vouches for, as soon as it is known, whoever signed
// the request.
func TestBearersAreRecorded(t *testing.T) {
	t.Parallel()
	w := newBearerWorld(t)
	provider := "arn:aws:iam::123456789012:oidc-provider/" + w.host
	web := `{"type":"WebIdentityUser","principalId":"` + provider + `:daypass:alice","userName":"alice","identityProvider":"` + provider + `"}`
	w.web(nil)
	saml := w.saml(map[string][]string{})
	w.trust(`{"StringEquals":{"aws:username":"nobody"}}`)
	w.web(nil)
	w.saml(map[string][]string{})
	w.web(map[string]any{"exp": w.Now.Unix()})
	user := `{"type":"SAMLUser","principalId":"` + saml.text("NameQualifier") + `:alice","userName":"alice","identityProvider":"` + samlProvider + `"}`

	w.Close()
	log, err := os.ReadFile(filepath.Join(w.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(log)) {
		var event struct {
			UserIdentity                             json.RawMessage
			EventName, ErrorCode, RecipientAccountID string
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(event.EventName, "AssumeRoleWith") {
			got = append(got, event.ErrorCode+event.RecipientAccountID+string(event.UserIdentity))
		}
	}
	want := []string{
		"123456789012" + web, "123456789012" + user, "AccessDenied123456789012" + web, "AccessDenied123456789012" + user,
		`ExpiredTokenException123456789012{"type":"IAMUser","principalId":"AIDAALICEALICEALICEAA","arn":"arn:aws:iam::123456789012:user/alice",` +
			`"accountId":"123456789012","accessKeyId":"` + w.alice.AccessKeyID + `","userName":"alice"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
