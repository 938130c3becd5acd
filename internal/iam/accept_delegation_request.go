package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// AcceptDelegationRequestInput has the parameters of AcceptDelegationRequest.
type AcceptDelegationRequestInput struct {
	DelegationRequestId string `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w-]+"`
}

// Permissions is the request.
func (in *AcceptDelegationRequestInput) Permissions(call aws.Call) []aws.Permission {
	return onDelegationRequest(call, in.DelegationRequestId)
}

// AcceptDelegationRequest makes the caller the one whom the delegated session will act for. It will have no permission that
// its approver has not.
func (s *Service) AcceptDelegationRequest(ctx context.Context, call aws.Call, in *AcceptDelegationRequestInput) (*query.NoResult, error) {
	if err := checkApprover(call.Caller); err != nil {
		return nil, err
	}
	from := []string{store.DelegationAssigned, store.DelegationPending}
	return s.changeDelegationRequest(ctx, call, in.DelegationRequestId, from, func(row *store.DelegationRequest) error {
		row.State = store.DelegationAccepted
		row.ApproverID, row.ApproverARN, row.ApproverKeyID = call.Caller.ID, call.Caller.ARN(), call.Caller.FirstKeyID()
		if session := call.Caller.Session; session != nil {
			row.ApproverSourceIdentity = session.SourceIdentity
		}
		return nil
	})
}

// checkApprover refuses root, which no policy of its account bounds, and sessions that may do less than their principal, or
// others things: the delegated session would not know.
func checkApprover(c aws.Caller) error {
	switch {
	case c.Type != aws.UserPrincipal && c.Type != aws.RolePrincipal:
		return aws.Errorf(aws.AccessDenied, "Delegation requests may not be accepted by root accounts.")
	case c.Session != nil && (c.Session.HasPolicies() || len(c.Session.Tags) > 0):
		return aws.Errorf(aws.AccessDenied, "Delegation requests may not be accepted by sessions with session policies or session tags.")
	}
	return nil
}
