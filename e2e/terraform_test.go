package e2e

import (
	"errors"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// The tests below make the calls that Terraform's AWS provider makes for its IAM resources: create and read back, read
// again without a difference, update, delete what hangs on it, delete. The provider itself wants terraform and the
// network; it calls through the same SDK.

const (
	readPolicy  = `{"Version":"2012-10-17","Statement":[{"Action":"s3:Get*","Effect":"Allow","Resource":"*"}]}`
	writePolicy = `{"Version":"2012-10-17","Statement":[{"Action":"s3:Put*","Effect":"Allow","Resource":"*"}]}`
	trustRoot   = `{"Version":"2012-10-17","Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + accountID + `:root"}}]}`
	boundaryARN = "arn:aws:iam::aws:policy/PowerUserAccess"
)

// stack is what a provider works with.
type stack struct {
	t *testing.T
	*iam.Client
}

func newStack(t *testing.T) stack {
	t.Helper()
	s := start(t, config{})
	return stack{t, s.iam(s.root)}
}

// done takes the results of a call that must succeed.
func done[T any](answer T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// gone checks that a read finds nothing, by the SDK's own type.
func gone[T any](_ T, err error) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		if _, ok := errors.AsType[*types.NoSuchEntityException](err); !ok {
			t.Errorf("error is %v, want the SDK's NoSuchEntityException", err)
		}
	}
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %q, want %q", what, got, want)
	}
}

func tag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

func sameTags(t *testing.T, got []types.Tag, want ...types.Tag) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d tags, want %d", len(got), len(want))
		return
	}
	for i := range got {
		same(t, "tag", *got[i].Key+"="+*got[i].Value, *want[i].Key+"="+*want[i].Value)
	}
}

func TestTerraformUser(t *testing.T) {
	t.Parallel()
	tf, ctx := newStack(t), t.Context()
	name, renamed := aws.String("alice"), aws.String("alicia")
	done(tf.CreateUser(ctx, &iam.CreateUserInput{
		UserName: name, Path: aws.String("/system/"), PermissionsBoundary: aws.String(boundaryARN), Tags: []types.Tag{tag("team", "red")},
	}))(t)
	for range 2 {
		user := done(tf.GetUser(ctx, &iam.GetUserInput{UserName: name}))(t).User
		same(t, "Arn", *user.Arn, "arn:aws:iam::"+accountID+":user/system/alice")
		same(t, "boundary", *user.PermissionsBoundary.PermissionsBoundaryArn, boundaryARN)
		sameTags(t, user.Tags, tag("team", "red"))
	}

	done(tf.UpdateUser(ctx, &iam.UpdateUserInput{UserName: name, NewUserName: renamed, NewPath: aws.String("/")}))(t)
	done(tf.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: renamed}))(t)
	done(tf.UntagUser(ctx, &iam.UntagUserInput{UserName: renamed, TagKeys: []string{"team"}}))(t)
	done(tf.TagUser(ctx, &iam.TagUserInput{UserName: renamed, Tags: []types.Tag{tag("owner", "ops")}}))(t)
	user := done(tf.GetUser(ctx, &iam.GetUserInput{UserName: renamed}))(t).User
	same(t, "Arn", *user.Arn, "arn:aws:iam::"+accountID+":user/alicia")
	if user.PermissionsBoundary != nil {
		t.Errorf("the boundary is still %s", *user.PermissionsBoundary.PermissionsBoundaryArn)
	}
	sameTags(t, user.Tags, tag("owner", "ops"))
	gone(tf.GetUser(ctx, &iam.GetUserInput{UserName: name}))(t)

	// force_destroy
	done(tf.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: renamed}))(t)
	done(tf.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g")}))(t)
	done(tf.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("g"), UserName: renamed}))(t)
	_, err := tf.DeleteUser(ctx, &iam.DeleteUserInput{UserName: renamed})
	if _, ok := errors.AsType[*types.DeleteConflictException](err); !ok {
		t.Errorf("error is %v, want the SDK's DeleteConflictException", err)
	}
	for _, group := range done(tf.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: renamed}))(t).Groups {
		done(tf.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: group.GroupName, UserName: renamed}))(t)
	}
	for _, key := range done(tf.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: renamed}))(t).AccessKeyMetadata {
		done(tf.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: renamed, AccessKeyId: key.AccessKeyId}))(t)
	}
	done(tf.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: renamed}))(t)
	done(tf.ListVirtualMFADevices(ctx, &iam.ListVirtualMFADevicesInput{AssignmentStatus: types.AssignmentStatusTypeAssigned}))(t)
	gone(tf.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: renamed}))(t)
	done(tf.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: renamed}))(t)
	done(tf.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: renamed}))(t)
	done(tf.DeleteUser(ctx, &iam.DeleteUserInput{UserName: renamed}))(t)
	gone(tf.GetUser(ctx, &iam.GetUserInput{UserName: renamed}))(t)
}

func TestTerraformAccessKey(t *testing.T) {
	t.Parallel()
	tf, ctx := newStack(t), t.Context()
	name := aws.String("alice")
	done(tf.CreateUser(ctx, &iam.CreateUserInput{UserName: name}))(t)
	id := done(tf.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name}))(t).AccessKey.AccessKeyId
	for _, status := range []types.StatusType{types.StatusTypeActive, types.StatusTypeInactive} {
		done(tf.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: name, AccessKeyId: id, Status: status}))(t)
		keys := done(tf.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: name}))(t).AccessKeyMetadata
		if len(keys) != 1 || *keys[0].AccessKeyId != *id || keys[0].Status != status {
			t.Errorf("keys are %+v, want one that is %s", keys, status)
		}
	}
	done(tf.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: id}))(t)
	done(tf.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: id}))(t)
	if keys := done(tf.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: name}))(t).AccessKeyMetadata; len(keys) != 0 {
		t.Errorf("%d keys are left", len(keys))
	}
}

func TestTerraformGroup(t *testing.T) {
	t.Parallel()
	tf, ctx := newStack(t), t.Context()
	name, renamed := aws.String("developers"), aws.String("engineers")
	done(tf.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: name, Path: aws.String("/users/")}))(t)
	for range 2 {
		group := done(tf.GetGroup(ctx, &iam.GetGroupInput{GroupName: name}))(t).Group
		same(t, "Arn", *group.Arn, "arn:aws:iam::"+accountID+":group/users/developers")
	}
	done(tf.UpdateGroup(ctx, &iam.UpdateGroupInput{GroupName: name, NewGroupName: renamed, NewPath: aws.String("/")}))(t)
	same(t, "Arn", *done(tf.GetGroup(ctx, &iam.GetGroupInput{GroupName: renamed}))(t).Group.Arn, "arn:aws:iam::"+accountID+":group/engineers")
	done(tf.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: renamed}))(t)
	gone(tf.GetGroup(ctx, &iam.GetGroupInput{GroupName: renamed}))(t)
}

func TestTerraformPolicy(t *testing.T) {
	t.Parallel()
	tf, ctx := newStack(t), t.Context()
	arn := done(tf.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: aws.String("reader"), Path: aws.String("/"), Description: aws.String("may read"), PolicyDocument: aws.String(readPolicy),
		Tags: []types.Tag{tag("team", "red")},
	}))(t).Policy.Arn
	read := func() (*types.Policy, string) {
		policy := done(tf.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn}))(t).Policy
		version := done(tf.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: policy.DefaultVersionId}))(t).PolicyVersion
		document, err := url.QueryUnescape(*version.Document)
		if err != nil {
			t.Error(err)
		}
		return policy, document
	}
	for range 2 {
		policy, document := read()
		same(t, "document", document, readPolicy)
		same(t, "Description", aws.ToString(policy.Description), "may read")
		same(t, "DefaultVersionId", *policy.DefaultVersionId, "v1")
		sameTags(t, policy.Tags, tag("team", "red"))
	}
	// An update makes a new default version, and room for it when there are five.
	for range 6 {
		versions := done(tf.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: arn}))(t).Versions
		if len(versions) == 5 {
			oldest := versions[len(versions)-1].VersionId
			done(tf.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: oldest}))(t)
		}
		done(tf.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(writePolicy), SetAsDefault: true}))(t)
	}
	policy, document := read()
	same(t, "document", document, writePolicy)
	same(t, "DefaultVersionId", *policy.DefaultVersionId, "v7")
	for _, version := range done(tf.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: arn}))(t).Versions {
		if !version.IsDefaultVersion {
			done(tf.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: version.VersionId}))(t)
		}
	}
	done(tf.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn}))(t)
	gone(tf.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn}))(t)
}

func TestTerraformRole(t *testing.T) {
	t.Parallel()
	tf, ctx := newStack(t), t.Context()
	name := aws.String("deploy")
	done(tf.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: name, Path: aws.String("/"), AssumeRolePolicyDocument: aws.String(trustRoot), MaxSessionDuration: aws.Int32(3600),
		Description: aws.String("deploys"), Tags: []types.Tag{tag("team", "red")},
	}))(t)
	read := func(duration int32, description string, tags ...types.Tag) {
		t.Helper()
		role := done(tf.GetRole(ctx, &iam.GetRoleInput{RoleName: name}))(t).Role
		document, err := url.QueryUnescape(*role.AssumeRolePolicyDocument)
		if err != nil {
			t.Error(err)
		}
		same(t, "trust policy", document, trustRoot)
		same(t, "Description", aws.ToString(role.Description), description)
		if got := aws.ToInt32(role.MaxSessionDuration); got != duration {
			t.Errorf("MaxSessionDuration = %d, want %d", got, duration)
		}
		sameTags(t, role.Tags, tags...)
	}
	read(3600, "deploys", tag("team", "red"))
	read(3600, "deploys", tag("team", "red"))

	done(tf.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: aws.String(trustRoot)}))(t)
	done(tf.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name, MaxSessionDuration: aws.Int32(7200), Description: aws.String("builds")}))(t)
	done(tf.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: aws.String(boundaryARN)}))(t)
	done(tf.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: []types.Tag{tag("owner", "ops")}}))(t)
	read(7200, "builds", tag("owner", "ops"), tag("team", "red"))
	done(tf.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: name}))(t)
	done(tf.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("p"), PolicyDocument: aws.String(readPolicy)}))(t)
	done(tf.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(boundaryARN)}))(t)

	// force_detach_policies
	for _, policy := range done(tf.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name}))(t).AttachedPolicies {
		done(tf.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: policy.PolicyArn}))(t)
	}
	for _, policy := range done(tf.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: name}))(t).PolicyNames {
		done(tf.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: &policy}))(t)
	}
	if profiles := done(tf.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: name}))(t).InstanceProfiles; len(profiles) != 0 {
		t.Errorf("%d instance profiles", len(profiles))
	}
	done(tf.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name}))(t)
	gone(tf.GetRole(ctx, &iam.GetRoleInput{RoleName: name}))(t)
}

func TestTerraformVirtualMFADevice(t *testing.T) {
	t.Parallel()
	tf, ctx := newStack(t), t.Context()
	device := done(tf.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{
		VirtualMFADeviceName: aws.String("phone"), Path: aws.String("/"), Tags: []types.Tag{tag("team", "red")},
	}))(t).VirtualMFADevice
	if len(device.Base32StringSeed) == 0 || len(device.QRCodePNG) == 0 {
		t.Error("the device has no seed or no QR code")
	}
	find := func() int {
		found := 0
		pages := iam.NewListVirtualMFADevicesPaginator(tf, &iam.ListVirtualMFADevicesInput{})
		for pages.HasMorePages() {
			for _, d := range done(pages.NextPage(ctx))(t).VirtualMFADevices {
				if *d.SerialNumber == *device.SerialNumber {
					found++
				}
			}
		}
		return found
	}
	tags := func(want ...types.Tag) {
		t.Helper()
		sameTags(t, done(tf.ListMFADeviceTags(ctx, &iam.ListMFADeviceTagsInput{SerialNumber: device.SerialNumber}))(t).Tags, want...)
	}
	if n := find(); n != 1 {
		t.Errorf("found %d times", n)
	}
	tags(tag("team", "red"))
	done(tf.UntagMFADevice(ctx, &iam.UntagMFADeviceInput{SerialNumber: device.SerialNumber, TagKeys: []string{"team"}}))(t)
	done(tf.TagMFADevice(ctx, &iam.TagMFADeviceInput{SerialNumber: device.SerialNumber, Tags: []types.Tag{tag("Owner", "ops"), tag("owner", "ops")}}))(t)
	tags(tag("Owner", "ops"), tag("owner", "ops"))
	done(tf.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: device.SerialNumber}))(t)
	if n := find(); n != 0 {
		t.Errorf("found %d times after it was deleted", n)
	}
}
