package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// SetDefaultPolicyVersionInput has the parameters of SetDefaultPolicyVersion (aws-iam section 7).
type SetDefaultPolicyVersionInput struct {
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
	VersionId string `required:"true" pattern:"v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"`
}

// Permissions is the policy to be changed.
func (in *SetDefaultPolicyVersionInput) Permissions(aws.Call) []aws.Permission {
	return onPolicy(in.PolicyArn)
}

// SetDefaultPolicyVersion makes a version the one that counts for everything the policy is attached to (aws-iam section 7).
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, call aws.Call, in *SetDefaultPolicyVersionInput) (*query.NoResult, error) {
	if err := checkOwnPolicyARN(call, in.PolicyArn, "update policies"); err != nil {
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
		p.own.DefaultVersion = version.Version
		return updatePolicy(ctx, tx, p.own)
	})
}
