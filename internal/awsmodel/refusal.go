package awsmodel

import "fmt"

// Kind says why a request has no name.
type Kind int

// The kinds of refusal.
const (
	// UnknownOperation is one that the service does not have, as far as we know.
	UnknownOperation Kind = iota
	// Malformed is what cannot be read: a bad escape, no JSON, the wrong content type.
	Malformed
	// Ambiguous is what has two readings: a name twice, two operations.
	Ambiguous
	// Foreign is a resource of another account, region or partition.
	Foreign
	// Unsupported is a request whose actions or resources cannot be told.
	Unsupported
)

// RefusalError is the only error of Service.Name.
type RefusalError struct {
	Kind     Kind
	Protocol Protocol // what the client seems to speak: the form of the answer
	Reason   string   // a sentence without its full stop; may quote the request
}

func (r *RefusalError) Error() string { return r.Reason }

// Code is what the client is told (aws-services section 4).
func (r *RefusalError) Code() string {
	form := r.Protocol == Query || r.Protocol == EC2
	switch {
	case r.Kind == UnknownOperation && form:
		return "InvalidAction"
	case r.Kind == UnknownOperation:
		return "UnknownOperationException"
	case r.Kind == Foreign || r.Kind == Unsupported:
		return deniedCode(r.Protocol)
	case form:
		return "MalformedQueryString"
	}
	return "SerializationException"
}

func refuse(kind Kind, format string, args ...any) *RefusalError {
	return &RefusalError{Kind: kind, Reason: fmt.Sprintf(format, args...)}
}

func deniedCode(p Protocol) string {
	switch p {
	case EC2:
		return "UnauthorizedOperation"
	case Query, RESTXML:
		return "AccessDenied"
	default:
		return "AccessDeniedException"
	}
}
