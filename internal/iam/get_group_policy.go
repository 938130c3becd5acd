package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// GetGroupPolicyInput has the parameters of GetGroupPolicy (aws-iam section 5).
type GetGroupPolicyInput struct {
	GroupName  string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the group that has the policy.
func (in *GetGroupPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onGroup(call, in.GroupName)
}

// GetGroupPolicyOutput is the policy, its document encoded.
type GetGroupPolicyOutput struct {
	GroupName      string
	PolicyName     string
	PolicyDocument string
}

// GetGroupPolicy returns an inline policy of a group (aws-iam section 5).
func (s *Service) GetGroupPolicy(ctx context.Context, call aws.Call, in *GetGroupPolicyInput) (*GetGroupPolicyOutput, error) {
	group, found, err := s.getInlinePolicy(ctx, call, aws.GroupResource, in.GroupName, in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &GetGroupPolicyOutput{group.name, found.PolicyName, found.Document}, nil
}
