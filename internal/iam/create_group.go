package iam

import (
	"cmp"
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// CreateGroupInput has the parameters of CreateGroup (aws-iam section 5).
type CreateGroupInput struct {
	Path      string `minlen:"1" maxlen:"512" pattern:"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)" invalid:"It must begin and end with / and contain only alphanumeric characters and/or / characters."`
	GroupName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the group to be created.
func (in *CreateGroupInput) Permissions(call aws.Call) []aws.Permission {
	return onNew(aws.IAMARN(call.Caller.AccountID, "group", cmp.Or(in.Path, "/"), in.GroupName))
}

// CreateGroupOutput is the new group.
type CreateGroupOutput struct {
	Group Group
}

// CreateGroup makes a group without members. Names are unique in the account ignoring case, whatever the path (aws-iam
// sections 2.2 and 5).
func (s *Service) CreateGroup(ctx context.Context, call aws.Call, in *CreateGroupInput) (*CreateGroupOutput, error) {
	group := store.Group{
		GroupID:   aws.NewUniqueID(aws.GroupIDPrefix),
		AccountID: call.Caller.AccountID,
		Path:      cmp.Or(in.Path, "/"),
		GroupName: in.GroupName,
		NameKey:   store.NameKey(in.GroupName),
		CreatedAt: store.Time{Time: call.Now},
	}
	err := s.update(ctx, func(tx *store.Tx) error { return insertGroup(ctx, tx, group) })
	if err != nil {
		return nil, err
	}
	return &CreateGroupOutput{Group: newGroup(group)}, nil
}

func insertGroup(ctx context.Context, tx *store.Tx, group store.Group) error {
	groups, err := tx.CountGroups(ctx, group.AccountID)
	if err != nil {
		return err
	}
	if groups >= maxGroups {
		return errQuota("GroupsPerAccount", maxGroups)
	}
	err = tx.InsertGroup(ctx, store.InsertGroupParams(group))
	if errors.Is(err, store.ErrExists) {
		return errGroupExists(group.GroupName)
	}
	return err
}
