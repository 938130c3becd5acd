package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UpdateAccessKeyInput has the parameters of UpdateAccessKey (aws-iam section 4).
type UpdateAccessKeyInput struct {
	UserName    string `minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	AccessKeyId string `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w]+" invalid:"It must contain only alphanumeric characters."`
	Status      string `required:"true" enum:"Active,Inactive,Expired"`
}

// Permissions is the user whose key it is.
func (in *UpdateAccessKeyInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// UpdateAccessKey activates or deactivates a key; setting the status it has changes nothing (aws-iam sections 2.5 and 4).
func (s *Service) UpdateAccessKey(ctx context.Context, call aws.Call, in *UpdateAccessKeyInput) (*query.NoResult, error) {
	if in.Status != store.Active && in.Status != store.Inactive {
		return nil, aws.Errorf(aws.InvalidInput, "The status of an access key cannot be set to %s.", in.Status)
	}
	return nil, s.changeAccessKey(ctx, call, in.UserName, in.AccessKeyId, func(tx *store.Tx) (int64, error) {
		return tx.SetAccessKeyStatus(ctx, store.SetAccessKeyStatusParams{AccessKeyID: in.AccessKeyId, Status: in.Status})
	})
}
