package iam

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// How long a delegation request waits in a state before it expires.
const (
	unassignedLife = 24 * time.Hour
	delegationLife = 7 * 24 * time.Hour
)

// delegationExpired is the state that is never stored: it follows from the instant.
const delegationExpired = "EXPIRED"

// maxDelegationRequests is how many requests of an account may wait, or be remembered.
const maxDelegationRequests = 1000

// DelegationPermission says what is asked for: a template, and what is put in its placeholders.
type DelegationPermission struct {
	PolicyTemplateArn string            `minlen:"20" maxlen:"2048"`
	Parameters        []PolicyParameter `maxitems:"50"`
}

// PolicyParameter has what takes the place of @{Name} in a template.
type PolicyParameter struct {
	Name   string   `minlen:"5" maxlen:"256" pattern:"[ -~]+"`
	Values []string `pattern:"[ -~]+"`
	Type   string   `enum:"string,stringList"`
}

// DelegationRequest is a request for temporary access in replies.
type DelegationRequest struct {
	DelegationRequestId string
	OwnerAccountId      string
	Description         string
	RequestMessage      string
	Permissions         DelegationPermission
	PermissionPolicy    string
	OwnerId             string
	ApproverId          string
	State               string
	ExpirationTime      time.Time
	RequestorId         string
	RequestorName       string
	CreateDate          time.Time
	SessionDuration     int64
	RedirectUrl         string
	Notes               string
	RejectionReason     string
	OnlySendByOwner     bool
	UpdatedTime         time.Time
}

// requestors are the names of accounts, remembered during one reply.
type requestors map[string]string

func (r requestors) name(ctx context.Context, tx *store.Tx, accountID string) (string, error) {
	if name, known := r[accountID]; known {
		return name, nil
	}
	account, err := tx.Account(ctx, accountID)
	r[accountID] = account.AccountName
	return account.AccountName, err
}

// newDelegationRequest leaves out the notes and the people of the owner's account when another account reads.
func newDelegationRequest(ctx context.Context, tx *store.Tx, call aws.Call, row store.DelegationRequest, names requestors) (DelegationRequest, error) {
	requestor, err := names.name(ctx, tx, row.RequestorAccount)
	if err != nil {
		return DelegationRequest{}, err
	}
	d := DelegationRequest{
		DelegationRequestId: row.RequestID,
		OwnerAccountId:      row.OwnerAccount,
		Description:         row.Description,
		RequestMessage:      row.RequestMessage,
		Permissions:         DelegationPermission{PolicyTemplateArn: row.TemplateARN},
		PermissionPolicy:    row.PermissionPolicy,
		State:               delegationState(row, call.Now),
		ExpirationTime:      row.ExpiresAt.Time,
		RequestorId:         row.RequestorAccount,
		RequestorName:       requestor,
		CreateDate:          row.CreatedAt.Time,
		SessionDuration:     row.SessionDuration,
		RedirectUrl:         row.RedirectTo,
		RejectionReason:     row.RejectionReason,
		OnlySendByOwner:     row.OnlySendByOwner != 0,
		UpdatedTime:         row.UpdatedAt.Time,
	}
	if row.OwnerAccount == call.Caller.AccountID {
		d.OwnerId, d.ApproverId, d.Notes = row.OwnerARN, row.ApproverARN, row.Notes
	}
	return d, json.Unmarshal([]byte(row.Parameters), &d.Permissions.Parameters)
}

func delegationState(row store.DelegationRequest, now time.Time) string {
	if !now.Before(row.ExpiresAt.Time) {
		return delegationExpired
	}
	return row.State
}

// onDelegationRequest asks about a request by its id. In policies it is one of the caller's account, whosever it is.
func onDelegationRequest(call aws.Call, id string) []aws.Permission {
	arn := aws.IAMARN(call.Caller.AccountID, string(aws.DelegationResource), "/", id)
	return on(aws.Resource{ARN: arn, Text: arn, Type: aws.DelegationResource, Name: id})
}

// findDelegationRequest finds a request that the caller's account may know of: one it made, one it is asked by, or one that
// is anybody's to take. Every other one does not exist.
func findDelegationRequest(ctx context.Context, tx *store.Tx, call aws.Call, id string) (store.DelegationRequest, error) {
	row, err := tx.DelegationRequest(ctx, id)
	account := call.Caller.AccountID
	switch {
	case errors.Is(err, store.ErrNotFound):
		return row, errNoDelegationRequest(id)
	case err != nil, row.OwnerAccount == "", row.OwnerAccount == account, row.RequestorAccount == account:
		return row, err
	}
	return row, errNoDelegationRequest(id)
}

func errNoDelegationRequest(id string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "The delegation request with ID %s cannot be found.", id)
}

// changeDelegationRequest takes a request of the caller's account on from one of the states, and gives it another week. The
// transaction makes of two at once one after the other.
func (s *Service) changeDelegationRequest(ctx context.Context, call aws.Call, id string, from []string, change func(*store.DelegationRequest) error) (*query.NoResult, error) {
	err := s.update(ctx, func(tx *store.Tx) error {
		row, err := findDelegationRequest(ctx, tx, call, id)
		if err != nil {
			return err
		}
		if row.OwnerID != "" && row.OwnerAccount != call.Caller.AccountID { // whoever made it may look on
			return aws.Errorf(aws.AccessDenied, "The delegation request with ID %s belongs to another account.", id)
		}
		if state := delegationState(row, call.Now); !slices.Contains(from, state) {
			return aws.Errorf(aws.InvalidInput, "The delegation request with ID %s is in the state %s, which does not allow this operation.", id, state)
		}
		row.UpdatedAt = store.Time{Time: call.Now}
		row.ExpiresAt = store.Time{Time: call.Now.Add(delegationLife)}
		if err := change(&row); err != nil {
			return err
		}
		return tx.SaveDelegationRequest(ctx, row)
	})
	if err != nil {
		return nil, err
	}
	return &query.NoResult{}, nil
}
