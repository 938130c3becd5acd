package sts

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// GetCallerIdentityInput has no parameters.
type GetCallerIdentityInput struct{}

// GetCallerIdentityOutput says who signed the request, in the order AWS sends it (spec section 1.2).
type GetCallerIdentityOutput struct {
	Arn     string
	UserId  string
	Account string
}

// GetCallerIdentity answers every caller whose credentials are valid; no policy denies it. A session of GetSessionToken
// shows the user or root itself (spec section 3.5).
func (s *Service) GetCallerIdentity(_ context.Context, call aws.Call, _ *GetCallerIdentityInput) (*GetCallerIdentityOutput, error) {
	return &GetCallerIdentityOutput{
		Arn:     call.Caller.ARN(),
		UserId:  call.Caller.UserID(),
		Account: call.Caller.AccountID,
	}, nil
}
