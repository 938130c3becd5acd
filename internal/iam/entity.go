package iam

import (
	"context"
	"errors"
	"fmt"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// entity is a user, group or role: what policies are attached to. Name has the stored spelling.
type entity struct {
	kind      aws.ResourceType
	id        string
	name      string
	accountID string
}

// findEntity finds a user, group or role of an account by name, ignoring case.
func findEntity(ctx context.Context, tx *store.Tx, accountID string, kind aws.ResourceType, name string) (entity, error) {
	found := entity{kind: kind, accountID: accountID}
	var err error
	switch key := store.NameKey(name); kind {
	case aws.UserResource:
		var user store.User
		user, err = tx.UserByName(ctx, store.UserByNameParams{AccountID: accountID, NameKey: key})
		found.id, found.name = user.UserID, user.UserName
	case aws.GroupResource:
		var group store.Group
		group, err = tx.GroupByName(ctx, store.GroupByNameParams{AccountID: accountID, NameKey: key})
		found.id, found.name = group.GroupID, group.GroupName
	case aws.RoleResource:
		var role store.Role
		role, err = tx.RoleByName(ctx, store.RoleByNameParams{AccountID: accountID, NameKey: key})
		found.id, found.name = role.RoleID, role.RoleName
	default:
		panic(fmt.Sprintf("internal error: a %s is no entity", kind))
	}
	if errors.Is(err, store.ErrNotFound) {
		return entity{}, errNoEntity(kind, name)
	}
	return found, err
}

// errNoEntity has the text of aws-iam section 17.
func errNoEntity(kind aws.ResourceType, name string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "The %s with name %s cannot be found.", kind, name)
}

// sortKey orders entities by kind and name.
func (e entity) sortKey() string { return string(e.kind) + "/" + store.NameKey(e.name) }

// changeEntity is the transaction of an action on a user, group or role that exists.
func (s *Service) changeEntity(ctx context.Context, call aws.Call, kind aws.ResourceType, name string, change func(*store.Tx, entity) error) error {
	return s.update(ctx, func(tx *store.Tx) error {
		e, err := findEntity(ctx, tx, call.Caller.AccountID, kind, name)
		if err != nil {
			return err
		}
		return change(tx, e)
	})
}
