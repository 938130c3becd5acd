package iam

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetAccessKeyLastUsedInput has the parameters of GetAccessKeyLastUsed (aws-iam section 4).
type GetAccessKeyLastUsedInput struct {
	AccessKeyId string `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w]+" invalid:"It must contain only alphanumeric characters."`
}

// Permissions is the user who has the key.
func (in *GetAccessKeyLastUsedInput) Permissions(call aws.Call) []aws.Permission {
	return on(aws.Resource{
		ARN:  aws.IAMARN(call.Caller.AccountID, "user", "/", "*"),
		Text: "access key " + in.AccessKeyId,
		Type: aws.AccessKeyResource,
		Name: in.AccessKeyId,
	})
}

// GetAccessKeyLastUsedOutput says when a key was used last. Root's has no UserName.
type GetAccessKeyLastUsedOutput struct {
	UserName          string
	AccessKeyLastUsed AccessKeyLastUsed
}

// AccessKeyLastUsed is the last use of a key: the service and region of its credential scope, both N/A if there was none.
type AccessKeyLastUsed struct {
	LastUsedDate time.Time
	ServiceName  string
	Region       string
}

// GetAccessKeyLastUsed returns the last use of any key of the account. A key that is unknown, or another account's, gets
// AccessDenied even for root, and with AWS's spelling: no colon follows "perform" (aws-iam section 4).
func (s *Service) GetAccessKeyLastUsed(ctx context.Context, call aws.Call, in *GetAccessKeyLastUsedInput) (*GetAccessKeyLastUsedOutput, error) {
	var out GetAccessKeyLastUsedOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		key, err := tx.AccessKey(ctx, in.AccessKeyId)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err != nil || key.AccountID != call.Caller.AccountID {
			return aws.Errorf(aws.AccessDenied, "User: %s is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key %s",
				call.Caller.ARN(), in.AccessKeyId).Because(errors.New("no such access key in this account"))
		}
		out.AccessKeyLastUsed = AccessKeyLastUsed{
			LastUsedDate: key.LastUsedAt.Time,
			ServiceName:  cmp.Or(key.LastUsedService, "N/A"),
			Region:       cmp.Or(key.LastUsedRegion, "N/A"),
		}
		if key.UserID == "" {
			return nil
		}
		owner, err := tx.User(ctx, string(key.UserID))
		out.UserName = owner.UserName
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
