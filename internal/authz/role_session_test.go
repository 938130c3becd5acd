package authz_test

import (
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/testenv"
)

const goneToken = "InvalidClientTokenId: The security token included in the request is invalid"

// TestWhatASessionMayDo holds spec sections 9.1 and 13: what the role's policies allow by now and the session's do, too.
func TestWhatASessionMayDo(t *testing.T) {
	t.Parallel()
	const (
		mine  = iamARN + "policy/mine"
		other = iamARN + "policy/other"
		all   = `{"Effect":"Allow","Action":"*","Resource":"*"}`
		never = `{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}`
	)
	w := newWorld(t)
	w.role("r", trusting(aliceARN))
	w.root("CreatePolicy", "PolicyName", "mine", "PolicyDocument", document(listUsers))
	w.root("CreatePolicy", "PolicyName", "other", "PolicyDocument", document(nothing))
	const arn1, arn2 = "PolicyArns.member.1.arn", "PolicyArns.member.2.arn"
	plain := w.assume(w.alice, roleR)
	inline := w.assume(w.alice, roleR, "Policy", document(listUsers))
	narrow := w.assume(w.alice, roleR, "Policy", document(nothing))
	denies := w.assume(w.alice, roleR, "Policy", document(all+","+never))
	managed := w.assume(w.alice, roleR, arn1, mine)
	several := w.assume(w.alice, roleR, arn1, other, arn2, mine, "Policy", document(nothing))
	ofAWS := w.assume(w.alice, roleR, arn1, "arn:aws:iam::aws:policy/IAMFullAccess")
	each := func(name string, may map[testenv.Key]bool) {
		t.Helper()
		for session, of := range map[testenv.Key]string{
			plain: "plain", inline: "inline", narrow: "narrow", denies: "denies", managed: "managed", several: "several", ofAWS: "AWS's",
		} {
			w.may(name+": "+of, session, may[session])
		}
	}
	each("the role may nothing", nil)
	w.let("r", listUsers)
	may := map[testenv.Key]bool{plain: true, inline: true, managed: true, several: true, ofAWS: true}
	each("the role may", may)
	w.trust(trusting(iamARN + "root"))
	each("the role trusts no more", may)
	w.let("r", all+","+never)
	each("the role must not", nil)
	w.let("r", all)
	w.root("PutRolePermissionsBoundary", "RoleName", "r", "PermissionsBoundary", other)
	each("the role is bounded", nil)
	w.root("DeleteRolePermissionsBoundary", "RoleName", "r")
	each("the role is not bounded", may)

	w.root("CreatePolicyVersion", "PolicyArn", mine, "PolicyDocument", document(nothing), "SetAsDefault", "true")
	each("the session's policy is another", map[testenv.Key]bool{plain: true, inline: true, ofAWS: true})
	w.root("SetDefaultPolicyVersion", "PolicyArn", mine, "VersionId", "v1")
	each("the session's policy is back", may)
	w.root("DeletePolicy", "PolicyArn", other)
	each("one of the session's policies is gone, and may have denied", map[testenv.Key]bool{plain: true, inline: true, managed: true, ofAWS: true})
	w.root("DeletePolicyVersion", "PolicyArn", mine, "VersionId", "v2")
	w.root("DeletePolicy", "PolicyArn", mine)
	each("all are gone", map[testenv.Key]bool{plain: true, inline: true, ofAWS: true})
	for name, session := range map[string]testenv.Key{"gone": managed, "narrow": narrow} {
		w.check("GetCallerIdentity: "+name, w.do(session, "sts", "GetCallerIdentity"), "ok")
	}

	// The console's way to end all sessions there are.
	w.let("r", all+`,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"`+
		w.Now.Add(time.Second).Format(time.RFC3339)+`"}}}`)
	each("revoked", nil)
	w.trust(trusting(aliceARN))
	w.Now = w.Now.Add(time.Second)
	w.may("issued since", w.assume(w.alice, roleR), true)
}

// TestSessionPoliciesThatCanNotBe holds which session policies a session may be asked for with.
func TestSessionPoliciesThatCanNotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("r", trusting(aliceARN))
	other := w.foreignRoot()
	w.check("CreatePolicy", w.do(other, "iam", "CreatePolicy", "PolicyName", "theirs", "PolicyDocument", document(listUsers)), "ok")
	w.root("CreatePolicy", "PolicyName", "Mine", "Path", "/p/", "PolicyDocument", document(listUsers))
	w.check("own", w.try(w.alice, roleR, "PolicyArns.member.1.arn", iamARN+"policy/p/Mine"), "ok")
	for _, arn := range []string{
		iamARN + "policy/none", iamARN + "policy/Mine", iamARN + "policy/p/mine", iamARN + "policy/p/*", iamARN + "role/r-is-a-role",
		"arn:aws:iam::" + foreigns + ":policy/theirs", "arn:aws:iam::aws:policy/None", "arn:aws-cn:iam::123456789012:policy/p/Mine",
		"arn:aws:iam::123456789012:policy/p/Mine ", "not-an-arn-but-long-enough",
	} {
		w.check(arn, w.try(w.alice, roleR, "PolicyArns.member.1.arn", arn),
			"MalformedPolicyDocument: Policy "+arn+" does not exist or is not attachable.")
	}
	var eleven []string
	for i := range 11 {
		eleven = append(eleven, "PolicyArns.member."+string(rune('a'+i)), "")
		eleven[2*i] = "PolicyArns.member." + []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}[i] + ".arn"
		eleven[2*i+1] = "arn:aws:iam::aws:policy/IAMFullAccess"
	}
	w.check("ten", w.try(w.alice, roleR, eleven[:20]...), "ok")
	w.check("eleven", w.try(w.alice, roleR, eleven...), "ValidationError: The number of session policies exceeds the limit of 10.")
	for name, policy := range map[string]string{
		"no JSON":     "{",
		"a principal": document(trusting("*")),
		"no resource": document(`{"Effect":"Allow","Action":"*"}`),
		"no effect":   document(`{"Action":"*","Resource":"*"}`),
		"a list":      `[]`,
		"two Denies":  `{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}`,
	} {
		if got := w.try(w.alice, roleR, "Policy", policy); !strings.HasPrefix(got, "MalformedPolicyDocument: ") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestContextOfSessions holds what policies know of a session's caller (spec sections 4 and 5.5).
func TestContextOfSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.root("CreateRole", "RoleName", "pathed", "Path", "/p/q/", "AssumeRolePolicyDocument", document(trusting(aliceARN)),
		tag1, "Team", value1, "green", tag2, "Floor", value2, "2")
	const pathed = iamARN + "role/p/q/pathed"
	id := field(w.root("GetRole", "RoleName", "pathed"), "RoleId")
	session := w.assume(w.alice, pathed, tag1, "TEAM", value1, "red", "SourceIdentity", "al")
	for key, value := range map[string]string{
		"aws:PrincipalArn":           pathed,
		"aws:userid":                 id + ":me",
		"aws:username":               "",
		"aws:PrincipalType":          "AssumedRole",
		"aws:PrincipalAccount":       "123456789012",
		"aws:PrincipalTag/team":      "red",
		"aws:principaltag/FLOOR":     "2",
		"aws:SourceIdentity":         "al",
		"aws:MultiFactorAuthPresent": "false",
		"aws:MultiFactorAuthAge":     "",
		"aws:FederatedProvider":      "",
		"aws:TokenIssueTime":         testenv.Start.Format(time.RFC3339),
		"sts:RoleSessionName":        "",
		"sts:SourceIdentity":         "",
		"aws:RequestTag/team":        "",
	} {
		condition := is(key, value)
		if value == "" {
			condition = `{"Null":{"` + key + `":true}}`
		}
		w.let("pathed", `{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":`+condition+`}`)
		w.may(key+" is "+value, session, true)
	}
	// A role's tags and path are what they are by now; the session's stay.
	w.let("pathed", `{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":`+
		`{"StringEquals":{"aws:PrincipalTag/team":"red","aws:PrincipalTag/floor":"3"}}}`)
	w.may("before", session, false)
	w.root("TagRole", "RoleName", "pathed", tag1, "team", value1, "blue", tag2, "floor", value2, "3")
	w.may("after", session, true)
}

// TestFederatedUser holds spec section 5.9: what both the user and the session policies allow, and no IAM and STS.
func TestFederatedUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.root("TagUser", "UserName", "alice", tag1, "Team", value1, "blue", tag2, "Floor", value2, "1")
	w.put("p", `{"Effect":"Allow","Action":["sts:*","s3:Get*","iam:*"],"Resource":"*"}`)
	const session = " with session credentials"
	policy := document(`{"Effect":"Allow","Action":["s3:*","iam:*","sts:*"],"Resource":"*"}`)
	key := w.session(w.alice, "GetFederationToken", "Name", "fed", "Policy", policy)
	w.role("r", trusting("*"))
	w.may("the user", w.alice, true)
	w.check("IAM", w.do(key, "iam", "ListUsers"), goneToken)
	w.check("AssumeRole", w.try(key, roleR), "AccessDenied: Cannot call AssumeRole"+session)
	w.check("GetSessionToken", w.do(key, "sts", "GetSessionToken"), "AccessDenied: Cannot call GetSessionToken"+session)
	w.check("GetFederationToken", w.do(key, "sts", "GetFederationToken", "Name", "fed"), "AccessDenied: Cannot call GetFederationToken"+session)
	w.check("GetAccessKeyInfo", w.do(key, "sts", "GetAccessKeyInfo", "AccessKeyId", w.alice.AccessKeyID), "AccessDenied: Cannot call GetAccessKeyInfo"+session)
	w.check("GetCallerIdentity", w.do(key, "sts", "GetCallerIdentity"), "ok")

	// No service that daypass has takes a federated user: the policies are asked themselves.
	a := authz.New(w.Store)
	federated := func(of aws.Principal, s aws.Session) aws.Caller {
		of.Type, of.SessionName, s.IssuedAt = aws.FederatedPrincipal, "fed", testenv.Start
		return aws.Caller{Principal: of, Session: &s}
	}
	user := aws.Principal{AccountID: testenv.AccountID, ID: aliceID, Path: "/", Name: "alice"}
	root := aws.Principal{AccountID: testenv.AccountID, ID: testenv.AccountID}
	tagged := document(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":` +
		`{"aws:PrincipalTag/team":"red","aws:PrincipalTag/floor":"1","aws:userid":"123456789012:fed","aws:PrincipalArn":"` + stsARN +
		`federated-user/fed"},"Null":{"aws:username":true}}}`)
	for _, tt := range []struct {
		name, action string
		caller       aws.Caller
		may          bool
	}{
		{"both allow", "s3:GetObject", federated(user, aws.Session{Policy: policy}), true},
		{"the session only", "s3:PutObject", federated(user, aws.Session{Policy: policy}), false},
		{"the user only", "sts:GetFederationToken", federated(user, aws.Session{Policy: document(nothing)}), false},
		{"no session policy", "s3:GetObject", federated(user, aws.Session{}), false},
		{"no session policy, but tags", "s3:GetObject", federated(user, aws.Session{Tags: []aws.Tag{{Key: "a", Value: "b"}}}), false},
		{"by ARN", "iam:GetUser", federated(user, aws.Session{PolicyARNs: []string{"arn:aws:iam::aws:policy/IAMFullAccess"}}), true},
		{"by an ARN that is gone", "iam:GetUser", federated(user, aws.Session{Policy: policy, PolicyARNs: []string{iamARN + "policy/none"}}), false},
		{"a policy that can't be read", "s3:GetObject", federated(user, aws.Session{Policy: "{"}), false},
		{"tags and ids", "s3:GetObject", federated(user, aws.Session{Policy: tagged, Tags: []aws.Tag{{Key: "tEAM", Value: "red"}}}), true},
		{"tags of the user", "s3:GetObject", federated(user, aws.Session{Policy: tagged}), false},
		{"root, and allowed", "s3:PutObject", federated(root, aws.Session{Policy: policy}), true},
		{"root, and not allowed", "ec2:RunInstances", federated(root, aws.Session{Policy: policy}), false},
		{"root, without a session policy", "s3:GetObject", federated(root, aws.Session{}), false},
	} {
		err := a.Authorize(t.Context(), aws.Call{Now: w.Now, Caller: tt.caller}, tt.action, []aws.Permission{{Resource: aws.Resource{ARN: "*"}}})
		if (err == nil) != tt.may {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestWhoMayFederate holds spec section 5.9: a permission on the federated user's own name, and one for tags.
func TestWhoMayFederate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const fed = stsARN + "federated-user/fed"
	refused := func(action, reason string) string {
		return "AccessDenied: User: " + aliceARN + " is not authorized to perform: sts:" + action + " on resource: " + fed + reason
	}
	none := func(action string) string {
		return " because no identity-based policy allows the sts:" + action + " action"
	}
	w.role("r", trusting(aliceARN))
	get := []string{"Name", "fed"}
	withTags := []string{"Name", "fed", tag1, "Team", value1, "red"}
	for _, tt := range []struct {
		name, policies string
		given          []string
		want           string
	}{
		{"no permission", nothing, get, refused("GetFederationToken", none("GetFederationToken"))},
		{"for the name", `{"Effect":"Allow","Action":"sts:GetFederationToken","Resource":"` + fed + `"}`, get, "ok"},
		{
			"for another name", `{"Effect":"Allow","Action":"sts:GetFederationToken","Resource":"` + stsARN + `federated-user/Fed"}`, get,
			refused("GetFederationToken", none("GetFederationToken")),
		},
		{
			"denied", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"sts:GetFederationToken","Resource":"*"}`, get,
			refused("GetFederationToken", " with an explicit deny in an identity-based policy"),
		},
		{"tags without permission", `{"Effect":"Allow","Action":"sts:GetFederationToken","Resource":"*"}`, withTags, refused("TagSession", none("TagSession"))},
		{"tags", `{"Effect":"Allow","Action":"sts:*","Resource":"*","Condition":` + is("aws:RequestTag/TEAM", "red") + `}`, withTags, "ok"},
		{
			"other tags", `{"Effect":"Allow","Action":"sts:*","Resource":"*","Condition":` + is("aws:RequestTag/TEAM", "blue") + `}`, withTags,
			refused("GetFederationToken", none("GetFederationToken")),
		},
	} {
		w.put("p", tt.policies)
		w.check(tt.name, w.do(w.alice, "sts", "GetFederationToken", tt.given...), tt.want)
	}
	const session = "AccessDenied: Cannot call GetFederationToken with session credentials"
	w.check("a session of a user", w.do(w.session(w.alice, "GetSessionToken"), "sts", "GetFederationToken", get...), session)
	w.check("a session of a role", w.do(w.assume(w.alice, roleR), "sts", "GetFederationToken", get...), session)
	w.check("root", w.do(testenv.Root, "sts", "GetFederationToken", get...), "ok")
}

// TestFederatedUserEnds shows that a federated user ends with the key that asked for it, and with the user.
func TestFederatedUserEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("p", `{"Effect":"Allow","Action":"sts:*","Resource":"*"}`)
	key := w.session(w.alice, "GetFederationToken", "Name", "fed")
	status := func(s string) {
		w.root("UpdateAccessKey", "UserName", "alice", "AccessKeyId", w.alice.AccessKeyID, "Status", s)
	}
	status("Inactive")
	w.check("inactive", w.do(key, "sts", "GetCallerIdentity"), goneToken+".")
	status("Active")
	w.check("active", w.do(key, "sts", "GetCallerIdentity"), "ok")
	w.root("DeleteUserPolicy", "UserName", "alice", "PolicyName", "p")
	w.check("no permission to ask again", w.do(key, "sts", "GetCallerIdentity"), "ok")
	w.root("DeleteAccessKey", "UserName", "alice", "AccessKeyId", w.alice.AccessKeyID)
	w.check("deleted", w.do(key, "sts", "GetCallerIdentity"), goneToken+".")
}

// TestRoleSessionIsNoUser shows that IAM does not take a session of a role for a user where it would act on the caller.
func TestRoleSessionIsNoUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("alice", trusting(aliceARN)) // the user's own name
	w.let("alice", `{"Effect":"Allow","Action":"iam:*","Resource":"*"}`)
	key := w.assume(w.alice, iamARN+"role/alice")
	for _, action := range []string{"GetUser", "CreateAccessKey", "ListAccessKeys", "ListMFADevices"} {
		w.check(action, w.do(key, "iam", action), "ValidationError: Must specify userName when calling with non-User credentials")
	}
	if got := w.do(key, "iam", "ChangePassword", "OldPassword", "Sesame-open-0", "NewPassword", "Sesame-open-1"); got == "ok" ||
		strings.Contains(got, "EntityTemporarily") {
		t.Errorf("ChangePassword: %s", got)
	}
	w.check("DeleteAccessKey", w.do(key, "iam", "DeleteAccessKey", "AccessKeyId", w.alice.AccessKeyID),
		"ValidationError: Must specify userName when calling with non-User credentials")
	w.may("with a name", key, true)
}
