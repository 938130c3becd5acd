package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteUserPermissionsBoundaryInput has the parameters of DeleteUserPermissionsBoundary (aws-iam section 10).
type DeleteUserPermissionsBoundaryInput struct {
	UserName string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the user to be bounded no more.
func (in *DeleteUserPermissionsBoundaryInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// DeleteUserPermissionsBoundary takes the boundary from a user that has one (aws-iam sections 2.5 and 10).
func (s *Service) DeleteUserPermissionsBoundary(ctx context.Context, call aws.Call, in *DeleteUserPermissionsBoundaryInput) (*query.NoResult, error) {
	return nil, s.changeUser(ctx, call, in.UserName, func(tx *store.Tx, user store.User) error {
		if user.BoundaryARN == "" {
			return errNoBoundary(aws.UserResource, user.UserName)
		}
		_, err := tx.SetUserBoundary(ctx, store.SetUserBoundaryParams{UserID: user.UserID, BoundaryARN: ""})
		return err
	})
}
