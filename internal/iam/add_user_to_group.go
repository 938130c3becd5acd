package iam

import (
	"context"
	"slices"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// AddUserToGroupInput has the parameters of AddUserToGroup (aws-iam section 5).
type AddUserToGroupInput struct {
	GroupName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	UserName  string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the group; nothing is asked about the user.
func (in *AddUserToGroupInput) Permissions(call aws.Call) []aws.Permission {
	return onGroup(call, in.GroupName)
}

// AddUserToGroup makes a user a member of a group. One who is a member already stays one (aws-iam sections 2.5 and 5).
func (s *Service) AddUserToGroup(ctx context.Context, call aws.Call, in *AddUserToGroupInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		user, group, err := userAndGroup(ctx, tx, call, in.UserName, in.GroupName)
		if err != nil {
			return err
		}
		groups, err := tx.UserGroups(ctx, user.UserID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(groups, func(g store.Group) bool { return g.GroupID == group.GroupID }) {
			return nil
		}
		if len(groups) >= maxUserGroups {
			return errQuota("GroupsPerUser", maxUserGroups)
		}
		return tx.AddGroupMember(ctx, store.AddGroupMemberParams{GroupID: group.GroupID, UserID: user.UserID})
	})
}
