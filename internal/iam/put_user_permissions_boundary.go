package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// PutUserPermissionsBoundaryInput has the parameters of PutUserPermissionsBoundary (aws-iam section 10).
type PutUserPermissionsBoundaryInput struct {
	UserName            string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PermissionsBoundary string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the user to be bounded.
func (in *PutUserPermissionsBoundaryInput) Permissions(call aws.Call) []aws.Permission {
	return given(onUser(call, in.UserName), aws.KeyPermissionsBoundary, in.PermissionsBoundary)
}

// PutUserPermissionsBoundary makes a managed policy the boundary of a user, in place of the one it has (aws-iam section 10).
func (s *Service) PutUserPermissionsBoundary(ctx context.Context, call aws.Call, in *PutUserPermissionsBoundaryInput) (*query.NoResult, error) {
	return nil, s.changeUser(ctx, call, in.UserName, func(tx *store.Tx, user store.User) error {
		if err := checkBoundary(ctx, tx, user.AccountID, in.PermissionsBoundary); err != nil {
			return err
		}
		_, err := tx.SetUserBoundary(ctx, store.SetUserBoundaryParams{UserID: user.UserID, BoundaryARN: in.PermissionsBoundary})
		return err
	})
}
