package iam

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
)

// What each action of users, groups, access keys and MFA devices is authorised on (aws-iam section 16).
func TestPermissions(t *testing.T) {
	t.Parallel()
	alice := aws.Call{Caller: aws.Caller{Principal: aws.Principal{
		Type: aws.UserPrincipal, AccountID: account, ID: "AIDAALICE", Path: "/team/", Name: "Alice",
	}}}
	root := aws.Call{Caller: aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: account, ID: account}}}
	const iam = "arn:aws:iam::111111111111:"
	const mfaARN = iam + "mfa/p/phone"
	self := aws.Resource{ARN: iam + "user/team/Alice", Text: "user nullAlice", Type: aws.UserResource, Name: "Alice"}
	named := func(kind aws.ResourceType, name string) aws.Resource {
		return aws.Resource{ARN: iam + string(kind) + "/" + name, Text: string(kind) + " " + name, Type: kind, Name: name}
	}
	device := aws.Resource{ARN: mfaARN, Text: mfaARN, Type: aws.ARNResource}
	arn := func(arn string) aws.Resource { return aws.Resource{ARN: arn, Text: arn} }
	tagging := map[string][]string{"aws:requesttag/a": {"1"}, "aws:requesttag/b": {""}, "aws:tagkeys": {"A", "b"}}
	bounded := map[string][]string{"iam:permissionsboundary": {boundaryARN}}
	untagging := map[string][]string{"aws:tagkeys": {"A", "b"}}
	renamed := func(r aws.Resource, arn, text, path, name string) aws.Resource {
		r.ARN, r.Text, r.NewPath, r.NewName = iam+arn, text, path, name
		return r
	}
	type in interface {
		Permissions(call aws.Call) []aws.Permission
	}
	one := func(r aws.Resource) []aws.Permission { return []aws.Permission{{Resource: r}} }
	given := func(r aws.Resource, context map[string][]string) []aws.Permission {
		return []aws.Permission{{Resource: r, Context: context}}
	}
	withTagging := func(r aws.Resource, action string) []aws.Permission {
		return []aws.Permission{{Resource: r, Context: tagging}, {Action: action, Resource: r, Context: tagging}}
	}
	for _, test := range []struct {
		name string
		call aws.Call
		in   in
		want []aws.Permission
	}{
		{"create user", root, &CreateUserInput{UserName: "Bob"}, one(arn(iam + "user/Bob"))},
		{"create user with a path", root, &CreateUserInput{UserName: "Bob", Path: "/x/"}, one(arn(iam + "user/x/Bob"))},
		{"create user with a boundary", root, &CreateUserInput{UserName: "Bob", PermissionsBoundary: boundaryARN}, given(arn(iam+"user/Bob"), bounded)},
		{"create user with tags", root, &CreateUserInput{UserName: "Bob", Tags: tags("A=1 b=")}, withTagging(arn(iam+"user/Bob"), "iam:TagUser")},
		{"list users", alice, &ListUsersInput{}, one(aws.Resource{ARN: "*", Text: iam + "user/"})},
		{"get another user", alice, &GetUserInput{UserName: "Bob"}, one(named("user", "Bob"))},
		{"get oneself by name", alice, &GetUserInput{UserName: "alice"}, one(named("user", "alice"))},
		{"get oneself", alice, &GetUserInput{}, one(self)},
		{"get root", root, &GetUserInput{}, one(arn(iam + "root"))},
		{"delete user", root, &DeleteUserInput{UserName: "Bob"}, one(named("user", "Bob"))},
		{
			"rename user", root, &UpdateUserInput{UserName: "Bob", NewUserName: "Rob"},
			append(one(named("user", "Bob")), one(renamed(named("user", "Bob"), "user/Rob", "user Rob", "", "Rob"))...),
		},
		{
			"move user", root, &UpdateUserInput{UserName: "Bob", NewPath: "/x/"},
			append(one(named("user", "Bob")), one(renamed(named("user", "Bob"), "user/x/Bob", "user Bob", "/x/", ""))...),
		},
		{"tag user", root, &TagUserInput{UserName: "Bob", Tags: tags("A=1 b=")}, given(named("user", "Bob"), tagging)},
		{"tag user with nothing", root, &TagUserInput{UserName: "Bob"}, one(named("user", "Bob"))},
		{"untag user", root, &UntagUserInput{UserName: "Bob", TagKeys: []string{"A", "b"}}, given(named("user", "Bob"), untagging)},
		{"untag user of nothing", root, &UntagUserInput{UserName: "Bob"}, one(named("user", "Bob"))},
		{"list tags of user", root, &ListUserTagsInput{UserName: "Bob"}, one(named("user", "Bob"))},
		{"put boundary", root, &PutUserPermissionsBoundaryInput{UserName: "Bob", PermissionsBoundary: boundaryARN}, given(named("user", "Bob"), bounded)},
		{"delete boundary", root, &DeleteUserPermissionsBoundaryInput{UserName: "Bob"}, one(named("user", "Bob"))},

		{"create group", root, &CreateGroupInput{GroupName: "Ops"}, one(arn(iam + "group/Ops"))},
		{"create group with a path", root, &CreateGroupInput{GroupName: "Ops", Path: "/x/"}, one(arn(iam + "group/x/Ops"))},
		{"get group", root, &GetGroupInput{GroupName: "Ops"}, one(named("group", "Ops"))},
		{"list groups", root, &ListGroupsInput{}, one(aws.Resource{ARN: "*", Text: iam + "group/"})},
		{"list groups of user", root, &ListGroupsForUserInput{UserName: "Bob"}, one(named("user", "Bob"))},
		{
			"rename group", root, &UpdateGroupInput{GroupName: "Ops", NewPath: "/x/", NewGroupName: "Dev"},
			append(one(named("group", "Ops")), one(renamed(named("group", "Ops"), "group/x/Dev", "group Dev", "/x/", "Dev"))...),
		},
		{"delete group", root, &DeleteGroupInput{GroupName: "Ops"}, one(named("group", "Ops"))},
		{"add to group", root, &AddUserToGroupInput{GroupName: "Ops", UserName: "Bob"}, one(named("group", "Ops"))},
		{"remove from group", root, &RemoveUserFromGroupInput{GroupName: "Ops", UserName: "Bob"}, one(named("group", "Ops"))},

		{"create key", alice, &CreateAccessKeyInput{}, one(self)},
		{"list keys", alice, &ListAccessKeysInput{}, one(self)},
		{"update key", alice, &UpdateAccessKeyInput{}, one(self)},
		{"delete key", alice, &DeleteAccessKeyInput{}, one(self)},
		{
			"last use of a key", alice, &GetAccessKeyLastUsedInput{AccessKeyId: "AKIAIOSFODNN7EXAMPLE"},
			one(aws.Resource{
				ARN: iam + "user/*", Text: "access key AKIAIOSFODNN7EXAMPLE", Type: aws.AccessKeyResource, Name: "AKIAIOSFODNN7EXAMPLE",
			}),
		},

		{"create device", alice, &CreateVirtualMFADeviceInput{Path: "/p/", VirtualMFADeviceName: "phone"}, one(arn(mfaARN))},
		{
			"create device with tags", alice, &CreateVirtualMFADeviceInput{Path: "/p/", VirtualMFADeviceName: "phone", Tags: tags("A=1 b=")},
			withTagging(arn(mfaARN), "iam:TagMFADevice"),
		},
		{"delete device", alice, &DeleteVirtualMFADeviceInput{SerialNumber: mfaARN}, one(device)},
		{"enable device", alice, &EnableMFADeviceInput{UserName: "ALICE"}, one(named("user", "ALICE"))},
		{"resync device", alice, &ResyncMFADeviceInput{UserName: "Alice"}, one(named("user", "Alice"))},
		{"deactivate device", alice, &DeactivateMFADeviceInput{SerialNumber: mfaARN}, one(self)},
		{"list devices", alice, &ListMFADevicesInput{}, one(self)},
		{"get device", alice, &GetMFADeviceInput{SerialNumber: mfaARN}, one(self)},
		{"list virtual devices", alice, &ListVirtualMFADevicesInput{}, one(aws.Resource{ARN: "*", Text: iam + "mfa/"})},
		{"tag device", alice, &TagMFADeviceInput{SerialNumber: mfaARN, Tags: tags("A=1 b=")}, given(device, tagging)},
		{"untag device", alice, &UntagMFADeviceInput{SerialNumber: mfaARN, TagKeys: []string{"A", "b"}}, given(device, untagging)},
		{"list tags of device", alice, &ListMFADeviceTagsInput{SerialNumber: mfaARN}, one(device)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, test.in.Permissions(test.call)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
