package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteUserInput has the parameters of DeleteUser (aws-iam section 3).
type DeleteUserInput struct {
	UserName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the user to be deleted.
func (in *DeleteUserInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// DeleteUser deletes a user that has nothing left but tags, a boundary and the passwords of former days (aws-iam
// section 3).
func (s *Service) DeleteUser(ctx context.Context, call aws.Call, in *DeleteUserInput) (*query.NoResult, error) {
	return nil, s.changeUser(ctx, call, in.UserName, func(tx *store.Tx, user store.User) error {
		if err := checkNothingLeft(ctx, tx, user.UserID); err != nil {
			return err
		}
		if err := tx.DeleteAllFormerPasswords(ctx, user.UserID); err != nil {
			return err
		}
		if err := tx.DeleteTags(ctx, user.UserID); err != nil {
			return err
		}
		_, err := tx.DeleteUser(ctx, user.UserID)
		return err
	})
}

// checkNothingLeft refuses a user that still has something, in the order of aws-iam section 3.
func checkNothingLeft(ctx context.Context, tx *store.Tx, userID string) error {
	if err := checkNoPolicies(ctx, tx, userID); err != nil {
		return err
	}
	if err := checkNoCredentials(ctx, tx, userID); err != nil {
		return err
	}
	groups, err := tx.UserGroups(ctx, userID)
	if err == nil && len(groups) > 0 {
		return errRemains("remove users from group")
	}
	return err
}

func checkNoCredentials(ctx context.Context, tx *store.Tx, userID string) error {
	keys, err := tx.UserAccessKeys(ctx, store.UserID(userID))
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		return errRemains("delete access keys")
	}
	_, err = tx.LoginProfile(ctx, userID)
	if err == nil {
		return errRemains("delete login profile")
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	devices, err := tx.UserMFADevices(ctx, store.UserID(userID))
	if err == nil && len(devices) > 0 {
		return errRemains("delete MFA device")
	}
	return err
}
