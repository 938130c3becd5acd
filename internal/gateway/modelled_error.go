package gateway

import (
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/limit"
)

// refuse answers with an error, in the form of the protocol that the client seems to speak.
func (m *modelledRequest) refuse(err error) {
	protocol := m.upstream.Model.Protocol(m.asked)
	if refusal, ok := errors.AsType[*awsmodel.RefusalError](err); ok {
		protocol = refusal.Protocol
	}
	fault := m.fault(protocol, err)
	if recordErr := m.recordRefusal(fault.Status, fault.Code, fault.Message, err); recordErr != nil {
		fault = enforce.Internal()
	}
	if fault.Status >= http.StatusInternalServerError {
		m.logFailure("it was refused", err)
	}
	m.refuseWith(m.upstream.Model.Reply(protocol, fault, m.call.RequestID, m.r.Method == http.MethodHead))
}

// fault gives every error its name at the service (aws-services section 4).
func (m *modelledRequest) fault(p awsmodel.Protocol, err error) awsmodel.Error {
	switch {
	case isUpstream(err), errors.Is(err, limit.ErrBusy):
		return awsmodel.Error{Code: "ServiceUnavailable", Message: "Service is unable to handle request.", Status: http.StatusServiceUnavailable}
	case errors.Is(err, errBodyTooLarge):
		return awsmodel.Error{Code: "RequestEntityTooLarge", Message: "The request is too large.", Status: http.StatusRequestEntityTooLarge}
	}
	if errors.Is(err, errNoUpstream) {
		err = &awsmodel.RefusalError{Kind: awsmodel.UnknownOperation, Protocol: p, Reason: "There is no upstream for the service " + m.upstream.Name + " here"}
	}
	if reason, ok := malformed(err); ok {
		err = &awsmodel.RefusalError{Kind: awsmodel.Malformed, Protocol: p, Reason: reason}
	}
	return enforce.Fault(m.upstream.Model, p, err)
}

// malformed says what is wrong with requests that no protocol is needed to see through.
func malformed(err error) (reason string, ok bool) {
	switch {
	case errors.Is(err, errConnection):
		return "The Connection header is malformed", true
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "The body is shorter than its length", true
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "The body did not come in time", true
	}
	return "", false
}
