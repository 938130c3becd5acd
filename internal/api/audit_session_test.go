package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/testenv"
)

// recorded is what an audit line says of who did what.
type recorded struct {
	UserIdentity, RequestParameters, ResponseElements, Resources json.RawMessage
	ErrorCode, ErrorMessage                                      string
}

// recordedLines closes the server and returns the last lines of its audit log.
func recordedLines(t *testing.T, s *story, n int) []recorded {
	t.Helper()
	s.env.Close()
	log, err := os.ReadFile(filepath.Join(s.env.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	all := make([]recorded, n)
	for i := range all {
		if err := json.Unmarshal(lines[len(lines)-n+i], &all[i]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestSessionsAreRecorded holds spec section 10 for sessions of roles and for federated users: who they are, who they come
// from, and all that a session was asked for with but what is secret.
func TestSessionsAreRecorded(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	iam := func(action string, parameters ...string) string {
		status, body := s.env.Call(testenv.Root, "iam", action, parameters...)
		if status != http.StatusOK {
			t.Fatal(body)
		}
		return body
	}
	roleID := element(iam("CreateRole", "RoleName", "r", "Path", "/p/",
		"AssumeRolePolicyDocument", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*"}}`), "RoleId")
	iam("PutUserPolicy", "UserName", "alice", "PolicyName", "p", "PolicyDocument", `{"Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)

	const (
		roleARN       = "arn:aws:iam::123456789012:role/p/r"
		sessionPolicy = `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	)
	var keys []testenv.Key
	call := func(key testenv.Key, service, action string, parameters ...string) testenv.Key {
		_, body := s.env.Call(key, service, action, parameters...)
		keys = append(keys, keyOf(body))
		return keyOf(body)
	}
	role := call(s.keys["alice"], "sts", "AssumeRole", "RoleArn", roleARN, "RoleSessionName", "me", "ExternalId", "Id-1", "SourceIdentity", "al",
		"DurationSeconds", "900", "SerialNumber", testenv.Serial("alice"), "TokenCode", s.env.Code("alice", 0), "Policy", sessionPolicy,
		"Tags.member.1.Key", "k", "Tags.member.1.Value", "\u00e9\u2028", "TransitiveTagKeys.member.1", "K",
		"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AdministratorAccess")
	call(role, "sts", "AssumeRole", "RoleArn", roleARN+"/none", "RoleSessionName", "again")
	federated := call(s.keys["alice"], "sts", "GetFederationToken", "Name", "fed", "Tags.member.1.Key", "k", "Tags.member.1.Value", "v")
	call(federated, "iam", "ListUsers")
	call(call(testenv.Root, "sts", "GetFederationToken", "Name", "fed"), "sts", "GetCallerIdentity")
	call(s.keys["alice"], "sts", "AssumeRole", "RoleArn", roleARN, "RoleSessionName", "me", "SerialNumber", testenv.Serial("alice"),
		"TokenCode", "000000", "ProvidedContexts.member.1.ContextAssertion", "assertion-of-somebody")
	got := recordedLines(t, s, 7)

	alice := `{"type":"IAMUser","principalId":"AIDAALICEALICEALICEAA","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012",` +
		`"accessKeyId":"AKIAALICEALICEALICEA","userName":"alice"}`
	root := `{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012","accessKeyId":"` +
		testenv.Root.AccessKeyID + `"}`
	attributes := `"attributes":{"creationDate":"2026-01-02T03:04:05Z","mfaAuthenticated":"false"}`
	fed := func(key testenv.Key, issuer string) string {
		return `{"type":"FederatedUser","principalId":"123456789012:fed","arn":"arn:aws:sts::123456789012:federated-user/fed","accountId":"123456789012",` +
			`"accessKeyId":"` + key.AccessKeyID + `","sessionContext":{"sessionIssuer":` + issuer + `,` + attributes + `}}`
	}
	for i, want := range []struct{ name, identity, request, code, message string }{
		{"a session of a role is asked for", alice, `{"roleArn":"` + roleARN + `","roleSessionName":"me",` +
			`"policyArns":[{"arn":"arn:aws:iam::aws:policy/AdministratorAccess"}],"policy":` + strconv.Quote(sessionPolicy) + `,"durationSeconds":900,` +
			`"tags":[{"key":"k","value":"é\u2028"}],"transitiveTagKeys":["K"],"externalId":"Id-1",` +
			`"serialNumber":"arn:aws:iam::123456789012:mfa/alice","sourceIdentity":"al"}`, "", ""},
		{
			"a session of a role asks", `{"type":"AssumedRole","principalId":"` + roleID + `:me","arn":"arn:aws:sts::123456789012:assumed-role/r/me",` +
				`"accountId":"123456789012","accessKeyId":"` + role.AccessKeyID + `","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"` + roleID +
				`","arn":"` + roleARN + `","accountId":"123456789012","userName":"r"},` + attributes + `,"sourceIdentity":"al"}}`,
			`{"roleArn":"` + roleARN + `/none","roleSessionName":"again","incomingTransitiveTags":{"k":"é\u2028"}}`, "AccessDenied", "User: arn:aws:sts::123456789012:assumed-role/r/me is not " +
				"authorized to perform: sts:AssumeRole on resource: " + roleARN + "/none",
		},
		{"a federated user is vouched for", alice, `{"name":"fed","tags":[{"key":"k","value":"v"}]}`, "", ""},
		{"a federated user asks", fed(federated, `{"type":"IAMUser","principalId":"AIDAALICEALICEALICEAA","arn":"arn:aws:iam::123456789012:user/alice",`+
			`"accountId":"123456789012","userName":"alice"}`), `null`, "InvalidClientTokenId", "The security token included in the request is invalid"},
		{"a federated user is vouched for by root", root, `{"name":"fed"}`, "", ""},
		{
			"a federated user of root asks", fed(keys[4], `{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012"}`),
			`null`, "", "",
		},
		{
			"a session that is not issued", alice, `{"roleArn":"` + roleARN + `","roleSessionName":"me","serialNumber":"arn:aws:iam::123456789012:mfa/alice","providedContexts":[null]}`,
			"ValidationError", "ProvidedContexts is not supported: there are no context providers.",
		},
	} {
		if diff := cmp.Diff(value(t, want.identity), value(t, string(got[i].UserIdentity))); diff != "" {
			t.Errorf("%s: identity (-want +got):\n%s", want.name, diff)
		}
		if diff := cmp.Diff(value(t, want.request), value(t, string(got[i].RequestParameters))); diff != "" {
			t.Errorf("%s: parameters (-want +got):\n%s", want.name, diff)
		}
		if got[i].ErrorCode != want.code || got[i].ErrorMessage != want.message {
			t.Errorf("%s: %s: %s", want.name, got[i].ErrorCode, got[i].ErrorMessage)
		}
		for _, key := range keys {
			for _, secret := range []string{key.SecretAccessKey, key.SessionToken} {
				if secret != "" && strings.Contains(string(got[i].ResponseElements), secret) {
					t.Errorf("%s: a secret is recorded: %s", want.name, got[i].ResponseElements)
				}
			}
		}
	}
	if want := `[{"ARN":"` + roleARN + `","accountId":"123456789012","type":"AWS::IAM::Role"}]`; string(got[0].Resources) != want {
		t.Errorf("resources: got %s, want %s", got[0].Resources, want)
	}
	for _, i := range []int{1, 2, 6} { // refused, or not of a role
		if got[i].Resources != nil {
			t.Errorf("line %d has resources: %s", i, got[i].Resources)
		}
	}
	if want := `"accessKeyId":"` + role.AccessKeyID + `"`; !strings.Contains(string(got[0].ResponseElements), want) {
		t.Errorf("the key that was issued is not recorded: %s", got[0].ResponseElements)
	}
}

func value(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}
