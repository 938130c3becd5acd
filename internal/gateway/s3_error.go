package gateway

import (
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/s3"
)

// refuse answers with an error, in S3's form.
func (s *s3Request) refuse(err error) {
	fault, status := s.fault(err)
	if recordErr := s.recordRefusal(status, fault.Code, fault.Message, err); recordErr != nil {
		fault, status = enforce.InternalS3(), http.StatusInternalServerError
	}
	if status >= http.StatusInternalServerError {
		s.logFailure("it was refused", err)
	}
	s.refuseWith(enforce.S3Reply(fault, status, s.r.RequestURI, s.call.RequestID, s.r.Method == http.MethodHead))
}

// fault gives every error its name at S3 (aws-services section 3).
func (s *s3Request) fault(err error) (fault *s3.Error, status int) {
	if fault, status = enforce.S3Fault(err, &s.signature); fault == nil {
		fault = bodyFault(err)
		status = fault.Status()
	}
	return fault, status
}

// bodyFault is for what becomes of bodies on their way, and of backends.
func bodyFault(err error) *s3.Error {
	switch {
	case isUpstream(err):
		return &s3.Error{Code: "ServiceUnavailable", Message: "Please reduce your request rate."}
	case errors.Is(err, errNoUpstream):
		return &s3.Error{Code: "NotImplemented", Message: "There is no upstream for the service s3 here."}
	case errors.Is(err, limit.ErrBusy):
		return &s3.Error{Code: "SlowDown", Message: "Please reduce your request rate."}
	case errors.Is(err, errBodyTooLarge):
		return &s3.Error{Code: "EntityTooLarge", Message: "Your proposed upload exceeds the maximum allowed size"}
	case errors.Is(err, errConnection):
		return &s3.Error{Code: "InvalidRequest", Message: "The Connection header names headers of the request."}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &s3.Error{Code: "IncompleteBody", Message: "You did not provide the number of bytes specified by the Content-Length HTTP header"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &s3.Error{
			Code: "RequestTimeout", Message: "Your socket connection to the server was not read from or written to within the timeout period. " +
				"Idle connections will be closed.",
		}
	}
	return enforce.InternalS3()
}
