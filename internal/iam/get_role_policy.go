package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// GetRolePolicyInput has the parameters of GetRolePolicy (aws-iam section 5).
type GetRolePolicyInput struct {
	RoleName   string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the role that has the policy.
func (in *GetRolePolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// GetRolePolicyOutput is the policy, its document encoded.
type GetRolePolicyOutput struct {
	RoleName       string
	PolicyName     string
	PolicyDocument string
}

// GetRolePolicy returns an inline policy of a role (aws-iam section 5).
func (s *Service) GetRolePolicy(ctx context.Context, call aws.Call, in *GetRolePolicyInput) (*GetRolePolicyOutput, error) {
	role, found, err := s.getInlinePolicy(ctx, call, aws.RoleResource, in.RoleName, in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &GetRolePolicyOutput{role.name, found.PolicyName, found.Document}, nil
}
