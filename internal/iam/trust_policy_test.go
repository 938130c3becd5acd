package iam

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// trusting is a trust policy with one principal, which is JSON.
func trusting(principal string) string {
	return `{"Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}]}`
}

func trustingAWS(value string) string { return trusting(`{"AWS":"` + value + `"}`) }

// role makes a role in an account.
func (w *world) role(accountID, name, trust string) Role {
	w.t.Helper()
	return must(w.CreateRole(w.t.Context(), w.root(accountID), &CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust}))(w.t).Role
}

// decoded is a document as a client reads it.
func decoded(t *testing.T, document string) string {
	t.Helper()
	text, err := url.PathUnescape(document)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// trustPolicy is a role's trust policy as GetRole shows it.
func (w *world) trustPolicy(accountID, roleName string) string {
	w.t.Helper()
	role := must(w.GetRole(w.t.Context(), w.root(accountID), &GetRoleInput{RoleName: roleName}))(w.t).Role
	return decoded(w.t, role.AssumeRolePolicyDocument)
}

// storedTrust is a role's trust policy as it is stored.
func (w *world) storedTrust(accountID, roleName string) (document string) {
	w.t.Helper()
	w.change(func(ctx context.Context, tx *store.Tx) error {
		role, err := tx.RoleByName(ctx, store.RoleByNameParams{AccountID: accountID, NameKey: store.NameKey(roleName)})
		document = role.TrustPolicy
		return err
	})
	return document
}

func TestTrustPolicyByteForByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(w.CreateUser(t.Context(), w.root(account), &CreateUserInput{UserName: "Alice", Path: "/team/a/"}))(t)
	w.role(foreign, "other", trustingAWS(foreign))
	for name, document := range map[string]string{
		"spacing":   " {\r\n\t\"Version\" : \"2012-10-17\" ,\n \"Statement\" :[ {\"Effect\":\"Allow\" , \"Principal\":{\t\"AWS\":[ \"arn:aws:iam::111111111111:user/team/a/Alice\" ,\n\"arn:aws:iam::222222222222:role/other\"]} ,\"Action\":\"sts:AssumeRole\"}\n] } ",
		"escapes":   `{"Statement":[{"Sid":"a\u0062c","Effect":"\u0041llow","Principal":{"AWS":["\u00311111111111\u0031","arn:aws:iam::111111111111:\u0072oot","arn:aws:iam::111111111111:user/team/a/Alice"],"Service":"ec2\u002eamazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringLike":{"aws:PrincipalTag/x\/y":"%3A%20+&<>\\ \u00e9é"}}}]}`,
		"order":     `{"Statement":{"Action":["sts:AssumeRole","sts:TagSession"],"Principal":{"Service":"ec2.amazonaws.com","AWS":"arn:aws:iam::222222222222:role/other"},"Effect":"Allow"},"Id":"x"}`,
		"everybody": trustingAWS("*"),
		"account":   trustingAWS(account),
		"root":      trustingAWS("arn:aws:iam::222222222222:root"),
		"providers": trusting(`{"Federated":["arn:aws:iam::111111111111:oidc-provider/idp.example.com/a/b","arn:aws:iam::111111111111:saml-provider/none","www.amazon.com"]}`),
		"many":      `{"Statement":[` + strings.Repeat(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/other"},"Action":"sts:AssumeRole"},`, 3) + `{"Effect":"Deny","Principal":{"AWS":["*","arn:aws:iam::111111111111:user/team/a/Alice"]},"Action":"sts:AssumeRole"}]}`,
	} {
		created := must(w.CreateRole(t.Context(), w.root(account), &CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: document}))(t).Role
		check(t, decoded(t, created.AssumeRolePolicyDocument), document)
		check(t, w.trustPolicy(account, name), document)
		check(t, answer(w.UpdateAssumeRolePolicy(t.Context(), w.root(account), &UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: document})), "ok")
		check(t, w.trustPolicy(account, name), document)
		if stored := w.storedTrust(account, name); strings.Contains(stored, "Alice") || strings.Contains(stored, "role/other") {
			t.Errorf("%s: stored by name: %s", name, stored)
		}
	}
	for _, role := range must(w.ListRoles(t.Context(), w.root(account), &ListRolesInput{}))(t).Roles {
		check(t, decoded(t, role.AssumeRolePolicyDocument), w.trustPolicy(account, role.RoleName))
	}
}

// An ARN that was written with escapes comes back without: it was stored as an id.
func TestTrustPolicyEscapedARN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(account, "alice")
	w.role(account, "r", trustingAWS(`\u0061rn:aws:iam::111111111111:user\/alice`))
	check(t, w.trustPolicy(account, "r"), trustingAWS("arn:aws:iam::111111111111:user/alice"))
}

func TestTrustPolicyEncoding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.role(account, "r", `{"Statement": {"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalTag/a-b_c.d~e":"%3A+é"}}}}`)
	check(t, role.AssumeRolePolicyDocument, "%7B%22Statement%22%3A%20%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22%2A%22%7D%2C"+
		"%22Action%22%3A%22sts%3AAssumeRole%22%2C%22Condition%22%3A%7B%22StringEquals%22%3A%7B%22aws%3APrincipalTag%2Fa-b_c.d~e%22%3A%22%253A%2B%C3%A9%22%7D%7D%7D%7D")
}

// A principal that is renamed stays trusted; one that is deleted does not come back with its name.
func TestTrustFollowsTheID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	alice := w.user(account, "alice")
	source := w.role(account, "source", trustingAWS("*"))
	both := func(user, role string) string { return trusting(`{"AWS":["` + user + `","` + role + `"]}`) }
	stored := both(alice.UserId, source.RoleId)
	w.role(foreign, "target", both(alice.Arn, source.Arn))
	check(t, w.storedTrust(foreign, "target"), stored)

	must(w.UpdateUser(ctx, root, &UpdateUserInput{UserName: "alice", NewUserName: "alicia", NewPath: "/moved/"}))(t)
	check(t, w.trustPolicy(foreign, "target"), both("arn:aws:iam::111111111111:user/moved/alicia", source.Arn))

	must(w.DeleteUser(ctx, root, &DeleteUserInput{UserName: "alicia"}))(t)
	must(w.DeleteRole(ctx, root, &DeleteRoleInput{RoleName: "source"}))(t)
	check(t, w.trustPolicy(foreign, "target"), stored)

	must(w.CreateUser(ctx, root, &CreateUserInput{UserName: "alicia", Path: "/moved/"}))(t)
	w.user(account, "alice")
	w.role(account, "source", trustingAWS("*"))
	check(t, w.trustPolicy(foreign, "target"), stored)
	check(t, w.storedTrust(foreign, "target"), stored)

	// What is shown then can't be saved again.
	check(t, answer(w.UpdateAssumeRolePolicy(ctx, w.root(foreign), &UpdateAssumeRolePolicyInput{RoleName: "target", PolicyDocument: stored})),
		`400 MalformedPolicyDocument: Invalid principal in policy: "AWS":"`+alice.UserId+`" (line 1, column 53)`)
	check(t, w.storedTrust(foreign, "target"), stored)
}

// A unique id of somebody who lives stands for the ARN, as at AWS.
func TestTrustPolicyByID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(foreign, "alice")
	w.role(account, "r", trustingAWS(alice.UserId))
	check(t, w.trustPolicy(account, "r"), trustingAWS(alice.Arn))
	check(t, w.storedTrust(account, "r"), trustingAWS(alice.UserId))
}

// A session of a role is kept by the role's unique id: not that of a role which has its name later.
func TestTrustPolicyOfSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role(account, "r", trustingAWS("*"))
	const session = "arn:aws:sts::111111111111:assumed-role/r/me"
	w.role(account, "target", trustingAWS(session))
	check(t, w.trustPolicy(account, "target"), trustingAWS(session))
	id := must(w.GetRole(t.Context(), w.root(account), &GetRoleInput{RoleName: "r"}))(t).Role.RoleId
	check(t, w.storedTrust(account, "target"), trustingAWS(id+":me"))
	must(w.DeleteRole(t.Context(), w.root(account), &DeleteRoleInput{RoleName: "r"}))(t)
	w.role(account, "r", trustingAWS("*"))
	check(t, w.trustPolicy(account, "target"), trustingAWS(id+":me"))
}

func TestInvalidPrincipals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(w.CreateUser(t.Context(), w.root(account), &CreateUserInput{UserName: "Alice", Path: "/team/"}))(t)
	w.role(account, "r", trustingAWS("*"))
	group := must(w.CreateGroup(t.Context(), w.root(account), &CreateGroupInput{GroupName: "admins"}))(t).Group
	before := w.trustPolicy(account, "r")
	for name, principal := range map[string]string{
		"no such user":              `"AWS":"arn:aws:iam::111111111111:user/team/bob"`,
		"no such role":              `"AWS":"arn:aws:iam::111111111111:role/bob"`,
		"a user as a role":          `"AWS":"arn:aws:iam::111111111111:role/team/Alice"`,
		"a role as a user":          `"AWS":"arn:aws:iam::111111111111:user/r"`,
		"another path":              `"AWS":"arn:aws:iam::111111111111:user/Alice"`,
		"another spelling":          `"AWS":"arn:aws:iam::111111111111:user/team/alice"`,
		"another account":           `"AWS":"arn:aws:iam::222222222222:user/team/Alice"`,
		"another partition":         `"AWS":"arn:aws-cn:iam::111111111111:user/team/Alice"`,
		"root of another partition": `"AWS":"arn:aws-cn:iam::111111111111:root"`,
		"no such account":           `"AWS":"333333333333"`,
		"root of no account":        `"AWS":"arn:aws:iam::333333333333:root"`,
		"a user of no account":      `"AWS":"arn:aws:iam::333333333333:user/team/Alice"`,
		"a group":                   `"AWS":"arn:aws:iam::111111111111:group/admins"`,
		"the id of a group":         `"AWS":"` + group.GroupId + `"`,
		"the id of nobody":          `"AWS":"AROAIOSFODNN7EXAMPLEX"`,
		"a session of no role":      `"AWS":"arn:aws:sts::111111111111:assumed-role/bob/me"`,
		"a session of no name":      `"AWS":"arn:aws:sts::111111111111:assumed-role/r/x"`,
		"a session of other words":  `"AWS":"arn:aws:sts::111111111111:assumed-role/r/a:b"`,
		"a session, misspelt":       `"AWS":"arn:aws:sts::111111111111:assumed-role/R/me"`,
		"a session elsewhere":       `"AWS":"arn:aws-cn:sts::111111111111:assumed-role/r/me"`,
		"a session of nobody":       `"AWS":"AROAIOSFODNN7EXAMPLEX:me"`,
		"a federated user":          `"AWS":"arn:aws:sts::111111111111:federated-user/me"`,
		"everybody of an account":   `"AWS":"arn:aws:iam::111111111111:user/*"`,
		"CloudFront":                `"AWS":"arn:aws:iam::cloudfront:user/CloudFrontOriginAccessIdentityE1"`,
		"a name":                    `"AWS":"Alice"`,
		"an empty name":             `"AWS":""`,
		"a service of nobody":       `"Service":"ec2.example.com"`,
		"a service without a name":  `"Service":"amazonaws.com"`,
		"every service":             `"Service":"*"`,
	} {
		kind, value, _ := strings.Cut(principal, ":")
		want := "400 MalformedPolicyDocument: Invalid principal in policy: " + strings.ToUpper(kind) + ":" + value + " (line 1, column "
		document := trusting(`{"AWS":"` + account + `",` + principal + `}`)
		if kind == `"AWS"` {
			document = trusting(`{"AWS":["` + account + `",` + value + `]}`)
		}
		for action, got := range map[string]string{
			"CreateRole": answer(w.CreateRole(t.Context(), w.root(account), &CreateRoleInput{RoleName: "new", AssumeRolePolicyDocument: document})),
			"UpdateAssumeRolePolicy": answer(w.UpdateAssumeRolePolicy(t.Context(), w.root(account),
				&UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: document})),
		} {
			if !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s\ngot  %s\nwant %s...", name, action, got, want)
			}
		}
	}
	check(t, w.trustPolicy(account, "r"), before)
	check(t, answer(w.GetRole(t.Context(), w.root(account), &GetRoleInput{RoleName: "new"})),
		"404 NoSuchEntity: The role with name new cannot be found.")
}

func TestTrustPolicyRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role(account, "r", trustingAWS("*"))
	statement := func(size int) string {
		const rest = `{"Statement":{"Sid":"","Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}`
		return strings.Replace(rest, `""`, ` "`+strings.Repeat("x", size-len(rest))+`" `, 1)
	}
	for _, test := range []struct{ name, document, want string }{
		{"as long as may be", statement(2048), "ok"},
		{"too long", statement(2049), "409 LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"},
		{"no JSON", "{", "400 MalformedPolicyDocument: This policy contains invalid Json"},
		{"another action", strings.Replace(trustingAWS("*"), "sts:AssumeRole", "s3:*", 1), "400 MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions."},
		{"a resource", strings.Replace(trustingAWS("*"), `"Action"`, `"Resource":"*","Action"`, 1), "400 MalformedPolicyDocument: Has prohibited field Resource"},
		{"a bare asterisk", trusting(`"*"`), "400 MalformedPolicyDocument: Principal must be a JSON object."},
	} {
		w.AWSMessagesOnly = true
		check(t, answer(w.UpdateAssumeRolePolicy(t.Context(), w.root(account), &UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: test.document})), test.want)
		check(t, answer(w.CreateRole(t.Context(), w.root(account), &CreateRoleInput{RoleName: test.name[:4], AssumeRolePolicyDocument: test.document})), test.want)
	}
	check(t, answer(w.UpdateAssumeRolePolicy(t.Context(), w.root(account), &UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: trustingAWS("333333333333")})),
		`400 MalformedPolicyDocument: Invalid principal in policy: "AWS":"333333333333"`)
	check(t, answer(w.UpdateAssumeRolePolicy(t.Context(), w.root(foreign), &UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: trustingAWS("*")})),
		"404 NoSuchEntity: The role with name r cannot be found.")
}

// A long document tells back no more than what an error may.
func TestInvalidPrincipalIsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := trustingAWS(strings.Repeat("1", 100_000))
	for _, only := range []bool{false, true} {
		w.AWSMessagesOnly = only
		got := answer(w.CreateRole(t.Context(), w.root(account), &CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: long}))
		if len(got) > aws.MaxEcho+100 {
			t.Errorf("AWSMessagesOnly %v: %d bytes", only, len(got))
		}
	}
}

// While a user is deleted and made again, trust goes to one of the two, never to a name.
func TestTrustPolicyRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.role(account, "r", trustingAWS("*"))
	var group sync.WaitGroup
	group.Go(func() {
		must(w.DeleteUser(t.Context(), w.root(account), &DeleteUserInput{UserName: "alice"}))(t)
	})
	var updated string
	group.Go(func() {
		updated = answer(w.UpdateAssumeRolePolicy(t.Context(), w.root(account), &UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: trustingAWS(alice.Arn)}))
	})
	group.Wait()
	w.user(account, "alice")
	want := trustingAWS(alice.UserId)
	if updated != "ok" {
		want = trustingAWS("*")
	}
	check(t, w.storedTrust(account, "r"), want)
	check(t, w.trustPolicy(account, "r"), want)
}

func TestTrustPoliciesOfManyRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 30 {
		n := strconv.Itoa(i)
		alice := w.user(foreign, "u"+n)
		w.role(account, "r"+n, trustingAWS(alice.Arn))
	}
	for _, role := range must(w.ListRoles(t.Context(), w.root(account), &ListRolesInput{}))(t).Roles {
		check(t, decoded(t, role.AssumeRolePolicyDocument), trustingAWS("arn:aws:iam::222222222222:user/u"+role.RoleName[1:]))
	}
}
