package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// PutRolePolicyInput has the parameters of PutRolePolicy (aws-iam section 5).
type PutRolePolicyInput struct {
	RoleName       string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyName     string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyDocument string `required:"true" minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" invalidorempty:"It must contain only printable ASCII characters."`
}

// Permissions is the role the policy is for.
func (in *PutRolePolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// PutRolePolicy gives a role an inline policy, in place of one of that name (aws-iam section 5).
func (s *Service) PutRolePolicy(ctx context.Context, call aws.Call, in *PutRolePolicyInput) (*query.NoResult, error) {
	return nil, s.putInlinePolicy(ctx, call, aws.RoleResource, in.RoleName, in.PolicyName, in.PolicyDocument)
}
