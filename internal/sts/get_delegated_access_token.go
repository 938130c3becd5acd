package sts

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetDelegatedAccessTokenInput has the parameters of GetDelegatedAccessToken (spec section 5.1).
type GetDelegatedAccessTokenInput struct {
	TradeInToken string `required:"true" secret:"true"`
}

// tradeInToken is what a token looks like: the id of a delegation request.
var tradeInToken = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Permissions is the delegation request that the token is of, as the caller's account names it. AccessDenied names none.
func (in *GetDelegatedAccessTokenInput) Permissions(call aws.Call) []aws.Permission {
	resource := aws.Resource{ARN: "*"}
	if tradeInToken.MatchString(in.TradeInToken) {
		resource.ARN = aws.IAMARN(call.Caller.AccountID, string(aws.DelegationResource), "/", in.TradeInToken)
	}
	return []aws.Permission{{Resource: resource}}
}

// GetDelegatedAccessTokenOutput is the answer to GetDelegatedAccessToken.
type GetDelegatedAccessTokenOutput struct {
	AssumedPrincipal string // the user or role that accepted the request
	Credentials      Credentials
}

var errTradeIn = aws.Errorf(aws.AccessDenied, "The trade-in token is not valid.")

// GetDelegatedAccessToken gives the account that made a delegation request credentials that act for whoever accepted it. They
// begin when the token was sent and end with the duration that was asked for, however often it is traded in: what ends the
// session of one trade ends that of all (spec section 5.11).
func (s *Service) GetDelegatedAccessToken(ctx context.Context, call aws.Call, in *GetDelegatedAccessTokenInput) (*GetDelegatedAccessTokenOutput, error) {
	row, approver, err := s.tradeIn(ctx, call, in.TradeInToken)
	if err != nil {
		return nil, err
	}
	sentAt := row.SentAt.UTC().Truncate(time.Second)
	lifetime := time.Duration(row.SessionDuration) * time.Second
	if !call.Now.Before(sentAt.Add(lifetime)) {
		return nil, aws.Errorf(aws.ExpiredTradeInToken, "The trade-in token provided in the request has expired and can no longer be exchanged for credentials.")
	}
	session := aws.Session{
		IssuingKeyID:   row.ApproverKeyID, // the session of a user ends with it, as if the approver had asked for it
		OriginKeyID:    call.Caller.FirstKeyID(),
		IssuedAt:       sentAt,
		SourceIdentity: row.ApproverSourceIdentity,
		InvokedBy:      call.Caller.AccountID,
		Policy:         row.PermissionPolicy,
	}
	credentials, _, err := s.issue(ctx, call, approver, session, lifetime, 0)
	if err != nil {
		return nil, err
	}
	kind := "user"
	if approver.Approver().Type == aws.RolePrincipal {
		kind = "role"
	}
	return &GetDelegatedAccessTokenOutput{
		AssumedPrincipal: aws.IAMARN(approver.AccountID, kind, approver.Path, approver.Name),
		Credentials:      credentials,
	}, nil
}

// tradeIn finds the request whose token was sent to the caller's account, and its approver as a delegated session has it.
// Whatever else is wrong with a token, it is the same refusal: nobody learns of the requests of others.
func (s *Service) tradeIn(ctx context.Context, call aws.Call, token string) (row store.DelegationRequest, approver aws.Principal, err error) {
	if !tradeInToken.MatchString(token) {
		return row, approver, errTradeIn.Because(errors.New("it is not of the form of one"))
	}
	err = s.Store.View(ctx, func(tx *store.Tx) error {
		if row, err = tx.DelegationRequest(ctx, token); err != nil {
			return err
		}
		switch {
		case row.RequestorAccount != call.Caller.AccountID:
			return errTradeIn.Because(fmt.Errorf("the delegation request %s is that of another account", row.RequestID))
		case row.State != store.DelegationFinalized:
			return errTradeIn.Because(fmt.Errorf("the delegation request %s is in the state %s", row.RequestID, row.State))
		}
		approver, err = approverOf(ctx, tx, row)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = errTradeIn.Because(fmt.Errorf("the delegation request, its approver or the approver's account is gone: %w", err))
	}
	return row, approver, aws.ClientError(err)
}

// approverOf is the delegated session's principal, if its approver still lives in an active account.
func approverOf(ctx context.Context, tx *store.Tx, row store.DelegationRequest) (aws.Principal, error) {
	p := aws.Principal{Type: aws.DelegatedPrincipal, AccountID: row.OwnerAccount, ID: row.ApproverID, SessionName: row.RequestID}
	if _, err := tx.ActiveAccount(ctx, row.OwnerAccount); err != nil {
		return p, err
	}
	if strings.HasPrefix(row.ApproverID, aws.RoleIDPrefix) {
		role, err := tx.Role(ctx, row.ApproverID)
		p.Path, p.Name = role.Path, role.RoleName
		return p, err
	}
	user, err := tx.User(ctx, row.ApproverID)
	p.Path, p.Name = user.Path, user.UserName
	return p, err
}
