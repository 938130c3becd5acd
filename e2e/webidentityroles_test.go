package e2e

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const (
	// privateIssuers lets a server ask issuers at addresses that are not public, as those of the tests are.
	privateIssuers = "DAYPASS_OIDC_ALLOW_PRIVATE_ADDRESSES=true"

	noWebIdentity = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
	noVerifyKey   = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
)

// startTrusting starts a server that trusts the issuer's certificate.
func startTrusting(t *testing.T, i *issuer, environment ...string) *server {
	t.Helper()
	return start(t, config{Environment: append(environment, "SSL_CERT_FILE="+i.certificate)})
}

// register makes the issuer known, with the AWS CLI, and returns the principal that its tokens speak for.
func (s *server) register(i *issuer) (arn, principal string) {
	s.t.Helper()
	root := cli{t: s.t, server: s, path: need(s.t, debianCLI), credentials: s.root}
	arn = root.ask("OpenIDConnectProviderArn", "iam", "create-open-id-connect-provider", "--url", i.url,
		"--client-id-list", "daypass", "ES256", "--thumbprint-list", strings.Repeat("0123456789", 4))
	if want := "arn:aws:iam::" + accountID + ":oidc-provider/" + i.host; arn != want {
		s.t.Errorf("the provider is %q, want %q", arn, want)
	}
	return arn, `{"Federated":"` + arn + `"}`
}

// createWebRole makes a role for those whom the issuer calls by this name.
func (s *server) createWebRole(name, principal string, i *issuer, subject string) {
	s.t.Helper()
	condition := `{"StringEquals":{"` + i.host + `:sub":"` + subject + `"},"StringLike":{"` + i.host + `:aud":["daypass","ES*"]}}`
	s.createTrustingRole(name, trust(principal, condition, "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"))
}

// webIdentity makes a call that nobody signs.
func (s *server) webIdentity(role, token string) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	s.secret("a web identity token", token)
	answer, err := s.anonymous().AssumeRoleWithWebIdentity(s.t.Context(), &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(roleARN(role)), RoleSessionName: aws.String("pod"), WebIdentityToken: &token,
	})
	if err == nil {
		s.credentialsOf(answer.Credentials)
	}
	return answer, err
}

// anonymous has no credentials, and asks once: the SDK would repeat what an issuer's fault may have caused.
func (s *server) anonymous() *sts.Client {
	return sts.New(sts.Options{
		BaseEndpoint: &s.endpoint, Region: region, Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{},
	})
}

// TestWebIdentityProfiles has every client come to a role with a token of a real issuer (spec section 5.7).
func TestWebIdentityProfiles(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	s := startTrusting(t, issuer, privateIssuers)
	_, principalOfIssuer := s.register(issuer)
	s.createWebRole("web", principalOfIssuer, issuer, "alice")
	s.createRole("second", principal(roleARN("web")), "")
	s.putRolePolicy("web", "chain", allowing("sts:AssumeRole"))

	h := newHome(t, s)
	web := func(name, login, client string) []string {
		token := issuer.idToken(login, client)
		s.secret("a web identity token", token)
		return []string{"role_arn = " + roleARN("web"), "role_session_name = pod", "web_identity_token_file = " + h.write(name+".jwt", token)}
	}
	h.writeProfiles(map[string][]string{
		"web":      web("web", "alice", "daypass"),
		"ES256":    web("ES256", "alice", "ES256"),
		"eve":      web("eve", "eve", "daypass"),
		"stranger": web("stranger", "alice", "stranger"),
		"chained":  {"role_arn = " + roleARN("second"), "source_profile = web", "role_session_name = deep"},
	})
	tests := []profileTest{
		{profile: "web", arn: sessionARN("web", "pod")},
		{profile: "ES256", arn: sessionARN("web", "pod")},
		{profile: "chained", arn: sessionARN("second", "deep")},
		{profile: "eve", refused: []string{"AccessDenied", noWebIdentity}},
		{profile: "stranger", refused: []string{"InvalidIdentityToken", "Incorrect token audience"}},
	}
	for name, client := range h.clients() {
		t.Run(name, func(t *testing.T) {
			for _, test := range tests {
				test.run(t, h, client)
			}
		})
	}
	// Kubernetes tells a pod by its environment.
	for name, command := range map[string]*exec.Cmd{
		"AWS CLI":            exec.Command(need(t, debianCLI), "sts", "get-caller-identity", "--query", "Arn", "--output", "text"),
		"boto3":              exec.Command(needBoto3(t), "-B", "boto3/whoami.py"),
		"SDK for JavaScript": exec.Command(needNode(t), "node/whoami.mjs"),
	} {
		arn, err := h.run(command, "", "AWS_ROLE_ARN="+roleARN("web"), "AWS_ROLE_SESSION_NAME=pod", "AWS_WEB_IDENTITY_TOKEN_FILE="+filepath.Join(h.dir, "web.jwt"))
		if want := sessionARN("web", "pod"); err != nil || arn != want {
			t.Errorf("%s by its environment: %q, %v, want %s", name, arn, err, want)
		}
	}
}

// TestWebIdentity is what a program gets for a token, and when a token is worth nothing.
func TestWebIdentity(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	s := startTrusting(t, issuer, privateIssuers)
	provider, principalOfIssuer := s.register(issuer)
	s.createWebRole("web", principalOfIssuer, issuer, "alice")
	s.createWebRole("tagged", principalOfIssuer, issuer, "tess")
	s.createTrustingRole("untagged", trust(principalOfIssuer, "", "sts:AssumeRoleWithWebIdentity"))
	s.createRole("accounts", wholeAccount, "")

	token := issuer.idToken("alice", "daypass")
	wantWebSession(s, issuer, token)
	webIdentityClaims(s, issuer)
	for role, text := range map[string]string{"tagged": noWebIdentity, "accounts": noWebIdentity, "nobody": noWebIdentity} {
		_, err := s.webIdentity(role, token)
		wantExactly(t, err, "AccessDenied", text)
	}
	head, signature, _ := strings.Cut(issuer.idToken("eve", "daypass"), ".")
	_, signature, _ = strings.Cut(signature, ".")
	claims := strings.Split(token, ".")[1]
	_, err := s.webIdentity("web", head+"."+claims+"."+signature)
	if _, ok := errors.AsType[*ststypes.InvalidIdentityTokenException](err); !ok {
		t.Errorf("alice's claims with eve's signature: error is %v, want InvalidIdentityToken", err)
	}

	// The issuer has other keys now, and the server forgot the old ones.
	issuer.stop()
	issuer.launch()
	s.restart()
	_, err = s.webIdentity("web", issuer.idToken("alice", "daypass"))
	s.wantSuccess(err)
	_, err = s.webIdentity("web", token)
	wantRefusal(t, err, "InvalidIdentityToken", noVerifyKey)

	// Nobody vouches for a token whose issuer can't be asked.
	token = issuer.idToken("alice", "daypass")
	issuer.stop()
	s.restart()
	_, err = s.webIdentity("web", token)
	if _, ok := errors.AsType[*ststypes.IDPCommunicationErrorException](err); !ok {
		t.Errorf("error is %v, want the SDK's IDPCommunicationErrorException", err)
	}

	if _, err := s.iam(s.root).DeleteOpenIDConnectProvider(t.Context(), &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: &provider}); err != nil {
		t.Fatal(err)
	}
	_, err = s.webIdentity("web", token)
	wantRefusal(t, err, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for "+issuer.url)
}

// wantWebSession checks the whole answer, and what its session is.
func wantWebSession(s *server, i *issuer, token string) {
	s.t.Helper()
	answer, err := s.webIdentity("web", token)
	if err != nil {
		s.t.Fatal(err)
	}
	for name, member := range map[string]struct {
		got  *string
		want string
	}{
		"SubjectFromWebIdentityToken": {answer.SubjectFromWebIdentityToken, "alice"},
		"Audience":                    {answer.Audience, "daypass"},
		"Provider":                    {answer.Provider, i.url},
		"Arn":                         {answer.AssumedRoleUser.Arn, sessionARN("web", "pod")},
	} {
		if got := aws.ToString(member.got); got != member.want {
			s.t.Errorf("%s is %q, want %q", name, got, member.want)
		}
	}
	s.wantARN(s.credentialsOf(answer.Credentials), sessionARN("web", "pod"))
}

// webIdentityClaims are the session tags and the source identity that an issuer puts into a token.
func webIdentityClaims(s *server, i *issuer) {
	s.t.Helper()
	s.putRolePolicy("tagged", "by-claim", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red","aws:SourceIdentity":"tess.source"}}},
		{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}`)
	s.createRole("next", principal(roleARN("tagged")), `{"StringEquals":{"aws:SourceIdentity":"tess.source"}}`)
	s.putRolePolicy("next", "by-tag", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"},"Null":{"aws:PrincipalTag/stage":"true"}}}]}`)
	token := i.idToken("tess", "daypass")
	answer, err := s.webIdentity("tagged", token)
	if err != nil {
		s.t.Fatal(err)
	}
	if got := aws.ToString(answer.SourceIdentity); got != "tess.source" {
		s.t.Errorf("SourceIdentity is %q", got)
	}
	tagged := s.credentialsOf(answer.Credentials)
	s.wantSuccess(s.listsUsers(tagged))
	s.wantSuccess(s.listsUsers(s.session(tagged, "next"))) // the team travels, the stage does not
	_, err = s.webIdentity("untagged", token)
	wantExactly(s.t, err, "AccessDenied", "Not authorized to perform sts:TagSession")
}

// TestWebIdentityPrivateAddresses holds a server to asking no address of its own network, unless it was told to.
func TestWebIdentityPrivateAddresses(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	s := startTrusting(t, issuer)
	_, principalOfIssuer := s.register(issuer)
	s.createWebRole("web", principalOfIssuer, issuer, "alice")
	_, err := s.webIdentity("web", issuer.idToken("alice", "daypass"))
	wantRefusal(t, err, "InvalidIdentityToken", noVerifyKey)
}

// TestWebIdentityProvider is the SDK's own way from a file to a session, with a session policy.
func TestWebIdentityProvider(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	s := startTrusting(t, issuer, privateIssuers)
	_, principalOfIssuer := s.register(issuer)
	s.createWebRole("web", principalOfIssuer, issuer, "alice")
	s.putRolePolicy("web", "work", allowing("iam:ListUsers", "iam:GetUser"))
	s.createUser("alice")
	file := newHome(t, s).write("token", issuer.idToken("alice", "daypass"))
	got, err := stscreds.NewWebIdentityRoleProvider(s.anonymous(), roleARN("web"), stscreds.IdentityTokenFile(file), func(o *stscreds.WebIdentityRoleOptions) {
		o.Policy = aws.String(allowing("iam:GetUser"))
	}).Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	session := credentials{AccessKeyId: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken}
	s.wantSuccess(s.readsUser(session, "alice"))
	wantRefusal(t, s.listsUsers(session), "AccessDenied", "because no session policy allows the iam:ListUsers action")
}
