package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeletePolicyInput has the parameters of DeletePolicy (aws-iam section 7).
type DeletePolicyInput struct {
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the policy to be deleted.
func (in *DeletePolicyInput) Permissions(aws.Call) []aws.Permission { return onPolicy(in.PolicyArn) }

// DeletePolicy deletes a managed policy that nothing uses and whose default version is its only one (aws-iam section 7).
func (s *Service) DeletePolicy(ctx context.Context, call aws.Call, in *DeletePolicyInput) (*query.NoResult, error) {
	if err := checkOwnPolicyARN(call, in.PolicyArn, "delete policies"); err != nil {
		return nil, err
	}
	return nil, s.update(ctx, func(tx *store.Tx) error {
		found, err := policyOr(ctx, tx, call.Caller.AccountID, in.PolicyArn, errPolicyNotFound(in.PolicyArn))
		if err != nil {
			return err
		}
		if err := checkPolicyUnused(ctx, tx, found); err != nil {
			return err
		}
		if err := tx.DeleteTags(ctx, found.id); err != nil {
			return err
		}
		if err := tx.DeletePolicyVersions(ctx, found.id); err != nil {
			return err
		}
		_, err = tx.DeletePolicy(ctx, found.id)
		return err
	})
}

func checkPolicyUnused(ctx context.Context, tx *store.Tx, p managedPolicy) error {
	use, err := useOf(ctx, tx, p.own.AccountID, p.arn)
	if err != nil {
		return err
	}
	if use != (policyUse{}) {
		return aws.Errorf(aws.DeleteConflict, "Cannot delete a policy attached to entities.")
	}
	versions, err := tx.PolicyVersions(ctx, p.id)
	if err != nil {
		return err
	}
	if len(versions) > 1 {
		return aws.Errorf(aws.DeleteConflict, "This policy has more than one version. Before you delete a policy, you must "+
			"delete the policy's versions. The default version is deleted with the policy.")
	}
	return nil
}
