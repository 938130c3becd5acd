package authn

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/sigv4"
)

// Credentials are what a request shows of what it was signed with. None of it is secret.
type Credentials struct {
	AccessKeyID  string
	SessionToken string // empty: there was none
}

// SigningKeyOf returns whose credentials these are and their signing key for a scope, for somebody else to check signatures
// with. The credentials are judged as Identify judges them. Nothing was signed that this server saw: it is no use of the
// key, and its last use stays as it is.
func (a *Authenticator) SigningKeyOf(ctx context.Context, c Credentials, scope sigv4.Scope, now time.Time) (aws.Caller, sigv4.SigningKey, error) {
	claimed := sigv4.Signature{
		AccessKeyID: c.AccessKeyID, Scope: scope, SessionToken: c.SessionToken, HasSessionToken: c.SessionToken != "",
	}
	candidate, err := a.identify(ctx, &claimed, now)
	if err != nil {
		return aws.Caller{}, sigv4.SigningKey{}, err
	}
	return candidate.UnverifiedCaller, candidate.key, nil
}
