package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// commandError is an error with the text and the exit code of the AWS CLI.
type commandError struct {
	error
	text string
	code int
}

func (e commandError) Error() string { return e.text }
func (e commandError) Unwrap() error { return e.error }
func (e commandError) ExitCode() int { return e.code }

// noCredentialsError marks an error of a call that found no credentials anywhere.
type noCredentialsError struct{ error }

func (e noCredentialsError) Unwrap() error { return e.error }

func isNoCredentials(err error) bool { return errors.As(err, new(noCredentialsError)) }

// ServiceError is an error of the SDK with the text and the exit code of the AWS CLI, if it is a service's answer, there was
// none, or nothing to ask with, or the user had enough. Others it leaves as they are.
func ServiceError(err error) error {
	var unsent *smithyhttp.RequestSendError
	var response *smithyhttp.ResponseError
	var coded exitError
	operation := innermost(err)
	switch {
	case errors.Is(err, context.Canceled):
		return commandError{err, "interrupted", ExitInterrupted}
	case operation == nil:
	case operation.Service() == imds.ServiceID: // which is asked last, and outside of EC2 is not there
		text := `Unable to locate credentials. You can configure credentials by running "daypass configure".`
		return commandError{noCredentialsError{err}, text, ExitConfiguration}
	case errors.As(operation, &unsent):
		return commandError{err, unsentText(unsent), ExitOther}
	case errors.As(operation, &response):
		code, message := refusalText(operation, response)
		text := fmt.Sprintf("An error occurred (%s) when calling the %s operation%s: %s", code, operation.Operation(), retries(operation), message)
		return commandError{err, text, ExitService}
	case errors.As(operation, &coded): // such as a token code that nobody could be asked for
		return coded
	}
	return err
}

// innermost is the call that failed: it may have been made to get the credentials of another. It is nil if there is none.
func innermost(err error) *smithy.OperationError {
	var found, inner *smithy.OperationError
	for errors.As(err, &inner) {
		found, err = inner, inner.Err
	}
	return found
}

// refusalText is what a service answered, which may be no answer of a service.
func refusalText(err error, response *smithyhttp.ResponseError) (code, message string) {
	var refusal smithy.APIError
	if errors.As(err, &refusal) && refusal.ErrorCode() != "UnknownError" {
		return refusal.ErrorCode(), refusal.ErrorMessage()
	}
	status := response.HTTPStatusCode()
	return strconv.Itoa(status), http.StatusText(status)
}

// retries says how often the call was tried again, if that was as often as it may be.
func retries(err error) string {
	var exhausted *retry.MaxAttemptsError
	if !errors.As(err, &exhausted) || exhausted.Attempt < 2 {
		return ""
	}
	return fmt.Sprintf(" (reached max retries: %d)", exhausted.Attempt-1)
}

// unsentText says why a request got no answer.
func unsentText(unsent *smithyhttp.RequestSendError) string {
	endpoint := ""
	var request *url.Error
	if errors.As(unsent, &request) {
		endpoint = request.URL
	}
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var timeout net.Error
	var dial *net.OpError
	isTimeout := errors.As(unsent, &timeout) && timeout.Timeout()
	switch {
	case errors.As(unsent, &certificate), errors.As(unsent, &alert), errors.As(unsent, &record):
		return fmt.Sprintf("SSL validation failed for %s %v", endpoint, request.Err)
	case isTimeout && errors.As(unsent, &dial) && dial.Op == "dial":
		return fmt.Sprintf("Connect timeout on endpoint URL: %q", endpoint)
	case isTimeout:
		return fmt.Sprintf("Read timeout on endpoint URL: %q", endpoint)
	}
	return fmt.Sprintf("Could not connect to the endpoint URL: %q", endpoint)
}
