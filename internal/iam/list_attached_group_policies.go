package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// ListAttachedGroupPoliciesInput has the parameters of ListAttachedGroupPolicies (aws-iam section 7).
type ListAttachedGroupPoliciesInput struct {
	GroupName  string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PathPrefix string `minlen:"1" maxlen:"512" pattern:"((/[A-Za-z0-9\\.,\\+@=_-]+)*)/" invalid:"It must begin with the / character and contain only alphanumeric characters and/or / characters."`
	Marker     string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems   int32  `min:"1" max:"1000"`
}

// Permissions is the group asked for.
func (in *ListAttachedGroupPoliciesInput) Permissions(call aws.Call) []aws.Permission {
	return onGroup(call, in.GroupName)
}

// ListAttachedGroupPoliciesOutput is one page of policies.
type ListAttachedGroupPoliciesOutput struct {
	AttachedPolicyPage
}

// ListAttachedGroupPolicies returns the managed policies attached to a group (aws-iam sections 2.4 and 7).
func (s *Service) ListAttachedGroupPolicies(ctx context.Context, call aws.Call, in *ListAttachedGroupPoliciesInput) (*ListAttachedGroupPoliciesOutput, error) {
	page, err := s.listAttached(ctx, call, aws.GroupResource, in.GroupName, in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &ListAttachedGroupPoliciesOutput{page}, nil
}
