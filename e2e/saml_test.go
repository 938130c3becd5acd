package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // AWS makes the NameQualifier of it
	"encoding/base64"
	"encoding/json"
	"maps"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	corpARN  = "arn:aws:iam::" + accountID + ":saml-provider/corp"
	corpName = "https://idp.example.com/corp"
	signIn   = "https://signin.aws.amazon.com/saml"
	noSAML   = "Not authorized to perform sts:AssumeRoleWithSAML"

	samlAttributes = "https://aws.amazon.com/SAML/Attributes/"
)

// idp is npm's samlp (node/idp.mjs) with a key of its own.
type idp struct {
	t                *testing.T
	name             string
	certificate, key string // files
}

func newIDP(t *testing.T, name string) *idp {
	t.Helper()
	needNode(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &idp{t: t, name: name}
	i.certificate, i.key = writePEM(t, certify(t, key, "idp.example.com"))
	return i
}

func (i *idp) ask(wanted string) string {
	i.t.Helper()
	return output(i.t, exec.Command(needNode(i.t), "node/idp.mjs", i.certificate, i.key, i.name, wanted))
}

// settings are those of a response, as samlp names them.
type settings map[string]any

// attributes are the values of AWS's attributes, without what their names begin with.
type attributes map[string]any

// response is what the provider says about alice, who may take these roles, with some things changed.
func (i *idp) response(roles []string, more attributes, changes settings) string {
	i.t.Helper()
	pairs := make([]string, len(roles))
	for n, role := range roles {
		pairs[n] = roleARN(role) + "," + corpARN
	}
	named := map[string]any{samlAttributes + "Role": pairs, samlAttributes + "RoleSessionName": "alice@corp"}
	for name, value := range more {
		named[samlAttributes+name] = value
	}
	all := settings{"nameIdentifier": "alice", "attributes": named}
	maps.Copy(all, changes)
	wanted, err := json.Marshal(all)
	if err != nil {
		i.t.Fatal(err)
	}
	return i.ask(string(wanted))
}

// saml makes a call that nobody signs.
func (s *server) saml(role, response string, change ...func(*sts.AssumeRoleWithSAMLInput)) (*sts.AssumeRoleWithSAMLOutput, error) {
	s.secret("a SAML response", response)
	input := &sts.AssumeRoleWithSAMLInput{
		RoleArn: aws.String(roleARN(role)), PrincipalArn: aws.String(corpARN), SAMLAssertion: &response,
	}
	for _, f := range change {
		f(input)
	}
	answer, err := s.anonymous().AssumeRoleWithSAML(s.t.Context(), input)
	if err == nil {
		s.credentialsOf(answer.Credentials)
	}
	return answer, err
}

// startFederated starts a server that knows the provider, by the AWS CLI, and has roles that trust it.
func startFederated(t *testing.T, corp *idp) (*server, cli) {
	t.Helper()
	s := start(t, config{})
	root := cli{t: t, server: s, path: need(t, debianCLI), credentials: s.root}
	metadata := newHome(t, s).write("metadata.xml", corp.ask("metadata"))
	root.tells(corpARN, "SAMLProviderArn", "iam", "create-saml-provider", "--name", "corp", "--saml-metadata-document", "file://"+metadata)
	const condition = `{"StringEquals":{"saml:aud":"` + signIn + `"}}`
	for _, role := range []string{"staff", "other"} {
		s.createTrustingRole(role, trust(`{"Federated":"`+corpARN+`"}`, condition, "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"))
	}
	return s, root
}

// TestSAML is AssumeRoleWithSAML with a real identity provider (spec section 5.8).
func TestSAML(t *testing.T) {
	t.Parallel()
	corp := newIDP(t, corpName)
	s, root := startFederated(t, corp)
	s.createRole("untrusting", wholeAccount, "")

	response := corp.response([]string{"other", "staff"}, nil, nil)
	s.secret("a SAML response", response)
	hash := sha1.Sum([]byte(corpName + accountID + "/corp"))
	call := []string{"sts", "assume-role-with-saml", "--role-arn", roleARN("staff"), "--principal-arn", corpARN, "--saml-assertion", response}
	anonymous := root
	anonymous.credentials = credentials{}
	anonymous.tells(
		strings.Join([]string{sessionARN("staff", "alice@corp"), "alice", "persistent", corpName, signIn, base64.StdEncoding.EncodeToString(hash[:])}, " "),
		"[AssumedRoleUser.Arn, Subject, SubjectType, Issuer, Audience, NameQualifier]", call...)
	_, err := s.saml("staff", response) // spent
	wantRefusal(t, err, "InvalidIdentityToken", "")

	for name, settings := range map[string]settings{
		"assertion signed": nil, "response signed": {"signAssertion": false, "signResponse": true}, "both signed": {"signResponse": true},
	} {
		answer, err := s.saml("staff", corp.response([]string{"staff"}, nil, settings))
		if err != nil {
			t.Fatal(name, err)
		}
		s.wantARN(s.credentialsOf(answer.Credentials), sessionARN("staff", "alice@corp"))
	}
	samlAttributesAct(s, corp)
	samlRefusals(s, corp)
}

// samlAttributesAct checks that the attributes beside Role are heeded.
func samlAttributesAct(s *server, corp *idp) {
	s.t.Helper()
	s.putRolePolicy("staff", "by-tag", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red","aws:SourceIdentity":"alice.source"}}}]}`)
	asked := time.Now().Truncate(time.Second)
	answer, err := s.saml("staff", corp.response([]string{"staff"}, attributes{
		"SessionDuration": "900", "PrincipalTag:team": "red", "TransitiveTagKeys": "team", "SourceIdentity": "alice.source",
	}, nil))
	if err != nil {
		s.t.Fatal(err)
	}
	if lives := answer.Credentials.Expiration.Sub(asked); lives < 15*time.Minute || lives > 15*time.Minute+patience {
		s.t.Errorf("the session lives for %v, want a quarter of an hour", lives)
	}
	if got := aws.ToString(answer.SourceIdentity); got != "alice.source" {
		s.t.Errorf("SourceIdentity is %q", got)
	}
	s.wantSuccess(s.listsUsers(s.credentialsOf(answer.Credentials)))
	if answer, err = s.saml("staff", corp.response([]string{"staff"}, nil, nil)); err != nil {
		s.t.Fatal(err)
	}
	wantRefusal(s.t, s.listsUsers(s.credentialsOf(answer.Credentials)), "AccessDenied", "because no identity-based policy allows the iam:ListUsers action")
}

// samlRefusals are responses that say nothing to daypass, whoever made them.
func samlRefusals(s *server, corp *idp) {
	s.t.Helper()
	staff := []string{"staff"}
	good := func() string { return corp.response(staff, nil, nil) }
	impostor := newIDP(s.t, corpName)
	const invalid = "InvalidIdentityToken"
	for name, test := range map[string]struct {
		role, response, code, text string
	}{
		"role of nobody":       {"nobody", corp.response([]string{"nobody"}, nil, nil), "AccessDenied", noSAML},
		"role not given":       {"other", good(), "AccessDenied", noSAML},
		"role trusts others":   {"untrusting", corp.response([]string{"untrusting"}, nil, nil), "AccessDenied", noSAML},
		"no session name":      {"staff", corp.response(staff, attributes{"RoleSessionName": ""}, nil), invalid, "RoleSessionName is required in AuthnResponse"},
		"bad session name":     {"staff", corp.response(staff, attributes{"RoleSessionName": "a b"}, nil), invalid, "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"},
		"bad source identity":  {"staff", corp.response(staff, attributes{"SourceIdentity": "aws:alice"}, nil), invalid, `Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`},
		"other audience":       {"staff", corp.response(staff, nil, settings{"audience": "urn:example:shop"}), invalid, "Response does not contain the required audience."},
		"other recipient":      {"staff", corp.response(staff, nil, settings{"recipient": "https://shop.example.com/saml"}), invalid, ""},
		"other issuer":         {"staff", corp.response(staff, nil, settings{"issuer": "https://idp.example.com/other"}), invalid, "Issuer not present in specified provider"},
		"expired":              {"staff", corp.response(staff, nil, settings{"lifetimeInSeconds": -60}), "ExpiredTokenException", ""},
		"unsigned":             {"staff", corp.response(staff, nil, settings{"signAssertion": false}), invalid, ""},
		"signed by another":    {"staff", impostor.response(staff, nil, nil), invalid, "Response signature invalid"},
		"changed":              {"other", rewritten(s.t, good(), "role/staff", "role/other"), invalid, "Response signature invalid"},
		"comment in subject":   {"staff", rewritten(s.t, good(), ">alice<", "><!-- -->alice<"), invalid, ""},
		"wrapped by another":   {"other", wrapped(s.t, good()), invalid, ""},
		"not XML":              {"staff", base64.StdEncoding.EncodeToString([]byte("alice")), invalid, ""},
		"an entity of its own": {"staff", base64.StdEncoding.EncodeToString([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`)), invalid, ""},
	} {
		s.t.Run(name, func(t *testing.T) {
			_, err := s.in(t).saml(test.role, test.response)
			wantRefusal(t, err, test.code, test.text)
		})
	}
	_, err := s.saml("staff", good(), func(i *sts.AssumeRoleWithSAMLInput) { i.PrincipalArn = aws.String(corpARN + "2") })
	wantRefusal(s.t, err, invalid, "Specified provider doesn't exist.")
	_, err = s.saml("staff", good(), func(i *sts.AssumeRoleWithSAMLInput) { i.DurationSeconds = aws.Int32(7201) })
	wantRefusal(s.t, err, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
}

// rewritten changes a response after it was signed.
func rewritten(t *testing.T, response, from, to string) string {
	t.Helper()
	text := decoded(t, response)
	changed := strings.ReplaceAll(text, from, to)
	if changed == text {
		t.Fatalf("the response has no %q:\n%s", from, text)
	}
	return base64.StdEncoding.EncodeToString([]byte(changed))
}

// wrapped puts an assertion that nobody signed before the signed one: what checks the signature sees the one, what reads the
// role may see the other.
func wrapped(t *testing.T, response string) string {
	t.Helper()
	text := decoded(t, response)
	signed := regexp.MustCompile(`(?s)<saml:Assertion.*</saml:Assertion>`).FindString(text)
	forged := regexp.MustCompile(`(?s)<(\w+:)?Signature .*</(\w+:)?Signature>`).ReplaceAllString(signed, "")
	forged = strings.ReplaceAll(regexp.MustCompile(` ID="[^"]*"`).ReplaceAllString(forged, ` ID="_forged"`), "role/staff", "role/other")
	if forged == signed || strings.Contains(forged, "Signature") {
		t.Fatalf("the assertion is not as it was expected:\n%s", signed)
	}
	return base64.StdEncoding.EncodeToString([]byte(strings.Replace(text, signed, forged+signed, 1)))
}

func decoded(t *testing.T, response string) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(response)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
