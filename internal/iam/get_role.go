package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetRoleInput has the parameters of GetRole (aws-iam section 9).
type GetRoleInput struct {
	RoleName string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the role asked for.
func (in *GetRoleInput) Permissions(call aws.Call) []aws.Permission { return onRole(call, in.RoleName) }

// GetRoleOutput is the role.
type GetRoleOutput struct {
	Role Role
}

// GetRole returns a role with all it has (aws-iam section 9).
func (s *Service) GetRole(ctx context.Context, call aws.Call, in *GetRoleInput) (*GetRoleOutput, error) {
	var out GetRoleOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		row, err := namedRole(ctx, tx, call, in.RoleName)
		if err != nil {
			return err
		}
		if out.Role, err = newRole(ctx, tx, row, shownIDs{}); err != nil {
			return err
		}
		out.Role.Description = row.Description
		out.Role.MaxSessionDuration = &row.MaxSessionDuration
		out.Role.PermissionsBoundary = newPermissionsBoundary(row.BoundaryARN)
		out.Role.RoleLastUsed = &RoleLastUsed{row.LastUsedAt.Time, row.LastUsedRegion}
		out.Role.Tags, err = tagsOf(ctx, tx, row.RoleID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
