package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UntagUserInput has the parameters of UntagUser (aws-iam section 11).
type UntagUserInput struct {
	UserName string   `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	TagKeys  []string `required:"true" minlen:"1" maxlen:"128" maxitems:"50" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
}

// Permissions is the user to lose tags.
func (in *UntagUserInput) Permissions(call aws.Call) []aws.Permission {
	return givenTagKeys(onUser(call, in.UserName), in.TagKeys)
}

// UntagUser takes tags from a user, by their keys in any case (aws-iam sections 2.5 and 11).
func (s *Service) UntagUser(ctx context.Context, call aws.Call, in *UntagUserInput) (*query.NoResult, error) {
	return nil, s.changeUser(ctx, call, in.UserName, func(tx *store.Tx, user store.User) error {
		return ignoringCase.removeTags(ctx, tx, user.UserID, in.TagKeys)
	})
}
