package authn

import (
	"context"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// loadKey reads a long-term access key, its secret and its principal.
func loadKey(ctx context.Context, st *store.Store, id string) (*longTermKey, error) {
	key := &longTermKey{}
	err := st.View(ctx, func(tx *store.Tx) error {
		record, err := tx.AccessKey(ctx, id)
		if err != nil {
			return err
		}
		if key.secret.text, err = tx.Secret(ctx, record); err != nil {
			return err
		}
		key.active = record.Status == store.Active
		if _, err := tx.ActiveAccount(ctx, record.AccountID); err != nil {
			return err
		}
		if record.UserID == "" {
			key.principal = rootOf(record.AccountID)
			return nil
		}
		user, err := tx.User(ctx, string(record.UserID))
		key.principal = principalOf(user)
		return err
	})
	return key, err
}

// loadPrincipal reads the user, role or root that a session is of, by its unique id. The error is store.ErrNotFound when
// it is gone.
func loadPrincipal(ctx context.Context, st *store.Store, accountID, id string) (aws.Principal, error) {
	var principal aws.Principal
	err := st.View(ctx, func(tx *store.Tx) error {
		if _, err := tx.ActiveAccount(ctx, accountID); err != nil {
			return err
		}
		switch {
		case id == accountID:
			principal = rootOf(accountID)
			return nil
		case strings.HasPrefix(id, aws.RoleIDPrefix):
			role, err := tx.Role(ctx, id)
			principal = aws.Principal{Type: aws.RolePrincipal, AccountID: role.AccountID, ID: role.RoleID, Path: role.Path, Name: role.RoleName}
			return err
		}
		user, err := tx.User(ctx, id)
		principal = principalOf(user)
		return err
	})
	return principal, err
}

func rootOf(accountID string) aws.Principal {
	return aws.Principal{Type: aws.RootPrincipal, AccountID: accountID, ID: accountID}
}

func principalOf(u store.User) aws.Principal {
	return aws.Principal{Type: aws.UserPrincipal, AccountID: u.AccountID, ID: u.UserID, Path: u.Path, Name: u.UserName}
}
