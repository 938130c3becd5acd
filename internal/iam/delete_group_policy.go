package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// DeleteGroupPolicyInput has the parameters of DeleteGroupPolicy (aws-iam section 5).
type DeleteGroupPolicyInput struct {
	GroupName  string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the group that has the policy.
func (in *DeleteGroupPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onGroup(call, in.GroupName)
}

// DeleteGroupPolicy deletes an inline policy of a group (aws-iam section 5).
func (s *Service) DeleteGroupPolicy(ctx context.Context, call aws.Call, in *DeleteGroupPolicyInput) (*query.NoResult, error) {
	return nil, s.deleteInlinePolicy(ctx, call, aws.GroupResource, in.GroupName, in.PolicyName)
}
