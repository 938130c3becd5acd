package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UntagRoleInput has the parameters of UntagRole (aws-iam section 11).
type UntagRoleInput struct {
	RoleName string   `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	TagKeys  []string `required:"true" minlen:"1" maxlen:"128" maxitems:"50" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
}

// Permissions is the role to lose tags.
func (in *UntagRoleInput) Permissions(call aws.Call) []aws.Permission {
	return givenTagKeys(onRole(call, in.RoleName), in.TagKeys)
}

// UntagRole takes tags from a role, by their keys in any case (aws-iam sections 2.5 and 11).
func (s *Service) UntagRole(ctx context.Context, call aws.Call, in *UntagRoleInput) (*query.NoResult, error) {
	return nil, s.changeRole(ctx, call, in.RoleName, func(tx *store.Tx, role store.Role) error {
		return ignoringCase.removeTags(ctx, tx, role.RoleID, in.TagKeys)
	})
}
