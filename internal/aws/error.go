package aws

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
)

// Code is the error code a client reads in the error envelope. The codes are the ones on the wire (spec sections 1.4 to
// 1.6, 2.1, 3.4, 5.7, 5.8 and 7; aws-iam section 17): several AWS shapes are called "...Exception" where the code is not.
type Code string

// The codes that daypass sends.
const (
	AccessDenied                  Code = "AccessDenied"
	DeleteConflict                Code = "DeleteConflict"
	EntityAlreadyExists           Code = "EntityAlreadyExists"
	EntityTemporarilyUnmodifiable Code = "EntityTemporarilyUnmodifiable"
	ExpiredToken                  Code = "ExpiredToken"
	ExpiredTokenException         Code = "ExpiredTokenException" // of a web identity token or a SAML assertion
	ExpiredTradeInToken           Code = "ExpiredTradeInTokenException"
	IDPCommunicationError         Code = "IDPCommunicationError"
	IDPRejectedClaim              Code = "IDPRejectedClaim"
	FeatureDisabled               Code = "FeatureDisabled"
	FeatureEnabled                Code = "FeatureEnabled"
	IncompleteSignature           Code = "IncompleteSignature"
	InternalFailure               Code = "InternalFailure"
	InvalidAction                 Code = "InvalidAction"
	InvalidAuthenticationCode     Code = "InvalidAuthenticationCode"
	InvalidAuthorizationMessage   Code = "InvalidAuthorizationMessageException"
	InvalidClientTokenID          Code = "InvalidClientTokenId"
	InvalidIdentityToken          Code = "InvalidIdentityToken"
	InvalidInput                  Code = "InvalidInput"
	InvalidParameterValue         Code = "InvalidParameterValue"
	InvalidRequest                Code = "InvalidRequest" // of the audit log only: a request refused without an envelope
	InvalidUserType               Code = "InvalidUserType"
	JWTPayloadSizeExceeded        Code = "JWTPayloadSizeExceededException"
	LimitExceeded                 Code = "LimitExceeded"
	MalformedInput                Code = "MalformedInput"
	MalformedPolicyDocument       Code = "MalformedPolicyDocument"
	MalformedQueryString          Code = "MalformedQueryString"
	MissingAuthenticationToken    Code = "MissingAuthenticationToken"
	NoSuchEntity                  Code = "NoSuchEntity"
	NotManagementAccount          Code = "AccountNotManagementOrDelegatedAdministratorException"
	PackedPolicyTooLarge          Code = "PackedPolicyTooLarge"
	OutboundFederationDisabled    Code = "OutboundWebIdentityFederationDisabledException"
	PasswordPolicyViolation       Code = "PasswordPolicyViolation"
	ReportExpired                 Code = "ReportExpired"
	ReportNotPresent              Code = "ReportNotPresent"
	ServiceUnavailable            Code = "ServiceUnavailable"
	SessionDurationEscalation     Code = "SessionDurationEscalationException"
	SignatureDoesNotMatch         Code = "SignatureDoesNotMatch"
	Throttling                    Code = "Throttling"
	ValidationError               Code = "ValidationError"
)

// statuses is the one table from code to HTTP status. A code that is not in it can't be sent: Status answers 500.
var statuses = map[Code]int{
	AccessDenied:                  http.StatusForbidden,
	DeleteConflict:                http.StatusConflict,
	EntityAlreadyExists:           http.StatusConflict,
	EntityTemporarilyUnmodifiable: http.StatusConflict,
	ExpiredToken:                  http.StatusForbidden,
	ExpiredTokenException:         http.StatusBadRequest,
	ExpiredTradeInToken:           http.StatusBadRequest,
	IDPCommunicationError:         http.StatusBadRequest,
	IDPRejectedClaim:              http.StatusForbidden,
	FeatureDisabled:               http.StatusNotFound,
	FeatureEnabled:                http.StatusConflict,
	IncompleteSignature:           http.StatusBadRequest,
	InternalFailure:               http.StatusInternalServerError,
	InvalidAction:                 http.StatusBadRequest,
	InvalidAuthenticationCode:     http.StatusForbidden,
	InvalidAuthorizationMessage:   http.StatusBadRequest,
	InvalidClientTokenID:          http.StatusForbidden,
	InvalidIdentityToken:          http.StatusBadRequest,
	InvalidInput:                  http.StatusBadRequest,
	InvalidParameterValue:         http.StatusBadRequest,
	InvalidRequest:                http.StatusBadRequest,
	InvalidUserType:               http.StatusBadRequest,
	JWTPayloadSizeExceeded:        http.StatusBadRequest,
	LimitExceeded:                 http.StatusConflict,
	MalformedInput:                http.StatusBadRequest,
	MalformedPolicyDocument:       http.StatusBadRequest,
	MalformedQueryString:          http.StatusBadRequest,
	MissingAuthenticationToken:    http.StatusForbidden,
	NoSuchEntity:                  http.StatusNotFound,
	NotManagementAccount:          http.StatusBadRequest,
	PackedPolicyTooLarge:          http.StatusBadRequest,
	OutboundFederationDisabled:    http.StatusForbidden,
	PasswordPolicyViolation:       http.StatusBadRequest,
	ReportExpired:                 http.StatusGone,
	ReportNotPresent:              http.StatusGone,
	ServiceUnavailable:            http.StatusServiceUnavailable,
	SessionDurationEscalation:     http.StatusForbidden,
	SignatureDoesNotMatch:         http.StatusForbidden,
	Throttling:                    http.StatusBadRequest,
	ValidationError:               http.StatusBadRequest,
}

// Codes are all codes that daypass sends.
func Codes() iter.Seq[Code] { return maps.Keys(statuses) }

// Error is the only error a client may see. Message is sent as it is, and no Message element is sent when it is empty
// (spec section 1.3). What the operator may know on top is in the cause, which never leaves the server.
type Error struct {
	Code    Code
	Message string
	record  string
	cause   error
}

// Errorf returns an Error with a formatted message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Internal hides err from the client: it reads InternalFailure, and the log gets the cause.
func Internal(err error) *Error {
	return &Error{Code: InternalFailure, Message: "An internal error has occurred.", cause: err}
}

// AsError finds the Error in err, which must not be nil. What is none must not be seen by a client: it is Internal.
func AsError(err error) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	return Internal(err)
}

// ClientError lets Errors through, as those that refuse in a transaction, and hides everything else. It is nil for nil.
func ClientError(err error) error {
	if err == nil {
		return nil
	}
	return AsError(err)
}

// Because returns a copy of e that carries the reason for the operator's log and audit.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Recorded returns a copy of e for whose Message the audit log has another text: AWS tells back what it refuses, and that
// may be a secret which the client sent in the wrong place.
func (e *Error) Recorded(text string) *Error {
	c := *e
	c.record = text
	return &c
}

// Record is the message as it may be written down.
func (e *Error) Record() string {
	if e.record != "" {
		return e.record
	}
	return e.Message
}

// MaxEcho is how many bytes of what the client sent an error tells back at most: an answer must not be a multiple of a
// hostile request.
const MaxEcho = 4 << 10

// Echo cuts what the client sent to what an error may tell back.
func Echo(sent string) string {
	if len(sent) > MaxEcho {
		return sent[:MaxEcho] + "..."
	}
	return sent
}

func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %s (%v)", e.Code, e.Message, e.cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.cause }

// Status is the HTTP status the code is sent with.
func (e *Error) Status() int {
	if s, ok := statuses[e.Code]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Fault is the envelope's Type: whose mistake it was.
func (e *Error) Fault() string {
	if e.Status() >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}
