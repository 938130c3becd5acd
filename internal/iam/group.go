package iam

import (
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// Group is a group of users in replies (aws-iam section 5). Groups have no tags and no boundary.
type Group struct {
	Path       string
	GroupName  string
	GroupId    string
	Arn        string
	CreateDate time.Time
}

func newGroup(g store.Group) Group {
	return Group{
		Path:       g.Path,
		GroupName:  g.GroupName,
		GroupId:    g.GroupID,
		Arn:        groupARN(g),
		CreateDate: g.CreatedAt.Time,
	}
}

func groupARN(g store.Group) string { return aws.IAMARN(g.AccountID, "group", g.Path, g.GroupName) }

func newGroups(rows []store.Group) []Group {
	groups := make([]Group, len(rows))
	for i, row := range rows {
		groups[i] = newGroup(row)
	}
	return groups
}

func errGroupExists(groupName string) *aws.Error {
	return aws.Errorf(aws.EntityAlreadyExists, "Group with name %s already exists.", groupName)
}

// namedGroup finds a group of the caller's account by name, ignoring case.
func namedGroup(ctx context.Context, tx *store.Tx, call aws.Call, groupName string) (store.Group, error) {
	group, err := tx.GroupByName(ctx, store.GroupByNameParams{AccountID: call.Caller.AccountID, NameKey: store.NameKey(groupName)})
	if errors.Is(err, store.ErrNotFound) {
		return store.Group{}, errNoEntity(aws.GroupResource, groupName)
	}
	return group, err
}

// userAndGroup finds both. When neither exists, AWS speaks of the user (aws-iam section 5).
func userAndGroup(ctx context.Context, tx *store.Tx, call aws.Call, userName, groupName string) (store.User, store.Group, error) {
	user, err := namedUser(ctx, tx, call, userName)
	if err != nil {
		return store.User{}, store.Group{}, err
	}
	group, err := namedGroup(ctx, tx, call, groupName)
	return user, group, err
}

// changeGroup is the transaction of an action on a group that exists.
func (s *Service) changeGroup(ctx context.Context, call aws.Call, groupName string, change func(*store.Tx, store.Group) error) error {
	return s.update(ctx, func(tx *store.Tx) error {
		group, err := namedGroup(ctx, tx, call, groupName)
		if err != nil {
			return err
		}
		return change(tx, group)
	})
}
