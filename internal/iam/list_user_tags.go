package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListUserTagsInput has the parameters of ListUserTags (aws-iam section 11).
type ListUserTagsInput struct {
	UserName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the user.
func (in *ListUserTagsInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// ListUserTagsOutput is one page of tags.
type ListUserTagsOutput struct{ TagPage }

// ListUserTags returns the tags of a user by key (aws-iam sections 2.4 and 11).
func (s *Service) ListUserTags(ctx context.Context, call aws.Call, in *ListUserTagsInput) (*ListUserTagsOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListUserTags", call.Caller.AccountID, store.NameKey(in.UserName))
	if err != nil {
		return nil, err
	}
	var out ListUserTagsOutput
	err = s.view(ctx, func(tx *store.Tx) error {
		user, err := namedUser(ctx, tx, call, in.UserName)
		if err != nil {
			return err
		}
		out.TagPage, err = tagsPage(ctx, tx, page, user.UserID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
