package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// accessKeysOf returns the keys of a user, or of root when owner is the zero value, oldest first.
func accessKeysOf(ctx context.Context, tx *store.Tx, call aws.Call, owner store.User) ([]store.AccessKey, error) {
	if owner.UserID == "" {
		return tx.RootAccessKeys(ctx, call.Caller.AccountID)
	}
	return tx.UserAccessKeys(ctx, store.UserID(owner.UserID))
}

// changeAccessKey runs change in a transaction in which the key is there and belongs to the named user, or to the caller
// when userName is empty. Anybody else's key does not exist for the client (aws-iam section 4).
func (s *Service) changeAccessKey(ctx context.Context, call aws.Call, userName, accessKeyID string, change func(*store.Tx) (int64, error)) error {
	return s.update(ctx, func(tx *store.Tx) error {
		owner, err := userOrCaller(ctx, tx, call, userName)
		if err != nil {
			return err
		}
		key, err := tx.AccessKey(ctx, accessKeyID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err != nil || key.AccountID != call.Caller.AccountID || string(key.UserID) != owner.UserID {
			return aws.Errorf(aws.NoSuchEntity, "The Access Key with id %s cannot be found.", accessKeyID)
		}
		_, err = change(tx)
		return err
	})
}
