package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListDelegationRequestsInput has the parameters of ListDelegationRequests.
type ListDelegationRequestsInput struct {
	OwnerId  string `minlen:"20" maxlen:"2048" pattern:"^[a-zA-Z0-9:/+=,.@_-]+$"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is all requests.
func (in *ListDelegationRequestsInput) Permissions(call aws.Call) []aws.Permission {
	return onAll(call, string(aws.DelegationResource))
}

// ListDelegationRequestsOutput is one page of requests.
type ListDelegationRequestsOutput struct {
	DelegationRequests []DelegationRequest
	IsTruncated        bool `wire:"isTruncated"`
	Marker             string
}

// ListDelegationRequests returns the requests that have an owner in the caller's account, or that owner, by id.
func (s *Service) ListDelegationRequests(ctx context.Context, call aws.Call, in *ListDelegationRequestsInput) (*ListDelegationRequestsOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListDelegationRequests", call.Caller.AccountID, in.OwnerId)
	if err != nil {
		return nil, err
	}
	var out *ListDelegationRequestsOutput
	err = s.view(ctx, func(tx *store.Tx) error {
		rows, err := tx.OwnedDelegationRequests(ctx, store.OwnedDelegationRequestsParams{
			OwnerAccount: call.Caller.AccountID, AfterRequestID: page.after, OwnerARN: in.OwnerId, MaxItems: page.fetch(),
		})
		if err != nil {
			return err
		}
		rows, marker := cut(page, rows, func(row store.DelegationRequest) string { return row.RequestID })
		out = &ListDelegationRequestsOutput{
			DelegationRequests: make([]DelegationRequest, len(rows)), IsTruncated: marker != "", Marker: marker,
		}
		names := requestors{}
		for i, row := range rows {
			if out.DelegationRequests[i], err = newDelegationRequest(ctx, tx, call, row, names); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
