package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// UpdateRoleDescriptionInput has the parameters of UpdateRoleDescription (aws-iam section 9).
type UpdateRoleDescriptionInput struct {
	RoleName    string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Description string `required:"true" maxlen:"1000" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"`
}

// Permissions is the role to be described.
func (in *UpdateRoleDescriptionInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// UpdateRoleDescriptionOutput is the role.
type UpdateRoleDescriptionOutput struct {
	Role Role
}

// UpdateRoleDescription gives a role another description (aws-iam section 9).
func (s *Service) UpdateRoleDescription(ctx context.Context, call aws.Call, in *UpdateRoleDescriptionInput) (*UpdateRoleDescriptionOutput, error) {
	var out UpdateRoleDescriptionOutput
	err := s.changeRole(ctx, call, in.RoleName, func(tx *store.Tx, role store.Role) error {
		_, err := tx.UpdateRole(ctx, store.UpdateRoleParams{
			RoleID: role.RoleID, Description: in.Description, MaxSessionDuration: role.MaxSessionDuration,
		})
		if err != nil {
			return err
		}
		out.Role, err = newRole(ctx, tx, role, shownIDs{})
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Role.Description = in.Description
	return &out, nil
}
