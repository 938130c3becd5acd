package iam

import (
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// User is an IAM user in replies (aws-iam section 3). Root's has neither Path nor UserName. PasswordLastUsed is not there,
// which means that the user never signed in with a password: there is nowhere to do that.
type User struct {
	Path                string
	UserName            string
	UserId              string
	Arn                 string
	CreateDate          time.Time
	PermissionsBoundary *PermissionsBoundary // only in the replies of CreateUser and GetUser
	Tags                []Tag                // likewise
}

func newUser(u store.User) User {
	return User{
		Path:       u.Path,
		UserName:   u.UserName,
		UserId:     u.UserID,
		Arn:        userARN(u),
		CreateDate: u.CreatedAt.Time,
	}
}

func userARN(u store.User) string { return aws.IAMARN(u.AccountID, "user", u.Path, u.UserName) }

func newUsers(rows []store.User) []User {
	users := make([]User, len(rows))
	for i, row := range rows {
		users[i] = newUser(row)
	}
	return users
}

func errUserExists(userName string) *aws.Error {
	return aws.Errorf(aws.EntityAlreadyExists, "User with name %s already exists.", userName)
}

func errNoUser(userName string) *aws.Error {
	return errNoEntity(aws.UserResource, userName)
}

// namedUser finds a user of the caller's account by name, ignoring case.
func namedUser(ctx context.Context, tx *store.Tx, call aws.Call, userName string) (store.User, error) {
	user, err := tx.UserByName(ctx, store.UserByNameParams{AccountID: call.Caller.AccountID, NameKey: store.NameKey(userName)})
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, errNoUser(userName)
	}
	return user, err
}

var errNotAsUser = aws.Errorf(aws.ValidationError, "Must specify userName when calling with non-User credentials")

// userOrCaller finds the user a call is about: the one it names, or the caller itself when it names none (aws-iam section
// 2.3). When that is root, the user is the zero value.
func userOrCaller(ctx context.Context, tx *store.Tx, call aws.Call, userName string) (store.User, error) {
	if userName != "" {
		return namedUser(ctx, tx, call, userName)
	}
	switch {
	case call.Caller.IsRoot():
		return store.User{}, nil
	case call.Caller.Type != aws.UserPrincipal:
		return store.User{}, errNotAsUser
	}
	user, err := tx.User(ctx, call.Caller.ID)
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, errNoUser(call.Caller.Name)
	}
	return user, err
}

// changeUser is the transaction of an action on a user that exists.
func (s *Service) changeUser(ctx context.Context, call aws.Call, userName string, change func(*store.Tx, store.User) error) error {
	return s.update(ctx, func(tx *store.Tx) error {
		user, err := namedUser(ctx, tx, call, userName)
		if err != nil {
			return err
		}
		return change(tx, user)
	})
}
