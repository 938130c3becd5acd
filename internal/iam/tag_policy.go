package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// TagPolicyInput has the parameters of TagPolicy (aws-iam section 11).
type TagPolicyInput struct {
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
	Tags      []Tag  `required:"true" maxitems:"50"`
}

// Permissions is the policy to be tagged.
func (in *TagPolicyInput) Permissions(aws.Call) []aws.Permission {
	return givenTags(onPolicy(in.PolicyArn), in.Tags)
}

// TagPolicy adds tags to a managed policy; a key that is there gets the new value (aws-iam section 11).
func (s *Service) TagPolicy(ctx context.Context, call aws.Call, in *TagPolicyInput) (*query.NoResult, error) {
	if err := exactCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	return nil, s.update(ctx, func(tx *store.Tx) error {
		p, err := taggedPolicy(ctx, tx, call, in.PolicyArn)
		if err != nil {
			return err
		}
		return exactCase.putTags(ctx, tx, p.id, in.Tags)
	})
}

// taggedPolicy finds a policy that can have tags: AWS's have none.
func taggedPolicy(ctx context.Context, tx *store.Tx, call aws.Call, arn string) (managedPolicy, error) {
	if err := checkPolicyARN(arn); err != nil {
		return managedPolicy{}, err
	}
	p, err := policyOr(ctx, tx, call.Caller.AccountID, arn, errPolicyNotFound(arn))
	if err == nil && !p.isOwn() {
		err = aws.Errorf(aws.InvalidInput, "Tags not supported for policies in this domain")
	}
	return p, err
}
