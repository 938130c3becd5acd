package authz_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

const (
	duplicate = "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive."
	conflict  = "InvalidParameterValue: One of the specified transitive tag keys can't be set because it conflicts with " +
		"a transitive tag key from the calling session."
	listUsers = `{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}`
)

// TestTagKeysThatFoldAlike attacks with keys that are one condition key and look like two: of two tags only one would be
// judged, and the other handed on. İ is i in lower case, and K, the sign of Kelvin, is k; ſ is a key of its own.
func TestTagKeysThatFoldAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const hop = iamARN + "role/hop"
	w.role("hop", trustingIf(aliceARN, is("aws:RequestTag/ship", "ok")))
	w.role("r", trusting(hop))
	for _, other := range []string{"SHIP", "sh\u0130p", "SH\u0130P"} {
		w.check(other, w.try(w.alice, hop, tag1, "ship", value1, "evil", tag2, other, value2, "ok", "TransitiveTagKeys.member.1", "ship"), duplicate)
		w.check(other+" first", w.try(w.alice, hop, tag1, other, value1, "ok", tag2, "ship", value2, "evil"), duplicate)
	}
	w.check("\u017fhip alone", w.try(w.alice, hop, tag1, "\u017fhip", value1, "ok"), noRole(aliceARN, "AssumeRole", hop))
	w.check("\u017fhip beside", w.try(w.alice, hop, tag1, "\u017fhip", value1, "ok", tag2, "ship", value2, "evil"), noRole(aliceARN, "AssumeRole", hop))

	// What is inherited can't be replaced by another spelling, and takes the place of the role's own in every spelling.
	inherits := w.assume(w.alice, hop, tag1, "sh\u0130p", value1, "ok", "TransitiveTagKeys.member.1", "ship")
	for _, key := range []string{"ship", "SHIP", "sh\u0130p", "SH\u0130P"} {
		w.check(key, w.try(inherits, roleR, tag1, key, value1, "evil"), conflict)
	}
	w.root("TagRole", "RoleName", "r", tag1, "Ship", value1, "own")
	w.trust(trustingIf(hop, is("aws:ResourceTag/ship", "own")))
	w.check("the role's own", w.try(inherits, roleR), noRole(stsARN+"assumed-role/hop/me", "AssumeRole", roleR))
	w.trust(trustingIf(hop, is("aws:ResourceTag/ship", "ok")))
	w.let("r", `{"Effect":"Allow","Action":"iam:*","Resource":"*"},`+
		`{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/ship":"ok"}}}`)
	w.may("the inherited", w.assume(inherits, roleR), true)
}

// TestStoredTagByAnotherLetter shows that a Deny on the key of a user's tag holds for all the letters that are it, too.
func TestStoredTagByAnotherLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.root("CreateUser", "UserName", "bob", tag1, "ship", value1, "yes")
	w.put("p", `{"Effect":"Allow","Action":"iam:*","Resource":"*"},`+
		`{"Effect":"Deny","Action":["iam:TagUser","iam:UntagUser"],"Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"ship"}}}`)
	for _, key := range []string{"sh\u0130p", "SH\u0130P"} {
		w.want("user bob"+denied, "UntagUser", "UserName", "bob", "TagKeys.member.1", key)
		w.want("user bob"+denied, "TagUser", "UserName", "bob", tag1, key, value1, "no")
	}
}

// TestChainOfTags shows that a chain of sessions gathers no more tags than one session may have.
func TestChainOfTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("r", trusting("*"))
	give := func(link, n int) (given []string) {
		for i := 1; i <= n; i++ {
			at := fmt.Sprintf(".member.%d", i)
			key := fmt.Sprintf("key%dof%d", i, link)
			given = append(given, "Tags"+at+".Key", key, "Tags"+at+".Value", "v", "TransitiveTagKeys"+at, key)
		}
		return given
	}
	key := w.assume(w.alice, roleR, give(1, 30)...)
	key = w.assume(key, roleR, give(2, 20)...)
	for range 3 {
		key = w.assume(key, roleR)
	}
	const tooMany = "ValidationError: The number of session tags, those of the calling session included, exceeds the limit of 50."
	w.check("one more", w.try(key, roleR, tag1, "one", value1, "more"), tooMany)
	w.check("one again", w.try(key, roleR, tag1, "key1of1", value1, "more"), tooMany)
	w.check("no more", w.try(key, roleR), "ok")
}

// TestValuesAreLiteral shows that what a caller puts into tags and names is text to policies: no wildcard, no variable.
func TestValuesAreLiteral(t *testing.T) {
	t.Parallel()
	const users = `arn:aws:iam::123456789012:user/`
	w := newWorld(t)
	w.root("CreateUser", "UserName", "bob")
	w.role("r", trusting("*"))
	w.let("r", `{"Effect":"Allow","Action":"iam:GetUser","Resource":"`+users+`${aws:PrincipalTag/name}"},`+
		`{"Effect":"Allow","Action":"iam:ListGroupsForUser","Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/want":"${aws:PrincipalTag/name}"}}},`+
		`{"Effect":"Allow","Action":"iam:ListUserPolicies","Resource":"`+users+`*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/${aws:PrincipalTag/name}"}}}`)
	for value, may := range map[string]bool{
		"bob": true, "bo@": false, "": false, "b b": false, "BOB": false, "b\u00f6b": false,
	} {
		key := w.assume(w.alice, roleR, tag1, "name", value1, value, tag2, "want", value2, "bob")
		for _, action := range []string{"GetUser", "ListGroupsForUser"} {
			if got := w.do(key, "iam", action, "UserName", "bob") == "ok"; got != may {
				t.Errorf("%s with the tag %q: %v", action, value, got)
			}
		}
		if got := w.do(key, "iam", "ListUserPolicies", "UserName", "bob"); got == "ok" {
			t.Errorf("ListUserPolicies with the tag %q", value)
		}
	}
	// Tags can hold no wildcards and braces by their pattern. Those of a role can't either; nor can names.
	for _, value := range []string{"*", "b?b", "${aws:username}", "a\x00b", "a\nb"} {
		got := w.try(w.alice, roleR, tag1, "name", value1, value)
		if !strings.HasPrefix(got, "ValidationError: ") && got != "MalformedInput" {
			t.Errorf("the tag %q: %s", value, got)
		}
		if got := w.try(w.alice, roleR, "RoleSessionName", value); got == "ok" {
			t.Errorf("the session name %q: %s", value, got)
		}
	}
	// The session's name is a variable as it is.
	w.let("r", `{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"StringLike":{"aws:userid":"*:${aws:PrincipalTag/name}"}}}`)
	w.may("own name", w.assume(w.alice, roleR, tag1, "name", value1, "me"), true)
	w.may("not own name", w.assume(w.alice, roleR, tag1, "name", value1, "e"), false)
	w.may("nobody's name", w.assume(w.alice, roleR), false)
}

// TestProvidersValuesAreLiteral shows the same of what an identity provider said, which may be any text.
func TestProvidersValuesAreLiteral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("r", trusting("*"))
	id := field(w.root("GetRole", "RoleName", "r"), "RoleId")
	w.let("r", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${saml:sub}/*"},`+
		`{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"StringLike":{"saml:sub":"a*","saml:iss":"${saml:sub}"}}}`)
	a := authz.New(w.Store)
	for _, tt := range []struct {
		subject, issuer, key string
		get, put             bool
	}{
		{"al", "al", "al/x", true, true},
		{"al", "eve", "eve/x", false, false},
		{"*", "al", "al/x", false, false},
		{"a*", "al", "al/x", false, false},
		{"a*", "a*", "a*/x", true, true},
		{"${saml:iss}", "al", "al/x", false, false},
		{"a${saml:iss}", "al", "al/x", false, false},
		{"??", "al", "al/x", false, false},
		{"", "al", "al/x", false, false},
		{"al/../eve", "al", "eve/x", false, false},
	} {
		caller := aws.Caller{
			Principal: aws.Principal{Type: aws.RolePrincipal, AccountID: testenv.AccountID, ID: id, Path: "/", Name: "r", SessionName: "me"},
			Session:   &aws.Session{IssuedAt: w.Now, Context: []aws.Tag{{Key: "saml:sub", Value: tt.subject}, {Key: "saml:iss", Value: tt.issuer}}},
		}
		for action, may := range map[string]bool{"s3:GetObject": tt.get, "s3:PutObject": tt.put} {
			err := a.Authorize(t.Context(), aws.Call{Now: w.Now, Caller: caller}, action, []aws.Permission{{Resource: aws.Resource{ARN: "arn:aws:s3:::b/" + tt.key}}})
			if (err == nil) != may {
				t.Errorf("%s on %s by %q of %q: %v", action, tt.key, tt.subject, tt.issuer, err)
			}
		}
	}
}

// TestReservedTags shows that no spelling of AWS's own prefix gets into a session, and none of the condition keys that it
// begins.
func TestReservedTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("r", trusting("*"))
	const reserved = "InvalidParameterValue: Tag keys and values that start with aws: are reserved for system use."
	for _, text := range []string{"aws:x", "AWS:PrincipalArn", "Aws:", "aWs:username"} {
		w.check(text, w.try(w.alice, roleR, tag1, text, value1, "x"), reserved)
		w.check(text, w.try(w.alice, roleR, tag1, "x", value1, text), reserved)
	}
	w.trust(trustingIf("*", is("aws:username", "bob")))
	for _, key := range []string{"aw\u017f:username", "username", "../username", "/aws:username", "x/aws:username", " aws:username"} {
		if got := w.try(w.alice, roleR, tag1, key, value1, "bob"); got == "ok" {
			t.Errorf("the tag %q is aws:username", key)
		}
	}
}

// TestMixedCredentials attacks with the parts of several sessions: a token is its own key's and account's only.
func TestMixedCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("r", trusting("*"))
	w.let("r", listUsers)
	one, two := w.assume(w.alice, roleR), w.assume(w.alice, roleR, "Policy", document(nothing))
	other := w.foreignRoot()
	theirs := w.session(other, "GetSessionToken")
	invalid := "InvalidClientTokenId: The security token included in the request is invalid"
	mix := func(key, token testenv.Key) testenv.Key {
		return testenv.Key{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey, SessionToken: token.SessionToken}
	}
	w.check("another session's token", w.do(mix(two, one), "iam", "ListUsers"), invalid+".")
	w.check("another account's token", w.do(mix(one, theirs), "iam", "ListUsers"), invalid+".")
	w.check("a long-term key with a token", w.do(mix(w.alice, one), "iam", "ListUsers"), invalid+".")
	w.check("no token", w.do(mix(one, testenv.Key{}), "iam", "ListUsers"), invalid+".")
	for i := 0; i < len(one.SessionToken); i += 7 {
		bad := []byte(one.SessionToken)
		if bad[i]++; bad[i] > 'z' {
			bad[i] = 'A'
		}
		key := one
		key.SessionToken = string(bad)
		if got := w.do(key, "sts", "GetCallerIdentity"); !strings.HasPrefix(got, invalid) {
			t.Fatalf("with byte %d changed: %s", i, got)
		}
	}
	w.may("as issued", one, true)
}

// TestAssumeByWhoIsGone shows that neither a deleted user nor a deleted role gets another session, and that who comes after
// them under their name is not trusted in their place (spec section 5.3).
func TestAssumeByWhoIsGone(t *testing.T) {
	t.Parallel()
	const gone = "InvalidClientTokenId: The security token included in the request is invalid."
	w := newWorld(t)
	const hop = iamARN + "role/hop"
	_, bob := w.AddUser("bob")
	w.role("hop", trusting(iamARN+"user/bob"))
	w.role("r", trusting(hop)+","+trusting(stsARN+"assumed-role/hop/me"))
	w.role("direct", trusting(iamARN+"user/bob"))
	session := w.session(bob, "GetSessionToken")
	hopSession := w.assume(bob, hop)

	w.root("DeleteAccessKey", "UserName", "bob", "AccessKeyId", bob.AccessKeyID)
	w.check("key of the user", w.try(bob, hop), gone)
	w.check("session of the user", w.try(session, hop), gone)
	w.check("session of the role lives", w.try(hopSession, roleR), "ok")
	w.root("DeleteUser", "UserName", "bob")
	body := w.root("CreateUser", "UserName", "bob")
	if field(body, "Arn") != iamARN+"user/bob" {
		t.Fatal(body)
	}
	body = w.root("CreateAccessKey", "UserName", "bob")
	bob = testenv.Key{AccessKeyID: field(body, "AccessKeyId"), SecretAccessKey: field(body, "SecretAccessKey")}
	w.root("PutUserPolicy", "UserName", "bob", "PolicyName", "p", "PolicyDocument", document(`{"Effect":"Allow","Action":"*","Resource":"*"}`))
	w.check("another user of the name", w.try(bob, iamARN+"role/direct"), noRole(iamARN+"user/bob", "AssumeRole", iamARN+"role/direct"))
	w.check("the session of a role", w.do(hopSession, "sts", "GetCallerIdentity"), "ok")

	w.root("DeleteRole", "RoleName", "hop")
	w.check("session of the deleted role", w.do(hopSession, "sts", "GetCallerIdentity"), gone)
	w.role("hop", trusting(aliceARN))
	w.let("hop", `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	w.check("session of the role made again", w.do(hopSession, "sts", "GetCallerIdentity"), gone)
	w.check("chained", w.try(hopSession, roleR), gone)
	w.check("another role of the name", w.try(w.assume(w.alice, hop), roleR), noRole(stsARN+"assumed-role/hop/me", "AssumeRole", roleR))
}

// TestSecondProcess shows that what another process changes of a role acts here within a second, on asking for sessions and on
// those there are.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("r", trusting(aliceARN))
	w.let("r", listUsers)
	session := w.assume(w.alice, roleR)
	other := &iam.Service{Store: w.Store, Authorizer: authz.New(w.Store)}
	call := aws.Call{Now: w.Now, Caller: aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: testenv.AccountID, ID: testenv.AccountID}}}
	ctx := context.Background()
	change := func(name string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.Now = w.Now.Add(time.Second)
		call.Now = w.Now
	}
	w.may("at first", session, true)
	_, err := other.UpdateAssumeRolePolicy(ctx, call, &iam.UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: document(trusting(iamARN + "root"))})
	change("trust", err)
	w.check("trust", w.try(w.alice, roleR), aliceNoR)
	w.may("trust changed", session, true)
	_, err = other.PutRolePolicy(ctx, call, &iam.PutRolePolicyInput{RoleName: "r", PolicyName: "p", PolicyDocument: document(nothing)})
	change("policy", err)
	w.may("policy changed", session, false)
	_, err = other.DeleteRolePolicy(ctx, call, &iam.DeleteRolePolicyInput{RoleName: "r", PolicyName: "p"})
	change("no policy", err)
	_, err = other.DeleteRole(ctx, call, &iam.DeleteRoleInput{RoleName: "r"})
	change("no role", err)
	w.check("no role", w.do(session, "sts", "GetCallerIdentity"), "InvalidClientTokenId: The security token included in the request is invalid.")
	w.check("no role", w.try(w.alice, roleR), aliceNoR)
}

// TestRoleIsKeptOnce shows that a role is kept once, however it is spelt: spellings that are wrong cost the server no memory.
func TestRoleIsKeptOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.root("CreateRole", "RoleName", "Kept", "Path", "/p/", "AssumeRolePolicyDocument", document(trusting("*")))
	st, err := server.OpenStore(t.Context(), server.Config{DataDir: w.DataDir, Now: func() time.Time { return w.Now }})
	if err != nil {
		t.Fatal(err)
	}
	a := authz.New(st)
	find := func(roleARN string) *authz.Role {
		t.Helper()
		role, err := a.FindRole(t.Context(), w.Now, roleARN)
		if err != nil {
			t.Fatalf("%s: it is looked for again: %v", roleARN, err)
		}
		return role
	}
	kept := find(iamARN + "role/p/Kept")
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for _, roleARN := range []string{
		iamARN + "role/p/KEPT", iamARN + "role/Kept", "arn:x:iam::123456789012:role/p/Kept", "arn:aws:iam:x:123456789012:role/p/Kept",
		iamARN + "role/" + strings.Repeat("x", 2000) + "/Kept",
	} {
		if role := find(roleARN); role != nil {
			t.Errorf("%s is %s", roleARN, role.ARN())
		}
	}
	if kept == nil || find(iamARN+"role/p/Kept") != kept {
		t.Error("the role itself is not kept")
	}
}

// FuzzAssumeRole sends what may be no ARN, no name, no tag and no policy: there is an answer, and never a server's fault.
func FuzzAssumeRole(f *testing.F) {
	f.Add(roleR, "me", "key", "value", "", "")
	f.Add("arn:aws:iam::123456789012:role/", "", "K", "\u017f", document(nothing), "a/b")
	f.Add("arn:aws:iam::123456789012:role/\x00", "a\nb", "\u0130", "*", `{"Statement":[]}`, "arn:aws:iam::aws:policy/AdministratorAccess")
	f.Add("arn::b:::something/test-role", "a:b", strings.Repeat("\u1e9e", 128), "\xff", "{", "\U0001F600")
	w := &world{Env: testenv.New(f)}
	_, w.alice = w.AddUser("alice")
	status, body := w.Call(testenv.Root, "iam", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", document(trusting(aliceARN)))
	if status != http.StatusOK {
		f.Fatal(body)
	}
	f.Fuzz(func(t *testing.T, roleARN, name, key, value, policy, policyARN string) {
		given := []string{"RoleArn", roleARN, "RoleSessionName", name, tag1, key, value1, value, "TransitiveTagKeys.member.1", key}
		if policy != "" {
			given = append(given, "Policy", policy)
		}
		if policyARN != "" {
			given = append(given, "PolicyArns.member.1.arn", policyARN)
		}
		env := w.In(t)
		status, body := env.Call(w.alice, "sts", "AssumeRole", given...)
		if status != http.StatusOK && status != http.StatusBadRequest && status != http.StatusForbidden {
			t.Fatalf("%q: %d %s", given, status, body)
		}
		if status != http.StatusOK {
			return
		}
		if found := members.FindAllStringSubmatch(body, -1); len(found) != 3 {
			t.Fatalf("%q: %s", given, body)
		} else if status, body = env.Call(testenv.Key{AccessKeyID: found[0][2], SecretAccessKey: found[1][2], SessionToken: found[2][2]},
			"iam", "ListUsers"); status != http.StatusForbidden {
			t.Fatalf("%q: the session may: %d %s", given, status, body)
		}
	})
}

// TestRoleComesAndGoes shows that a role which is deleted while sessions of it are asked for, used and handed on is no
// failure of the server's, and leaves no session behind.
func TestRoleComesAndGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	trust := document(trusting("*"))
	w.role("r", trusting("*"))
	var group sync.WaitGroup
	stop := make(chan struct{})
	sessions := make([]testenv.Key, 4)
	for i := range sessions {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, key := range []testenv.Key{w.alice, sessions[i]} {
					status, body := w.Call(key, "sts", "AssumeRole", "RoleArn", roleR, "RoleSessionName", "me")
					if found := members.FindAllStringSubmatch(body, -1); status == http.StatusOK {
						sessions[i] = testenv.Key{AccessKeyID: found[0][2], SecretAccessKey: found[1][2], SessionToken: found[2][2]}
					} else if status != http.StatusForbidden {
						t.Errorf("%d %s", status, body)
					}
				}
			}
		})
	}
	for range 20 {
		w.root("DeleteRole", "RoleName", "r")
		w.root("CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trust)
	}
	w.root("DeleteRole", "RoleName", "r")
	close(stop)
	group.Wait()
	w.role("r", trusting("*"))
	for i, key := range sessions {
		if key.AccessKeyID == "" { // the role was never there when it was asked for
			continue
		}
		if got := w.do(key, "sts", "GetCallerIdentity"); !strings.HasPrefix(got, "InvalidClientTokenId: ") {
			t.Errorf("session %d: %s", i, got)
		}
	}
}
