package sigv4

import (
	"errors"
	"fmt"
)

// The codes of Error, as AWS sends them.
const (
	codeIncompleteSignature        = "IncompleteSignature"
	codeMalformedQueryString       = "MalformedQueryString"
	codeMissingAuthenticationToken = "MissingAuthenticationToken"
	codeSignatureDoesNotMatch      = "SignatureDoesNotMatch"
)

// ErrPath says that the path is not absolute, has a bad escape or leads above the root. AWS answers it with status 400
// and an empty body (spec section 1.4).
var ErrPath = errors.New("sigv4: the path of the request is malformed")

// Error is a refusal in AWS's words. Code is IncompleteSignature, MalformedQueryString, MissingAuthenticationToken or
// SignatureDoesNotMatch; Message is AWS's text, and when it is empty AWS sends no Message element.
//
// Message may quote what the client sent, whatever bytes that was: who puts it into a document must escape it.
type Error struct {
	Code    string
	Message string

	reason string // for the operator, where AWS says nothing
}

// Error is for logs; it may say more than the client is told.
func (e *Error) Error() string {
	if e.Message == "" {
		return "sigv4: " + e.Code + ": " + e.reason
	}
	return "sigv4: " + e.Code + ": " + e.Message
}

func refusef(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
