package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetPolicyInput has the parameters of GetPolicy (aws-iam section 7).
type GetPolicyInput struct {
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the policy asked for.
func (in *GetPolicyInput) Permissions(aws.Call) []aws.Permission { return onPolicy(in.PolicyArn) }

// GetPolicyOutput is the policy, with its tags even when there are none.
type GetPolicyOutput struct {
	Policy Policy
}

// GetPolicy returns a managed policy, the account's own or AWS's, without its document (aws-iam section 7).
func (s *Service) GetPolicy(ctx context.Context, call aws.Call, in *GetPolicyInput) (*GetPolicyOutput, error) {
	if err := checkPolicyARN(in.PolicyArn); err != nil {
		return nil, err
	}
	var out GetPolicyOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		found, err := policyOr(ctx, tx, call.Caller.AccountID, in.PolicyArn, errPolicyNotFound(in.PolicyArn))
		if err != nil {
			return err
		}
		use, err := useOf(ctx, tx, call.Caller.AccountID, found.arn)
		if err != nil {
			return err
		}
		tags, err := tagsOf(ctx, tx, found.id)
		if err != nil {
			return err
		}
		out.Policy = newPolicy(found, use)
		out.Policy.Description = found.description
		out.Policy.Tags = append([]Tag{}, tags...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
