package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteAccountPasswordPolicyInput has the parameters of DeleteAccountPasswordPolicy: none.
type DeleteAccountPasswordPolicyInput struct{}

// Permissions is not about a resource.
func (in *DeleteAccountPasswordPolicyInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// DeleteAccountPasswordPolicy brings the default rules for passwords back (aws-iam section 6).
func (s *Service) DeleteAccountPasswordPolicy(ctx context.Context, call aws.Call, _ *DeleteAccountPasswordPolicyInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		deleted, err := tx.DeletePasswordPolicy(ctx, call.Caller.AccountID)
		if err == nil && deleted == 0 {
			return aws.Errorf(aws.NoSuchEntity, "The account policy with name PasswordPolicy cannot be found.")
		}
		return err
	})
}
