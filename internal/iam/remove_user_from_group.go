package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// RemoveUserFromGroupInput has the parameters of RemoveUserFromGroup (aws-iam section 5).
type RemoveUserFromGroupInput struct {
	GroupName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	UserName  string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the group; nothing is asked about the user.
func (in *RemoveUserFromGroupInput) Permissions(call aws.Call) []aws.Permission {
	return onGroup(call, in.GroupName)
}

// RemoveUserFromGroup ends a membership. That of a user who is no member has ended already (aws-iam sections 2.5 and 5).
func (s *Service) RemoveUserFromGroup(ctx context.Context, call aws.Call, in *RemoveUserFromGroupInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		user, group, err := userAndGroup(ctx, tx, call, in.UserName, in.GroupName)
		if err != nil {
			return err
		}
		_, err = tx.RemoveGroupMember(ctx, store.RemoveGroupMemberParams{GroupID: group.GroupID, UserID: user.UserID})
		return err
	})
}
