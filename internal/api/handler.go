// Package api is the AWS endpoint: where bytes and headers become Go values, and Go values bytes again.
//
// ServeHTTP shows the life of a request, stage by stage, in AWS's order of checks (spec section 2.1).
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/operation"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/sigv4"
)

// Handler answers STS and IAM on one endpoint. The service is the one named by the credential scope of the signature.
type Handler struct {
	Authenticator *authn.Authenticator
	Operations    *operation.Table
	Audit         *audit.Log
	Now           func() time.Time
	Logger        *slog.Logger
	Limits        *limit.Limiter
	Timed         bool // the laps of requests are kept

	// Large has the places for large bodies of requests with a signature, UnsignedLarge for those without: strangers must not
	// take the others' places. See NewPlaces.
	Large, UnsignedLarge *limit.Places
}

// ServeHTTP answers one request. Whatever happens to it, it leaves through here, with a request id and a line in the
// audit log.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := door.NewCall(r, h.Now(), operation.STS.Name)
	if h.Timed {
		call.Laps = aws.NewLaps(h.Now)
	}
	defer h.recoverPanic(w, r, &call)
	// What has arrived is performed, also for a client that has hung up or has no more to say: to net/http the two look
	// alike, and half of a change helps nobody.
	ctx := context.WithoutCancel(r.Context())
	if err := h.Limits.Admit(&call, func() string { return door.KeyID(r.Header, r.RequestURI) }); err != nil {
		h.refuse(w, r, call, err)
		return
	}
	var room place
	defer room.leave()
	invocation, err := h.receive(ctx, r, &call, &room)
	if err != nil {
		h.refuse(w, r, call, h.recordRefusal(call, err))
		return
	}
	result, refusal := h.Operations.Invoke(ctx, call, invocation.operation, invocation.parameters)
	if refusal != nil {
		h.Limits.Refused(&call, refusal.Status())
		h.refuse(w, r, call, refusal)
		return
	}
	respond(w, r, call, http.StatusOK, func(f query.Format, dst []byte) []byte {
		return f.AppendReply(dst, invocation.operation.Reply(call.RequestID), result)
	})
}

// invocation is what a request turned out to ask for.
type invocation struct {
	operation  *operation.Operation
	parameters query.Parameters
}

// receive takes a request from its bytes to the operation it asks for. It fills in the call as it learns who calls.
func (h *Handler) receive(ctx context.Context, r *http.Request, call *aws.Call, room *place) (invocation, error) {
	if err := checkEnvelope(r); err != nil {
		return invocation{}, err
	}
	signature, err := sigv4.Parse(sigv4.Request{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header})
	if errors.Is(err, sigv4.ErrPath) {
		return invocation{}, errBadPath
	}
	if isUnsigned(err) {
		return h.receiveUnsigned(r, call, room, authn.FromSignature(err))
	}
	if err != nil {
		return invocation{}, authn.FromSignature(err)
	}
	identify := func() (authn.Candidate, error) { return h.Authenticator.Identify(ctx, &signature, call) }
	body, err := authn.Authenticate(call, h.Now, identify, func(*authn.Candidate) ([]byte, error) {
		if err := room.enter(h.Large, r, call.SourceIP); err != nil {
			return nil, err
		}
		return readBody(r)
	})
	if err != nil {
		return invocation{}, err
	}
	return h.find(r, call, body)
}

// receiveUnsigned is receive for a request without a signature. Few operations take one, whose parameters say who asks; to
// all others it is what it has always been: refused for that it has none.
func (h *Handler) receiveUnsigned(r *http.Request, call *aws.Call, room *place, unsigned *aws.Error) (invocation, error) {
	if r.ContentLength > maxUnsignedBody {
		return invocation{}, unsigned
	}
	if err := room.enter(h.UnsignedLarge, r, call.SourceIP); err != nil {
		return invocation{}, err
	}
	body, err := readUnsignedBody(r)
	if errors.Is(err, errBodyTooLarge) {
		return invocation{}, unsigned
	}
	if err != nil {
		return invocation{}, err
	}
	call.Region = aws.GlobalRegion // no scope names another
	call.Now = h.Now().UTC()       // what a body of a minute bears may have expired on its way
	found, err := h.find(r, call, body)
	if err != nil || found.operation.Admits != operation.NoCredentials {
		return invocation{}, unsigned
	}
	return found, nil
}

// find reads the parameters and looks up the action they name.
func (h *Handler) find(r *http.Request, call *aws.Call, body []byte) (invocation, error) {
	_, rawQuery, _ := strings.Cut(r.RequestURI, "?")
	if !hasForm(r) {
		body = nil
	}
	parameters, err := query.Parse(rawQuery, body)
	if err != nil {
		return invocation{}, err
	}
	action, given := parameters.Get("Action")
	if !given {
		return invocation{}, redirect(r, rawQuery)
	}
	version, versionGiven := parameters.Get("Version")
	o, refusal := h.Operations.Find(call.Service, action, version, versionGiven)
	if refusal != nil {
		return invocation{}, refusal
	}
	return invocation{o, parameters}, nil
}

// recordRefusal writes a refusal that happened before any operation to the audit log. A refusal that can't be recorded
// becomes an internal failure.
func (h *Handler) recordRefusal(call aws.Call, err error) error {
	event := audit.Event{Call: call, ReadOnly: true}
	var bare *bareError
	switch {
	case errors.As(err, &bare):
		event.Err = aws.Errorf(aws.InvalidRequest, "%s", bare.reason)
	case !errors.As(err, &event.Err):
		event.Err = aws.Internal(err)
		err = event.Err
	}
	h.Limits.Refused(&call, event.Err.Status())
	if recordErr := h.Audit.Record(event); recordErr != nil {
		return aws.Internal(recordErr)
	}
	return err
}

// refuse answers with an error. What only the operator may know goes to the log.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, call aws.Call, err error) {
	var bare *bareError
	if errors.As(err, &bare) {
		bare.write(w, call)
		return
	}
	var refusal *aws.Error
	if !errors.As(err, &refusal) {
		refusal = aws.Internal(err)
	}
	if refusal.Status() >= http.StatusInternalServerError {
		h.Logger.ErrorContext(r.Context(), "request failed", "requestId", call.RequestID, "error", refusal.Unwrap())
	}
	respond(w, r, call, refusal.Status(), func(f query.Format, dst []byte) []byte {
		return f.AppendError(dst, operation.Namespace(call.Service), call.RequestID, refusal)
	})
}

// recoverPanic keeps a programmer's fault in one request from being a mystery: the client gets a request id, the log the
// stack.
func (h *Handler) recoverPanic(w http.ResponseWriter, r *http.Request, call *aws.Call) {
	p := recover()
	if p == nil {
		return
	}
	h.Logger.ErrorContext(r.Context(), "request panicked", "requestId", call.RequestID, "panic", p, "stack", string(debug.Stack()))
	h.refuse(w, r, *call, h.recordRefusal(*call, fmt.Errorf("panic: %v", p))) // it may be recorded already: better twice than not at all
}
