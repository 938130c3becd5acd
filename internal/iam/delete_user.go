package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteUserInput has the parameters of DeleteUser (aws-iam section 3).
type DeleteUserInput struct {
	UserName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Resource is the user to be deleted.
func (in *DeleteUserInput) Resource(call aws.Call) aws.Resource {
	return userResource(call, in.UserName)
}

// DeleteUser deletes a user that has neither access keys nor MFA devices left (aws-iam section 3).
func (s *Service) DeleteUser(ctx context.Context, call aws.Call, in *DeleteUserInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		user, err := namedUser(ctx, tx, call, in.UserName)
		if err != nil {
			return err
		}
		if err := checkNothingLeft(ctx, tx, store.UserID(user.UserID)); err != nil {
			return err
		}
		if err := tx.DeleteTags(ctx, user.UserID); err != nil {
			return err
		}
		_, err = tx.DeleteUser(ctx, user.UserID)
		return err
	})
}

// checkNothingLeft refuses a user that still has something, in the order of aws-iam section 3.
func checkNothingLeft(ctx context.Context, tx *store.Tx, id store.UserID) error {
	keys, err := tx.UserAccessKeys(ctx, id)
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		return aws.Errorf(aws.DeleteConflict, "Cannot delete entity, must delete access keys first.")
	}
	devices, err := tx.UserMFADevices(ctx, id)
	if err != nil {
		return err
	}
	if len(devices) > 0 {
		return aws.Errorf(aws.DeleteConflict, "Cannot delete entity, must delete MFA device first.")
	}
	return nil
}
