package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// TagRoleInput has the parameters of TagRole (aws-iam section 11).
type TagRoleInput struct {
	RoleName string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Tags     []Tag  `required:"true" maxitems:"50"`
}

// Permissions is the role to be tagged.
func (in *TagRoleInput) Permissions(call aws.Call) []aws.Permission {
	return givenTags(onRole(call, in.RoleName), in.Tags)
}

// TagRole adds tags to a role, or changes those it has (aws-iam sections 2.5 and 11).
func (s *Service) TagRole(ctx context.Context, call aws.Call, in *TagRoleInput) (*query.NoResult, error) {
	if err := ignoringCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	return nil, s.changeRole(ctx, call, in.RoleName, func(tx *store.Tx, role store.Role) error {
		return ignoringCase.putTags(ctx, tx, role.RoleID, in.Tags)
	})
}
