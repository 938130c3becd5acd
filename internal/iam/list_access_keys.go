package iam

import (
	"context"
	"fmt"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListAccessKeysInput has the parameters of ListAccessKeys (aws-iam section 4).
type ListAccessKeysInput struct {
	UserName string `minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the user whose keys are listed.
func (in *ListAccessKeysInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// ListAccessKeysOutput is one page of keys.
type ListAccessKeysOutput struct {
	AccessKeyMetadata []AccessKeyMetadata
	IsTruncated       bool
	Marker            string
}

// AccessKeyMetadata is a key without its secret. Root's has no UserName.
type AccessKeyMetadata struct {
	UserName    string
	AccessKeyId string
	Status      string
	CreateDate  time.Time
}

// ListAccessKeys returns the keys of a user, or of the caller when no name is given, oldest first (aws-iam sections 2.3,
// 2.4 and 4).
func (s *Service) ListAccessKeys(ctx context.Context, call aws.Call, in *ListAccessKeysInput) (*ListAccessKeysOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListAccessKeys", call.Caller.ID, store.NameKey(in.UserName))
	if err != nil {
		return nil, err
	}
	var owner store.User
	var keys []store.AccessKey
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		if owner, err = userOrCaller(ctx, tx, call, in.UserName); err != nil {
			return err
		}
		keys, err = accessKeysOf(ctx, tx, call, owner)
		return err
	})
	if err != nil {
		return nil, err
	}
	keys, marker := cut(page, keys, byAge)
	out := &ListAccessKeysOutput{
		AccessKeyMetadata: make([]AccessKeyMetadata, len(keys)), IsTruncated: marker != "", Marker: marker,
	}
	for i, key := range keys {
		out.AccessKeyMetadata[i] = AccessKeyMetadata{owner.UserName, key.AccessKeyID, key.Status, key.CreatedAt.Time}
	}
	return out, nil
}

// byAge sorts keys as the store does.
func byAge(key store.AccessKey) string {
	return fmt.Sprintf("%020d%s", key.CreatedAt.UnixMicro(), key.AccessKeyID)
}
