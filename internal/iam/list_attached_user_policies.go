package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// ListAttachedUserPoliciesInput has the parameters of ListAttachedUserPolicies (aws-iam section 7).
type ListAttachedUserPoliciesInput struct {
	UserName   string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PathPrefix string `minlen:"1" maxlen:"512" pattern:"((/[A-Za-z0-9\\.,\\+@=_-]+)*)/" invalid:"It must begin with the / character and contain only alphanumeric characters and/or / characters."`
	Marker     string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems   int32  `min:"1" max:"1000"`
}

// Permissions is the user asked for.
func (in *ListAttachedUserPoliciesInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// ListAttachedUserPoliciesOutput is one page of policies.
type ListAttachedUserPoliciesOutput struct {
	AttachedPolicyPage
}

// ListAttachedUserPolicies returns the managed policies attached to a user (aws-iam sections 2.4 and 7).
func (s *Service) ListAttachedUserPolicies(ctx context.Context, call aws.Call, in *ListAttachedUserPoliciesInput) (*ListAttachedUserPoliciesOutput, error) {
	page, err := s.listAttached(ctx, call, aws.UserResource, in.UserName, in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &ListAttachedUserPoliciesOutput{page}, nil
}
