package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// ListRolePoliciesInput has the parameters of ListRolePolicies (aws-iam section 5).
type ListRolePoliciesInput struct {
	RoleName string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the role whose policies are listed.
func (in *ListRolePoliciesInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// ListRolePoliciesOutput is one page of names.
type ListRolePoliciesOutput struct{ InlinePolicyPage }

// ListRolePolicies returns the names of the inline policies of a role (aws-iam sections 2.4 and 5).
func (s *Service) ListRolePolicies(ctx context.Context, call aws.Call, in *ListRolePoliciesInput) (*ListRolePoliciesOutput, error) {
	page, err := s.listInlinePolicies(ctx, call, aws.RoleResource, in.RoleName, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &ListRolePoliciesOutput{page}, nil
}
