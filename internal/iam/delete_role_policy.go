package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// DeleteRolePolicyInput has the parameters of DeleteRolePolicy (aws-iam section 5).
type DeleteRolePolicyInput struct {
	RoleName   string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the role that has the policy.
func (in *DeleteRolePolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// DeleteRolePolicy deletes an inline policy of a role (aws-iam section 5).
func (s *Service) DeleteRolePolicy(ctx context.Context, call aws.Call, in *DeleteRolePolicyInput) (*query.NoResult, error) {
	return nil, s.deleteInlinePolicy(ctx, call, aws.RoleResource, in.RoleName, in.PolicyName)
}
