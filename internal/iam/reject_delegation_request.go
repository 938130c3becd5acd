package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// RejectDelegationRequestInput has the parameters of RejectDelegationRequest.
type RejectDelegationRequestInput struct {
	DelegationRequestId string `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w-]+"`
	Notes               string `maxlen:"500" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"`
}

// Permissions is the request.
func (in *RejectDelegationRequestInput) Permissions(call aws.Call) []aws.Permission {
	return onDelegationRequest(call, in.DelegationRequestId)
}

// RejectDelegationRequest ends a request whose token was not sent, for good.
func (s *Service) RejectDelegationRequest(ctx context.Context, call aws.Call, in *RejectDelegationRequestInput) (*query.NoResult, error) {
	from := []string{store.DelegationAssigned, store.DelegationPending, store.DelegationAccepted}
	return s.changeDelegationRequest(ctx, call, in.DelegationRequestId, from, func(row *store.DelegationRequest) error {
		row.State, row.RejectionReason = store.DelegationRejected, in.Notes
		return nil
	})
}
