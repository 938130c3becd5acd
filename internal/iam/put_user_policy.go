package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// PutUserPolicyInput has the parameters of PutUserPolicy (aws-iam section 5).
type PutUserPolicyInput struct {
	UserName       string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyName     string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyDocument string `required:"true" minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" invalidorempty:"It must contain only printable ASCII characters."`
}

// Permissions is the user the policy is for.
func (in *PutUserPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// PutUserPolicy gives a user an inline policy, in place of one of that name (aws-iam section 5).
func (s *Service) PutUserPolicy(ctx context.Context, call aws.Call, in *PutUserPolicyInput) (*query.NoResult, error) {
	return nil, s.putInlinePolicy(ctx, call, aws.UserResource, in.UserName, in.PolicyName, in.PolicyDocument)
}
