package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// ListGroupPoliciesInput has the parameters of ListGroupPolicies (aws-iam section 5).
type ListGroupPoliciesInput struct {
	GroupName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker    string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems  int32  `min:"1" max:"1000"`
}

// Permissions is the group whose policies are listed.
func (in *ListGroupPoliciesInput) Permissions(call aws.Call) []aws.Permission {
	return onGroup(call, in.GroupName)
}

// ListGroupPoliciesOutput is one page of names.
type ListGroupPoliciesOutput struct{ InlinePolicyPage }

// ListGroupPolicies returns the names of the inline policies of a group (aws-iam sections 2.4 and 5).
func (s *Service) ListGroupPolicies(ctx context.Context, call aws.Call, in *ListGroupPoliciesInput) (*ListGroupPoliciesOutput, error) {
	page, err := s.listInlinePolicies(ctx, call, aws.GroupResource, in.GroupName, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &ListGroupPoliciesOutput{page}, nil
}
