package iam

import (
	"cmp"
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UpdateUserInput has the parameters of UpdateUser (aws-iam section 3).
type UpdateUserInput struct {
	UserName    string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	NewPath     string `minlen:"1" maxlen:"512" pattern:"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)" invalid:"It must begin and end with / and contain only alphanumeric characters and/or / characters."`
	NewUserName string `minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions are the user as it is, and as it is to be.
func (in *UpdateUserInput) Permissions(call aws.Call) []aws.Permission {
	return onRename(call, aws.UserResource, in.UserName, in.NewPath, in.NewUserName)
}

// UpdateUser renames or moves a user. All that is its own stays with it, for that goes by the unique id (aws-iam section
// 2.2).
func (s *Service) UpdateUser(ctx context.Context, call aws.Call, in *UpdateUserInput) (*query.NoResult, error) {
	return nil, s.changeUser(ctx, call, in.UserName, func(tx *store.Tx, user store.User) error {
		name := cmp.Or(in.NewUserName, user.UserName)
		_, err := tx.RenameUser(ctx, store.RenameUserParams{
			UserID: user.UserID, Path: cmp.Or(in.NewPath, user.Path), UserName: name, NameKey: store.NameKey(name),
		})
		if errors.Is(err, store.ErrExists) {
			return errUserExists(name)
		}
		return err
	})
}
