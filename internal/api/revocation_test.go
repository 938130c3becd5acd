package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

// sessionsOf are a story with a role that alice may assume, and a session of every kind.
func sessionsOf(t *testing.T) *story {
	t.Helper()
	s := newStory(t)
	perform := func(key, service, action string, parameters ...string) string {
		t.Helper()
		status, body := s.env.Call(s.keys[key], service, action, parameters...)
		if status != http.StatusOK {
			t.Fatalf("%s by %s: %d %s", action, key, status, body)
		}
		return body
	}
	const role = "arn:aws:iam::" + testenv.AccountID + ":role/deploy"
	perform("root", "iam", "CreateRole", "RoleName", "deploy", "AssumeRolePolicyDocument",
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}`)
	s.keys["role"] = keyOf(perform("alice", "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "first"))
	s.keys["chained"] = keyOf(perform("role", "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "second"))
	s.keys["bob's"] = keyOf(perform("bob", "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "third"))
	s.keys["federated"] = keyOf(perform("root", "sts", "GetFederationToken", "Name", "somebody"))
	return s
}

// alive are the sessions that are accepted, sorted.
func (s *story) alive(t *testing.T) string {
	t.Helper()
	var names []string
	for _, name := range []string{"alice/session", "bob's", "chained", "federated", "role", "root/session"} {
		status, body := s.env.Call(s.keys[name], "sts", "GetCallerIdentity")
		switch {
		case status == http.StatusOK:
			names = append(names, name)
		case !strings.Contains(body, "<Code>InvalidClientTokenId</Code>"):
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	return strings.Join(names, " ")
}

// TestRevokedSessions holds who is refused after daypass session revoke, and that everybody else goes on: within a second,
// though another process wrote it.
func TestRevokedSessions(t *testing.T) {
	t.Parallel()
	const everyone = "alice/session bob's chained federated role root/session"
	arn := func(rest string) string { return "arn:aws:iam::" + testenv.AccountID + ":" + rest }
	tests := map[string]struct {
		revoke func(s *story) server.Revocation
		alive  string
	}{
		"a user": {
			func(*story) server.Revocation { return server.Revocation{Principal: arn("user/alice")} },
			"bob's chained federated role root/session",
		},
		"a role": {
			func(*story) server.Revocation { return server.Revocation{Principal: arn("role/deploy")} },
			"alice/session federated root/session",
		},
		"one session of a role": {
			func(*story) server.Revocation {
				return server.Revocation{Principal: "arn:aws:sts::" + testenv.AccountID + ":assumed-role/deploy/third"}
			},
			"alice/session chained federated role root/session",
		},
		"root, and whom it vouched for": {
			func(*story) server.Revocation { return server.Revocation{Principal: arn("root")} },
			"alice/session bob's chained role",
		},
		"a long-term key, and all that began with it": {
			func(s *story) server.Revocation { return server.Revocation{AccessKeyID: s.keys["alice"].AccessKeyID} },
			"bob's federated root/session",
		},
		"the key of a session, and what it asked for": {
			func(s *story) server.Revocation { return server.Revocation{AccessKeyID: s.keys["role"].AccessKeyID} },
			"alice/session bob's federated root/session",
		},
		"an account": {
			func(s *story) server.Revocation {
				return server.Revocation{AccountID: testenv.AccountID, IssuedBefore: s.env.Now}
			},
			"",
		},
		"another account": {
			func(s *story) server.Revocation {
				return server.Revocation{AccountID: memberID, IssuedBefore: s.env.Now}
			},
			everyone,
		},
		"what was issued before": {
			func(s *story) server.Revocation {
				return server.Revocation{Principal: arn("user/alice"), IssuedBefore: s.env.Now.Add(-time.Minute)}
			},
			everyone,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sessionsOf(t)
			if got := s.alive(t); got != everyone {
				t.Fatalf("before: %s", got)
			}
			if _, err := server.RevokeSessions(t.Context(), s.env.Store, test.revoke(s), s.env.Now); err != nil {
				t.Fatal(err)
			}
			s.env.Now = s.env.Now.Add(time.Second)
			if got := s.alive(t); got != test.alive {
				t.Errorf("alive are %s; want %s", got, test.alive)
			}
		})
	}
}

// TestDisabledAccount shows that nothing of a disabled account is accepted: no key, no session, no role, no provider.
func TestDisabledAccount(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.keys["member/session"] = s.session(t, "member")
	const role = "arn:aws:iam::" + memberID + ":role/r"
	for _, call := range [][]string{
		{"member", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"},` +
			`{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::` + memberID + `:oidc-provider/` + strings.TrimPrefix(s.bearers.issuer.URL, "https://") + `"},"Action":"sts:AssumeRoleWithWebIdentity"}]}`},
		{"member", "CreateOpenIDConnectProvider", "Url", s.bearers.issuer.URL, "ClientIDList.member.1", "daypass"},
		{"root", "PutUserPolicy", "UserName", "alice", "PolicyName", "p", "PolicyDocument", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`},
	} {
		if status, body := s.env.Call(s.keys[call[0]], "iam", call[1], call[2:]...); status != http.StatusOK {
			t.Fatal(body)
		}
	}
	assume := func() string {
		_, body := s.env.Call(s.keys["alice"], "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "alice")
		return body
	}
	byToken := func() string {
		r := s.env.Request(testenv.Root, "sts", "Version=2011-06-15&Action=AssumeRoleWithWebIdentity&RoleArn="+role+
			"&RoleSessionName=web&WebIdentityToken="+s.bearers.token(t, "good", s.env.Now))
		r.Header.Del("Authorization")
		_, body := s.env.Do(r)
		return body
	}
	identity := func(key string) func() string {
		return func() string {
			_, body := s.env.Call(s.keys[key], "sts", "GetCallerIdentity")
			return body
		}
	}
	s.keys["role"] = keyOf(assume())
	own := "arn:aws:iam::" + testenv.AccountID + ":role/own"
	for _, call := range [][]string{
		{
			"root", "iam", "CreateRole", "RoleName", "own", "AssumeRolePolicyDocument",
			`{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + memberID + `"},"Action":"sts:AssumeRole"}}`,
		},
		{"member", "iam", "CreateUser", "UserName", "eve"},
		{
			"member", "iam", "PutUserPolicy", "UserName", "eve", "PolicyName", "p",
			"PolicyDocument", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`,
		},
	} {
		if status, body := s.env.Call(s.keys[call[0]], call[1], call[2], call[3:]...); status != http.StatusOK {
			t.Fatal(body)
		}
	}
	_, eve := s.env.Call(s.keys["member"], "iam", "CreateAccessKey", "UserName", "eve")
	s.keys["eve"] = testenv.Key{AccessKeyID: element(eve, "AccessKeyId"), SecretAccessKey: element(eve, "SecretAccessKey")}
	_, assumed := s.env.Call(s.keys["eve"], "sts", "AssumeRole", "RoleArn", own, "RoleSessionName", "eve")
	s.keys["eve's"] = keyOf(assumed)
	_, chained := s.env.Call(s.keys["eve"], "sts", "GetSessionToken")
	s.keys["eve/session"] = keyOf(chained)
	_, chained = s.env.Call(s.keys["eve/session"], "sts", "AssumeRole", "RoleArn", own, "RoleSessionName", "chained")
	s.keys["eve's chained"] = keyOf(chained)
	calls := map[string]struct {
		call    func() string
		refusal string
	}{
		"its key":         {identity("member"), "InvalidClientTokenId"},
		"its session":     {identity("member/session"), "InvalidClientTokenId"},
		"its role's":      {identity("role"), "InvalidClientTokenId"},
		"its role":        {assume, "AccessDenied"},
		"its user's role": {identity("eve's"), "InvalidClientTokenId"},
		"a chain of it":   {identity("eve's chained"), "InvalidClientTokenId"},
		"its provider":    {byToken, "InvalidIdentityToken"},
		"another account": {identity("alice"), ""},
	}
	check := func(disabled bool) {
		t.Helper()
		for name, c := range calls {
			body := c.call()
			want := ""
			if disabled {
				want = c.refusal
			}
			if got := element(body, "Code"); got != want {
				t.Errorf("%s, disabled %v: %s", name, disabled, body)
			}
		}
	}
	check(false)
	for _, status := range []string{store.Suspended, store.Active} {
		if err := server.SetAccountStatus(t.Context(), s.env.Store, memberID, status); err != nil {
			t.Fatal(err)
		}
		s.env.Now = s.env.Now.Add(time.Second)
		check(status == store.Suspended)
	}
}

// TestServiceControlPolicies shows that they bind everybody in an account, its root too, and nobody in the management account.
func TestServiceControlPolicies(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	list := func(key string) string {
		_, body := s.env.Call(s.keys[key], "iam", "ListUsers")
		return element(body, "Message")
	}
	put := func(name, document string) {
		t.Helper()
		if err := server.PutServiceControlPolicy(t.Context(), s.env.Store, memberID, name, document, s.env.Now); err != nil {
			t.Fatal(err)
		}
		s.env.Now = s.env.Now.Add(time.Second)
	}
	const refusal = "User: arn:aws:iam::" + memberID + ":root is not authorized to perform: iam:ListUsers on resource: " +
		"arn:aws:iam::" + memberID + ":user/ with an explicit deny in a service control policy"
	if got := list("member"); got != "" {
		t.Errorf("before: %s", got)
	}
	put("no-users", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}}`)
	if got := list("member"); got != refusal {
		t.Errorf("got %q, want %q", got, refusal)
	}
	put("no-users", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	if got := list("member"); got != "" {
		t.Errorf("beside FullAWSAccess: %s", got)
	}
	if err := server.DeleteServiceControlPolicy(t.Context(), s.env.Store, memberID, "FullAWSAccess"); err != nil {
		t.Fatal(err)
	}
	s.env.Now = s.env.Now.Add(time.Second)
	if got := list("member"); got != refusal {
		t.Errorf("without FullAWSAccess: %q", got)
	}
	if got := list("root"); got != "" {
		t.Errorf("the management account: %s", got)
	}
}
