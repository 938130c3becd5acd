package server

import (
	"context"
	"fmt"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// Account is the account a server serves. The root key is there only when this start created it.
type Account struct {
	ID              string
	Created         bool
	RootAccessKeyID string
	// RootSecretAccessKey is empty when the configuration gave it: whoever did knows it.
	RootSecretAccessKey string
}

// Bootstrap creates the account and its root key at the first start. At a later one it checks that the configuration
// means the account that is there.
func (s *Server) Bootstrap(ctx context.Context) (Account, error) {
	var account Account
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		accounts, err := tx.Accounts(ctx)
		if err != nil {
			return err
		}
		if len(accounts) > 0 {
			account = Account{ID: accounts[0].AccountID}
			return nil
		}
		account, err = s.createAccount(ctx, tx)
		return err
	})
	if err != nil {
		return Account{}, fmt.Errorf("create the account: %w", err)
	}
	if s.config.AccountID != "" && s.config.AccountID != account.ID {
		return Account{}, fmt.Errorf("the database belongs to account %s, not %s", account.ID, s.config.AccountID)
	}
	if !account.Created && s.config.RootAccessKeyID != "" {
		s.config.Logger.InfoContext(ctx, "the root key of the configuration is for the first start only: not used")
	}
	return account, nil
}

func (s *Server) createAccount(ctx context.Context, tx *store.Tx) (Account, error) {
	now := store.Time{Time: s.config.Now()}
	account := Account{ID: s.config.AccountID, Created: true, RootAccessKeyID: s.config.RootAccessKeyID}
	if account.ID == "" {
		account.ID = aws.NewAccountID()
	}
	if err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: account.ID, CreatedAt: now}); err != nil {
		return Account{}, err
	}
	secret := s.config.RootSecretAccessKey
	if account.RootAccessKeyID == "" {
		id, err := aws.NewAccessKeyID(aws.LongTermKeyPrefix, account.ID)
		if err != nil {
			return Account{}, err
		}
		secret = aws.NewSecretAccessKey()
		account.RootAccessKeyID, account.RootSecretAccessKey = id, secret
	}
	err := tx.InsertAccessKey(ctx, store.AccessKey{
		AccessKeyID: account.RootAccessKeyID, AccountID: account.ID, Status: store.Active, CreatedAt: now,
	}, secret)
	return account, err
}
