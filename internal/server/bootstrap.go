package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/store"
)

// Account is an account with its root key, which is there only when it was just made.
type Account struct {
	ID              string
	Created         bool
	RootAccessKeyID string
	// RootSecretAccessKey is empty when the configuration gave it: whoever did knows it.
	RootSecretAccessKey string
}

// ErrNoAccount is returned by AccountID before the first start.
var ErrNoAccount = errors.New("there is no account yet: start the server once")

// AccountID is the management account: the one that the first start made.
func AccountID(ctx context.Context, tx *store.Tx) (string, error) {
	account, err := tx.ManagementAccount(ctx)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoAccount
	}
	return account.AccountID, err
}

// Bootstrap creates the account and its root key at the first start. At a later one it checks that the configuration
// means the account that is there.
func (s *Server) Bootstrap(ctx context.Context) (Account, error) {
	var account Account
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		id, err := AccountID(ctx, tx)
		if errors.Is(err, ErrNoAccount) {
			account, err = s.createAccount(ctx, tx)
			return err
		}
		account = Account{ID: id}
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
	s.gateway.Own(account.ID)
	s.extauth.Own(account.ID)
	s.verifiers.Manage(account.ID)
	return account, nil
}

func (s *Server) createAccount(ctx context.Context, tx *store.Tx) (Account, error) {
	now := store.Time{Time: s.config.Now()}
	account := Account{ID: s.config.AccountID, Created: true, RootAccessKeyID: s.config.RootAccessKeyID}
	if account.ID == "" {
		account.ID = aws.NewAccountID()
	}
	if err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: account.ID, CreatedAt: now, Management: 1}); err != nil {
		return Account{}, err
	}
	if account.RootAccessKeyID != "" {
		return account, insertRootKey(ctx, tx, account, s.config.RootSecretAccessKey, now)
	}
	return newRootKey(ctx, tx, account, now)
}

// newRootKey gives an account a root key of random making.
func newRootKey(ctx context.Context, tx *store.Tx, account Account, now store.Time) (Account, error) {
	id, err := aws.NewAccessKeyID(aws.LongTermKeyPrefix, account.ID)
	if err != nil {
		return Account{}, err
	}
	account.RootAccessKeyID, account.RootSecretAccessKey = id, aws.NewSecretAccessKey()
	return account, insertRootKey(ctx, tx, account, account.RootSecretAccessKey, now)
}

func insertRootKey(ctx context.Context, tx *store.Tx, account Account, secret string, now store.Time) error {
	return tx.InsertAccessKey(ctx, store.AccessKey{
		AccessKeyID: account.RootAccessKeyID, AccountID: account.ID, Status: store.Active, CreatedAt: now,
	}, secret)
}

// ErrRootKeys is returned by CreateRootKey when the root has as many keys as it may.
var ErrRootKeys = fmt.Errorf("the root has %d access keys already", iam.MaxAccessKeys)

// CreateRootKey makes another root key for an account, for an operator who has lost the first one. An empty account id is
// the management account's. With replace the new key takes the place of all there are.
func CreateRootKey(ctx context.Context, st *store.Store, accountID string, now time.Time, replace bool) (Account, error) {
	var account Account
	err := st.Update(ctx, func(tx *store.Tx) error {
		id, err := ChosenAccountID(ctx, tx, accountID)
		if err != nil {
			return err
		}
		if err := makeRoomForRootKey(ctx, tx, id, replace); err != nil {
			return err
		}
		account, err = newRootKey(ctx, tx, Account{ID: id}, store.Time{Time: now})
		return err
	})
	return account, err
}

func makeRoomForRootKey(ctx context.Context, tx *store.Tx, accountID string, replace bool) error {
	keys, err := tx.RootAccessKeys(ctx, accountID)
	if err != nil {
		return err
	}
	if !replace {
		if len(keys) >= iam.MaxAccessKeys {
			return ErrRootKeys
		}
		return nil
	}
	for _, key := range keys {
		if _, err := tx.DeleteAccessKey(ctx, key.AccessKeyID); err != nil {
			return err
		}
	}
	return nil
}
