package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UntagPolicyInput has the parameters of UntagPolicy (aws-iam section 11).
type UntagPolicyInput struct {
	PolicyArn string   `required:"true" minlen:"20" maxlen:"2048"`
	TagKeys   []string `required:"true" maxitems:"50" minlen:"1" maxlen:"128" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
}

// Permissions is the policy to be untagged.
func (in *UntagPolicyInput) Permissions(aws.Call) []aws.Permission {
	return givenTagKeys(onPolicy(in.PolicyArn), in.TagKeys)
}

// UntagPolicy removes tags from a managed policy; keys it has not are no error (aws-iam sections 2.5 and 11).
func (s *Service) UntagPolicy(ctx context.Context, call aws.Call, in *UntagPolicyInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		p, err := taggedPolicy(ctx, tx, call, in.PolicyArn)
		if err != nil {
			return err
		}
		return exactCase.removeTags(ctx, tx, p.id, in.TagKeys)
	})
}
