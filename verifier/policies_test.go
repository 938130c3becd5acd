package verifier_test

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/policy"
	"github.com/daypass/daypass/verifier"
)

// session calls an action of STS that issues credentials.
func (s *service) session(key testenv.Key, action string, parameters ...string) testenv.Key {
	s.t.Helper()
	status, body := s.Call(key, "sts", action, parameters...)
	var reply struct {
		Result struct {
			Credentials struct{ AccessKeyId, SecretAccessKey, SessionToken string }
		} `xml:",any"`
	}
	if err := xml.Unmarshal([]byte(body), &reply); err != nil || status != http.StatusOK {
		s.t.Fatal(action, status, body, err)
	}
	c := reply.Result.Credentials
	return testenv.Key{AccessKeyID: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
}

func TestMFA(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	id, alice := s.AddUser("alice")
	s.AddMFADevice("alice", id)
	s.allow("alice", "orders:*", "*", `"NumericLessThan":{"aws:MultiFactorAuthAge":"600"}`)
	without := s.session(alice, "GetSessionToken")
	with := s.session(alice, "GetSessionToken", "SerialNumber", testenv.Serial("alice"), "TokenCode", s.Code("alice", 0), "DurationSeconds", "900")
	s.want(s.signed(alice, "GET", "/order/1", ""), 403, "AccessDenied")
	s.want(s.signed(without, "GET", "/order/1", ""), 403, "AccessDenied")
	s.want(s.signed(with, "GET", "/order/1", ""), 200, "user/alice")
	// The age is the request's, not that of what is known.
	s.handler = s.front(time.Minute)
	s.Now = s.Now.Add(599 * time.Second)
	s.want(s.signed(with, "GET", "/order/1", ""), 200, "user/alice")
	s.Now = s.Now.Add(time.Second)
	s.want(s.signed(with, "GET", "/order/1", ""), 403, "AccessDenied")
	s.Now = s.Now.Add(900*time.Second - 600*time.Second - 1)
	s.want(s.signed(with, "GET", "/order/1", ""), 403, "AccessDenied")
	s.Now = s.Now.Add(1) // within MaxAge
	s.want(s.signed(with, "GET", "/order/1", ""), 403, "ExpiredTokenException")
	s.Now = s.Now.Add(time.Minute)
	s.want(s.signed(with, "GET", "/order/1", ""), 403, "ExpiredTokenException")
}

func TestRevokedSession(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	_, alice := s.AddUser("alice")
	s.allow("alice", "orders:*", "*", "")
	session := s.session(alice, "GetSessionToken")
	s.want(s.signed(session, "GET", "/order/1", ""), 200, "user/alice")
	_, err := server.RevokeSessions(t.Context(), s.Store, server.Revocation{AccessKeyID: session.AccessKeyID}, s.Now)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = s.Now.Add(verifier.DefaultMaxAge - 1)
	s.want(s.signed(session, "GET", "/order/1", ""), 200, "user/alice")
	s.Now = s.Now.Add(1)
	s.want(s.signed(session, "GET", "/order/1", ""), 403, "UnrecognizedClientException")
	s.want(s.signed(alice, "GET", "/order/1", ""), 200, "user/alice")
}

// Each kind of policy reaches the verifier: what one of them takes away, the verifier refuses.
func TestKindsOfPolicy(t *testing.T) {
	t.Parallel()
	s := newService(t, -1)
	_, alice := s.AddUser("alice")
	s.allow("alice", "*", "*", "")
	read := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"orders:GetOrder","Resource":"*"}}`

	bounded := s.session(alice, "GetFederationToken", "Name", "bounded", "Policy", read)
	s.want(s.signed(bounded, "GET", "/order/1", ""), 200, "federated-user/bounded")
	s.want(s.signed(bounded, "POST", "/order/1", ""), 403, "because no session policy allows")
	bare := s.session(alice, "GetFederationToken", "Name", "bare")
	s.want(s.signed(bare, "GET", "/order/1", ""), 403, "because no session policy allows")

	s.iam("CreateRole", "RoleName", "clerk", "AssumeRolePolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}`)
	s.iam("PutRolePolicy", "RoleName", "clerk", "PolicyName", "p", "PolicyDocument", read)
	role := s.session(alice, "AssumeRole", "RoleArn", "arn:aws:iam::123456789012:role/clerk", "RoleSessionName", "desk")
	s.want(s.signed(role, "GET", "/order/1", ""), 200, "assumed-role/clerk/desk")
	s.want(s.signed(role, "POST", "/order/1", ""), 403, "because no identity-based policy allows")

	s.iam("CreatePolicy", "PolicyName", "read", "PolicyDocument", read)
	s.iam("PutUserPermissionsBoundary", "UserName", "alice", "PermissionsBoundary", "arn:aws:iam::123456789012:policy/read")
	s.want(s.signed(alice, "GET", "/order/1", ""), 200, "alice")
	s.want(s.signed(alice, "POST", "/order/1", ""), 403, "because no permissions boundary allows")

	s.iam("CreateGroup", "GroupName", "staff")
	s.iam("AddUserToGroup", "GroupName", "staff", "UserName", "alice")
	s.iam("PutGroupPolicy", "GroupName", "staff", "PolicyName", "p", "PolicyDocument", strings.Replace(read, "Allow", "Deny", 1))
	s.want(s.signed(alice, "GET", "/order/1", ""), 403, "with an explicit deny in an identity-based policy")
}

// What belongs to the verifier's account is not for another account's users, whatever their own policies say.
func TestOtherAccount(t *testing.T) {
	t.Parallel()
	s := newService(t, -1)
	s.allow("verifier", "daypass:GetSigningKey", "arn:aws:daypass:us-east-1:*:service/orders", "")
	account, err := server.CreateAccount(t.Context(), s.Store, "210987654321", "other", s.Now)
	if err != nil {
		t.Fatal(err)
	}
	root := testenv.Key{AccessKeyID: account.RootAccessKeyID, SecretAccessKey: account.RootSecretAccessKey}
	s.want(s.signed(root, "GET", "/order/1", ""), 403, "because no resource-based policy allows")
}

func TestAuthorize(t *testing.T) {
	t.Parallel()
	s := newService(t, 0)
	s.iam("TagUser", "UserName", "verifier", "Tags.member.1.Key", "Team", "Tags.member.1.Value", "blue")
	s.allow("verifier", "*", "*", `"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}`)
	v, err := verifier.New(verifier.Config{
		Endpoint: "https://daypass.test", Service: "orders", Region: "us-east-1", Clock: func() time.Time { return s.Now },
		Credentials: verifier.Static(verifier.Credentials{AccessKeyID: testenv.Root.AccessKeyID, SecretAccessKey: testenv.Root.SecretAccessKey}),
		HTTPClient:  &http.Client{Transport: s.daypass},
	})
	if err != nil {
		t.Fatal(err)
	}
	caller, err := v.Authenticate(s.signed(s.own, "GET", "/", ""))
	if err != nil {
		t.Fatal(err)
	}
	if caller.Tags["Team"] != "blue" || !caller.Signs("Host") || caller.Signs("X-Priority") {
		t.Errorf("the caller is %+v", caller.Identity)
	}
	deny, err := policy.Parse(policy.ResourcePolicy,
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"orders:GetOrder","Resource":"`+orders+`order/2"}}`)
	if err != nil {
		t.Fatal(err)
	}
	tag := func(team string) map[string][]string { return map[string][]string{"aws:ResourceTag/Team": {team}} }
	for _, tt := range []struct {
		name   string
		access verifier.Access
		want   string
	}{
		{"its own", verifier.Access{Action: "orders:GetOrder", Resource: orders + "order/1", Context: tag("blue")}, ""},
		{"another's", verifier.Access{Action: "orders:GetOrder", Resource: orders + "order/1", Context: tag("red")}, "AccessDeniedException"},
		{"the resource's policy", verifier.Access{
			Action: "orders:GetOrder", Resource: orders + "order/2", Context: tag("blue"), Policies: []policy.Source{{ID: "r", Policy: deny}},
		}, "with an explicit deny in a resource-based policy"},
		{"a policy that can't be had", verifier.Access{
			Action: "orders:GetOrder", Resource: orders + "order/1", Context: tag("blue"), Policies: []policy.Source{{ID: "r"}},
		}, "AccessDeniedException"},
		{"another account's", verifier.Access{
			Action: "orders:GetOrder", Resource: orders + "order/1", Context: tag("blue"), Account: "210987654321",
		}, "because no resource-based policy allows"},
		{"no action", verifier.Access{Resource: "*"}, "InternalFailure"},
		{"a pattern for an action", verifier.Access{Action: "orders:*", Resource: "*"}, "InternalFailure"},
		{"no resource", verifier.Access{Action: "orders:GetOrder"}, "InternalFailure"},
		{"a claim about the caller", verifier.Access{
			Action: "orders:GetOrder", Resource: "*", Context: map[string][]string{"aws:MultiFactorAuthPresent": {"true"}},
		}, "InternalFailure"},
		{"a key twice", verifier.Access{
			Action: "orders:GetOrder", Resource: "*", Context: map[string][]string{"orders:A": {"1"}, "orders:a": {"2"}},
		}, "InternalFailure"},
	} {
		err := caller.Authorize(tt.access)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	// An error that is none of the verifier's says nothing to the client.
	w := httptest.NewRecorder()
	v.WriteError(w, s.signed(s.own, "GET", "/", ""), http.ErrBodyNotAllowed)
	if w.Code != 500 || strings.Contains(w.Body.String(), "http") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What bounds an account bounds its root at the verifier too.
func TestServiceControlPolicies(t *testing.T) {
	t.Parallel()
	s := newService(t, -1)
	const id = "210987654321"
	account, err := server.CreateAccount(t.Context(), s.Store, id, "other", s.Now)
	if err != nil {
		t.Fatal(err)
	}
	s.own = testenv.Key{AccessKeyID: account.RootAccessKeyID, SecretAccessKey: account.RootSecretAccessKey}
	s.handler = s.front(-1)
	s.want(s.signed(s.own, "GET", "/order/1", ""), 200, id+":root")
	deny := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"orders:PutOrder","Resource":"*"}}`
	if err := server.PutServiceControlPolicy(t.Context(), s.Store, id, "NoPut", deny, s.Now); err != nil {
		t.Fatal(err)
	}
	s.Now = s.Now.Add(2 * time.Second)
	s.want(s.signed(s.own, "GET", "/order/1", ""), 200, id+":root")
	s.want(s.signed(s.own, "POST", "/order/1", ""), 403, "with an explicit deny in a service control policy")
}
