package iam

import (
	"cmp"
	"context"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListEntitiesForPolicyInput has the parameters of ListEntitiesForPolicy (aws-iam section 7).
type ListEntitiesForPolicyInput struct {
	PolicyArn         string `required:"true" minlen:"20" maxlen:"2048"`
	EntityFilter      string `enum:"User,Role,Group,LocalManagedPolicy,AWSManagedPolicy"`
	PathPrefix        string `minlen:"1" maxlen:"512" pattern:"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)" invalid:"It must begin with the / character and contain only alphanumeric characters and/or / characters."`
	PolicyUsageFilter string `enum:"PermissionsPolicy,PermissionsBoundary"`
	Marker            string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems          int32  `min:"1" max:"1000"`
}

// Permissions is the policy asked for.
func (in *ListEntitiesForPolicyInput) Permissions(aws.Call) []aws.Permission {
	return onPolicy(in.PolicyArn)
}

// ListEntitiesForPolicyOutput is one page of groups, users and roles together.
type ListEntitiesForPolicyOutput struct {
	PolicyGroups []PolicyGroup
	PolicyUsers  []PolicyUser
	PolicyRoles  []PolicyRole
	IsTruncated  bool
	Marker       string
}

// PolicyGroup is a group that a policy is attached to.
type PolicyGroup struct{ GroupName, GroupId string }

// PolicyUser is a user that a policy is attached to, or bounds.
type PolicyUser struct{ UserName, UserId string }

// PolicyRole is a role that a policy is attached to, or bounds.
type PolicyRole struct{ RoleName, RoleId string }

// ListEntitiesForPolicy returns the groups, users and roles that a managed policy is attached to and those that it bounds,
// each once: of each kind by name (aws-iam sections 2.4 and 7).
func (s *Service) ListEntitiesForPolicy(ctx context.Context, call aws.Call, in *ListEntitiesForPolicyInput) (*ListEntitiesForPolicyOutput, error) {
	if err := checkPolicyARN(in.PolicyArn); err != nil {
		return nil, err
	}
	page, err := newPage(in.Marker, in.MaxItems, "ListEntitiesForPolicy", call.Caller.AccountID, in.PolicyArn,
		in.EntityFilter, cmp.Or(in.PathPrefix, "/"), in.PolicyUsageFilter)
	if err != nil {
		return nil, err
	}
	var found []entity
	err = s.view(ctx, func(tx *store.Tx) error {
		if _, err := policyOr(ctx, tx, call.Caller.AccountID, in.PolicyArn, errPolicyNotAttachable(in.PolicyArn)); err != nil {
			return err
		}
		found = nil
		for _, kind := range []aws.ResourceType{aws.GroupResource, aws.RoleResource, aws.UserResource} { // by sort key
			more, err := in.entities(ctx, tx, call.Caller.AccountID, kind, page)
			if err != nil {
				return err
			}
			found = append(found, more...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	found, marker := cut(page, found, entity.sortKey)
	out := entityLists(found)
	out.IsTruncated, out.Marker = marker != "", marker
	return out, nil
}

// entities reads the entities of one kind that can be on the page.
func (in *ListEntitiesForPolicyInput) entities(ctx context.Context, tx *store.Tx, accountID string, kind aws.ResourceType, p page) ([]entity, error) {
	if in.EntityFilter != "" && !strings.EqualFold(in.EntityFilter, string(kind)) {
		return nil, nil
	}
	after, sameKind := strings.CutPrefix(p.after, entity{kind: kind}.sortKey())
	if !sameKind {
		if p.after > string(kind) {
			return nil, nil // all of this kind were on earlier pages
		}
		after = ""
	}
	q := policyEntities{
		AccountID: accountID, AfterNameKey: after, PathFrom: cmp.Or(in.PathPrefix, "/"), MaxItems: p.fetch(),
	}
	q.PathTo = pathEnd(q.PathFrom)
	if in.PolicyUsageFilter != "PermissionsBoundary" {
		q.AttachedARN = in.PolicyArn
	}
	if in.PolicyUsageFilter != "PermissionsPolicy" {
		q.BoundaryARN = in.PolicyArn
	}
	return q.read(ctx, tx, kind)
}

// policyEntities asks for entities that a policy is attached to, or bounds. An empty ARN is of no policy.
type policyEntities store.PolicyUsersParams

func (q policyEntities) read(ctx context.Context, tx *store.Tx, kind aws.ResourceType) ([]entity, error) {
	var found []entity
	switch kind {
	case aws.GroupResource: // has no boundary
		groups, err := tx.PolicyGroups(ctx, store.PolicyGroupsParams{
			AccountID: q.AccountID, AfterNameKey: q.AfterNameKey, AttachedARN: q.AttachedARN,
			PathFrom: q.PathFrom, PathTo: q.PathTo, MaxItems: q.MaxItems,
		})
		for _, g := range groups {
			found = append(found, entity{kind, g.GroupID, g.GroupName, g.AccountID})
		}
		return found, err
	case aws.RoleResource:
		roles, err := tx.PolicyRoles(ctx, store.PolicyRolesParams(q))
		for _, r := range roles {
			found = append(found, entity{kind, r.RoleID, r.RoleName, r.AccountID})
		}
		return found, err
	default:
		users, err := tx.PolicyUsers(ctx, store.PolicyUsersParams(q))
		for _, u := range users {
			found = append(found, entity{kind, u.UserID, u.UserName, u.AccountID})
		}
		return found, err
	}
}

func entityLists(entities []entity) *ListEntitiesForPolicyOutput {
	out := &ListEntitiesForPolicyOutput{PolicyGroups: []PolicyGroup{}, PolicyUsers: []PolicyUser{}, PolicyRoles: []PolicyRole{}}
	for _, e := range entities {
		switch e.kind {
		case aws.GroupResource:
			out.PolicyGroups = append(out.PolicyGroups, PolicyGroup{e.name, e.id})
		case aws.RoleResource:
			out.PolicyRoles = append(out.PolicyRoles, PolicyRole{e.name, e.id})
		default:
			out.PolicyUsers = append(out.PolicyUsers, PolicyUser{e.name, e.id})
		}
	}
	return out
}
