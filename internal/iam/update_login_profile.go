package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UpdateLoginProfileInput has the parameters of UpdateLoginProfile (aws-iam section 6). What is absent stays as it is.
type UpdateLoginProfileInput struct {
	UserName              string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Password              string `minlen:"1" maxlen:"128" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" secret:"true"`
	PasswordResetRequired *bool
}

// Permissions is the user whose password is changed.
func (in *UpdateLoginProfileInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// UpdateLoginProfile gives a user another password, and says whether the user has to change it (aws-iam section 6).
func (s *Service) UpdateLoginProfile(ctx context.Context, call aws.Call, in *UpdateLoginProfileInput) (*query.NoResult, error) {
	if in.Password == "" {
		return nil, s.update(ctx, func(tx *store.Tx) error { return in.setReset(ctx, tx, call) })
	}
	return nil, s.setPassword(ctx, call, newPassword{
		text: in.Password,
		find: func(ctx context.Context, tx *store.Tx) (passwordState, error) {
			user, err := namedUser(ctx, tx, call, in.UserName)
			if err != nil {
				return passwordState{}, err
			}
			return withPassword(ctx, tx, user)
		},
		write: func(ctx context.Context, tx *store.Tx, st passwordState, hash string, at store.Time) error {
			change := store.SetPasswordParams{
				UserID: st.user.UserID, PasswordHash: hash, ResetRequired: st.profile.ResetRequired, ChangedAt: at,
			}
			if in.PasswordResetRequired != nil {
				change.ResetRequired = boolColumn(*in.PasswordResetRequired)
			}
			_, err := tx.SetPassword(ctx, change)
			return err
		},
	})
}

func (in *UpdateLoginProfileInput) setReset(ctx context.Context, tx *store.Tx, call aws.Call) error {
	user, err := namedUser(ctx, tx, call, in.UserName)
	if err != nil {
		return err
	}
	if _, err := loginProfile(ctx, tx, user); err != nil || in.PasswordResetRequired == nil {
		return err
	}
	_, err = tx.SetPasswordReset(ctx, store.SetPasswordResetParams{
		UserID: user.UserID, ResetRequired: boolColumn(*in.PasswordResetRequired),
	})
	return err
}
