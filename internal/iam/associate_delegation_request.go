package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// AssociateDelegationRequestInput has the parameters of AssociateDelegationRequest.
type AssociateDelegationRequestInput struct {
	DelegationRequestId string `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w-]+"`
}

// Permissions is the request.
func (in *AssociateDelegationRequestInput) Permissions(call aws.Call) []aws.Permission {
	return onDelegationRequest(call, in.DelegationRequestId)
}

// AssociateDelegationRequest makes the caller the owner of a request that has none. One that names an account is only for who
// is of it.
func (s *Service) AssociateDelegationRequest(ctx context.Context, call aws.Call, in *AssociateDelegationRequestInput) (*query.NoResult, error) {
	from := []string{store.DelegationUnassigned}
	return s.changeDelegationRequest(ctx, call, in.DelegationRequestId, from, func(row *store.DelegationRequest) error {
		if row.OwnerAccount != "" && row.OwnerAccount != call.Caller.AccountID { // the account that made it, which may look on
			return aws.Errorf(aws.AccessDenied, "The delegation request with ID %s is meant for another account.", row.RequestID)
		}
		row.State = store.DelegationAssigned
		row.OwnerAccount, row.OwnerID, row.OwnerARN = call.Caller.AccountID, call.Caller.UserID(), call.Caller.ARN()
		return nil
	})
}
