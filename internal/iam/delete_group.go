package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteGroupInput has the parameters of DeleteGroup (aws-iam section 5).
type DeleteGroupInput struct {
	GroupName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the group to be deleted.
func (in *DeleteGroupInput) Permissions(call aws.Call) []aws.Permission {
	return onGroup(call, in.GroupName)
}

// DeleteGroup deletes a group that has neither policies nor members left (aws-iam section 5).
func (s *Service) DeleteGroup(ctx context.Context, call aws.Call, in *DeleteGroupInput) (*query.NoResult, error) {
	return nil, s.changeGroup(ctx, call, in.GroupName, func(tx *store.Tx, group store.Group) error {
		if err := checkNoPolicies(ctx, tx, group.GroupID); err != nil {
			return err
		}
		members, err := tx.CountGroupUsers(ctx, group.GroupID)
		if err != nil {
			return err
		}
		if members > 0 {
			return errRemains("remove users from group")
		}
		_, err = tx.DeleteGroup(ctx, group.GroupID)
		return err
	})
}
