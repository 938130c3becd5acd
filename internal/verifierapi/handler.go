package verifierapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/sigv4"
)

// Service is what requests to this door are signed for.
const Service = "daypass"

const (
	action = "GetSigningKey"
	target = "Daypass." + action

	// maxBody is far more than a session token may have.
	maxBody = 64 << 10
)

// Handler answers verifiers.
type Handler struct {
	Authenticator *authn.Authenticator
	Authorizer    *authz.Authorizer
	Audit         *audit.Log
	// Own reports whether this server itself answers for a service.
	Own     func(service string) bool
	Regions []string // that a scope may name; empty: any
	Now     func() time.Time
	Logger  *slog.Logger
	Limits  *limit.Limiter
	Timed   bool // the laps of requests are kept

	management string
}

// Manage says which account's verifiers may serve the others. It comes before the first request.
func (h *Handler) Manage(managementAccount string) { h.management = managementAccount }

// ServeHTTP answers one request. Whatever happens to it, it has a line in the audit log.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	event := audit.Event{Call: door.NewCall(r, h.Now(), Service), Action: action, ReadOnly: true}
	if h.Timed {
		event.Call.Laps = aws.NewLaps(h.Now)
	}
	defer h.recoverPanic(w, &event)
	if err := h.Limits.Admit(&event.Call, func() string { return door.KeyID(r.Header, r.RequestURI) }); err != nil {
		h.refuse(w, event.Call, err)
		return
	}
	loan, err := h.lend(r, &event)
	if err != nil {
		err = h.refusalOf(err, &event)
	} else {
		event.Result = &recorded{Arn: loan.Arn, UserId: loan.UserId}
	}
	if recordErr := h.Audit.Record(event); recordErr != nil {
		err = aws.Internal(recordErr)
	}
	if err != nil {
		h.refuse(w, event.Call, err)
		return
	}
	write(w, event.Call, http.StatusOK, loan)
}

// refusalOf gives the event the error that a client reads.
func (h *Handler) refusalOf(err error, event *audit.Event) error {
	if !errors.As(err, &event.Err) {
		event.Err = aws.Internal(err)
		err = event.Err
	}
	h.Limits.Refused(&event.Call, event.Err.Status())
	return err
}

// lend takes a request from its bytes to the key it asks for. It fills in the event as it learns who asks for what.
func (h *Handler) lend(r *http.Request, event *audit.Event) (*loan, error) {
	if err := h.Audit.Err(); err != nil {
		return nil, err
	}
	body, err := h.authenticate(r, &event.Call)
	if err != nil {
		return nil, err
	}
	asked, err := parse(r, body)
	if err != nil {
		return nil, err
	}
	call := event.Call
	if err := h.check(asked, call); err != nil {
		return nil, err
	}
	event.Request = asked
	scope := sigv4.Scope{Date: asked.Date, Region: asked.Region, Service: asked.Service, Terminator: "aws4_request"}
	subject, key, invalid := h.Authenticator.SigningKeyOf(r.Context(), authn.Credentials{
		AccessKeyID: asked.AccessKeyId, SessionToken: asked.SessionToken,
	}, scope, call.Now)
	// Who may not ask learns nothing of the credentials.
	if err := h.authorize(r.Context(), call, asked, subject.AccountID); err != nil {
		return nil, err
	}
	if invalid != nil {
		return nil, ofSubject(invalid)
	}
	call.Caller = subject
	terms, err := h.Authorizer.TermsOf(r.Context(), call)
	if err != nil {
		return nil, ofSubject(err)
	}
	return newLoan(asked, event.Call.Caller.AccountID, subject, key, &terms)
}

// authenticate tells who asks, and returns the body.
func (h *Handler) authenticate(r *http.Request, call *aws.Call) ([]byte, error) {
	signature, err := sigv4.Parse(sigv4.Request{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header})
	if errors.Is(err, sigv4.ErrPath) {
		return nil, errPath
	}
	if err != nil {
		return nil, authn.FromSignature(err)
	}
	identify := func() (authn.Candidate, error) {
		candidate, err := h.Authenticator.IdentifyFor(r.Context(), &signature, sigv4.Expect{Services: []string{Service}, Regions: h.Regions}, call)
		if _, ok := errors.AsType[*sigv4.Error](err); ok {
			err = authn.FromSignature(err)
		}
		return candidate, err
	}
	return authn.Authenticate(call, h.Now, identify, func(*authn.Candidate) ([]byte, error) { return readBody(r) })
}

func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, aws.Errorf(aws.MalformedInput, "The body could not be read.").Because(err)
	case len(body) > maxBody:
		return nil, aws.Errorf(aws.MalformedInput, "The body is larger than %d bytes.", maxBody)
	}
	return body, nil
}

// authorize asks for the permission to check credentials of an account; empty: of one that is not known, for the credentials
// are not good. Nobody may do so for another account but the management account: whoever may grant permissions in one
// account could else sign as the users of all others.
func (h *Handler) authorize(ctx context.Context, call aws.Call, asked *input, accountID string) error {
	caller := call.Caller
	if accountID == "" {
		accountID = caller.AccountID
	}
	if caller.Type == aws.DelegatedPrincipal {
		return aws.Errorf(aws.AccessDenied, "Cannot call %s with session credentials", action)
	}
	arn := aws.ARN{
		Partition: aws.Partition, Service: Service, Region: asked.Region, AccountID: accountID, Resource: "service/" + asked.Service,
	}.String()
	if accountID != caller.AccountID && caller.AccountID != h.management {
		return aws.Errorf(aws.AccessDenied, "User: %s is not authorized to perform: %s:%s on resource: %s", caller.ARN(), Service, action, arn).
			Because(fmt.Errorf("account %s is not the caller's, which is not the management account", accountID))
	}
	permission := aws.Permission{Resource: aws.Resource{ARN: arn, Text: arn}}
	return h.Authorizer.Authorize(ctx, call, Service+":"+action, []aws.Permission{permission})
}

// recoverPanic keeps a programmer's fault in one request from being a mystery.
func (h *Handler) recoverPanic(w http.ResponseWriter, event *audit.Event) {
	p := recover()
	if p == nil {
		return
	}
	h.Logger.Error("request panicked", "requestId", event.Call.RequestID, "panic", p, "stack", string(debug.Stack()))
	event.Err = aws.Internal(fmt.Errorf("panic: %v", p))
	_ = h.Audit.Record(*event) // it may be recorded already: better twice than not at all
	h.refuse(w, event.Call, event.Err)
}
