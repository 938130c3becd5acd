package iam

import (
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// LoginProfile says that a user has a password (aws-iam section 6). CreateDate is when the user got the first one.
type LoginProfile struct {
	UserName              string
	CreateDate            time.Time
	PasswordResetRequired bool
}

func newLoginProfile(user store.User, profile store.LoginProfile) LoginProfile {
	return LoginProfile{user.UserName, profile.CreatedAt.Time, profile.ResetRequired != 0}
}

func errNoLoginProfile(userName string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "Login Profile for User %s cannot be found.", userName)
}

// passwordOwner finds the user a call is about: the one it names, or the caller. Root has no password here, so root must
// name a user (aws-iam section 2.3).
func passwordOwner(ctx context.Context, tx *store.Tx, call aws.Call, userName string) (store.User, error) {
	user, err := userOrCaller(ctx, tx, call, userName)
	if err == nil && user.UserID == "" {
		return user, errNotAsUser
	}
	return user, err
}

func loginProfile(ctx context.Context, tx *store.Tx, user store.User) (store.LoginProfile, error) {
	profile, err := tx.LoginProfile(ctx, user.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return profile, errNoLoginProfile(user.UserName)
	}
	return profile, err
}

func boolColumn(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
