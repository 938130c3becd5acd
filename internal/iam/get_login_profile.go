package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetLoginProfileInput has the parameters of GetLoginProfile (aws-iam section 6).
type GetLoginProfileInput struct {
	UserName string `minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the user asked for.
func (in *GetLoginProfileInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// GetLoginProfileOutput is the profile.
type GetLoginProfileOutput struct {
	LoginProfile LoginProfile
}

// GetLoginProfile says whether a user, or the caller when no name is given, has a password (aws-iam sections 2.3 and 6).
func (s *Service) GetLoginProfile(ctx context.Context, call aws.Call, in *GetLoginProfileInput) (*GetLoginProfileOutput, error) {
	var out GetLoginProfileOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		user, err := passwordOwner(ctx, tx, call, in.UserName)
		if err != nil {
			return err
		}
		profile, err := loginProfile(ctx, tx, user)
		out.LoginProfile = newLoginProfile(user, profile)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
