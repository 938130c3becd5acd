package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListRoleTagsInput has the parameters of ListRoleTags (aws-iam section 11).
type ListRoleTagsInput struct {
	RoleName string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the role.
func (in *ListRoleTagsInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// ListRoleTagsOutput is one page of tags.
type ListRoleTagsOutput struct{ TagPage }

// ListRoleTags returns the tags of a role by key (aws-iam sections 2.4 and 11).
func (s *Service) ListRoleTags(ctx context.Context, call aws.Call, in *ListRoleTagsInput) (*ListRoleTagsOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListRoleTags", call.Caller.AccountID, store.NameKey(in.RoleName))
	if err != nil {
		return nil, err
	}
	var out ListRoleTagsOutput
	err = s.view(ctx, func(tx *store.Tx) error {
		role, err := namedRole(ctx, tx, call, in.RoleName)
		if err != nil {
			return err
		}
		out.TagPage, err = tagsPage(ctx, tx, page, role.RoleID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
