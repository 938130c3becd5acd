package sts

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/sessiontoken"
)

// Credentials are temporary security credentials as STS returns them.
type Credentials struct {
	AccessKeyId     string
	SecretAccessKey string `secret:"true"`
	SessionToken    string `secret:"true"`
	Expiration      time.Time
}

// TokenSize tells how much of the largest session token a new one takes (spec section 12).
type TokenSize struct {
	SessionTokenSize        int32 // bytes
	SessionTokenUtilization int32 // percent of sessiontoken.MaxSize
}

// issue makes a session of the principal. session has what it carries beside its times; it begins now unless it says when.
func (s *Service) issue(ctx context.Context, call aws.Call, p aws.Principal, session aws.Session, lifetime time.Duration, minimumSize int32) (Credentials, TokenSize, error) {
	accessKeyID, err := aws.NewAccessKeyID(aws.SessionKeyPrefix, p.AccountID)
	if err != nil {
		return Credentials{}, TokenSize{}, aws.Internal(err)
	}
	if session.IssuedAt.IsZero() {
		session.IssuedAt = issueTime(call)
	}
	session.ExpiresAt = session.IssuedAt.Add(lifetime)
	c := sessiontoken.Claims{
		AccessKeyID:     accessKeyID,
		SecretAccessKey: aws.NewSecretAccessKey(),
		PrincipalType:   p.Type,
		AccountID:       p.AccountID,
		PrincipalID:     p.ID,
		SessionName:     p.SessionName,
		Session:         session,
	}
	tokens, err := s.Tokens.At(ctx, call.Now)
	if err != nil {
		return Credentials{}, TokenSize{}, aws.Internal(err)
	}
	token, err := tokens.Seal(c, int(minimumSize))
	if err != nil {
		return Credentials{}, TokenSize{}, tooLarge(err)
	}
	return Credentials{
		AccessKeyId:     accessKeyID,
		SecretAccessKey: c.SecretAccessKey,
		SessionToken:    token,
		Expiration:      c.ExpiresAt,
	}, TokenSize{int32(len(token)), percent(len(token))}, nil //nolint:gosec // at most sessiontoken.MaxSize
}

// askedBy is a session that the caller asks for: with the key of the caller, and the key that began it all.
func askedBy(c aws.Caller) aws.Session {
	s := aws.Session{IssuingKeyID: c.AccessKeyID}
	if c.Session != nil {
		s.OriginKeyID = cmp.Or(c.Session.OriginKeyID, c.Session.IssuingKeyID)
	}
	return s
}

// issueTime is when a session begins: a token's times are whole seconds.
func issueTime(call aws.Call) time.Time { return call.Now.UTC().Truncate(time.Second) }

// tooLarge gives AWS's name to what does not fit a session token (spec sections 1.6 and 12).
func tooLarge(err error) error {
	if e, ok := errors.AsType[*sessiontoken.TooLargeError](err); ok {
		return aws.Errorf(aws.PackedPolicyTooLarge,
			"Packed policy consumes %d%% of allotted space, please use smaller policy.", percent(e.Size)).Because(err)
	}
	return aws.Internal(err)
}

// percent is a size of the largest session token's, rounded up.
func percent(size int) int32 {
	return int32((size*100 + sessiontoken.MaxSize - 1) / sessiontoken.MaxSize) //nolint:gosec // no larger than the request
}
