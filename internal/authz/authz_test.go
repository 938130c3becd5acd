package authz_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

// world is a server with a user alice, who has no policy.
type world struct {
	*testenv.Env
	t     *testing.T
	alice testenv.Key
}

func newWorld(t *testing.T) *world {
	t.Helper()
	env := testenv.New(t)
	_, key := env.AddUser("alice")
	return &world{env, t, key}
}

// root performs an IAM action as root, which must succeed.
func (w *world) root(action string, parameters ...string) string {
	w.t.Helper()
	status, body := w.Call(testenv.Root, "iam", action, parameters...)
	if status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", action, status, body)
	}
	return body
}

// put gives alice an inline policy of these statements.
func (w *world) put(name, statements string) {
	w.t.Helper()
	w.root("PutUserPolicy", "UserName", "alice", "PolicyName", name, "PolicyDocument", document(statements))
}

func document(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

// want holds the answer to an action of alice's: "" for success, or the part of the message after the action.
func (w *world) want(message, action string, parameters ...string) {
	w.t.Helper()
	status, body := w.Call(w.alice, "iam", action, parameters...)
	switch {
	case message == "" && status == http.StatusForbidden:
		w.t.Errorf("%s %v: %s", action, parameters, body)
	case message != "" && (status != http.StatusForbidden || !strings.Contains(body, "<Code>AccessDenied</Code>") ||
		!strings.Contains(body, "iam:"+action+" on resource: "+message+"</Message>")):
		w.t.Errorf("%s %v: got %d %s\nwant %s", action, parameters, status, body, message)
	}
}

func notAllowed(action string) string {
	return " because no identity-based policy allows the iam:" + action + " action"
}

const denied = " with an explicit deny in an identity-based policy"

// TestPoliciesOfUser shows that every way of giving a user a policy works, at once, and ends at once.
func TestPoliciesOfUser(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:iam::123456789012:policy/readers"
	allow := document(`{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}`)
	tests := []struct {
		name       string
		give, take [][]string
	}{
		{
			"inline",
			[][]string{{"PutUserPolicy", "UserName", "alice", "PolicyName", "p", "PolicyDocument", allow}},
			[][]string{{"DeleteUserPolicy", "UserName", "alice", "PolicyName", "p"}},
		},
		{
			"managed",
			[][]string{
				{"CreatePolicy", "PolicyName", "readers", "PolicyDocument", allow},
				{"AttachUserPolicy", "UserName", "alice", "PolicyArn", arn},
			},
			[][]string{{"DetachUserPolicy", "UserName", "alice", "PolicyArn", arn}},
		},
		{
			"managed, another version",
			[][]string{
				{"CreatePolicy", "PolicyName", "readers", "PolicyDocument", document(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)},
				{"AttachUserPolicy", "UserName", "alice", "PolicyArn", arn},
				{"CreatePolicyVersion", "PolicyArn", arn, "PolicyDocument", allow, "SetAsDefault", "true"},
			},
			[][]string{{"SetDefaultPolicyVersion", "PolicyArn", arn, "VersionId", "v1"}},
		},
		{
			"AWS-managed",
			[][]string{{"AttachUserPolicy", "UserName", "alice", "PolicyArn", "arn:aws:iam::aws:policy/IAMFullAccess"}},
			[][]string{{"DetachUserPolicy", "UserName", "alice", "PolicyArn", "arn:aws:iam::aws:policy/IAMFullAccess"}},
		},
		{
			"of a group",
			[][]string{
				{"CreateGroup", "GroupName", "g"},
				{"AddUserToGroup", "GroupName", "g", "UserName", "alice"},
				{"PutGroupPolicy", "GroupName", "g", "PolicyName", "p", "PolicyDocument", allow},
			},
			[][]string{{"RemoveUserFromGroup", "GroupName", "g", "UserName", "alice"}},
		},
		{
			"attached to a group",
			[][]string{
				{"CreateGroup", "GroupName", "g"},
				{"AddUserToGroup", "GroupName", "g", "UserName", "alice"},
				{"AttachGroupPolicy", "GroupName", "g", "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"},
			},
			[][]string{{"DetachGroupPolicy", "GroupName", "g", "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"}},
		},
	}
	const users = "arn:aws:iam::123456789012:user/"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.want(users+notAllowed("ListUsers"), "ListUsers")
			for _, call := range tt.give {
				w.root(call[0], call[1:]...)
			}
			w.want("", "ListUsers")
			for _, call := range tt.take {
				w.root(call[0], call[1:]...)
			}
			w.want(users+notAllowed("ListUsers"), "ListUsers")
		})
	}
}

// TestBoundary shows that a permissions boundary allows nothing and limits everything.
func TestBoundary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	w.root("CreatePolicy", "PolicyName", "fence", "PolicyDocument", document(`{"Effect":"Allow","Action":"iam:Get*","Resource":"*"},`+
		`{"Effect":"Deny","Action":"iam:GetUser","Resource":"*"}`))
	const fence = "arn:aws:iam::123456789012:policy/fence"
	w.root("PutUserPermissionsBoundary", "UserName", "alice", "PermissionsBoundary", fence)
	w.want("", "GetAccountSummary")
	w.want("arn:aws:iam::123456789012:user/ because no permissions boundary allows the iam:ListUsers action", "ListUsers")
	w.want("user alice with an explicit deny in a permissions boundary", "GetUser", "UserName", "alice")
	w.root("DeleteUserPolicy", "UserName", "alice", "PolicyName", "all")
	w.want("*"+notAllowed("GetAccountSummary"), "GetAccountSummary")
	w.root("DeleteUserPermissionsBoundary", "UserName", "alice")
}

// TestResourceIsTheStoredOne shows that a Deny holds whatever spelling a request has, and wherever the user has moved.
func TestResourceIsTheStoredOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.root("CreateUser", "UserName", "Boss", "Path", "/admins/")
	w.root("CreateUser", "UserName", "clerk")
	w.put("p", `{"Effect":"Allow","Action":"iam:*","Resource":"*"},`+
		`{"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::123456789012:user/admins/*"}`)
	for _, name := range []string{"Boss", "boss", "BOSS"} {
		w.want("user "+name+denied, "CreateAccessKey", "UserName", name)
		w.want("user "+name+denied, "DeleteUser", "UserName", name)
	}
	w.want("", "GetUser", "UserName", "clerk")
	w.want("user clerk"+denied, "UpdateUser", "UserName", "clerk", "NewPath", "/admins/")
	w.root("UpdateUser", "UserName", "clerk", "NewPath", "/admins/")
	w.want("user clerk"+denied, "GetUser", "UserName", "clerk")
}

// TestSelfManagement shows the pattern of AWS's documentation: a user on itself, by a policy variable.
func TestSelfManagement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AddUser("bob")
	w.put("self", `{"Effect":"Allow","Action":["iam:*AccessKey*","iam:GetUser"],"Resource":"arn:aws:iam::*:user/${aws:username}"}`)
	w.want("", "CreateAccessKey", "UserName", "alice")
	w.want("", "CreateAccessKey")
	w.want("", "GetUser")
	w.want("user bob"+notAllowed("CreateAccessKey"), "CreateAccessKey", "UserName", "bob")
	w.want("user nobody"+notAllowed("GetUser"), "GetUser", "UserName", "nobody") // not NoSuchEntity: whether it exists is not said
}

// TestTags shows the four places tags come from: the request, its keys, the resource, the caller.
func TestTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const tag1, value1 = "Tags.member.1.Key", "Tags.member.1.Value"
	w.root("TagUser", "UserName", "alice", tag1, "Team", value1, "red")
	w.root("CreateUser", "UserName", "mate", tag1, "team", value1, "red")
	w.root("CreateUser", "UserName", "rival", tag1, "team", value1, "blue")
	w.put("p", `{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/Team":"${aws:PrincipalTag/TEAM}"}}},`+
		`{"Effect":"Allow","Action":["iam:CreateUser","iam:TagUser"],"Resource":"*","Condition":{`+
		`"StringEquals":{"aws:RequestTag/Team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}}}`)
	w.want("", "GetUser", "UserName", "mate")
	w.want("user rival"+notAllowed("GetUser"), "GetUser", "UserName", "rival")
	w.want("", "CreateUser", "UserName", "new", tag1, "Team", value1, "red")
	const newer = "arn:aws:iam::123456789012:user/newer"
	w.want(newer+notAllowed("CreateUser"), "CreateUser", "UserName", "newer", tag1, "Team", value1, "blue")
	w.want(newer+notAllowed("CreateUser"), "CreateUser", "UserName", "newer")
	w.want(newer+notAllowed("CreateUser"), "CreateUser", "UserName", "newer", tag1, "Team", value1, "red",
		"Tags.member.2.Key", "Cost", "Tags.member.2.Value", "1")
}

// TestTagsThatDifferInCase shows that of two tags which a condition cannot tell apart neither hides behind the other.
func TestTagsThatDifferInCase(t *testing.T) {
	t.Parallel()
	const serial = "arn:aws:iam::123456789012:mfa/d"
	red, blue := []string{"Team", "red"}, []string{"team", "blue"}
	for name, tags := range map[string][2][]string{"red first": {red, blue}, "blue first": {blue, red}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put("p", `{"Effect":"Allow","Action":["iam:TagMFADevice","iam:ListMFADeviceTags"],"Resource":"*","Condition":{`+
				`"StringEqualsIfExists":{"aws:RequestTag/Team":"red","aws:ResourceTag/Team":"red"}}}`)
			both := []string{
				"SerialNumber", serial, "Tags.member.1.Key", tags[0][0], "Tags.member.1.Value", tags[0][1],
				"Tags.member.2.Key", tags[1][0], "Tags.member.2.Value", tags[1][1],
			}
			w.root("CreateVirtualMFADevice", "VirtualMFADeviceName", "d")
			w.want(serial+notAllowed("TagMFADevice"), "TagMFADevice", both...)
			w.want("", "TagMFADevice", "SerialNumber", serial, "Tags.member.1.Key", "Team", "Tags.member.1.Value", "red")
			w.want("", "ListMFADeviceTags", "SerialNumber", serial)
			w.root("TagMFADevice", both...)
			w.want(serial+notAllowed("ListMFADeviceTags"), "ListMFADeviceTags", "SerialNumber", serial)
		})
	}
}

// TestCreationIsWhereItSays shows that what is created is judged by the path it will have, whatever has its name already.
func TestCreationIsWhereItSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	w.root("CreatePolicy", "PolicyName", "p", "Path", "/mine/", "PolicyDocument", document)
	w.put("p", `{"Effect":"Allow","Action":"iam:CreatePolicy","Resource":"arn:aws:iam::123456789012:policy/mine/*"}`)
	w.want("policy p"+notAllowed("CreatePolicy"), "CreatePolicy", "PolicyName", "p", "Path", "/admins/", "PolicyDocument", document)
	w.want("", "CreatePolicy", "PolicyName", "q", "Path", "/mine/", "PolicyDocument", document)
}

// TestTaggingAtCreation shows that creating with tags needs the permission to tag, too.
func TestTaggingAtCreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("p", `{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*"}`)
	w.want("", "CreateUser", "UserName", "plain")
	status, body := w.Call(w.alice, "iam", "CreateUser", "UserName", "tagged", "Tags.member.1.Key", "a", "Tags.member.1.Value", "b")
	if status != http.StatusForbidden || !strings.Contains(body, "iam:TagUser on resource: arn:aws:iam::123456789012:user/tagged") {
		t.Errorf("got %d %s", status, body)
	}
	w.root("GetUser", "UserName", "plain")
	if status, _ := w.Call(testenv.Root, "iam", "GetUser", "UserName", "tagged"); status != http.StatusNotFound {
		t.Errorf("the user was made")
	}
}

// TestSessionTokenAsksNoPolicy holds that no policy can stop GetSessionToken and GetCallerIdentity (spec section 3.3).
func TestSessionTokenAsksNoPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("p", `{"Effect":"Deny","Action":"*","Resource":"*"}`)
	for _, action := range []string{"GetSessionToken", "GetCallerIdentity"} {
		if status, body := w.Call(w.alice, "sts", action); status != http.StatusOK {
			t.Errorf("%s: %d %s", action, status, body)
		}
	}
	status, body := w.Call(w.alice, "sts", "GetAccessKeyInfo", "AccessKeyId", w.alice.AccessKeyID)
	if status != http.StatusForbidden || !strings.Contains(body, "sts:GetAccessKeyInfo with an explicit deny in an identity-based policy") {
		t.Errorf("GetAccessKeyInfo: %d %s", status, body)
	}
}

// TestUnreadablePolicyAllowsNothing shows that a policy that can't be understood is never skipped: it may hold a Deny.
func TestUnreadablePolicyAllowsNothing(t *testing.T) {
	t.Parallel()
	faults := map[string]func(context.Context, *store.Tx, string) error{
		"malformed inline policy": func(ctx context.Context, tx *store.Tx, id string) error {
			return tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: id, PolicyName: "x", Document: `{"Version":"2012-10-17"}`})
		},
		"attached policy that is gone": func(ctx context.Context, tx *store.Tx, id string) error {
			return tx.AttachPolicy(ctx, store.AttachPolicyParams{
				EntityID: id, AccountID: testenv.AccountID, PolicyARN: aws.IAMARN(testenv.AccountID, "policy", "/", "gone"),
			})
		},
		"boundary that is gone": func(ctx context.Context, tx *store.Tx, id string) error {
			_, err := tx.SetUserBoundary(ctx, store.SetUserBoundaryParams{
				UserID: id, BoundaryARN: aws.IAMARN(testenv.AccountID, "policy", "/", "gone"),
			})
			return err
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put("all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)
			w.want("", "ListUsers")
			ctx := t.Context()
			if err := w.Store.Update(ctx, func(tx *store.Tx) error {
				user, err := tx.UserByName(ctx, store.UserByNameParams{AccountID: testenv.AccountID, NameKey: "alice"})
				if err != nil {
					return err
				}
				return fault(ctx, tx, user.UserID)
			}); err != nil {
				t.Fatal(err)
			}
			w.Now = w.Now.Add(2_000_000_000) // another process's change is seen within a second
			if status, body := w.Call(w.alice, "iam", "ListUsers"); status != http.StatusInternalServerError {
				t.Errorf("got %d %s", status, body)
			}
		})
	}
}
