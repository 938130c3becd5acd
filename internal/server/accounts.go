package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// maxAccounts is how many accounts one deployment has at most.
const maxAccounts = 1000

// accountName is what AWS Organizations takes for a name.
var accountName = regexp.MustCompile(`^[ -~]{0,50}$`)

// CreateAccount makes a member account with a root key, which may do whatever its own policies allow: the service control
// policy FullAWSAccess bounds it. An empty id is chosen by chance.
func CreateAccount(ctx context.Context, st *store.Store, id, name string, now time.Time) (Account, error) {
	if id != "" && !aws.IsAccountID(id) {
		return Account{}, fmt.Errorf("account id %q is not 12 digits", id)
	}
	if !accountName.MatchString(name) {
		return Account{}, errors.New("the name of an account is 50 printable ASCII characters at most")
	}
	if id == "" {
		id = aws.NewAccountID()
	}
	var account Account
	err := st.Update(ctx, func(tx *store.Tx) error {
		if err := roomForAccount(ctx, tx); err != nil {
			return err
		}
		at := store.Time{Time: now}
		err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: id, CreatedAt: at, AccountName: name})
		if errors.Is(err, store.ErrExists) {
			return fmt.Errorf("account %s exists already", id)
		}
		if err == nil {
			err = tx.PutServiceControlPolicy(ctx, fullAWSAccess(id, at))
		}
		if err != nil {
			return err
		}
		account, err = newRootKey(ctx, tx, Account{ID: id, Created: true}, at)
		return err
	})
	return account, err
}

func roomForAccount(ctx context.Context, tx *store.Tx) error {
	if _, err := AccountID(ctx, tx); err != nil {
		return err
	}
	n, err := tx.CountAccounts(ctx)
	if err == nil && n >= maxAccounts {
		err = fmt.Errorf("there are %d accounts already", n)
	}
	return err
}

// ChosenAccountID is the account that a command is about: the management account when the operator names none.
func ChosenAccountID(ctx context.Context, tx *store.Tx, id string) (string, error) {
	if id == "" {
		return AccountID(ctx, tx)
	}
	account, err := existingAccount(ctx, tx, id)
	return account.AccountID, err
}

func existingAccount(ctx context.Context, tx *store.Tx, id string) (store.Account, error) {
	if !aws.IsAccountID(id) {
		return store.Account{}, fmt.Errorf("account id %q is not 12 digits", id)
	}
	account, err := tx.Account(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("there is no account %s", id)
	}
	return account, err
}

// memberAccount refuses the management account, which bounds the others and is not bounded.
func memberAccount(ctx context.Context, tx *store.Tx, id, refusal string) error {
	account, err := existingAccount(ctx, tx, id)
	if err == nil && account.Management != 0 {
		err = fmt.Errorf("account %s is the management account: %s", id, refusal)
	}
	return err
}

// SetAccountStatus makes an account store.Active or store.Suspended. The management account is always active: without it
// nobody could lift what was done to the others.
func SetAccountStatus(ctx context.Context, st *store.Store, id, status string) error {
	return st.Update(ctx, func(tx *store.Tx) error {
		if err := memberAccount(ctx, tx, id, "it is always active"); err != nil {
			return err
		}
		_, err := tx.SetAccountStatus(ctx, store.SetAccountStatusParams{AccountID: id, Status: status})
		return err
	})
}
