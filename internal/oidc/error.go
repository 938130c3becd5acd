package oidc

import (
	"fmt"

	"github.com/daypass/daypass/internal/aws"
)

// Kind says which of AWS's errors a refusal is.
type Kind int

// The kinds of refusals.
const (
	// Invalid is a token that is not accepted, or whose issuer has no key for it that can be used.
	Invalid Kind = iota + 1
	// Expired is a token that was good once.
	Expired
	// Unreachable is an issuer that could not be asked for its keys. To try again may help.
	Unreachable
)

// Error is why a token is refused. Message is for the client; what went wrong at the issuer is for the operator only, since
// it tells of the network behind the server.
type Error struct {
	Kind    Kind
	Message string
	cause   error
}

func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("oidc: %s (%v)", e.Message, e.cause)
	}
	return "oidc: " + e.Message
}

func (e *Error) Unwrap() error { return e.cause }

// Reply is the error as a client reads it, with the cause for the operator.
func (e *Error) Reply() *aws.Error {
	code := aws.InvalidIdentityToken
	switch e.Kind {
	case Expired:
		code = aws.ExpiredTokenException
	case Unreachable:
		code = aws.IDPCommunicationError
	case Invalid:
	}
	reply := aws.Errorf(code, "%s", e.Message)
	if e.cause != nil {
		reply = reply.Because(e.cause)
	}
	return reply
}

// NoProvider refuses a token whose issuer is not registered in the account of the role.
func NoProvider(issuer string) *Error {
	return invalidf("No OpenIDConnect provider found in your account for %s", aws.Echo(issuer))
}

func invalidf(format string, args ...any) *Error {
	return &Error{Kind: Invalid, Message: fmt.Sprintf(format, args...)}
}

func errNotJWT(format string, args ...any) *Error {
	return &Error{
		Kind:    Invalid,
		Message: "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
		cause:   fmt.Errorf(format, args...),
	}
}

func errMissing(claim string) *Error { return invalidf("Missing a required claim: %s", claim) }

func errClaim(claim string, cause error) *Error {
	e := invalidf("Invalid value of the claim: %s", claim)
	e.cause = cause
	return e
}

// errNoKey is told with AWS's two blanks.
func errNoKey(cause error) *Error {
	return &Error{
		Kind: Invalid,
		Message: "Couldn't retrieve verification key from your identity provider,  please reference " +
			"AssumeRoleWithWebIdentity documentation for requirements",
		cause: cause,
	}
}

func errUnreachable(cause error) *Error {
	return &Error{Kind: Unreachable, Message: "The identity provider could not be reached", cause: cause}
}
