package iam

import (
	"cmp"
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

const (
	// shortestMinimumPasswordLength is what a policy that says none asks for.
	shortestMinimumPasswordLength = 6
	// noHardExpiry is what the column has when the policy does not say; GetAccountPasswordPolicy then leaves the member out.
	noHardExpiry = -1
)

// UpdateAccountPasswordPolicyInput has the parameters of UpdateAccountPasswordPolicy (aws-iam section 6).
type UpdateAccountPasswordPolicyInput struct {
	MinimumPasswordLength      int32 `min:"6" max:"128"`
	RequireSymbols             bool
	RequireNumbers             bool
	RequireUppercaseCharacters bool
	RequireLowercaseCharacters bool
	AllowUsersToChangePassword bool
	MaxPasswordAge             int32 `min:"1" max:"1095"` // in days
	PasswordReusePrevention    int32 `min:"1" max:"24"`
	HardExpiry                 *bool
}

// Permissions is not about a resource.
func (in *UpdateAccountPasswordPolicyInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// UpdateAccountPasswordPolicy replaces the account's password policy as a whole: what is absent goes to its default. It is
// asked of new passwords only; those that exist stay good (aws-iam section 6).
func (s *Service) UpdateAccountPasswordPolicy(ctx context.Context, call aws.Call, in *UpdateAccountPasswordPolicyInput) (*query.NoResult, error) {
	policy := store.PutPasswordPolicyParams{
		AccountID:        call.Caller.AccountID,
		MinimumLength:    int64(cmp.Or(in.MinimumPasswordLength, shortestMinimumPasswordLength)),
		RequireSymbols:   boolColumn(in.RequireSymbols),
		RequireNumbers:   boolColumn(in.RequireNumbers),
		RequireUppercase: boolColumn(in.RequireUppercaseCharacters),
		RequireLowercase: boolColumn(in.RequireLowercaseCharacters),
		AllowUsersChange: boolColumn(in.AllowUsersToChangePassword),
		MaxAge:           int64(in.MaxPasswordAge),
		ReusePrevention:  int64(in.PasswordReusePrevention),
		HardExpiry:       noHardExpiry,
	}
	if in.HardExpiry != nil {
		policy.HardExpiry = boolColumn(*in.HardExpiry)
	}
	return nil, s.update(ctx, func(tx *store.Tx) error { return tx.PutPasswordPolicy(ctx, policy) })
}
