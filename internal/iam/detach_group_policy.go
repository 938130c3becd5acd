package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// DetachGroupPolicyInput has the parameters of DetachGroupPolicy (aws-iam section 7).
type DetachGroupPolicyInput struct {
	GroupName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the group, and the policy it loses.
func (in *DetachGroupPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return given(onGroup(call, in.GroupName), aws.KeyPolicyARN, in.PolicyArn)
}

// DetachGroupPolicy takes a managed policy from a group (aws-iam sections 2.5 and 7).
func (s *Service) DetachGroupPolicy(ctx context.Context, call aws.Call, in *DetachGroupPolicyInput) (*query.NoResult, error) {
	return nil, s.detach(ctx, call, aws.GroupResource, in.GroupName, in.PolicyArn)
}
