package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// PutRolePermissionsBoundaryInput has the parameters of PutRolePermissionsBoundary (aws-iam section 10).
type PutRolePermissionsBoundaryInput struct {
	RoleName            string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PermissionsBoundary string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the role to be bounded.
func (in *PutRolePermissionsBoundaryInput) Permissions(call aws.Call) []aws.Permission {
	return given(onRole(call, in.RoleName), aws.KeyPermissionsBoundary, in.PermissionsBoundary)
}

// PutRolePermissionsBoundary makes a managed policy the boundary of a role, in place of the one it has (aws-iam section 10).
func (s *Service) PutRolePermissionsBoundary(ctx context.Context, call aws.Call, in *PutRolePermissionsBoundaryInput) (*query.NoResult, error) {
	return nil, s.changeRole(ctx, call, in.RoleName, func(tx *store.Tx, role store.Role) error {
		if err := checkBoundary(ctx, tx, role.AccountID, in.PermissionsBoundary); err != nil {
			return err
		}
		_, err := tx.SetRoleBoundary(ctx, store.SetRoleBoundaryParams{RoleID: role.RoleID, BoundaryARN: in.PermissionsBoundary})
		return err
	})
}
