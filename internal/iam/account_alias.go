package iam

import (
	"context"

	"github.com/daypass/daypass/internal/store"
)

// accountAlias is the account's alias; empty when it has none.
func accountAlias(ctx context.Context, tx *store.Tx, accountID string) (string, error) {
	account, err := tx.Account(ctx, accountID)
	return account.Alias, err
}
