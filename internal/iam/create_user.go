package iam

import (
	"cmp"
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// CreateUserInput has the parameters of CreateUser (aws-iam section 3).
type CreateUserInput struct {
	Path                string `minlen:"1" maxlen:"512" pattern:"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)" invalid:"It must begin and end with / and contain only alphanumeric characters and/or / characters."`
	UserName            string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PermissionsBoundary string `minlen:"20" maxlen:"2048"`
	Tags                []Tag  `maxitems:"50"`
}

// Permissions is the user to be created, with its boundary and tags.
func (in *CreateUserInput) Permissions(call aws.Call) []aws.Permission {
	needed := onNew(aws.IAMARN(call.Caller.AccountID, "user", cmp.Or(in.Path, "/"), in.UserName))
	if in.PermissionsBoundary != "" {
		needed = given(needed, aws.KeyPermissionsBoundary, in.PermissionsBoundary)
	}
	return withTagging(needed, "iam:TagUser", in.Tags)
}

// CreateUserOutput is the new user.
type CreateUserOutput struct {
	User User
}

// CreateUser makes a user. Names are unique in the account ignoring case, whatever the path (aws-iam sections 2.2 and 3).
func (s *Service) CreateUser(ctx context.Context, call aws.Call, in *CreateUserInput) (*CreateUserOutput, error) {
	if err := ignoringCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	user := store.User{
		UserID:      aws.NewUniqueID(aws.UserIDPrefix),
		AccountID:   call.Caller.AccountID,
		Path:        cmp.Or(in.Path, "/"),
		UserName:    in.UserName,
		NameKey:     store.NameKey(in.UserName),
		CreatedAt:   store.Time{Time: call.Now},
		BoundaryARN: in.PermissionsBoundary,
	}
	err := s.update(ctx, func(tx *store.Tx) error { return insertUser(ctx, tx, user, in.Tags) })
	if err != nil {
		return nil, err
	}
	out := &CreateUserOutput{User: newUser(user)}
	out.User.PermissionsBoundary = newPermissionsBoundary(user.BoundaryARN)
	out.User.Tags = asGiven(in.Tags)
	return out, nil
}

func insertUser(ctx context.Context, tx *store.Tx, user store.User, tags []Tag) error {
	if err := checkBoundary(ctx, tx, user.AccountID, user.BoundaryARN); err != nil {
		return err
	}
	users, err := tx.CountUsers(ctx, user.AccountID)
	if err != nil {
		return err
	}
	if users >= maxUsers {
		return errQuota("UsersPerAccount", maxUsers)
	}
	err = tx.InsertUser(ctx, store.InsertUserParams(user))
	if errors.Is(err, store.ErrExists) {
		return errUserExists(user.UserName)
	}
	if err != nil {
		return err
	}
	return ignoringCase.putTags(ctx, tx, user.UserID, tags)
}
