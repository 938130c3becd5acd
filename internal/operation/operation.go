// Package operation is the table of everything daypass can be asked to do, and the one way through which it is done.
//
// Every action is one row: the name policies use, which credentials may try it, what the caller must be permitted, and
// what runs. Invoke takes every request through the same steps: admit, decode, authorise, perform, record. A row
// supplies only what is its own and can skip none of them.
package operation

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// Operation is one row of the table.
type Operation struct {
	Name   string // as policies spell it: sts:GetSessionToken
	Admits Credentials
	Input  reflect.Type // of the input struct
	Output reflect.Type // of the output struct; query.NoResult if there is none

	service      *Service
	readOnly     bool
	recordResult bool
	perform      func(ctx context.Context, a *authz.Authorizer, call aws.Call, p query.Parameters) (in, out any, err error)
}

// Action is the operation's name on the wire.
func (o *Operation) Action() string {
	_, action, _ := strings.Cut(o.Name, ":")
	return action
}

// Service is one of AWS's services as the Query protocol knows it.
type Service struct {
	Name      string // as in the credential scope
	Version   string // the one API version it answers to
	Namespace string // of its XML
	Style     query.Style
}

// The services.
var (
	STS = &Service{Name: "sts", Version: "2011-06-15", Namespace: "https://sts.amazonaws.com/doc/2011-06-15/", Style: query.STS}
	IAM = &Service{Name: "iam", Version: "2010-05-08", Namespace: "https://iam.amazonaws.com/doc/2010-05-08/", Style: query.IAM}
)

// Namespace is the XML namespace of a service's errors.
func Namespace(service string) string {
	if service == IAM.Name {
		return IAM.Namespace
	}
	return STS.Namespace
}

// Reply describes the answer to the operation.
func (o *Operation) Reply(requestID string) query.Reply {
	return query.Reply{Action: o.Action(), Namespace: o.service.Namespace, RequestID: requestID}
}

// readingVerbs begin the names of actions that change nothing. To issue a session is no change, as at CloudTrail.
var readingVerbs = []string{"Assume", "Decode", "Get", "List", "Simulate"}

// op makes a row. permissions says what the caller must be permitted; nil means that policies have no say.
func op[I, O any](name string, admits Credentials, permissions func(*I, aws.Call) []aws.Permission, perform func(context.Context, aws.Call, *I) (*O, error)) Operation {
	service := STS
	if strings.HasPrefix(name, "iam:") {
		service = IAM
	}
	_, action, _ := strings.Cut(name, ":")
	readOnly := slices.ContainsFunc(readingVerbs, func(verb string) bool { return strings.HasPrefix(action, verb) })
	// CloudTrail keeps the answers of what changes something, and of what issues credentials.
	_, issues := reflect.TypeFor[O]().FieldByName("Credentials")
	return Operation{
		Name: name, Admits: admits, Input: reflect.TypeFor[I](), Output: reflect.TypeFor[O](),
		service: service, readOnly: readOnly, recordResult: !readOnly || issues,
		perform: func(ctx context.Context, a *authz.Authorizer, call aws.Call, p query.Parameters) (any, any, error) {
			in := new(I)
			if err := query.Decode(p, in, service.Style); err != nil {
				return nil, nil, err
			}
			if permissions != nil {
				if err := a.Authorize(ctx, call, name, permissions(in, call)); err != nil {
					return in, nil, err
				}
			}
			out, err := perform(ctx, call, in)
			if err != nil {
				return in, nil, err
			}
			return in, out, nil
		},
	}
}

// Invoke performs an operation for an authenticated caller and records it. The result is the action's output struct.
// Nothing is done, and nothing is returned, that can't be recorded.
func (t *Table) Invoke(ctx context.Context, call aws.Call, o *Operation, p query.Parameters) (any, *aws.Error) {
	event := audit.Event{Call: call, Action: o.Action(), ReadOnly: o.readOnly}
	result, refusal := t.perform(ctx, call, o, p, &event)
	event.Err = refusal
	if err := t.Audit.Record(event); err != nil {
		return nil, aws.Internal(err)
	}
	return result, refusal
}

func (t *Table) perform(ctx context.Context, call aws.Call, o *Operation, p query.Parameters, event *audit.Event) (any, *aws.Error) {
	if err := t.Audit.Err(); err != nil {
		return nil, aws.Internal(err)
	}
	if err := o.admit(call.Caller); err != nil {
		return nil, err
	}
	done := call.Laps.Begin("perform")
	in, out, err := o.perform(ctx, t.Authorizer, call, p)
	done()
	event.Request = in
	if b, ok := in.(interface{ Bearer() aws.Bearer }); ok {
		event.Bearer = b.Bearer()
	}
	if err != nil {
		return nil, aws.AsError(err)
	}
	if o.recordResult {
		event.Result = out
	}
	if r, ok := in.(interface{ Role() string }); ok {
		event.Role = r.Role()
	}
	return out, nil
}
