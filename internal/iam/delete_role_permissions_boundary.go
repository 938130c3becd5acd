package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteRolePermissionsBoundaryInput has the parameters of DeleteRolePermissionsBoundary (aws-iam section 10).
type DeleteRolePermissionsBoundaryInput struct {
	RoleName string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the role to be bounded no more.
func (in *DeleteRolePermissionsBoundaryInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// DeleteRolePermissionsBoundary takes the boundary from a role that has one (aws-iam sections 2.5 and 10).
func (s *Service) DeleteRolePermissionsBoundary(ctx context.Context, call aws.Call, in *DeleteRolePermissionsBoundaryInput) (*query.NoResult, error) {
	return nil, s.changeRole(ctx, call, in.RoleName, func(tx *store.Tx, role store.Role) error {
		if role.BoundaryARN == "" {
			return errNoBoundary(aws.RoleResource, role.RoleName)
		}
		_, err := tx.SetRoleBoundary(ctx, store.SetRoleBoundaryParams{RoleID: role.RoleID, BoundaryARN: ""})
		return err
	})
}
