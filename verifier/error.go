package verifier

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/daypass/daypass/sigv4"
)

// Error is a refusal in AWS's words, as a JSON service sends it.
type Error struct {
	Status  int
	Code    string
	Message string

	cause error
}

// Error is for logs: it may say more than the client is told.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %s (%v)", e.Code, e.Message, e.cause)
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns what is behind the refusal, or nil.
func (e *Error) Unwrap() error { return e.cause }

func (e *Error) because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

var (
	errUnavailable = &Error{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "Service is unable to handle request."}
	errInternal    = &Error{Status: http.StatusInternalServerError, Code: "InternalFailure", Message: "An internal error has occurred."}
	errInvalid     = &Error{
		Status: http.StatusForbidden, Code: "UnrecognizedClientException", Message: "The security token included in the request is invalid.",
	}
	errExpired = &Error{
		Status: http.StatusForbidden, Code: "ExpiredTokenException", Message: "The security token included in the request is expired",
	}
	errMismatch = &Error{
		Status: http.StatusForbidden, Code: "InvalidSignatureException",
		Message: "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and " +
			"signing method. Consult the service documentation for details.",
	}
	errTooLarge = &Error{
		Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLargeException", Message: "The request is too large.",
	}
	errPath = &Error{Status: http.StatusBadRequest, Code: "ValidationException", Message: "The path is malformed."}
	errName = &Error{Status: http.StatusBadRequest, Code: "ValidationException", Message: "The request can't be understood."}
)

// signingCodes are what JSON services call failures of a signature.
var signingCodes = map[string]string{
	"IncompleteSignature":        "IncompleteSignatureException",
	"MissingAuthenticationToken": "MissingAuthenticationTokenException",
	"SignatureDoesNotMatch":      "InvalidSignatureException",
}

// maxEcho is how much of what a client sent it is told back.
const maxEcho = 4 << 10

func fromSignature(err error) *Error {
	refusal, ok := errors.AsType[*sigv4.Error](err)
	switch {
	case errors.Is(err, sigv4.ErrPath):
		return errPath.because(err)
	case !ok:
		return errInternal.because(err)
	}
	code := signingCodes[refusal.Code]
	if code == "" {
		code = refusal.Code
	}
	return &Error{Status: http.StatusForbidden, Code: code, Message: refusal.Message[:min(len(refusal.Message), maxEcho)]}
}

// WriteError answers a request with an error, and logs it if it is the service's or the verifier's own. Any error that is not an
// *Error is an internal one, of which the client reads nothing.
func (v *Verifier) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	refusal, ok := errors.AsType[*Error](err)
	if !ok {
		refusal = errInternal.because(err)
	}
	id := requestID()
	if refusal.Status >= http.StatusInternalServerError {
		v.config.Logger.ErrorContext(r.Context(), "request failed", "requestId", id, "error", refusal)
	} else {
		v.config.Logger.InfoContext(r.Context(), "request refused", "requestId", id, "error", refusal)
	}
	text, err := json.Marshal(struct {
		Type    string `json:"__type"`
		Message string `json:"message,omitempty"`
	}{refusal.Code, refusal.Message})
	if err != nil {
		panic("internal error: an error can't be written: " + err.Error())
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Amzn-Errortype", refusal.Code)
	header["x-amzn-RequestId"] = []string{id}
	w.WriteHeader(refusal.Status)
	_, _ = w.Write(text)
}

// requestID is a random UUID.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
