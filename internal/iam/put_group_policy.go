package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// PutGroupPolicyInput has the parameters of PutGroupPolicy (aws-iam section 5).
type PutGroupPolicyInput struct {
	GroupName      string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyName     string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyDocument string `required:"true" minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" invalidorempty:"It must contain only printable ASCII characters."`
}

// Permissions is the group the policy is for.
func (in *PutGroupPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onGroup(call, in.GroupName)
}

// PutGroupPolicy gives a group an inline policy, in place of one of that name (aws-iam section 5).
func (s *Service) PutGroupPolicy(ctx context.Context, call aws.Call, in *PutGroupPolicyInput) (*query.NoResult, error) {
	return nil, s.putInlinePolicy(ctx, call, aws.GroupResource, in.GroupName, in.PolicyName, in.PolicyDocument)
}
