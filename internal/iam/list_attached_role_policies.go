package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// ListAttachedRolePoliciesInput has the parameters of ListAttachedRolePolicies (aws-iam section 7).
type ListAttachedRolePoliciesInput struct {
	RoleName   string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PathPrefix string `minlen:"1" maxlen:"512" pattern:"((/[A-Za-z0-9\\.,\\+@=_-]+)*)/" invalid:"It must begin with the / character and contain only alphanumeric characters and/or / characters."`
	Marker     string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems   int32  `min:"1" max:"1000"`
}

// Permissions is the role asked for.
func (in *ListAttachedRolePoliciesInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// ListAttachedRolePoliciesOutput is one page of policies.
type ListAttachedRolePoliciesOutput struct {
	AttachedPolicyPage
}

// ListAttachedRolePolicies returns the managed policies attached to a role (aws-iam sections 2.4 and 7).
func (s *Service) ListAttachedRolePolicies(ctx context.Context, call aws.Call, in *ListAttachedRolePoliciesInput) (*ListAttachedRolePoliciesOutput, error) {
	page, err := s.listAttached(ctx, call, aws.RoleResource, in.RoleName, in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &ListAttachedRolePoliciesOutput{page}, nil
}
