package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// DetachUserPolicyInput has the parameters of DetachUserPolicy (aws-iam section 7).
type DetachUserPolicyInput struct {
	UserName  string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the user, and the policy it loses.
func (in *DetachUserPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return given(onUser(call, in.UserName), aws.KeyPolicyARN, in.PolicyArn)
}

// DetachUserPolicy takes a managed policy from a user (aws-iam sections 2.5 and 7).
func (s *Service) DetachUserPolicy(ctx context.Context, call aws.Call, in *DetachUserPolicyInput) (*query.NoResult, error) {
	return nil, s.detach(ctx, call, aws.UserResource, in.UserName, in.PolicyArn)
}
