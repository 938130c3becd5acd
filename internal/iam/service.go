package iam

import (
	"context"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/password"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/webidentity"
)

// Service performs the IAM actions. Each returns an *aws.Error or nil.
type Service struct {
	Store *store.Store
	// Authorizer gathers the policies that simulations go by.
	Authorizer *authz.Authorizer
	// Issuers are what accounts become by EnableOutboundWebIdentityFederation.
	Issuers *webidentity.Issuers
	// AWSMessagesOnly leaves out what daypass adds to AWS's texts: where a policy document is malformed, and how.
	AWSMessagesOnly bool
	MFA             authn.MFA // counts how codes were judged

	passwords password.Hasher
}

func (s *Service) view(ctx context.Context, fn func(*store.Tx) error) error {
	return aws.ClientError(s.Store.View(ctx, fn))
}

// update runs fn in a transaction, perhaps more than once.
func (s *Service) update(ctx context.Context, fn func(*store.Tx) error) error {
	return aws.ClientError(s.Store.Update(ctx, fn))
}

// MaxAccessKeys is how many access keys a user may have, and root (aws-iam section 14).
const MaxAccessKeys = 2

// Quotas (spec section 9.4).
const (
	maxUsers             = 5000
	maxGroups            = 300
	maxUserGroups        = 10
	maxVirtualMFADevices = 5000
	maxUserMFADevices    = 8
	maxTags              = 50 // of one resource
)

// errQuota has the text of aws-iam section 14.
func errQuota(name string, limit int) *aws.Error {
	return aws.Errorf(aws.LimitExceeded, "Cannot exceed quota for %s: %d", name, limit)
}
