package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteAccessKeyInput has the parameters of DeleteAccessKey (aws-iam section 4).
type DeleteAccessKeyInput struct {
	UserName    string `minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	AccessKeyId string `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w]+" invalid:"It must contain only alphanumeric characters."`
}

// Permissions is the user whose key it is.
func (in *DeleteAccessKeyInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// DeleteAccessKey deletes a key for good (aws-iam section 4).
func (s *Service) DeleteAccessKey(ctx context.Context, call aws.Call, in *DeleteAccessKeyInput) (*query.NoResult, error) {
	return nil, s.changeAccessKey(ctx, call, in.UserName, in.AccessKeyId, func(tx *store.Tx) (int64, error) {
		return tx.DeleteAccessKey(ctx, in.AccessKeyId)
	})
}
