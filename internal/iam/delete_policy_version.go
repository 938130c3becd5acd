package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeletePolicyVersionInput has the parameters of DeletePolicyVersion (aws-iam section 7).
type DeletePolicyVersionInput struct {
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
	VersionId string `required:"true" pattern:"v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"`
}

// Permissions is the policy that loses the version.
func (in *DeletePolicyVersionInput) Permissions(aws.Call) []aws.Permission {
	return onPolicy(in.PolicyArn)
}

// DeletePolicyVersion deletes a version that is not the default. No other will ever have its number (aws-iam section 7).
func (s *Service) DeletePolicyVersion(ctx context.Context, call aws.Call, in *DeletePolicyVersionInput) (*query.NoResult, error) {
	if err := checkOwnPolicyARN(call, in.PolicyArn, "delete policy versions for policies"); err != nil {
		return nil, err
	}
	return nil, s.update(ctx, func(tx *store.Tx) error {
		p, err := policyOr(ctx, tx, call.Caller.AccountID, in.PolicyArn, errNoPolicyVersion(in.PolicyArn, in.VersionId))
		if err != nil {
			return err
		}
		version, err := ownPolicyVersion(ctx, tx, p, in.VersionId)
		if err != nil {
			return err
		}
		if version.Version == p.own.DefaultVersion {
			return aws.Errorf(aws.DeleteConflict, "Cannot delete the default version of a policy.")
		}
		_, err = tx.DeletePolicyVersion(ctx, store.DeletePolicyVersionParams{PolicyID: p.id, Version: version.Version})
		return err
	})
}
