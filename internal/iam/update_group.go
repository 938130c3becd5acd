package iam

import (
	"cmp"
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UpdateGroupInput has the parameters of UpdateGroup (aws-iam section 5).
type UpdateGroupInput struct {
	GroupName    string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	NewPath      string `minlen:"1" maxlen:"512" pattern:"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)" invalid:"It must begin and end with / and contain only alphanumeric characters and/or / characters."`
	NewGroupName string `minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions are the group as it is, and as it is to be.
func (in *UpdateGroupInput) Permissions(call aws.Call) []aws.Permission {
	return onRename(call, aws.GroupResource, in.GroupName, in.NewPath, in.NewGroupName)
}

// UpdateGroup renames or moves a group. Its members and policies stay (aws-iam section 2.2).
func (s *Service) UpdateGroup(ctx context.Context, call aws.Call, in *UpdateGroupInput) (*query.NoResult, error) {
	return nil, s.changeGroup(ctx, call, in.GroupName, func(tx *store.Tx, group store.Group) error {
		name := cmp.Or(in.NewGroupName, group.GroupName)
		_, err := tx.RenameGroup(ctx, store.RenameGroupParams{
			GroupID: group.GroupID, Path: cmp.Or(in.NewPath, group.Path), GroupName: name, NameKey: store.NameKey(name),
		})
		if errors.Is(err, store.ErrExists) {
			return errGroupExists(name)
		}
		return err
	})
}
