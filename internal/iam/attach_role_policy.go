package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// AttachRolePolicyInput has the parameters of AttachRolePolicy (aws-iam section 7).
type AttachRolePolicyInput struct {
	RoleName  string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the role, and the policy it gets.
func (in *AttachRolePolicyInput) Permissions(call aws.Call) []aws.Permission {
	return given(onRole(call, in.RoleName), aws.KeyPolicyARN, in.PolicyArn)
}

// AttachRolePolicy attaches a managed policy to a role (aws-iam sections 2.5 and 7).
func (s *Service) AttachRolePolicy(ctx context.Context, call aws.Call, in *AttachRolePolicyInput) (*query.NoResult, error) {
	return nil, s.attach(ctx, call, aws.RoleResource, in.RoleName, in.PolicyArn)
}
