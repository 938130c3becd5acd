package sigv4

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
)

// ErrUnsigned is what a refusal by ParseS3 wraps when nothing in the request claims to be a signature.
var ErrUnsigned = errors.New("sigv4: the request is not signed")

// S3Error is a refusal in S3's words (sections 1.5, 3.1, 3.2 and 3.4 of the spec of AWS's services): the status of the
// response, and the elements of its XML in order. None of them tells the signature that would have been right.
//
// Message and Details may quote what the client sent, whatever bytes that was: who puts them into a document must escape
// them, and drop what XML can't hold.
type S3Error struct {
	Status  int
	Code    string
	Message string
	Details []Detail // follow Code and Message

	cause error
}

// Detail is an element that S3 adds to some errors.
type Detail struct{ Name, Value string }

// Error is for logs.
func (e *S3Error) Error() string {
	text := "sigv4: " + e.Code + ": " + e.Message
	if e.cause != nil {
		text += " (" + e.cause.Error() + ")"
	}
	return text
}

// Unwrap returns what went wrong behind the refusal: ErrUnsigned, the error of the connection, or nil.
func (e *S3Error) Unwrap() error { return e.cause }

func s3Refusal(status int, code, message string, details ...Detail) *S3Error {
	return &S3Error{Status: status, Code: code, Message: message, Details: details}
}

// s3Argument refuses the value of a header or parameter.
func s3Argument(message, name, value string) *S3Error {
	return s3Refusal(http.StatusBadRequest, "InvalidArgument", message,
		Detail{"ArgumentName", name}, Detail{"ArgumentValue", value})
}

func s3BadURI() *S3Error {
	return s3Refusal(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI.")
}

// s3Mechanism refuses Signature Version 2 and 4A.
func s3Mechanism() *S3Error {
	return s3Refusal(http.StatusBadRequest, "InvalidRequest",
		"The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
}

func s3OneMechanism(authorization string) *S3Error {
	return s3Argument("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "+
		"parameter or the Authorization header should be specified", "Authorization", authorization)
}

func s3Denied(message string, details ...Detail) *S3Error {
	return s3Refusal(http.StatusForbidden, "AccessDenied", message, details...)
}

func s3Incomplete(message string, cause error) *S3Error {
	e := s3Refusal(http.StatusBadRequest, "IncompleteBody", message)
	e.cause = cause
	return e
}

const (
	msgBadFraming = "The request body terminated unexpectedly"
	msgBadLength  = "You did not provide the number of bytes specified by the Content-Length HTTP header"
	msgNoLength   = "You must provide the Content-Length HTTP header."
	msgBadTrailer = "The request contained trailing data that was not well-formed or did not conform to our published schema."
	msgTrailer    = "The value specified in the x-amz-trailer header is not supported"
	msgMismatch   = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)

// malformed refuses what is wrong with the credential or the parts around it, in the words of the request's form.
func (s *Signature) malformed(text string, details ...Detail) *S3Error {
	if s.inFields() {
		return s3Query("Error parsing the X-Amz-Credential parameter; "+text, details...)
	}
	return s3Refusal(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; "+text, details...)
}

// inFields tells the signature that is in parameters, or in the fields of a form, from that in a header.
func (s *Signature) inFields() bool { return s.Presigned || s.form }

func s3Query(message string, details ...Detail) *S3Error {
	return s3Refusal(http.StatusBadRequest, "AuthorizationQueryParametersError", message, details...)
}

// S3Mismatch is what S3 answers when Verify has failed. It shows the client what was to be signed, and so shows it to
// whoever sent the request; nothing in it is secret.
func (s *Signature) S3Mismatch() *S3Error {
	payload := s.DeclaredPayload()
	e := s.mismatch(s.StringToSign(payload), s.signature)
	if canonical := s.CanonicalRequest(payload); canonical != nil {
		e.Details = append(e.Details, Detail{"CanonicalRequest", string(canonical)}, Detail{"CanonicalRequestBytes", hexPairs(canonical)})
	}
	return e
}

func (s *Signature) mismatch(stringToSign []byte, provided string) *S3Error {
	e := s3Refusal(http.StatusForbidden, codeSignatureDoesNotMatch, msgMismatch, Detail{"AWSAccessKeyId", s.AccessKeyID})
	if stringToSign == nil {
		e.Details = append(e.Details, Detail{"SignatureProvided", provided})
		return e
	}
	e.Details = append(e.Details, Detail{"StringToSign", string(stringToSign)}, Detail{"SignatureProvided", provided},
		Detail{"StringToSignBytes", hexPairs(stringToSign)})
	return e
}

func hexPairs(text []byte) string {
	pairs := make([]string, len(text))
	for i := range text {
		pairs[i] = hex.EncodeToString(text[i : i+1])
	}
	return strings.Join(pairs, " ")
}
