package query

import (
	"fmt"
	"reflect"

	"github.com/daypass/daypass/internal/aws"
)

// Format is how a reply is written.
type Format int

// The formats (spec section 1.2).
const (
	XML Format = iota
	JSON
)

// faultNamespace is the namespace of InvalidAction, of whichever service (spec section 1.3).
const faultNamespace = "http://webservices.amazon.com/AWSFault/2005-15-09"

// Reply is the envelope of a success. Namespace is the service's, and is only seen in XML.
type Reply struct {
	Action    string
	Namespace string
	RequestID string
}

// NoResult is the output of an operation that has none: its reply has no result element at all (aws-iam section 1).
type NoResult struct{}

// ContentType is the value of the Content-Type header.
func (f Format) ContentType() string {
	if f == JSON {
		return "application/json"
	}
	return "text/xml"
}

// AppendReply appends a success to dst. Out is an output struct or a pointer to one; with nil or NoResult there is no
// result element, with a struct that has nothing to say there is an empty one.
func (f Format) AppendReply(dst []byte, r Reply, out any) []byte {
	sh, v := result(out)
	if f == JSON {
		return appendJSONReply(dst, r, sh, v)
	}
	return appendXMLReply(dst, r, sh, v)
}

// AppendError appends the error envelope (spec section 1.3). Namespace is the service's.
func (f Format) AppendError(dst []byte, namespace, requestID string, e *aws.Error) []byte {
	if f == JSON {
		return appendJSONError(dst, requestID, e)
	}
	if e.Code == aws.InvalidAction {
		namespace = faultNamespace
	}
	return appendXMLError(dst, namespace, requestID, e)
}

// result returns a nil shape when there is no result.
func result(out any) (*shape, reflect.Value) {
	v := reflect.ValueOf(out)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() || v.Type() == reflect.TypeFor[NoResult]() {
		return nil, reflect.Value{}
	}
	sh, err := shapeOf(v.Type())
	if err != nil || sh.kind != structKind {
		panic(fmt.Sprintf("internal error: %v", CheckOutput(v.Type())))
	}
	return sh, v
}

// absent reports whether a member is left out.
func absent(sh *shape, v reflect.Value) bool {
	switch sh.kind {
	case stringKind:
		return v.Len() == 0
	case timeKind:
		return timeOf(v).IsZero()
	case blobKind, listKind, mapKind, pointerKind:
		return v.IsNil()
	default:
		return false
	}
}
