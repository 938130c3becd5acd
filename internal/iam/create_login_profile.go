package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// CreateLoginProfileInput has the parameters of CreateLoginProfile (aws-iam section 6). Password is optional only for the
// sessions that AWS opens to give root one.
type CreateLoginProfileInput struct {
	UserName              string `minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Password              string `minlen:"1" maxlen:"128" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" secret:"true"`
	PasswordResetRequired bool
}

// Permissions is the user who gets the password.
func (in *CreateLoginProfileInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// CreateLoginProfileOutput is the new profile.
type CreateLoginProfileOutput struct {
	LoginProfile LoginProfile
}

// CreateLoginProfile gives a password to a user, or to the caller when no name is given, who has none (aws-iam sections
// 2.3 and 6).
func (s *Service) CreateLoginProfile(ctx context.Context, call aws.Call, in *CreateLoginProfileInput) (*CreateLoginProfileOutput, error) {
	if in.Password == "" {
		return nil, aws.Errorf(aws.ValidationError,
			"1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null")
	}
	var out *CreateLoginProfileOutput
	err := s.setPassword(ctx, call, newPassword{
		text: in.Password,
		find: func(ctx context.Context, tx *store.Tx) (passwordState, error) {
			return withoutPassword(ctx, tx, call, in.UserName)
		},
		write: func(ctx context.Context, tx *store.Tx, st passwordState, hash string, at store.Time) error {
			profile := store.InsertLoginProfileParams{
				UserID: st.user.UserID, PasswordHash: hash, ResetRequired: boolColumn(in.PasswordResetRequired),
				CreatedAt: store.Time{Time: call.Now}, ChangedAt: at,
			}
			out = &CreateLoginProfileOutput{LoginProfile{st.user.UserName, call.Now, in.PasswordResetRequired}}
			err := tx.InsertLoginProfile(ctx, profile)
			if errors.Is(err, store.ErrExists) {
				return errLoginProfileExists(st.user)
			}
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// withoutPassword finds the user a call is about, who must have no password yet.
func withoutPassword(ctx context.Context, tx *store.Tx, call aws.Call, userName string) (passwordState, error) {
	user, err := passwordOwner(ctx, tx, call, userName)
	if err != nil {
		return passwordState{}, err
	}
	st, err := passwordStateOf(ctx, tx, user)
	if err == nil && st.profile.PasswordHash != "" {
		err = errLoginProfileExists(user)
	}
	return st, err
}

func errLoginProfileExists(user store.User) *aws.Error {
	return aws.Errorf(aws.EntityAlreadyExists, "Login Profile for user %s already exists.", user.UserName)
}
