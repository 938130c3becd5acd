package iam

import (
	"cmp"
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListGroupsInput has the parameters of ListGroups (aws-iam section 5).
type ListGroupsInput struct {
	PathPrefix string `minlen:"1" maxlen:"512" pattern:"\\u002F[\\u0021-\\u007F]*" invalid:"It must begin with the / character and contain only alphanumeric characters and/or / characters."`
	Marker     string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems   int32  `min:"1" max:"1000"`
}

// Permissions is all groups.
func (in *ListGroupsInput) Permissions(call aws.Call) []aws.Permission { return onAll(call, "group") }

// ListGroupsOutput is one page of groups.
type ListGroupsOutput struct {
	Groups      []Group
	IsTruncated bool
	Marker      string
}

// ListGroups returns the groups whose path begins with the prefix, by name ignoring case (aws-iam sections 2.2, 2.4 and 5).
func (s *Service) ListGroups(ctx context.Context, call aws.Call, in *ListGroupsInput) (*ListGroupsOutput, error) {
	prefix := cmp.Or(in.PathPrefix, "/")
	page, err := newPage(in.Marker, in.MaxItems, "ListGroups", call.Caller.AccountID, prefix)
	if err != nil {
		return nil, err
	}
	var groups []store.Group
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		groups, err = tx.Groups(ctx, store.GroupsParams{
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
	groups, marker := cut(page, groups, func(g store.Group) string { return g.NameKey })
	return &ListGroupsOutput{Groups: newGroups(groups), IsTruncated: marker != "", Marker: marker}, nil
}
