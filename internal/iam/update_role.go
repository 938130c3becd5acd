package iam

import (
	"cmp"
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// UpdateRoleInput has the parameters of UpdateRole (aws-iam section 9).
type UpdateRoleInput struct {
	RoleName           string  `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Description        *string `maxlen:"1000" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"`
	MaxSessionDuration int32   `min:"3600" max:"43200"`
}

// Permissions is the role to be changed.
func (in *UpdateRoleInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// UpdateRoleOutput is empty, and yet sent (aws-iam section 1).
type UpdateRoleOutput struct{}

// UpdateRole changes the description of a role and how long its sessions may last. What is not given stays (aws-iam
// sections 2.5 and 9).
func (s *Service) UpdateRole(ctx context.Context, call aws.Call, in *UpdateRoleInput) (*UpdateRoleOutput, error) {
	err := s.changeRole(ctx, call, in.RoleName, func(tx *store.Tx, role store.Role) error {
		changed := store.UpdateRoleParams{
			RoleID:             role.RoleID,
			Description:        role.Description,
			MaxSessionDuration: cmp.Or(int64(in.MaxSessionDuration), role.MaxSessionDuration),
		}
		if in.Description != nil {
			changed.Description = *in.Description
		}
		_, err := tx.UpdateRole(ctx, changed)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &UpdateRoleOutput{}, nil
}
