package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetAccountPasswordPolicyInput has the parameters of GetAccountPasswordPolicy: none.
type GetAccountPasswordPolicyInput struct{}

// Permissions is not about a resource.
func (in *GetAccountPasswordPolicyInput) Permissions(aws.Call) []aws.Permission { return onNothing() }

// GetAccountPasswordPolicyOutput is the policy.
type GetAccountPasswordPolicyOutput struct {
	PasswordPolicy PasswordPolicy
}

// PasswordPolicy is an account's password policy in replies. The last three members are there when they were set (aws-iam
// section 6).
type PasswordPolicy struct {
	MinimumPasswordLength      int64
	RequireSymbols             bool
	RequireNumbers             bool
	RequireUppercaseCharacters bool
	RequireLowercaseCharacters bool
	AllowUsersToChangePassword bool
	ExpirePasswords            bool
	MaxPasswordAge             *int64 // in days
	PasswordReusePrevention    *int64
	HardExpiry                 *bool
}

// GetAccountPasswordPolicy returns the account's password policy, if it has one of its own (aws-iam section 6).
func (s *Service) GetAccountPasswordPolicy(ctx context.Context, call aws.Call, _ *GetAccountPasswordPolicyInput) (*GetAccountPasswordPolicyOutput, error) {
	var row store.PasswordPolicy
	err := s.view(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.PasswordPolicy(ctx, call.Caller.AccountID)
		if errors.Is(err, store.ErrNotFound) {
			return aws.Errorf(aws.NoSuchEntity, "The Password Policy with domain name %s cannot be found.", call.Caller.AccountID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &GetAccountPasswordPolicyOutput{newPasswordPolicy(row)}, nil
}

func newPasswordPolicy(p store.PasswordPolicy) PasswordPolicy {
	out := PasswordPolicy{
		MinimumPasswordLength:      p.MinimumLength,
		RequireSymbols:             p.RequireSymbols != 0,
		RequireNumbers:             p.RequireNumbers != 0,
		RequireUppercaseCharacters: p.RequireUppercase != 0,
		RequireLowercaseCharacters: p.RequireLowercase != 0,
		AllowUsersToChangePassword: p.AllowUsersChange != 0,
		ExpirePasswords:            p.MaxAge > 0,
	}
	if p.MaxAge > 0 {
		out.MaxPasswordAge = &p.MaxAge
	}
	if p.ReusePrevention > 0 {
		out.PasswordReusePrevention = &p.ReusePrevention
	}
	if p.HardExpiry != noHardExpiry {
		hard := p.HardExpiry != 0
		out.HardExpiry = &hard
	}
	return out
}
