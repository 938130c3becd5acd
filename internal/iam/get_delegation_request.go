package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// GetDelegationRequestInput has the parameters of GetDelegationRequest.
type GetDelegationRequestInput struct {
	DelegationRequestId       string `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w-]+"`
	DelegationPermissionCheck bool
}

// Permissions is the request.
func (in *GetDelegationRequestInput) Permissions(call aws.Call) []aws.Permission {
	return onDelegationRequest(call, in.DelegationRequestId)
}

// GetDelegationRequestOutput is the request, and whether the caller has the permissions that it asks for, if that was asked.
type GetDelegationRequestOutput struct {
	DelegationRequest     DelegationRequest
	PermissionCheckStatus string
	PermissionCheckResult string
}

// GetDelegationRequest tells of a request: whoever may take it, the account it belongs to, and the account that made it.
func (s *Service) GetDelegationRequest(ctx context.Context, call aws.Call, in *GetDelegationRequestInput) (*GetDelegationRequestOutput, error) {
	var out GetDelegationRequestOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		row, err := findDelegationRequest(ctx, tx, call, in.DelegationRequestId)
		if err != nil {
			return err
		}
		out.DelegationRequest, err = newDelegationRequest(ctx, tx, call, row, requestors{})
		return err
	})
	if err != nil {
		return nil, err
	}
	if !in.DelegationPermissionCheck {
		return &out, nil
	}
	asked, err := policy.Parse(policy.SessionPolicy, out.DelegationRequest.PermissionPolicy)
	if err != nil {
		return nil, aws.Internal(err)
	}
	granted, principal, err := s.Authorizer.Granted(ctx, call)
	if err != nil {
		return nil, err
	}
	out.PermissionCheckStatus, out.PermissionCheckResult = "COMPLETE", checkPermissions(&granted, principal, asked)
	return &out, nil
}
