package iam

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// PolicyDetail is an inline policy in the reply of GetAccountAuthorizationDetails.
type PolicyDetail struct {
	PolicyName     string
	PolicyDocument string
}

// UserDetail is a user with all that permits it something (aws-iam section 13). Of the empty lists, UserPolicyList alone is
// left out.
type UserDetail struct {
	Path                    string
	UserName                string
	UserId                  string
	Arn                     string
	CreateDate              time.Time
	UserPolicyList          []PolicyDetail
	GroupList               []string
	AttachedManagedPolicies []AttachedPolicy
	PermissionsBoundary     *PermissionsBoundary
	Tags                    []Tag
}

// GroupDetail is a group with its policies.
type GroupDetail struct {
	Path                    string
	GroupName               string
	GroupId                 string
	Arn                     string
	CreateDate              time.Time
	GroupPolicyList         []PolicyDetail
	AttachedManagedPolicies []AttachedPolicy
}

// RoleDetail is a role with its policies. There are no instance profiles here: the list is always empty.
type RoleDetail struct {
	Path                     string
	RoleName                 string
	RoleId                   string
	Arn                      string
	CreateDate               time.Time
	AssumeRolePolicyDocument string
	InstanceProfileList      []InstanceProfile
	RolePolicyList           []PolicyDetail
	AttachedManagedPolicies  []AttachedPolicy
	PermissionsBoundary      *PermissionsBoundary
	Tags                     []Tag
	RoleLastUsed             *RoleLastUsed
}

// ManagedPolicyDetail is a managed policy with its versions, newest first.
type ManagedPolicyDetail struct {
	Policy
	PolicyVersionList []PolicyVersion
}

// entityDetail is what users, groups and roles have alike.
type entityDetail struct {
	inline   []PolicyDetail
	attached []AttachedPolicy
	size     int // of the documents
}

func entityDetailOf(ctx context.Context, tx *store.Tx, id string) (entityDetail, error) {
	rows, err := tx.InlinePolicies(ctx, id)
	if err != nil {
		return entityDetail{}, err
	}
	d := entityDetail{inline: make([]PolicyDetail, len(rows))}
	for i, row := range rows {
		d.inline[i] = PolicyDetail{row.PolicyName, encodeDocument(row.Document)}
		d.size += len(d.inline[i].PolicyDocument)
	}
	arns, err := tx.AttachedPolicies(ctx, id)
	d.attached = newAttachedPolicies(arns)
	return d, err
}

func userDetail(ctx context.Context, tx *store.Tx, row store.User) (UserDetail, int, error) {
	common, err := entityDetailOf(ctx, tx, row.UserID)
	if err != nil {
		return UserDetail{}, 0, err
	}
	user := newUser(row)
	d := UserDetail{
		Path: user.Path, UserName: user.UserName, UserId: user.UserId, Arn: user.Arn, CreateDate: user.CreateDate,
		GroupList: []string{}, AttachedManagedPolicies: common.attached, PermissionsBoundary: newPermissionsBoundary(row.BoundaryARN),
	}
	if len(common.inline) > 0 {
		d.UserPolicyList = common.inline
	}
	groups, err := tx.UserGroups(ctx, row.UserID)
	if err != nil {
		return d, 0, err
	}
	for _, group := range groups {
		d.GroupList = append(d.GroupList, group.GroupName)
	}
	d.Tags, err = tagDetail(ctx, tx, row.UserID)
	return d, common.size, err
}

func groupDetail(ctx context.Context, tx *store.Tx, row store.Group) (GroupDetail, int, error) {
	common, err := entityDetailOf(ctx, tx, row.GroupID)
	group := newGroup(row)
	return GroupDetail{
		Path: group.Path, GroupName: group.GroupName, GroupId: group.GroupId, Arn: group.Arn, CreateDate: group.CreateDate,
		GroupPolicyList: common.inline, AttachedManagedPolicies: common.attached,
	}, common.size, err
}

func roleDetail(ctx context.Context, tx *store.Tx, row store.Role, shown shownIDs) (RoleDetail, int, error) {
	common, err := entityDetailOf(ctx, tx, row.RoleID)
	if err != nil {
		return RoleDetail{}, 0, err
	}
	role, err := newRole(ctx, tx, row, shown)
	if err != nil {
		return RoleDetail{}, 0, err
	}
	d := RoleDetail{
		Path: role.Path, RoleName: role.RoleName, RoleId: role.RoleId, Arn: role.Arn, CreateDate: role.CreateDate,
		AssumeRolePolicyDocument: role.AssumeRolePolicyDocument, InstanceProfileList: []InstanceProfile{},
		RolePolicyList: common.inline, AttachedManagedPolicies: common.attached,
		PermissionsBoundary: newPermissionsBoundary(row.BoundaryARN),
		RoleLastUsed:        &RoleLastUsed{row.LastUsedAt.Time, row.LastUsedRegion},
	}
	d.Tags, err = tagDetail(ctx, tx, row.RoleID)
	return d, common.size + len(d.AssumeRolePolicyDocument), err
}

// tagDetail is never nil: an empty list of tags is sent.
func tagDetail(ctx context.Context, tx *store.Tx, id string) ([]Tag, error) {
	tags, err := tagsOf(ctx, tx, id)
	return append([]Tag{}, tags...), err
}

func policyDetail(ctx context.Context, tx *store.Tx, p managedPolicy, use policyUse) (ManagedPolicyDetail, int, error) {
	d := ManagedPolicyDetail{Policy: newPolicy(p, use), PolicyVersionList: []PolicyVersion{}}
	d.Description = p.description
	if !p.isOwn() {
		version := awsPolicyVersion(p)
		version.Document = encodeDocument(p.aws.Document)
		d.PolicyVersionList = append(d.PolicyVersionList, version)
		return d, len(version.Document), nil
	}
	rows, err := tx.PolicyVersions(ctx, p.id)
	size := 0
	for _, row := range rows {
		version := newPolicyVersion(p.own, row)
		version.Document = encodeDocument(row.Document)
		size += len(version.Document)
		d.PolicyVersionList = append(d.PolicyVersionList, version)
	}
	return d, size, err
}
