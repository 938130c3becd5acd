package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// DetachRolePolicyInput has the parameters of DetachRolePolicy (aws-iam section 7).
type DetachRolePolicyInput struct {
	RoleName  string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the role, and the policy it loses.
func (in *DetachRolePolicyInput) Permissions(call aws.Call) []aws.Permission {
	return given(onRole(call, in.RoleName), aws.KeyPolicyARN, in.PolicyArn)
}

// DetachRolePolicy takes a managed policy from a role (aws-iam sections 2.5 and 7).
func (s *Service) DetachRolePolicy(ctx context.Context, call aws.Call, in *DetachRolePolicyInput) (*query.NoResult, error) {
	return nil, s.detach(ctx, call, aws.RoleResource, in.RoleName, in.PolicyArn)
}
