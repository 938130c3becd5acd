package operation

import (
	"errors"

	"github.com/daypass/daypass/internal/aws"
)

// Credentials says which kinds of credentials may try an operation (spec sections 3.5 and 6).
type Credentials int

// The kinds of admission.
const (
	// AnyCredentials admits whoever signed.
	AnyCredentials Credentials = iota + 1
	// LongTermKey admits the long-term keys of users and root only.
	LongTermKey
	// IAMKey admits long-term keys, and sessions that were issued with MFA.
	IAMKey
)

// errNoMFA is how AWS refuses IAM to a session without MFA: it looks like a failure of authentication.
var errNoMFA = aws.Errorf(aws.InvalidClientTokenID, "The security token included in the request is invalid").
	Because(errors.New("a session without MFA may not call IAM"))

func (o *Operation) admit(c aws.Caller) *aws.Error {
	switch {
	case o.Admits == AnyCredentials:
		return nil
	case c.Session == nil:
		return nil
	case o.Admits == IAMKey && c.Session.MFAAuthenticated():
		return nil
	case o.Admits == IAMKey:
		return errNoMFA
	}
	return aws.Errorf(aws.AccessDenied, "Cannot call %s with session credentials", o.Action())
}
