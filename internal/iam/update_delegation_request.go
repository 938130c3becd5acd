package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UpdateDelegationRequestInput has the parameters of UpdateDelegationRequest.
type UpdateDelegationRequestInput struct {
	DelegationRequestId string  `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w-]+"`
	Notes               *string `maxlen:"500" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"`
}

// Permissions is the request.
func (in *UpdateDelegationRequestInput) Permissions(call aws.Call) []aws.Permission {
	return onDelegationRequest(call, in.DelegationRequestId)
}

// UpdateDelegationRequest passes a request on to whoever in the account may accept it, with notes if there are any.
func (s *Service) UpdateDelegationRequest(ctx context.Context, call aws.Call, in *UpdateDelegationRequestInput) (*query.NoResult, error) {
	from := []string{store.DelegationAssigned, store.DelegationPending}
	return s.changeDelegationRequest(ctx, call, in.DelegationRequestId, from, func(row *store.DelegationRequest) error {
		row.State = store.DelegationPending
		if in.Notes != nil {
			row.Notes = *in.Notes
		}
		return nil
	})
}
