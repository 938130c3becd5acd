package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// AttachUserPolicyInput has the parameters of AttachUserPolicy (aws-iam section 7).
type AttachUserPolicyInput struct {
	UserName  string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the user, and the policy it gets.
func (in *AttachUserPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return given(onUser(call, in.UserName), aws.KeyPolicyARN, in.PolicyArn)
}

// AttachUserPolicy attaches a managed policy to a user (aws-iam sections 2.5 and 7).
func (s *Service) AttachUserPolicy(ctx context.Context, call aws.Call, in *AttachUserPolicyInput) (*query.NoResult, error) {
	return nil, s.attach(ctx, call, aws.UserResource, in.UserName, in.PolicyArn)
}
