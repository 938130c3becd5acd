package iam

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// ChangePasswordInput has the parameters of ChangePassword (aws-iam section 6).
type ChangePasswordInput struct {
	OldPassword string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" secret:"true"`
	NewPassword string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" secret:"true"`
}

// Permissions is the caller.
func (in *ChangePasswordInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, call.Caller.Name)
}

var (
	errNotAUser         = aws.Errorf(aws.InvalidUserType, "Only IAM Users can change their own password")
	errWrongOldPassword = aws.Errorf(aws.AccessDenied, "The old password was incorrect")
)

// ChangePassword gives the calling user another password when the old one is right (aws-iam section 6).
func (s *Service) ChangePassword(ctx context.Context, call aws.Call, in *ChangePasswordInput) (*query.NoResult, error) {
	if call.Caller.Type != aws.UserPrincipal {
		return nil, errNotAUser
	}
	old, err := s.checkOldPassword(ctx, call, in.OldPassword)
	if err != nil {
		return nil, err
	}
	return nil, s.replacePassword(ctx, call, old, in.NewPassword)
}

// replacePassword changes the caller's password while it is still the one with this hash.
func (s *Service) replacePassword(ctx context.Context, call aws.Call, old, text string) error {
	return s.setPassword(ctx, call, newPassword{
		text: text,
		find: func(ctx context.Context, tx *store.Tx) (passwordState, error) {
			st, err := callersPassword(ctx, tx, call)
			if err == nil && st.profile.PasswordHash != old {
				err = errPasswordChanging
			}
			return st, err
		},
		write: func(ctx context.Context, tx *store.Tx, st passwordState, hash string, at store.Time) error {
			_, err := tx.SetPassword(ctx, store.SetPasswordParams{UserID: st.user.UserID, PasswordHash: hash, ChangedAt: at})
			return err
		},
	})
}

func callersPassword(ctx context.Context, tx *store.Tx, call aws.Call) (passwordState, error) {
	user, err := userOrCaller(ctx, tx, call, "")
	if err != nil {
		return passwordState{}, err
	}
	return withPassword(ctx, tx, user)
}

// checkOldPassword returns the hash of the caller's password when old is that password. It counts a guess before it looks
// at it, so that any number of guesses at the same time are not more than are allowed one after the other: somebody who
// stole the user's access key must not find the password with it.
func (s *Service) checkOldPassword(ctx context.Context, call aws.Call, old string) (hash string, err error) {
	var st passwordState
	var wait error
	err = s.update(ctx, func(tx *store.Tx) (err error) {
		if st, err = callersPassword(ctx, tx, call); err != nil {
			return err
		}
		wait = nil
		if until := st.profile.LockedUntil; call.Now.Before(until.Time) {
			wait = fmt.Errorf("no old password is taken until %s, after %d wrong ones", until.UTC().Format(time.RFC3339), st.profile.WrongPasswords)
			return nil
		}
		return countGuesses(ctx, tx, st.user, st.profile.WrongPasswords+1, call.Now)
	})
	if err != nil {
		return "", err
	}
	if wait != nil {
		return "", errWrongOldPassword.Because(wait)
	}
	right, err := s.passwords.Matches(ctx, st.profile.PasswordHash, old)
	if err != nil {
		return "", hashingError(err)
	}
	if !right {
		return "", errWrongOldPassword.Because(errors.New("the old password is wrong"))
	}
	return st.profile.PasswordHash, s.update(ctx, func(tx *store.Tx) error { return countGuesses(ctx, tx, st.user, 0, call.Now) })
}

func countGuesses(ctx context.Context, tx *store.Tx, user store.User, wrong int64, now time.Time) error {
	_, err := tx.RecordWrongPassword(ctx, store.RecordWrongPasswordParams{
		UserID: user.UserID, WrongPasswords: wrong, LockedUntil: store.Time{Time: authn.LockedUntil(wrong, now)},
	})
	return err
}
