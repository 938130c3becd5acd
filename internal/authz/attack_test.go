package authz_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

const tag1, value1, tag2, value2 = "Tags.member.1.Key", "Tags.member.1.Value", "Tags.member.2.Key", "Tags.member.2.Value"

// refused holds that an action of alice's is refused with AccessDenied.
func (w *world) refused(action string, parameters ...string) {
	w.t.Helper()
	status, body := w.Call(w.alice, "iam", action, parameters...)
	if status != http.StatusForbidden || !strings.Contains(body, "<Code>AccessDenied</Code>") {
		w.t.Errorf("%s %v: got %d %s", action, parameters, status, body)
	}
}

// TestNoTagsByUniqueID shows that a serial number which is the unique id of something else brings no tags into a request:
// its conditions would tell what they are, in another account too.
func TestNoTagsByUniqueID(t *testing.T) {
	t.Parallel()
	const other, userID, token = "210987654321", "AIDAOTHEROTHEROTHER12", "GAHT12345678"
	w := newWorld(t)
	ctx := context.Background()
	at := store.Time{Time: w.Now}
	if err := w.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: other, CreatedAt: at}); err != nil {
			return err
		}
		err := tx.InsertUser(ctx, store.InsertUserParams{
			UserID: userID, AccountID: other, Path: "/", UserName: "bob", NameKey: "bob", CreatedAt: at,
		})
		if err != nil {
			return err
		}
		err = tx.InsertMFADevice(ctx, store.MFADevice{
			SerialNumber: token, AccountID: other, Kind: store.Hardware, Algorithm: store.TOTP, Path: "/",
			DeviceName: token, NameKey: token, CreatedAt: at,
		}, []byte("12345678901234567890"))
		if err != nil {
			return err
		}
		for _, id := range []string{userID, token} {
			if err := tx.InsertTag(ctx, store.InsertTagParams{ResourceID: id, TagKey: "team", TagValue: "red"}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.put("p", `{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}}`)
	for _, serial := range []string{userID, token} {
		w.refused("ListMFADeviceTags", "SerialNumber", serial)
	}
}

// TestTagsThatDifferInCaseTogether shows that a Deny on two tags finds them in every combination that they can be read in.
func TestTagsThatDifferInCaseTogether(t *testing.T) {
	t.Parallel()
	const serial = "arn:aws:iam::123456789012:mfa/d"
	w := newWorld(t)
	w.put("p", `{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Effect":"Deny","Action":"iam:ListMFADeviceTags","Resource":"*",`+
		`"Condition":{"StringEquals":{"aws:ResourceTag/Env":"prod","aws:ResourceTag/Owner":"security"}}}`)
	w.root("CreateVirtualMFADevice", "VirtualMFADeviceName", "d", tag1, "Env", value1, "prod", tag2, "Owner", value2, "security")
	w.want(serial+denied, "ListMFADeviceTags", "SerialNumber", serial)
	w.root("TagMFADevice", "SerialNumber", serial, tag1, "ENV", value1, "x", tag2, "owner", value2, "x")
	w.want(serial+denied, "ListMFADeviceTags", "SerialNumber", serial)

	// Six such pairs have 64 combinations, each of which is asked about. More are only root's business.
	w.root("UntagMFADevice", "SerialNumber", serial, "TagKeys.member.1", "Owner", "TagKeys.member.2", "Env")
	for _, key := range []string{"Env", "Owner", "a", "A", "b", "B", "c", "C", "d", "D"} {
		w.want("", "ListMFADeviceTags", "SerialNumber", serial)
		w.root("TagMFADevice", "SerialNumber", serial, tag1, key, value1, "x")
	}
	w.want("", "ListMFADeviceTags", "SerialNumber", serial)
	w.root("TagMFADevice", "SerialNumber", serial, tag1, "e", value1, "x", tag2, "E", value2, "x")
	w.want(serial+notAllowed("ListMFADeviceTags"), "ListMFADeviceTags", "SerialNumber", serial)
	w.root("UntagMFADevice", "SerialNumber", serial, "TagKeys.member.1", "e")
	w.want("", "ListMFADeviceTags", "SerialNumber", serial)
}

// TestOwnPasswordOnAnyPath shows that what a path may hold does no harm to a user whom the password policy lets change the
// own password, and grants nothing beyond.
func TestOwnPasswordOnAnyPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.root("UpdateAccountPasswordPolicy", "AllowUsersToChangePassword", "true", "MinimumPasswordLength", "8")
	for _, path := range []string{`/"/`, `/\/`, `/${aws:username}/`, `/${/`, `/a:b:c/`, `/*/`, `/?/`, `/},{/`} {
		w.root("UpdateUser", "UserName", "alice", "NewPath", path)
		w.refused("ListUsers")
		status, body := w.Call(w.alice, "iam", "ChangePassword", "OldPassword", "not the old one", "NewPassword", "Sesame-open-1")
		if status >= http.StatusInternalServerError || strings.Contains(body, "not authorized") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// TestRequestedRegionOfIAM shows that who signs for another region does not move IAM there: its one region is us-east-1.
func TestRequestedRegionOfIAM(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("p", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}`)
	form := "Action=ListUsers&Version=2010-05-08"
	r := w.Request(w.alice, "iam", form)
	r.Header.Del("Authorization")
	w.signFor(r, "eu-west-1", form)
	response, body := w.Do(r)
	if response.StatusCode != http.StatusForbidden || !strings.Contains(body, "<Code>AccessDenied</Code>") {
		t.Errorf("got %d %s", response.StatusCode, body)
	}
}

// TestDelegatedAdministrator is the pattern of AWS's documentation for those who may make users, but only within a
// permissions boundary, and who must not get out of it themselves.
func TestDelegatedAdministrator(t *testing.T) {
	t.Parallel()
	const (
		arn   = "arn:aws:iam::123456789012:"
		fence = arn + "policy/XCompanyBoundaries"
		own   = arn + "policy/DelegatedUserBoundary"
		admin = "arn:aws:iam::aws:policy/AdministratorAccess"
	)
	all := document(`{"Effect":"Allow","Action":"*","Resource":"*"}`)
	w := newWorld(t)
	w.root("CreatePolicy", "PolicyName", "XCompanyBoundaries", "PolicyDocument", document(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
	w.root("CreatePolicy", "PolicyName", "DelegatedUserBoundary", "PolicyDocument", document(
		`{"Sid":"CreateOrChangeOnlyWithBoundary","Effect":"Allow","Action":["iam:AttachUserPolicy","iam:CreateUser","iam:DeleteUserPolicy",`+
			`"iam:DetachUserPolicy","iam:PutUserPermissionsBoundary","iam:PutUserPolicy"],"Resource":"*",`+
			`"Condition":{"StringEquals":{"iam:PermissionsBoundary":"`+fence+`"}}},`+
			`{"Sid":"CloudWatchAndOtherIAMTasks","Effect":"Allow","Action":["iam:CreateGroup","iam:CreateLoginProfile","iam:CreatePolicy",`+
			`"iam:DeletePolicy","iam:DeletePolicyVersion","iam:DeleteUser","iam:GetUser","iam:ListUsers","iam:AddUserToGroup","iam:PutGroupPolicy",`+
			`"iam:UpdateUser"],"NotResource":"`+arn+`user/alice"},`+
			`{"Sid":"NoBoundaryPolicyEdit","Effect":"Deny","Action":["iam:CreatePolicyVersion","iam:DeletePolicy","iam:DeletePolicyVersion",`+
			`"iam:SetDefaultPolicyVersion"],"Resource":["`+fence+`","`+own+`"]},`+
			`{"Sid":"NoBoundaryUserDelete","Effect":"Deny","Action":"iam:DeleteUserPermissionsBoundary","Resource":"*"}`))
	w.put("all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	w.root("PutUserPermissionsBoundary", "UserName", "alice", "PermissionsBoundary", own)
	w.root("CreateUser", "UserName", "loose")

	w.refused("CreateUser", "UserName", "x")
	w.refused("CreateUser", "UserName", "x", "PermissionsBoundary", own)
	w.refused("CreateUser", "UserName", "x", "PermissionsBoundary", strings.ToLower(fence))
	w.want("", "CreateUser", "UserName", "x", "PermissionsBoundary", fence)
	w.want("", "AttachUserPolicy", "UserName", "X", "PolicyArn", admin)
	w.want("", "PutUserPolicy", "UserName", "x", "PolicyName", "p", "PolicyDocument", all)
	w.refused("AttachUserPolicy", "UserName", "loose", "PolicyArn", admin)
	w.refused("AttachUserPolicy", "UserName", "loose", "PolicyArn", admin, "PermissionsBoundary", fence, "iam:PermissionsBoundary", fence)
	w.refused("AttachUserPolicy", "UserName", "nobody", "PolicyArn", admin)
	w.refused("AttachUserPolicy", "UserName", "alice", "PolicyArn", admin)
	w.refused("PutUserPolicy", "UserName", "alice", "PolicyName", "p", "PolicyDocument", all)
	w.refused("PutUserPermissionsBoundary", "UserName", "alice", "PermissionsBoundary", admin)
	w.refused("PutUserPermissionsBoundary", "UserName", "x", "PermissionsBoundary", admin)
	w.refused("DeleteUserPermissionsBoundary", "UserName", "x")
	w.refused("DeleteUserPermissionsBoundary", "UserName", "ALICE")
	for _, policy := range []string{own, fence, strings.ToLower(own), strings.Replace(own, "policy/", "policy/x/", 1)} {
		w.refused("CreatePolicyVersion", "PolicyArn", policy, "PolicyDocument", all, "SetAsDefault", "true")
		w.refused("SetDefaultPolicyVersion", "PolicyArn", policy, "VersionId", "v1")
		w.refused("DeletePolicy", "PolicyArn", policy)
	}
	// A group is no way around a boundary, and no rename is a way to somebody else's name.
	w.want("", "CreateGroup", "GroupName", "g")
	w.want("", "PutGroupPolicy", "GroupName", "g", "PolicyName", "p", "PolicyDocument", all)
	w.want("", "AddUserToGroup", "GroupName", "g", "UserName", "alice")
	w.refused("CreateAccessKey", "UserName", "loose")
	w.refused("UpdateUser", "UserName", "x", "NewUserName", "alice")
	w.refused("UpdateUser", "UserName", "alice", "NewUserName", "y")
}

// TestOthersCredentials shows that who may do everything to the own user reaches nobody else's keys and devices by it.
func TestOthersCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bobID, bob := w.AddUser("bob")
	w.AddMFADevice("bobs", bobID)
	w.AddMFADevice("free", "")
	w.put("self", `{"Effect":"Allow","Action":"iam:*","Resource":["arn:aws:iam::*:user/${aws:username}","arn:aws:iam::*:mfa/${aws:username}"]}`)
	serial, free := testenv.Serial("bobs"), testenv.Serial("free")
	codes := func(name string) []string {
		return []string{"AuthenticationCode1", w.Code(name, -1), "AuthenticationCode2", w.Code(name, 0)}
	}
	for _, self := range [][]string{nil, {"UserName", "alice"}} {
		for action, p := range map[string][]string{
			"UpdateAccessKey":     {"AccessKeyId", bob.AccessKeyID, "Status", "Inactive"},
			"DeleteAccessKey":     {"AccessKeyId", bob.AccessKeyID},
			"DeactivateMFADevice": {"SerialNumber", serial},
			"GetMFADevice":        {"SerialNumber", serial},
		} {
			status, body := w.Call(w.alice, "iam", action, append(p, self...)...)
			if status != http.StatusNotFound || !strings.Contains(body, "<Code>NoSuchEntity</Code>") {
				t.Errorf("%s %v: got %d %s", action, self, status, body)
			}
		}
	}
	for action, want := range map[string]string{"ResyncMFADevice": "NoSuchEntity", "EnableMFADevice": "EntityAlreadyExists"} {
		_, body := w.Call(w.alice, "iam", action, append(codes("bobs"), "UserName", "alice", "SerialNumber", serial)...)
		if !strings.Contains(body, "<Code>"+want+"</Code>") {
			t.Errorf("%s: %s", action, body)
		}
	}
	w.refused("GetAccessKeyLastUsed", "AccessKeyId", bob.AccessKeyID)
	w.refused("GetAccessKeyLastUsed", "AccessKeyId", testenv.Root.AccessKeyID)
	w.refused("GetAccessKeyLastUsed", "AccessKeyId", "AKIAIOSFODNN7EXAMPLE")
	w.refused("DeleteVirtualMFADevice", "SerialNumber", serial)
	w.refused("DeleteVirtualMFADevice", "SerialNumber", free)
	w.refused("TagMFADevice", "SerialNumber", free, tag1, "a", value1, "b")
	w.refused("DeactivateMFADevice", "SerialNumber", serial, "UserName", "bob")
	w.refused("SimulatePrincipalPolicy", "PolicySourceArn", aws.IAMARN(testenv.AccountID, "user", "/", "bob"), "ActionNames.member.1", "iam:GetUser")
	w.refused("GetContextKeysForPrincipalPolicy", "PolicySourceArn", aws.IAMARN(testenv.AccountID, "user", "/", "bob"))
	w.refused("GetContextKeysForPrincipalPolicy", "PolicySourceArn", aws.IAMARN(testenv.AccountID, "user", "/x/", "bob"))
	w.refused("ListPoliciesGrantingServiceAccess", "Arn", aws.IAMARN(testenv.AccountID, "user", "/", "BOB"), "ServiceNamespaces.member.1", "iam")
	if status, body := w.Call(bob, "sts", "GetCallerIdentity"); status != http.StatusOK {
		t.Errorf("bob's key: %d %s", status, body)
	}
}

// TestCallerIsGone shows that a user who is deleted while a request of its is under way is refused as one who was deleted
// before, and that this is no failure of the server's.
func TestCallerIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	call := aws.Call{Now: w.Now, Caller: aws.Caller{Principal: aws.Principal{
		Type: aws.UserPrincipal, AccountID: testenv.AccountID, ID: "AIDAGONEGONEGONEGONE1", Path: "/", Name: "alice",
	}}}
	err := authz.New(w.Store).Authorize(t.Context(), call, "iam:ListUsers", []aws.Permission{{Resource: aws.Resource{ARN: "*"}}})
	if refusal, ok := errors.AsType[*aws.Error](err); !ok || refusal.Code != aws.InvalidClientTokenID {
		t.Errorf("got %v", err)
	}
}

// signFor signs alice's request again, with another region in its scope.
func (w *world) signFor(r *http.Request, region, body string) {
	w.t.Helper()
	signer := sigv4.Signer{
		AccessKeyID: w.alice.AccessKeyID, SecretAccessKey: w.alice.SecretAccessKey, Region: region, Service: "iam",
	}
	signed := sigv4.Request{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header}
	if err := signer.Sign(&signed, w.Now, sigv4.PayloadOf([]byte(body))); err != nil {
		w.t.Fatal(err)
	}
}

// TestTagByAnotherSpelling shows that a Deny on the key of a tag holds in whatever case a request names it: the tags of users
// are the same in any.
func TestTagByAnotherSpelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.root("CreateUser", "UserName", "bob", "Tags.member.1.Key", "protected", "Tags.member.1.Value", "yes")
	w.put("p", `{"Effect":"Allow","Action":"iam:*","Resource":"*"},`+
		`{"Effect":"Deny","Action":["iam:TagUser","iam:UntagUser"],"Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"protected"}}}`)
	for _, key := range []string{"protected", "PROTECTED", "Protected"} {
		w.want("user bob"+denied, "UntagUser", "UserName", "bob", "TagKeys.member.1", "other", "TagKeys.member.2", key)
		w.want("user bob"+denied, "TagUser", "UserName", "bob", "Tags.member.1.Key", key, "Tags.member.1.Value", "no")
	}
	w.want("", "UntagUser", "UserName", "bob", "TagKeys.member.1", "other")
	if body := w.root("ListUserTags", "UserName", "bob"); !strings.Contains(body, "<Value>yes</Value>") {
		t.Errorf("the tag was changed: %s", body)
	}
}
