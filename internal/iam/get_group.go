package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetGroupInput has the parameters of GetGroup (aws-iam section 5).
type GetGroupInput struct {
	GroupName string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker    string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems  int32  `min:"1" max:"1000"`
}

// Permissions is the group asked for.
func (in *GetGroupInput) Permissions(call aws.Call) []aws.Permission {
	return onGroup(call, in.GroupName)
}

// GetGroupOutput is the group, and one page of its members.
type GetGroupOutput struct {
	Group       Group
	Users       []User
	IsTruncated bool
	Marker      string
}

// GetGroup returns a group and its members by name, ignoring case (aws-iam sections 2.4 and 5).
func (s *Service) GetGroup(ctx context.Context, call aws.Call, in *GetGroupInput) (*GetGroupOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "GetGroup", call.Caller.AccountID, store.NameKey(in.GroupName))
	if err != nil {
		return nil, err
	}
	var group store.Group
	var users []store.User
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		if group, err = namedGroup(ctx, tx, call, in.GroupName); err != nil {
			return err
		}
		users, err = tx.GroupUsers(ctx, store.GroupUsersParams{
			GroupID: group.GroupID, AfterNameKey: page.after, MaxItems: page.fetch(),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	users, marker := cut(page, users, func(u store.User) string { return u.NameKey })
	return &GetGroupOutput{Group: newGroup(group), Users: newUsers(users), IsTruncated: marker != "", Marker: marker}, nil
}
