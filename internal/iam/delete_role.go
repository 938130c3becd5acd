package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteRoleInput has the parameters of DeleteRole (aws-iam section 9).
type DeleteRoleInput struct {
	RoleName string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the role to be deleted.
func (in *DeleteRoleInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// DeleteRole deletes a role that has no policies left. Who trusts it then trusts nobody of that name (aws-iam section 9).
func (s *Service) DeleteRole(ctx context.Context, call aws.Call, in *DeleteRoleInput) (*query.NoResult, error) {
	return nil, s.changeRole(ctx, call, in.RoleName, func(tx *store.Tx, role store.Role) error {
		if err := checkNoPolicies(ctx, tx, role.RoleID); err != nil {
			return err
		}
		if err := tx.DeleteTags(ctx, role.RoleID); err != nil {
			return err
		}
		_, err := tx.DeleteRole(ctx, role.RoleID)
		return err
	})
}
