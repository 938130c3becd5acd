package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// TagUserInput has the parameters of TagUser (aws-iam section 11).
type TagUserInput struct {
	UserName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Tags     []Tag  `required:"true" maxitems:"50"`
}

// Permissions is the user to be tagged.
func (in *TagUserInput) Permissions(call aws.Call) []aws.Permission {
	return givenTags(onUser(call, in.UserName), in.Tags)
}

// TagUser adds tags to a user, or changes those it has (aws-iam sections 2.5 and 11).
func (s *Service) TagUser(ctx context.Context, call aws.Call, in *TagUserInput) (*query.NoResult, error) {
	if err := ignoringCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	return nil, s.changeUser(ctx, call, in.UserName, func(tx *store.Tx, user store.User) error {
		return ignoringCase.putTags(ctx, tx, user.UserID, in.Tags)
	})
}
