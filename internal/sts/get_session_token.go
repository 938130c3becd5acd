package sts

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/aws"
)

// The lifetimes of a session, in seconds (spec section 3.2). The range 900 to 129,600 is in the input's tags.
const (
	userSessionDefault = 43_200
	rootSessionDefault = 3_600
	rootSessionMax     = 3_600
)

// GetSessionTokenInput has the parameters of GetSessionToken (spec sections 3.1 and 12).
type GetSessionTokenInput struct {
	DurationSeconds         int32  `min:"900" max:"129600"`
	SerialNumber            string `minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]*"`
	TokenCode               string `minlen:"6" maxlen:"6" pattern:"[\\d]*" secret:"true"`
	MinimumSessionTokenSize int32  `min:"0" max:"4096"`
}

// GetSessionTokenOutput is the answer to GetSessionToken.
type GetSessionTokenOutput struct {
	Credentials Credentials
	TokenSize
}

// GetSessionToken issues temporary credentials that act as the calling user or root, with MFA if a token code came with
// the call (spec section 3). Policies have no say in it.
func (s *Service) GetSessionToken(ctx context.Context, call aws.Call, in *GetSessionTokenInput) (*GetSessionTokenOutput, error) {
	withMFA, err := s.MFA.TokenCode(ctx, s.Store, call, in.SerialNumber, in.TokenCode)
	if err != nil {
		return nil, err
	}
	session := askedBy(call.Caller)
	if withMFA {
		session.MFAAuthenticatedAt = issueTime(call)
	}
	lifetime := sessionDuration(call.Caller.Type, in.DurationSeconds)
	credentials, size, err := s.issue(ctx, call, call.Caller.Principal, session, lifetime, in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	return &GetSessionTokenOutput{Credentials: credentials, TokenSize: size}, nil
}

// sessionDuration is how long a session lives: what was asked for, or the default of its principal. Root's is cut, not
// refused, as AWS does.
func sessionDuration(principal aws.PrincipalType, asked int32) time.Duration {
	seconds := asked
	switch {
	case principal == aws.RootPrincipal && asked == 0:
		seconds = rootSessionDefault
	case principal == aws.RootPrincipal:
		seconds = min(asked, rootSessionMax)
	case asked == 0:
		seconds = userSessionDefault
	}
	return time.Duration(seconds) * time.Second
}
