package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetUserInput has the parameters of GetUser (aws-iam section 3).
type GetUserInput struct {
	UserName string `minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the user asked for.
func (in *GetUserInput) Permissions(call aws.Call) []aws.Permission { return onUser(call, in.UserName) }

// GetUserOutput is the user.
type GetUserOutput struct {
	User User
}

// GetUser returns a user, or the caller when no name is given, root included (aws-iam sections 2.3 and 3).
func (s *Service) GetUser(ctx context.Context, call aws.Call, in *GetUserInput) (*GetUserOutput, error) {
	var out GetUserOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		user, err := userOrCaller(ctx, tx, call, in.UserName)
		if err != nil {
			return err
		}
		if user.UserID == "" {
			out.User, err = rootUser(ctx, tx, call.Caller.AccountID)
			return err
		}
		out.User = newUser(user)
		out.User.PermissionsBoundary = newPermissionsBoundary(user.BoundaryARN)
		out.User.Tags, err = tagsOf(ctx, tx, user.UserID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

func rootUser(ctx context.Context, tx *store.Tx, accountID string) (User, error) {
	account, err := tx.Account(ctx, accountID)
	return User{UserId: accountID, Arn: aws.RootARN(accountID), CreateDate: account.CreatedAt.Time}, err
}
