package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteAccountAliasInput has the parameters of DeleteAccountAlias (aws-iam section 13).
type DeleteAccountAliasInput struct {
	AccountAlias string `required:"true" minlen:"3" maxlen:"63" pattern:"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"`
}

// Permissions is not about a resource.
func (in *DeleteAccountAliasInput) Permissions(aws.Call) []aws.Permission { return onNothing() }

// DeleteAccountAlias takes the alias from the account, if it is the one given (aws-iam section 13).
func (s *Service) DeleteAccountAlias(ctx context.Context, call aws.Call, in *DeleteAccountAliasInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		alias, err := accountAlias(ctx, tx, call.Caller.AccountID)
		if err != nil {
			return err
		}
		if alias != in.AccountAlias {
			return aws.Errorf(aws.NoSuchEntity, "The account alias %s cannot be found.", in.AccountAlias)
		}
		_, err = tx.SetAccountAlias(ctx, store.SetAccountAliasParams{AccountID: call.Caller.AccountID})
		return err
	})
}
