package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// AttachGroupPolicyInput has the parameters of AttachGroupPolicy (aws-iam section 7).
type AttachGroupPolicyInput struct {
	GroupName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the group, and the policy it gets.
func (in *AttachGroupPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return given(onGroup(call, in.GroupName), aws.KeyPolicyARN, in.PolicyArn)
}

// AttachGroupPolicy attaches a managed policy to a group (aws-iam sections 2.5 and 7).
func (s *Service) AttachGroupPolicy(ctx context.Context, call aws.Call, in *AttachGroupPolicyInput) (*query.NoResult, error) {
	return nil, s.attach(ctx, call, aws.GroupResource, in.GroupName, in.PolicyArn)
}
