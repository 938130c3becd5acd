package iam

import (
	"context"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/query"
)

// Whatever the database says when it fails, the client learns nothing of it.
func TestInternalFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root, user := w.root(account), w.as(alice)
	for name, got := range map[string]string{
		"CreateUser":                    answer(w.CreateUser(ctx, root, &CreateUserInput{UserName: "x"})),
		"GetUser":                       answer(w.GetUser(ctx, root, &GetUserInput{})),
		"ListUsers":                     answer(w.ListUsers(ctx, root, &ListUsersInput{})),
		"DeleteUser":                    answer(w.DeleteUser(ctx, root, &DeleteUserInput{UserName: "alice"})),
		"CreateAccessKey":               answer(w.CreateAccessKey(ctx, root, &CreateAccessKeyInput{})),
		"ListAccessKeys":                answer(w.ListAccessKeys(ctx, user, &ListAccessKeysInput{})),
		"UpdateAccessKey":               answer(w.UpdateAccessKey(ctx, root, &UpdateAccessKeyInput{Status: "Active"})),
		"DeleteAccessKey":               answer(w.DeleteAccessKey(ctx, root, &DeleteAccessKeyInput{})),
		"GetAccessKeyLastUsed":          answer(w.GetAccessKeyLastUsed(ctx, root, &GetAccessKeyLastUsedInput{})),
		"CreateVirtualMFADevice":        answer(w.CreateVirtualMFADevice(ctx, root, &CreateVirtualMFADeviceInput{VirtualMFADeviceName: "x"})),
		"EnableMFADevice":               answer(w.EnableMFADevice(ctx, root, &EnableMFADeviceInput{UserName: "alice"})),
		"ResyncMFADevice":               answer(w.ResyncMFADevice(ctx, root, &ResyncMFADeviceInput{UserName: "alice"})),
		"DeactivateMFADevice":           answer(w.DeactivateMFADevice(ctx, user, &DeactivateMFADeviceInput{})),
		"DeleteVirtualMFADevice":        answer(w.DeleteVirtualMFADevice(ctx, root, &DeleteVirtualMFADeviceInput{})),
		"ListMFADevices":                answer(w.ListMFADevices(ctx, user, &ListMFADevicesInput{})),
		"ListVirtualMFADevices":         answer(w.ListVirtualMFADevices(ctx, root, &ListVirtualMFADevicesInput{})),
		"GetMFADevice":                  answer(w.GetMFADevice(ctx, root, &GetMFADeviceInput{})),
		"UpdateUser":                    answer(w.UpdateUser(ctx, root, &UpdateUserInput{UserName: "alice"})),
		"TagUser":                       answer(w.TagUser(ctx, root, &TagUserInput{UserName: "alice"})),
		"UntagUser":                     answer(w.UntagUser(ctx, root, &UntagUserInput{UserName: "alice"})),
		"ListUserTags":                  answer(w.ListUserTags(ctx, root, &ListUserTagsInput{UserName: "alice"})),
		"PutUserPermissionsBoundary":    answer(w.PutUserPermissionsBoundary(ctx, root, &PutUserPermissionsBoundaryInput{UserName: "alice"})),
		"DeleteUserPermissionsBoundary": answer(w.DeleteUserPermissionsBoundary(ctx, root, &DeleteUserPermissionsBoundaryInput{UserName: "alice"})),
		"CreateGroup":                   answer(w.CreateGroup(ctx, root, &CreateGroupInput{GroupName: "x"})),
		"GetGroup":                      answer(w.GetGroup(ctx, root, &GetGroupInput{GroupName: "x"})),
		"ListGroups":                    answer(w.ListGroups(ctx, root, &ListGroupsInput{})),
		"ListGroupsForUser":             answer(w.ListGroupsForUser(ctx, root, &ListGroupsForUserInput{UserName: "alice"})),
		"UpdateGroup":                   answer(w.UpdateGroup(ctx, root, &UpdateGroupInput{GroupName: "x"})),
		"DeleteGroup":                   answer(w.DeleteGroup(ctx, root, &DeleteGroupInput{GroupName: "x"})),
		"AddUserToGroup":                answer(w.AddUserToGroup(ctx, root, &AddUserToGroupInput{GroupName: "x", UserName: "alice"})),
		"RemoveUserFromGroup":           answer(w.RemoveUserFromGroup(ctx, root, &RemoveUserFromGroupInput{GroupName: "x", UserName: "alice"})),
		"TagMFADevice":                  answer(w.TagMFADevice(ctx, root, &TagMFADeviceInput{})),
		"UntagMFADevice":                answer(w.UntagMFADevice(ctx, root, &UntagMFADeviceInput{})),
		"ListMFADeviceTags":             answer(w.ListMFADeviceTags(ctx, root, &ListMFADeviceTagsInput{})),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, got, "500 InternalFailure: An internal error has occurred.")
		})
	}
}

// The sentences that IAM uses in place of a pattern's text (aws-iam section 1.1).
func TestInvalidParameters(t *testing.T) {
	t.Parallel()
	const one = "400 ValidationError: 1 validation error detected: "
	const badName = " is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
	for _, test := range []struct {
		in         any
		name, form string
		want       string
	}{
		{&CreateUserInput{}, "good", "UserName=a%2Bb&Path=/x/&Tags.member.1.Key=k&Tags.member.1.Value=", "ok"},
		{&CreateUserInput{}, "no name", "Path=/", one + "Value at 'userName' failed to satisfy constraint: Member must not be null"},
		{&CreateUserInput{}, "bad name", "UserName=a/b", "400 ValidationError: The specified value for userName" + badName},
		{
			&CreateUserInput{}, "bad path", "UserName=a&Path=x",
			"400 ValidationError: The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
		},
		{
			&CreateUserInput{}, "tag without a value", "UserName=a&Tags.member.1.Key=k",
			one + "Value at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
		},
		{
			&ListUsersInput{}, "bad prefix", "PathPrefix=x",
			"400 ValidationError: The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters.",
		},
		{&ListUsersInput{}, "no items", "MaxItems=0", one + "Value at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{&ListUsersInput{}, "empty marker", "Marker=", "400 ValidationError: 2 validation errors detected: " +
			`Value at 'marker' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0020-\u00FF]+; ` +
			"Value at 'marker' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{
			&UntagUserInput{}, "bad tag key", "UserName=a&TagKeys.member.1=a&TagKeys.member.2=%23",
			one + "Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, " +
				"Member must have length greater than or equal to 1, " +
				`Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]`,
		},
		{
			&UpdateGroupInput{}, "bad new name", "GroupName=a&NewGroupName=a/b",
			"400 ValidationError: The specified value for newGroupName" + badName,
		},
		{
			&CreateGroupInput{}, "long name", "GroupName=" + strings.Repeat("x", 129),
			one + "Value at 'groupName' failed to satisfy constraint: Member must have length less than or equal to 128",
		},
		{
			&DeleteAccessKeyInput{}, "bad key", "AccessKeyId=AKIA-AAAA-AAAA-AAAA",
			"400 ValidationError: The specified value for accessKeyId is invalid. It must contain only alphanumeric characters.",
		},
		{
			&UpdateAccessKeyInput{}, "bad status", "AccessKeyId=AKIAIOSFODNN7EXAMPLE&Status=active",
			one + "Value at 'status' failed to satisfy constraint: Member must satisfy enum value set",
		},
		{&CreateVirtualMFADeviceInput{}, "bad device name", "VirtualMFADeviceName=a/b", "400 ValidationError: The specified value for virtualMFADeviceName" + badName},
		{
			&EnableMFADeviceInput{}, "bad code", "UserName=a&SerialNumber=GAHT12345678&AuthenticationCode1=12345x&AuthenticationCode2=123456",
			one + `Value at 'authenticationCode1' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]+`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			parameters, err := query.Parse(test.form, nil)
			if err == nil {
				err = query.Decode(parameters, test.in, query.IAM)
			}
			check(t, verdict(err), test.want)
		})
	}
}
