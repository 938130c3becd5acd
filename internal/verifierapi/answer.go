package verifierapi

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/daypass/daypass/internal/aws"
)

// subjectError says that the credentials that were asked about are not good, and not those of who asks.
type subjectError struct{ refusal *aws.Error }

func (e subjectError) Error() string { return e.refusal.Error() }
func (e subjectError) Unwrap() error { return e.refusal }

func ofSubject(err error) error {
	refusal, ok := errors.AsType[*aws.Error](err)
	if !ok || refusal.Status() >= http.StatusInternalServerError {
		return err
	}
	return subjectError{refusal}
}

// names are what services that speak JSON call errors.
var names = map[aws.Code]string{
	aws.AccessDenied:               "AccessDeniedException",
	aws.ExpiredToken:               "ExpiredTokenException",
	aws.IncompleteSignature:        "IncompleteSignatureException",
	aws.InternalFailure:            "InternalFailure",
	aws.InvalidAction:              "UnknownOperationException",
	aws.InvalidClientTokenID:       "UnrecognizedClientException",
	aws.MalformedInput:             "SerializationException",
	aws.MissingAuthenticationToken: "MissingAuthenticationTokenException",
	aws.SignatureDoesNotMatch:      "InvalidSignatureException",
	aws.Throttling:                 "ThrottlingException",
	aws.ValidationError:            "ValidationException",
}

// fault is an error on the wire. Reason is there when the credentials that were asked about are not good.
type fault struct {
	Type    string `json:"__type"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

func (h *Handler) refuse(w http.ResponseWriter, call aws.Call, err error) {
	refusal, ok := errors.AsType[*aws.Error](err)
	if !ok {
		refusal = aws.Internal(err)
	}
	status, name := refusal.Status(), names[refusal.Code]
	if name == "" {
		name = string(refusal.Code)
	}
	if status >= http.StatusInternalServerError {
		h.Logger.Error("request of a verifier failed", "requestId", call.RequestID, "error", refusal.Unwrap())
	}
	answer := fault{Type: name, Message: refusal.Message}
	if _, ok := errors.AsType[subjectError](err); ok {
		status = http.StatusBadRequest
		answer.Type, answer.Reason = "InvalidCredentialsException", name
	}
	write(w, call, status, answer)
}

func write(w http.ResponseWriter, call aws.Call, status int, answer any) {
	text, err := json.Marshal(answer)
	if err != nil {
		panic("internal error: an answer can't be written: " + err.Error())
	}
	header := w.Header()
	header.Set("Content-Type", "application/x-amz-json-1.1")
	header.Set("Cache-Control", "no-store")
	header["x-amzn-RequestId"] = []string{call.RequestID}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
