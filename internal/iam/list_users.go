package iam

import (
	"cmp"
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListUsersInput has the parameters of ListUsers (aws-iam section 3).
type ListUsersInput struct {
	PathPrefix string `minlen:"1" maxlen:"512" pattern:"\\u002F[\\u0021-\\u007F]*" invalid:"It must begin with the / character and contain only alphanumeric characters and/or / characters."`
	Marker     string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems   int32  `min:"1" max:"1000"`
}

// Permissions is all users.
func (in *ListUsersInput) Permissions(call aws.Call) []aws.Permission { return onAll(call, "user") }

// ListUsersOutput is one page of users.
type ListUsersOutput struct {
	Users       []User
	IsTruncated bool
	Marker      string
}

// ListUsers returns the users whose path begins with the prefix, by name ignoring case, without their tags and
// boundaries (aws-iam sections 2.2, 2.4 and 3).
func (s *Service) ListUsers(ctx context.Context, call aws.Call, in *ListUsersInput) (*ListUsersOutput, error) {
	prefix := cmp.Or(in.PathPrefix, "/")
	page, err := newPage(in.Marker, in.MaxItems, "ListUsers", call.Caller.AccountID, prefix)
	if err != nil {
		return nil, err
	}
	var users []store.User
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		users, err = tx.Users(ctx, store.UsersParams{
			AccountID:    call.Caller.AccountID,
			AfterNameKey: page.after,
			PathFrom:     prefix,
			PathTo:       pathEnd(prefix),
			MaxItems:     page.fetch(),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	users, marker := cut(page, users, func(u store.User) string { return u.NameKey })
	return &ListUsersOutput{Users: newUsers(users), IsTruncated: marker != "", Marker: marker}, nil
}
