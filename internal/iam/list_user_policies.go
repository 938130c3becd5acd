package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// ListUserPoliciesInput has the parameters of ListUserPolicies (aws-iam section 5).
type ListUserPoliciesInput struct {
	UserName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the user whose policies are listed.
func (in *ListUserPoliciesInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// ListUserPoliciesOutput is one page of names.
type ListUserPoliciesOutput struct{ InlinePolicyPage }

// ListUserPolicies returns the names of the inline policies of a user (aws-iam sections 2.4 and 5).
func (s *Service) ListUserPolicies(ctx context.Context, call aws.Call, in *ListUserPoliciesInput) (*ListUserPoliciesOutput, error) {
	page, err := s.listInlinePolicies(ctx, call, aws.UserResource, in.UserName, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &ListUserPoliciesOutput{page}, nil
}
