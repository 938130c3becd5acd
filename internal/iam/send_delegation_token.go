package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// SendDelegationTokenInput has the parameters of SendDelegationToken.
type SendDelegationTokenInput struct {
	DelegationRequestId string `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w-]+"`
}

// Permissions is the request.
func (in *SendDelegationTokenInput) Permissions(call aws.Call) []aws.Permission {
	return onDelegationRequest(call, in.DelegationRequestId)
}

// SendDelegationToken releases the access that was accepted: from now on, and for as long as was asked for, the account that
// made the request can trade it in.
func (s *Service) SendDelegationToken(ctx context.Context, call aws.Call, in *SendDelegationTokenInput) (*query.NoResult, error) {
	from := []string{store.DelegationAccepted}
	return s.changeDelegationRequest(ctx, call, in.DelegationRequestId, from, func(row *store.DelegationRequest) error {
		if row.OnlySendByOwner != 0 && row.OwnerID != call.Caller.UserID() {
			return aws.Errorf(aws.AccessDenied, "The token of the delegation request with ID %s may only be sent by its owner.", row.RequestID)
		}
		row.State, row.SentAt = store.DelegationFinalized, store.Time{Time: call.Now}
		return nil
	})
}
