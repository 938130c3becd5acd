package iam

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// CreateAccessKeyInput has the parameters of CreateAccessKey (aws-iam section 4).
type CreateAccessKeyInput struct {
	UserName string `minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the user who gets the key.
func (in *CreateAccessKeyInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// CreateAccessKeyOutput is the new key.
type CreateAccessKeyOutput struct {
	AccessKey AccessKey
}

// AccessKey is a key with its secret, which is shown once. Root's has no UserName.
type AccessKey struct {
	UserName        string
	AccessKeyId     string
	Status          string
	SecretAccessKey string `secret:"true"`
	CreateDate      time.Time
}

// CreateAccessKey makes an active key for a user, or for the caller when no name is given; two keys are the most a user
// or root may have, active or not (aws-iam sections 2.3 and 4).
func (s *Service) CreateAccessKey(ctx context.Context, call aws.Call, in *CreateAccessKeyInput) (*CreateAccessKeyOutput, error) {
	id, err := aws.NewAccessKeyID(aws.LongTermKeyPrefix, call.Caller.AccountID)
	if err != nil {
		return nil, aws.Internal(err)
	}
	secret := aws.NewSecretAccessKey()
	var owner store.User
	err = s.update(ctx, func(tx *store.Tx) (err error) {
		if owner, err = userOrCaller(ctx, tx, call, in.UserName); err != nil {
			return err
		}
		keys, err := accessKeysOf(ctx, tx, call, owner)
		if err != nil {
			return err
		}
		if len(keys) >= MaxAccessKeys {
			return errQuota("AccessKeysPerUser", MaxAccessKeys)
		}
		return tx.InsertAccessKey(ctx, store.AccessKey{
			AccessKeyID: id,
			AccountID:   call.Caller.AccountID,
			UserID:      store.UserID(owner.UserID),
			Status:      store.Active,
			CreatedAt:   store.Time{Time: call.Now},
		}, secret)
	})
	if err != nil {
		return nil, err
	}
	return &CreateAccessKeyOutput{AccessKey: AccessKey{
		UserName:        owner.UserName,
		AccessKeyId:     id,
		Status:          store.Active,
		SecretAccessKey: secret,
		CreateDate:      call.Now,
	}}, nil
}
