package operation

import (
	"errors"

	"github.com/daypass/daypass/internal/aws"
)

// Credentials says which kinds of credentials may try an operation (spec sections 3.5, 5.3 and 6).
type Credentials int

// The kinds of admission.
const (
	// NoCredentials admits whoever sends a request: what it bears is judged by the operation itself.
	NoCredentials Credentials = iota + 1
	// AnyCredentials admits whoever signed.
	AnyCredentials
	// LongTermKey admits the long-term keys of users and root only.
	LongTermKey
	// RoleKey admits long-term keys, and sessions of AssumeRole and its like.
	RoleKey
	// AssumingKey admits all but root and federated users.
	AssumingKey
	// IAMKey admits those that RoleKey does, sessions of GetSessionToken that were issued with MFA, and, to what reads,
	// delegated sessions.
	IAMKey
)

var (
	// errNoIAM is how AWS refuses IAM to a session without MFA: it looks like a failure of authentication.
	errNoIAM = aws.Errorf(aws.InvalidClientTokenID, "The security token included in the request is invalid")

	errNoMFA       = errNoIAM.Because(errors.New("a session without MFA may not call IAM"))
	errDelegated   = errNoIAM.Because(errors.New("a delegated session may only read in IAM"))
	errFederated   = errNoIAM.Because(errors.New("a federated user may not call IAM"))
	errRootAssumes = aws.Errorf(aws.AccessDenied, "Roles may not be assumed by root accounts.")
)

func (o *Operation) admit(c aws.Caller) *aws.Error {
	if c.Type == aws.DelegatedPrincipal {
		return o.admitDelegated()
	}
	ofSessionToken := c.Session != nil && (c.Type == aws.UserPrincipal || c.Type == aws.RootPrincipal)
	federated := c.Type == aws.FederatedPrincipal
	switch o.Admits {
	case NoCredentials, AnyCredentials:
		return nil
	case LongTermKey:
		if c.Session == nil {
			return nil
		}
	case RoleKey:
		if !ofSessionToken && !federated {
			return nil
		}
	case AssumingKey:
		if c.IsRoot() {
			return errRootAssumes
		}
		if !federated {
			return nil
		}
	case IAMKey:
		switch {
		case federated:
			return errFederated
		case ofSessionToken && !c.Session.MFAAuthenticated():
			return errNoMFA
		}
		return nil
	}
	return o.notInSession()
}

// admitDelegated lets delegated sessions say who they are and read in IAM. Nothing that they could write ends when they do:
// a key, a role, a policy would make lasting access of a temporary one.
func (o *Operation) admitDelegated() *aws.Error {
	switch {
	case o.Admits == NoCredentials, o.Admits == AnyCredentials, o.Admits == IAMKey && o.readOnly:
		return nil
	case o.Admits == IAMKey:
		return errDelegated
	}
	return o.notInSession()
}

func (o *Operation) notInSession() *aws.Error {
	return aws.Errorf(aws.AccessDenied, "Cannot call %s with session credentials", o.Action())
}
