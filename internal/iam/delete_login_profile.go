package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteLoginProfileInput has the parameters of DeleteLoginProfile (aws-iam section 6).
type DeleteLoginProfileInput struct {
	UserName string `minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the user who loses the password.
func (in *DeleteLoginProfileInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// DeleteLoginProfile takes the password from a user, or from the caller when no name is given (aws-iam sections 2.3 and
// 6). It stays among the former ones as long as the user lives: who deletes a password must not be able to use it again.
func (s *Service) DeleteLoginProfile(ctx context.Context, call aws.Call, in *DeleteLoginProfileInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		user, err := passwordOwner(ctx, tx, call, in.UserName)
		if err != nil {
			return err
		}
		st, err := withPassword(ctx, tx, user)
		if err != nil {
			return err
		}
		if err := keepFormerPassword(ctx, tx, st); err != nil {
			return err
		}
		_, err = tx.DeleteLoginProfile(ctx, user.UserID)
		return err
	})
}
