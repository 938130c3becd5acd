package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// DeleteUserPolicyInput has the parameters of DeleteUserPolicy (aws-iam section 5).
type DeleteUserPolicyInput struct {
	UserName   string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the user that has the policy.
func (in *DeleteUserPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// DeleteUserPolicy deletes an inline policy of a user (aws-iam section 5).
func (s *Service) DeleteUserPolicy(ctx context.Context, call aws.Call, in *DeleteUserPolicyInput) (*query.NoResult, error) {
	return nil, s.deleteInlinePolicy(ctx, call, aws.UserResource, in.UserName, in.PolicyName)
}
