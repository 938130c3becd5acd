package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// CreateAccountAliasInput has the parameters of CreateAccountAlias (aws-iam section 13).
type CreateAccountAliasInput struct {
	AccountAlias string `required:"true" minlen:"3" maxlen:"63" pattern:"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"`
}

// Permissions is not about a resource.
func (in *CreateAccountAliasInput) Permissions(aws.Call) []aws.Permission { return onNothing() }

// CreateAccountAlias gives the account an alias, in the place of the one it has. No two accounts have the same (aws-iam
// sections 2.5 and 13).
func (s *Service) CreateAccountAlias(ctx context.Context, call aws.Call, in *CreateAccountAliasInput) (*query.NoResult, error) {
	if aws.IsAccountID(in.AccountAlias) {
		return nil, aws.Errorf(aws.InvalidInput, "The account alias must not be an account ID.")
	}
	return nil, s.update(ctx, func(tx *store.Tx) error {
		taken := aws.Errorf(aws.EntityAlreadyExists, "The account alias %s already exists.", in.AccountAlias)
		_, err := tx.AccountByAlias(ctx, in.AccountAlias)
		if err == nil {
			return taken // by this account, or by another
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		_, err = tx.SetAccountAlias(ctx, store.SetAccountAliasParams{AccountID: call.Caller.AccountID, Alias: in.AccountAlias})
		if errors.Is(err, store.ErrExists) {
			return taken
		}
		return err
	})
}
