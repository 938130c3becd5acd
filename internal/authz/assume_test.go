package authz_test

import (
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

const (
	iamARN   = "arn:aws:iam::123456789012:"
	stsARN   = "arn:aws:sts::123456789012:"
	roleR    = iamARN + "role/r"
	foreigns = "210987654321" // the other account
)

var (
	members   = regexp.MustCompile(`<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]*)<`)
	code      = regexp.MustCompile(`<Code>([^<]*)</Code>`)
	message   = regexp.MustCompile(`<Message>([^<]*)</Message>`)
	requestID = regexp.MustCompile(`<RequestId>[^<]*</RequestId>`)
)

// do performs an action and returns "ok", or the code and text of the refusal.
func (w *world) do(key testenv.Key, service, action string, parameters ...string) string {
	w.t.Helper()
	status, body := w.Call(key, service, action, parameters...)
	return answer(w.t, status, body)
}

func answer(t *testing.T, status int, body string) string {
	t.Helper()
	if status == http.StatusOK {
		return "ok"
	}
	found, text := code.FindStringSubmatch(body), message.FindStringSubmatch(body)
	switch {
	case found == nil || status >= http.StatusInternalServerError:
		t.Fatalf("%d %s", status, body)
	case text == nil: // MalformedInput
		return found[1]
	}
	return found[1] + ": " + html.UnescapeString(text[1])
}

// role makes a role whose trust policy has these statements. It may do nothing.
func (w *world) role(name string, trust ...string) {
	w.t.Helper()
	w.root("CreateRole", "RoleName", name, "MaxSessionDuration", "43200", "AssumeRolePolicyDocument", document(strings.Join(trust, ",")))
}

// trust changes whom the role r trusts.
func (w *world) trust(statements ...string) {
	w.t.Helper()
	w.root("UpdateAssumeRolePolicy", "RoleName", "r", "PolicyDocument", document(strings.Join(statements, ",")))
}

// let gives a role an inline policy of these statements.
func (w *world) let(role, statements string) {
	w.t.Helper()
	w.root("PutRolePolicy", "RoleName", role, "PolicyName", "p", "PolicyDocument", document(statements))
}

// trusting is a statement of a trust policy: {"AWS": who} may do all that asking for a session takes.
func trusting(who string) string { return trustingIf(who, "{}") }

func trustingIf(who, condition string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"` + who + `"},"Action":"sts:*","Condition":` + condition + `}`
}

// try asks for a session of a role, and says how that ended.
func (w *world) try(key testenv.Key, roleARN string, parameters ...string) string {
	w.t.Helper()
	return w.do(key, "sts", "AssumeRole", append([]string{"RoleArn", roleARN, "RoleSessionName", "me"}, parameters...)...)
}

// assume asks for a session of a role, and must get it.
func (w *world) assume(key testenv.Key, roleARN string, parameters ...string) testenv.Key {
	w.t.Helper()
	return w.session(key, "AssumeRole", append([]string{"RoleArn", roleARN, "RoleSessionName", "me"}, parameters...)...)
}

// session performs an action that issues credentials.
func (w *world) session(key testenv.Key, action string, parameters ...string) (issued testenv.Key) {
	w.t.Helper()
	status, body := w.Call(key, "sts", action, parameters...)
	found := members.FindAllStringSubmatch(body, -1)
	if status != http.StatusOK || len(found) != 3 {
		w.t.Fatalf("%s %v: %d %s", action, parameters, status, body)
	}
	return testenv.Key{AccessKeyID: found[0][2], SecretAccessKey: found[1][2], SessionToken: found[2][2]}
}

func (w *world) check(name, got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
	}
}

// may holds whether somebody may list users, which stands for whatever a policy may allow.
func (w *world) may(name string, key testenv.Key, want bool) {
	w.t.Helper()
	switch got := w.do(key, "iam", "ListUsers"); {
	case want && got != "ok", !want && !strings.HasPrefix(got, "AccessDenied: "):
		w.t.Errorf("%s: %s", name, got)
	}
}

// noRole is the one refusal there is for alice, or somebody else, who asks for a session.
func noRole(who, action, roleARN string) string {
	return "AccessDenied: User: " + who + " is not authorized to perform: sts:" + action + " on resource: " + roleARN
}

var aliceNoR = noRole(iamARN+"user/alice", "AssumeRole", roleR)

// foreignRoot makes another account, and returns the key of its root.
func (w *world) foreignRoot() testenv.Key {
	w.t.Helper()
	made, err := server.CreateAccount(w.t.Context(), w.Store, foreigns, "other", w.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return testenv.Key{AccessKeyID: made.RootAccessKeyID, SecretAccessKey: made.RootSecretAccessKey}
}

// settle lets the server see what was changed by way of the store, which to it is another process.
func (w *world) settle() { w.Now = w.Now.Add(time.Second) }

const (
	aliceARN = iamARN + "user/alice"
	aliceID  = "AIDAALICEALICEALICEAA" // testenv's
	nothing  = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`
	assumeR  = `{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + roleR + `"}`
	neverR   = `{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"` + roleR + `"}`
)

// TestWhomARoleTrusts holds spec section 5.3: what trust is enough for, and what the caller's own policies add to it.
func TestWhomARoleTrusts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AddUser("bob")
	w.role("hop", trusting(aliceARN))
	w.role("other", trusting(aliceARN))
	w.role("r", trusting("123456789012"))
	hop := w.assume(w.alice, iamARN+"role/hop")
	hopID := field(w.root("GetRole", "RoleName", "hop"), "RoleId")
	sessionOfAlice := w.session(w.alice, "GetSessionToken")
	const hopARN, meARN = iamARN + "role/hop", stsARN + "assumed-role/hop/me"
	for _, tt := range []struct {
		name            string
		trust, policies string // of r; of alice and of hop
		caller          testenv.Key
		may             bool
	}{
		{"the user, who may do nothing", trusting(aliceARN), nothing, w.alice, true},
		{"the user, by id", trusting(aliceID), nothing, w.alice, true},
		{"the user, in a session", trusting(aliceARN), nothing, sessionOfAlice, true},
		{"the user, who must not", trusting(aliceARN), neverR, w.alice, false},
		{"the user, in a session, who must not", trusting(aliceARN), neverR, sessionOfAlice, false},
		{"another user", trusting(iamARN + "user/bob"), assumeR, w.alice, false},
		{"everybody", trusting("*"), nothing, w.alice, true},
		{"everybody but who must not", trusting("*"), neverR, w.alice, false},
		{"the account, without a policy", trusting("123456789012"), nothing, w.alice, false},
		{"the account, with a policy", trusting("123456789012"), assumeR, w.alice, true},
		{"the root, with a policy", trusting(iamARN + "root"), assumeR, w.alice, true},
		{"the account, with a policy for another role", trusting("123456789012"), strings.ReplaceAll(assumeR, "role/r", "role/R"), w.alice, false},
		{"the account, with a policy for another action", trusting("123456789012"), strings.ReplaceAll(assumeR, "sts:AssumeRole", "sts:AssumeRoleWithSAML"), w.alice, false},
		{"the account, allowed and denied", trusting("123456789012"), assumeR + "," + neverR, w.alice, false},
		{"the user, and a Deny for everybody", trusting(aliceARN) + "," + distrusting("*"), assumeR, w.alice, false},
		{"the user, and a Deny for the account", trusting(aliceARN) + "," + distrusting("123456789012"), assumeR, w.alice, false},
		{"everybody, and a Deny for the user", trusting("*") + "," + distrusting(aliceARN), assumeR, w.alice, false},
		{"everybody, and a Deny for another", trusting("*") + "," + distrusting(iamARN+"user/bob"), nothing, w.alice, true},
		{"a service", `{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:*"}`, assumeR, w.alice, false},
		{"an identity provider", `{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:*"}`, assumeR, w.alice, false},
		{"the user, for another action", strings.ReplaceAll(trusting(aliceARN), "sts:*", "sts:TagSession"), assumeR, w.alice, false},
		{"the role", trusting(hopARN), nothing, hop, true},
		{"the role, by id", trusting(hopID), nothing, hop, true},
		{"the role, which must not", trusting(hopARN), neverR, hop, false},
		{"the session", trusting(meARN), nothing, hop, true},
		{"the session, by id", trusting(hopID + ":me"), nothing, hop, true},
		{"another session", trusting(stsARN + "assumed-role/hop/you"), assumeR, hop, false},
		{"another role", trusting(iamARN + "role/other"), assumeR, hop, false},
		{"the user whose session it was", trusting(aliceARN), assumeR, hop, false},
		{"the account, to a role without a policy", trusting("123456789012"), nothing, hop, false},
		{"the account, to a role with a policy", trusting("123456789012"), assumeR, hop, true},
		{"the role, and a Deny for the session", trusting(hopARN) + "," + distrusting(meARN), assumeR, hop, false},
		{"itself", trusting(roleR), assumeR, hop, false},
		{"the role, to its user", trusting(hopARN), assumeR, w.alice, false},
	} {
		w.trust(tt.trust)
		w.put("p", tt.policies)
		w.let("hop", tt.policies)
		want := "ok"
		switch {
		case !tt.may && tt.caller == hop:
			want = noRole(meARN, "AssumeRole", roleR)
		case !tt.may:
			want = aliceNoR
		}
		w.check(tt.name, w.try(tt.caller, roleR), want)
	}
}

// TestRoleAssumesItself holds spec section 5.3: a role needs to be trusted by itself, as by any other.
func TestRoleAssumesItself(t *testing.T) {
	t.Parallel()
	const meARN = stsARN + "assumed-role/r/me"
	w := newWorld(t)
	w.role("r", trusting(aliceARN))
	w.let("r", assumeR)
	session := w.assume(w.alice, roleR)
	w.check("untrusted", w.try(session, roleR), noRole(meARN, "AssumeRole", roleR))
	w.trust(trusting("123456789012"))
	w.check("trusted as its account is", w.try(session, roleR), "ok")
	w.let("r", nothing)
	w.check("trusted as its account is, without a policy", w.try(session, roleR), noRole(meARN, "AssumeRole", roleR))
	w.trust(trusting(roleR))
	w.check("trusted", w.try(session, roleR), "ok")
	w.trust(trustingIf("*", `{"ArnEquals":{"aws:PrincipalArn":"`+roleR+`"}}`))
	w.check("trusted by a condition", w.try(session, roleR), "ok")
	w.check("not by who has another ARN", w.try(w.alice, roleR), aliceNoR)
}

func distrusting(who string) string {
	return `{"Effect":"Deny","Principal":{"AWS":"` + who + `"},"Action":"sts:AssumeRole"}`
}

// field is the text of the first element of a name in a reply.
func field(body, name string) string {
	_, rest, _ := strings.Cut(body, "<"+name+">")
	text, _, _ := strings.Cut(rest, "<")
	return text
}

// TestTrustBeyondBounds holds spec section 9.1 where trust meets what bounds the caller: trust that names the caller itself
// needs nothing of boundary and session policies but that they do not deny; trust that names its role or account does.
func TestTrustBeyondBounds(t *testing.T) {
	t.Parallel()
	const (
		hopARN = iamARN + "role/hop"
		meARN  = stsARN + "assumed-role/hop/me"
		fence  = iamARN + "policy/fence"
		any    = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	)
	for _, tt := range []struct {
		name, trust string
		bound       string // the boundary of user and role, and the session policy of the role's session
		user, role  bool   // whether the bounded user may, and a session of the role bounded by one or the other
	}{
		{"named, bounded by what allows", `"` + aliceARN + `","` + hopARN + `"`, any, true, true},
		{"named, bounded by what does not allow", `"` + aliceARN + `","` + meARN + `"`, nothing, true, true},
		{"everybody, bounded by what does not allow", `"*"`, nothing, true, true},
		{"named, bounded by what denies", `"` + aliceARN + `","` + meARN + `"`, any + "," + neverR, false, false},
		{"the account, bounded by what allows", `"123456789012"`, any, true, true},
		{"the account, bounded by what does not allow", `"123456789012"`, nothing, false, false},
		{"the role, bounded by what does not allow", `"` + aliceARN + `","` + hopARN + `"`, nothing, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.role("hop", trusting(aliceARN))
			w.let("hop", any)
			w.put("p", any)
			w.role("r", `{"Effect":"Allow","Principal":{"AWS":[`+tt.trust+`]},"Action":"sts:*"}`)
			verdict := func(who string, may bool) string {
				if may {
					return "ok"
				}
				return noRole(who, "AssumeRole", roleR)
			}
			bounded := w.assume(w.alice, hopARN, "Policy", document(tt.bound))
			w.check("session policy", w.try(bounded, roleR), verdict(meARN, tt.role))

			w.root("CreatePolicy", "PolicyName", "fence", "PolicyDocument", document(tt.bound))
			bounded = w.assume(w.alice, hopARN, "PolicyArns.member.1.arn", fence)
			w.check("session policy by ARN", w.try(bounded, roleR), verdict(meARN, tt.role))

			free := w.assume(w.alice, hopARN)
			w.check("neither", w.try(free, roleR), "ok")
			w.root("PutRolePermissionsBoundary", "RoleName", "hop", "PermissionsBoundary", fence)
			w.check("boundary of the role", w.try(free, roleR), verdict(meARN, tt.role))

			w.root("PutUserPermissionsBoundary", "UserName", "alice", "PermissionsBoundary", fence)
			w.check("boundary of the user", w.try(w.alice, roleR), verdict(aliceARN, tt.user))
		})
	}
}

// TestOneRefusal shows that nobody can tell a role that refuses from one that does not exist, whoseever it would be and in
// whatever spelling (spec sections 5.3 and 5.6).
func TestOneRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.foreignRoot()
	for _, key := range []testenv.Key{testenv.Root, other} {
		w.check("CreateRole", w.do(key, "iam", "CreateRole", "RoleName", "Refuses", "Path", "/p/", "AssumeRolePolicyDocument",
			document(`{"Effect":"Allow","Principal":{"AWS":"`+iamARN+`root"},"Action":"sts:*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}`)), "ok")
	}
	w.root("CreateRole", "RoleName", "Trusts", "Path", "/p/", "AssumeRolePolicyDocument", document(trusting(aliceARN)))
	w.root("CreateRole", "RoleName", "Odd", "Path", "/!:~/{}/", "AssumeRolePolicyDocument", document(trusting(aliceARN)))
	w.check("trusted", w.try(w.alice, iamARN+"role/p/Trusts"), "ok")
	w.check("trusted, on an odd path", w.try(w.alice, iamARN+"role/!:~/{}/Odd"), "ok")
	sourced := []string{"SourceIdentity", "alice", tag1, "a", value1, "b"}
	for _, roleARN := range []string{
		iamARN + "role/p/Refuses", iamARN + "role/p/Unknown", iamARN + "role/p/Trust", iamARN + "role/p/TRUSTS", iamARN + "role/P/Trusts",
		iamARN + "role/Trusts", iamARN + "role//p/Trusts", iamARN + "role/p//Trusts", iamARN + "role/p/Trusts/", iamARN + "role/p/../p/Trusts",
		iamARN + "role/./p/Trusts", iamARN + "role/p/Trusts ", iamARN + "role/p/%54rusts", iamARN + "Role/p/Trusts", iamARN + "user/p/Trusts",
		iamARN + "user/alice", iamARN + "root-is-long-enough", iamARN + "role/p/Trust?", iamARN + "role/p/*", iamARN + "role/*", iamARN + "*:*",
		iamARN + "role/p/Tr\u00a0usts", iamARN + "role/p/Tru\u017ft\u017f", iamARN + "role/p/${aws:username}", iamARN + "role/p/Trusts:x",
		"arn:aws:iam::210987654321:role/p/Refuses", "arn:aws:iam::210987654321:role/p/Trusts", "arn:aws:iam::000000000000:role/p/Trusts",
		"arn:aws:iam::*:role/p/Trusts", "arn:aws:iam:::role/p/Trusts", "arn:aws:iam::0123456789012:role/p/Trusts", "arn:aws:iam::1234567890 12:role/p/Trusts",
		"arn:aws:iam:us-east-1:123456789012:role/p/Trusts", "arn:aws-cn:iam::123456789012:role/p/Trusts", "arn:aws-us-gov:iam::123456789012:role/p/Trusts",
		"arn:AWS:iam::123456789012:role/p/Trusts", "arn:aws:IAM::123456789012:role/p/Trusts", "arn:aws:sts::123456789012:role/p/Trusts",
		"arn:*:iam::123456789012:role/p/Trusts", "arn:aws:sts::123456789012:assumed-role/Trusts/me", "arn:aws:s3::123456789012:role/p/Trusts",
	} {
		w.check(roleARN, w.try(w.alice, roleARN), noRole(aliceARN, "AssumeRole", roleARN))
		w.check(roleARN, w.try(w.alice, roleARN, sourced...), noRole(aliceARN, "AssumeRole", roleARN))
		w.check(roleARN, w.try(w.alice, roleARN, "DurationSeconds", "43200"), noRole(aliceARN, "AssumeRole", roleARN))
		w.check(roleARN, w.try(w.alice, roleARN, "PolicyArns.member.1.arn", iamARN+"policy/none"), noRole(aliceARN, "AssumeRole", roleARN))
	}
	// Byte for byte, but for the name itself and the request's id.
	unnamed := func(name string) string {
		_, body := w.Call(w.alice, "sts", "AssumeRole", "RoleArn", iamARN+"role/p/"+name, "RoleSessionName", "me")
		return requestID.ReplaceAllString(strings.ReplaceAll(body, name, "ROLE"), "")
	}
	w.check("the whole reply", unnamed("Refuses"), unnamed("Unknown"))
}

// TestAcrossAccounts holds spec section 5.3: both accounts must allow, whomever the trust policy names.
func TestAcrossAccounts(t *testing.T) {
	t.Parallel()
	const there = "arn:aws:iam::" + foreigns + ":role/there"
	w := newWorld(t)
	w.role("hop", trusting(aliceARN))
	hop := w.assume(w.alice, iamARN+"role/hop")
	other := w.foreignRoot()
	w.check("CreateRole", w.do(other, "iam", "CreateRole", "RoleName", "there", "AssumeRolePolicyDocument", document(trusting("*"))), "ok")
	assume := strings.ReplaceAll(assumeR, roleR, there)
	never := strings.ReplaceAll(neverR, roleR, there)
	for _, tt := range []struct {
		name, trust, policies string
		may                   bool
	}{
		{"named, and allowed", `"` + aliceARN + `","` + iamARN + `role/hop"`, assume, true},
		{"named, and not allowed", `"` + aliceARN + `","` + iamARN + `role/hop"`, nothing, false},
		{"a session named, and not allowed", `"` + aliceARN + `","` + stsARN + `assumed-role/hop/me"`, nothing, false},
		{"named, allowed and denied", `"` + aliceARN + `","` + iamARN + `role/hop"`, assume + "," + never, false},
		{"everybody, and allowed", `"*"`, assume, true},
		{"everybody, and not allowed", `"*"`, nothing, false},
		{"the account, and allowed", `"123456789012"`, assume, true},
		{"the account, and not allowed", `"123456789012"`, nothing, false},
		{"the other account only", `"` + foreigns + `"`, assume, false},
	} {
		w.check("trust", w.do(other, "iam", "UpdateAssumeRolePolicy", "RoleName", "there", "PolicyDocument",
			document(`{"Effect":"Allow","Principal":{"AWS":[`+tt.trust+`]},"Action":"sts:AssumeRole"}`)), "ok")
		w.put("p", tt.policies)
		w.let("hop", tt.policies)
		for who, key := range map[string]testenv.Key{aliceARN: w.alice, stsARN + "assumed-role/hop/me": hop} {
			want := "ok"
			if !tt.may {
				want = noRole(who, "AssumeRole", there)
			}
			w.check(tt.name+": "+who, w.try(key, there), want)
		}
	}
	// What else the request asks for must be allowed on both sides, too.
	w.check("trust", w.do(other, "iam", "UpdateAssumeRolePolicy", "RoleName", "there", "PolicyDocument", document(trusting(aliceARN))), "ok")
	w.put("p", assume)
	w.check("tags here", w.try(w.alice, there, tag1, "a", value1, "b"), noRole(aliceARN, "TagSession", there))
	w.check("source identity here", w.try(w.alice, there, "SourceIdentity", "al"), noRole(aliceARN, "SetSourceIdentity", there))
	w.put("p", strings.ReplaceAll(assume, "sts:AssumeRole", "sts:*"))
	w.check("both", w.try(w.alice, there, tag1, "a", value1, "b", "SourceIdentity", "al"), "ok")
}

// TestControlPoliciesOfAccounts shows that a service control policy binds those who ask from its account, whatever they may
// and whoever trusts them, and not those who come to its account from another.
func TestControlPoliciesOfAccounts(t *testing.T) {
	t.Parallel()
	const there = "arn:aws:iam::" + foreigns + ":"
	w := newWorld(t)
	other := w.foreignRoot()
	body := func(action string, parameters ...string) string {
		status, body := w.Call(other, "iam", action, parameters...)
		if status != http.StatusOK {
			t.Fatalf("%s: %s", action, body)
		}
		return body
	}
	body("CreateUser", "UserName", "bob")
	body("PutUserPolicy", "UserName", "bob", "PolicyName", "p", "PolicyDocument", document(`{"Effect":"Allow","Action":"*","Resource":"*"}`))
	key := body("CreateAccessKey", "UserName", "bob")
	bob := testenv.Key{AccessKeyID: field(key, "AccessKeyId"), SecretAccessKey: field(key, "SecretAccessKey")}
	body("CreateRole", "RoleName", "theirs", "AssumeRolePolicyDocument", document(trusting(aliceARN)+","+trusting(there+"user/bob")))
	body("PutRolePolicy", "RoleName", "theirs", "PolicyName", "p", "PolicyDocument", document(listUsers))
	w.role("r", trusting(there+"user/bob"))
	w.put("p", `{"Effect":"Allow","Action":"sts:*","Resource":"*"}`)

	w.check("from there to here", w.try(bob, roleR), "ok")
	session := w.assume(w.alice, there+"role/theirs")
	w.may("a session there", session, true)
	if err := server.PutServiceControlPolicy(t.Context(), w.Store, foreigns, "never",
		document(`{"Effect":"Deny","Action":["sts:AssumeRole","iam:ListUsers"],"Resource":"*"}`), w.Now); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.check("denied from there to here", w.try(bob, roleR), noRole(there+"user/bob", "AssumeRole", roleR))
	w.check("denied from there to there, although trusted", w.try(bob, there+"role/theirs"), noRole(there+"user/bob", "AssumeRole", there+"role/theirs"))
	w.check("from here to there", w.try(w.alice, there+"role/theirs"), "ok")
	w.may("a session there is of there", session, false)
}

// TestControlPolicyOnManyTags has a root give a resource so many tags, whose keys differ in case alone, that not each reading
// of them can be asked about. Its account's control policy must hold all the same, where it asks about tags.
func TestControlPolicyOnManyTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.foreignRoot()
	create := func(key testenv.Key, name string, tags ...string) string {
		parameters := []string{"PolicyName", name, "PolicyDocument", document(nothing)}
		for i, tag := range tags {
			member := "Tags.member." + strconv.Itoa(i+1)
			value := "prod"
			if tag == "ENV" {
				value = "dev"
			}
			parameters = append(parameters, member+".Key", tag, member+".Value", value)
		}
		answer := w.do(key, "iam", "CreatePolicy", parameters...)
		code, _, _ := strings.Cut(answer, ":")
		return code
	}
	many := []string{"env", "ENV", "Env", "eNv", "enV", "ENv", "EnV", "eNV", "abc", "ABC", "Abc", "aBc", "abC", "ABc", "AbC", "aBC", "xy", "XY"}
	w.check("without conditions", create(root, "p1", many...), "ok")
	w.check("the management account's root", create(testenv.Root, "p1", many...), "ok")
	if err := server.PutServiceControlPolicy(t.Context(), w.Store, foreigns, "prod",
		document(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestTag/env":"prod"}}}`), w.Now); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.check("prod", create(root, "p2", "env"), "ok")
	w.check("prod and dev", create(root, "p3", "env", "ENV"), "AccessDenied")
	w.check("prod and dev, among many", create(root, "p4", many...), "AccessDenied")
	if err := server.PutServiceControlPolicy(t.Context(), w.Store, foreigns, "prod",
		document(`{"Effect":"Deny","Action":"*","NotResource":"arn:aws:iam::*:policy/${aws:RequestTag/env}*"}`), w.Now); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.check("in a variable", create(root, "prod1", "env"), "ok")
	w.check("in a variable, among many", create(root, "prod2", many...), "AccessDenied")
}
