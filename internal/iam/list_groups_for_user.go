package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListGroupsForUserInput has the parameters of ListGroupsForUser (aws-iam section 5).
type ListGroupsForUserInput struct {
	UserName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the user.
func (in *ListGroupsForUserInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// ListGroupsForUserOutput is one page of groups.
type ListGroupsForUserOutput struct {
	Groups      []Group
	IsTruncated bool
	Marker      string
}

// ListGroupsForUser returns the groups that a user is in, by name ignoring case (aws-iam sections 2.4 and 5).
func (s *Service) ListGroupsForUser(ctx context.Context, call aws.Call, in *ListGroupsForUserInput) (*ListGroupsForUserOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListGroupsForUser", call.Caller.AccountID, store.NameKey(in.UserName))
	if err != nil {
		return nil, err
	}
	var groups []store.Group
	err = s.view(ctx, func(tx *store.Tx) error {
		user, err := namedUser(ctx, tx, call, in.UserName)
		if err != nil {
			return err
		}
		groups, err = tx.UserGroups(ctx, user.UserID)
		return err
	})
	if err != nil {
		return nil, err
	}
	groups, marker := cut(page, groups, func(g store.Group) string { return g.NameKey })
	return &ListGroupsForUserOutput{Groups: newGroups(groups), IsTruncated: marker != "", Marker: marker}, nil
}
