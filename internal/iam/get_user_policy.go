package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// GetUserPolicyInput has the parameters of GetUserPolicy (aws-iam section 5).
type GetUserPolicyInput struct {
	UserName   string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the user that has the policy.
func (in *GetUserPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// GetUserPolicyOutput is the policy, its document encoded.
type GetUserPolicyOutput struct {
	UserName       string
	PolicyName     string
	PolicyDocument string
}

// GetUserPolicy returns an inline policy of a user (aws-iam section 5).
func (s *Service) GetUserPolicy(ctx context.Context, call aws.Call, in *GetUserPolicyInput) (*GetUserPolicyOutput, error) {
	user, found, err := s.getInlinePolicy(ctx, call, aws.UserResource, in.UserName, in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &GetUserPolicyOutput{user.name, found.PolicyName, found.Document}, nil
}
