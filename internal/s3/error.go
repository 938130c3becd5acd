package s3

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
)

// The headers of every reply that repeat the ids of the error document.
const (
	RequestIDHeader = "X-Amz-Request-Id"
	HostIDHeader    = "X-Amz-Id-2"
	ContentType     = "application/xml"
)

// Error is a refusal in S3's words (spec aws-services section 3.1, envelope).
type Error struct {
	Code    string
	Message string
	Details []Detail // elements between Message and RequestId, in S3's order
}

// Detail is an element of an error document that belongs to its code.
type Detail struct{ Name, Value string }

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Status returns the HTTP status of the error's code: 500 when the code is not known.
func (e *Error) Status() int {
	if status, ok := statuses[e.Code]; ok {
		return status
	}
	return 500
}

// statuses is the one table from code to HTTP status (spec aws-services sections 2 and 3).
var statuses = map[string]int{
	"AccessDenied":                      403,
	"AuthorizationHeaderMalformed":      400,
	"AuthorizationQueryParametersError": 400,
	"BadDigest":                         400,
	"EntityTooLarge":                    400,
	"EntityTooSmall":                    400,
	"ExpiredToken":                      400,
	"IncompleteBody":                    400,
	"InternalError":                     500,
	"InvalidAccessKeyId":                403,
	"InvalidArgument":                   400,
	"InvalidBucketName":                 400,
	"InvalidBucketOwnerAWSAccountID":    400,
	"InvalidChunkSizeError":             403,
	"InvalidDigest":                     400,
	"InvalidPolicyDocument":             400,
	"InvalidRequest":                    400,
	"InvalidTag":                        400,
	"InvalidToken":                      400,
	"InvalidURI":                        400,
	"KeyTooLongError":                   400,
	"MalformedPOSTRequest":              400,
	"MalformedTrailerError":             400,
	"MalformedXML":                      400,
	"MaxMessageLengthExceeded":          400,
	"MaxPostPreDataLengthExceeded":      400,
	"MethodNotAllowed":                  405,
	"MissingContentLength":              411,
	"NoSuchBucket":                      404,
	"NoSuchKey":                         404,
	"NoSuchVersion":                     404,
	"NotImplemented":                    501,
	"PreconditionFailed":                412,
	"RequestTimeTooSkewed":              403,
	"RequestTimeout":                    400,
	"ServiceUnavailable":                503,
	"SignatureDoesNotMatch":             403,
	"SlowDown":                          503,
	"XAmzContentSHA256Mismatch":         400,

	"AccessControlListNotSupported":       400,
	"InvalidBucketAclWithObjectOwnership": 400,
}

// HostID is what S3 says beside a request's id; opaque to clients.
func HostID(requestID string) string { return base64.StdEncoding.EncodeToString([]byte(requestID)) }

// Reply is what the error document tells beside the error.
type Reply struct {
	Resource  string // left out when empty
	RequestID string
	HostID    string
}

// AppendError appends the error document. The reply to a HEAD request has the same status and headers, and no body: the
// caller leaves it out.
func AppendError(b []byte, e *Error, r Reply) []byte {
	b = append(b, xml.Header+"<Error>"...)
	b = appendElement(b, "Code", e.Code)
	b = appendElement(b, "Message", e.Message)
	for _, d := range e.Details {
		b = appendElement(b, d.Name, d.Value)
	}
	if r.Resource != "" {
		b = appendElement(b, "Resource", r.Resource)
	}
	b = appendElement(b, "RequestId", r.RequestID)
	b = appendElement(b, "HostId", r.HostID)
	return append(b, "</Error>"...)
}

func appendElement(b []byte, name, text string) []byte {
	b = append(append(append(b, '<'), name...), '>')
	b = appendText(b, text)
	return append(append(append(b, "</"...), name...), '>')
}

// appendText escapes text. Characters that XML 1.0 cannot carry become U+FFFD.
func appendText(b []byte, text string) []byte {
	buffer := bytes.NewBuffer(b)
	if err := xml.EscapeText(buffer, []byte(text)); err != nil {
		panic("internal error: a buffer failed: " + err.Error())
	}
	return buffer.Bytes()
}

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func (e *Error) with(name, value string) *Error {
	e.Details = append(e.Details, Detail{name, value})
	return e
}

func invalidArgument(name, value, format string, args ...any) *Error {
	return refuse("InvalidArgument", format, args...).with("ArgumentName", name).with("ArgumentValue", value)
}

func errURI(uri string) *Error {
	return refuse("InvalidURI", "Couldn't parse the specified URI.").with("URI", uri)
}

func errXML() *Error {
	return refuse("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

// errHeader refuses a header that means nothing here and may mean something to a backend.
func errHeader(name string) *Error {
	return refuse("NotImplemented", "A header you provided implies functionality that is not implemented").with("Header", name)
}

func errFeature(what string) *Error {
	return refuse("NotImplemented", "%s is not implemented.", what)
}
