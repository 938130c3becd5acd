package extauth

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/s3"
)

// The methods that mean something here. HTTP itself is the doors' matter.
const (
	methodGet    = "GET"
	methodHead   = "HEAD"
	methodDelete = "DELETE"
)

// Decider answers questions. It is safe for concurrent use.
type Decider struct {
	Judge  *enforce.Judge
	Audit  *audit.Log
	Logger *slog.Logger
	Limits *limit.Limiter
	Timed  bool // the laps of questions are kept

	services map[string]*service
	allowed  atomic.Uint64
	refused  atomic.Uint64
	misasked atomic.Uint64
}

// Decisions tells how many questions were answered with yes, with no, and not at all since the proxy is not configured as it
// must be.
func (d *Decider) Decisions() (allowed, refused, misasked uint64) {
	return d.allowed.Load(), d.refused.Load(), d.misasked.Load()
}

func (d *Decider) count(a Answer) {
	if a.Refusal != nil {
		d.refused.Add(1)
	} else {
		d.allowed.Add(1)
	}
}

type service struct {
	enforce.Service
	virtualHosts bool
}

// Configure says which services may be asked for.
func (d *Decider) Configure(c Config) {
	d.services = make(map[string]*service, len(c.Services))
	for name, configured := range c.Services {
		s := &service{enforce.Service{Name: name, Account: configured.Account, Region: configured.Region}, configured.VirtualHosts}
		s.S3 = s3.Config{Bases: configured.Hosts, Account: configured.Account, DotSegments: configured.DotSegments}
		s.Model, _ = awsmodel.Find(name)
		d.services[name] = s
	}
}

// Own gives the resources of services whose account the configuration does not say to the management account. It comes
// after Configure, and before the first question.
func (d *Decider) Own(managementAccount string) {
	for _, s := range d.services {
		s.Account = cmp.Or(s.Account, managementAccount)
		s.S3.Account = s.Account
	}
}

// Question is a request that a proxy asks about.
type Question struct {
	Service              string // that the request will go to, as the proxy says
	Method, Host, Target string
	Header               map[string][]string // by canonical name, without Host
	Body                 Body
	SourceIP             netip.Addr
	SecureTransport      bool
}

// Body is what the proxy has sent of a request's body.
type Body struct {
	Bytes []byte
	Whole bool // Bytes are all of it. Else nothing is known of the body, not even whether there is one
}

// Answer is what a proxy is told. Headers are pairs of a canonical name and a value.
type Answer struct {
	// Principal are the headers that name the signer to the backend. There are none unless the request may pass.
	Principal [][2]string
	// Refusal is what the client is told; nil if the request may pass.
	Refusal *Refusal
}

// Refusal is a response in the service's own words.
type Refusal struct {
	Status int
	Header [][2]string
	Body   []byte // empty for HEAD
}

// The headers and query parameters by which a request was authenticated. The backend has no use for them.
var (
	StripHeaders    = []string{"authorization", "x-amz-date", "x-amz-security-token"}
	StripParameters = []string{
		"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Signature", "X-Amz-SignedHeaders",
	}
)

// MisaskedError is a question that no client can be blamed for: the proxy is not configured as it must be.
type MisaskedError string

func (e MisaskedError) Error() string { return "the proxy is not configured for daypass: " + string(e) }

// Misasked is what the client of such a proxy is told; why is for the logs. The address is the proxy's, where it is known.
func (d *Decider) Misasked(proxy netip.Addr, err MisaskedError) Answer {
	const text = "The proxy is not configured for daypass."
	d.misasked.Add(1)
	call := aws.Call{Now: d.Judge.Now().UTC(), RequestID: aws.NewRequestID(), SourceIP: proxy, Service: unasked}
	d.Logger.Warn("a question can't be answered", "requestId", call.RequestID, "error", err)
	event := audit.Event{Call: call, Data: true, Err: enforce.Recorded(string(aws.InternalFailure), text, err)}
	if recordErr := d.Audit.Record(event); recordErr != nil {
		d.Logger.Error("question failed", "requestId", call.RequestID, "error", recordErr)
	}
	return Answer{Refusal: &Refusal{
		Status: 500, Header: [][2]string{{"Content-Type", "text/plain; charset=utf-8"}, {"X-Amzn-Requestid", call.RequestID}}, Body: []byte(text + "\n"),
	}}
}

// unasked is the service that questions are recorded under which are about none.
const unasked = "daypass"

// Decide answers a question. Every answer has a line in the audit log.
func (d *Decider) Decide(ctx context.Context, q *Question) (answer Answer) {
	s := d.services[q.Service]
	if s == nil {
		return d.Misasked(q.SourceIP, MisaskedError(fmt.Sprintf("it asks for the service %q", aws.Echo(q.Service))))
	}
	e := &exchange{Decider: d, service: s, question: q}
	e.request = enforce.Request{Method: q.Method, Host: q.Host, Target: q.Target, Header: q.Header}
	e.event = audit.Event{Data: true, ReadOnly: q.Method == methodGet || q.Method == methodHead, Call: aws.Call{
		Now: d.Judge.Now().UTC(), RequestID: aws.NewRequestID(), SourceIP: q.SourceIP, SecureTransport: q.SecureTransport, Service: q.Service,
		UserAgent: first(q.Header["User-Agent"]), Referer: first(q.Header["Referer"]),
	}}
	e.call = &e.event.Call
	if d.Timed {
		e.call.Laps = aws.NewLaps(d.Judge.Now)
	}
	defer func() { d.count(answer) }()
	defer func() {
		if p := recover(); p != nil {
			d.Logger.ErrorContext(ctx, "question panicked", "requestId", e.call.RequestID, "panic", p, "stack", string(debug.Stack()))
			answer = Answer{Refusal: e.refuse(fmt.Errorf("panic: %v", p))}
		}
	}()
	if err := e.decide(ctx); err != nil {
		return Answer{Refusal: e.refuse(err)}
	}
	return Answer{Principal: principal(e.call.Caller)}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func principal(c aws.Caller) [][2]string {
	return [][2]string{
		{"X-Daypass-Principal-Arn", c.ARN()},
		{"X-Daypass-Account", c.AccountID},
		{"X-Daypass-User-Id", c.UserID()},
		{"X-Daypass-Access-Key-Id", c.AccessKeyID},
		{"X-Daypass-Mfa", strconv.FormatBool(c.Session != nil && c.Session.MFAAuthenticated())},
	}
}

// exchange is one question with what is known of it.
type exchange struct {
	*Decider
	service  *service
	question *Question
	request  enforce.Request
	event    audit.Event
	call     *aws.Call // the event's
	words    words
}

// words are a service's: what a request to it means, and how it says no. The error that is recorded is the one that the client
// reads.
type words interface {
	decide(ctx context.Context) error
	refusal(err error) (*Refusal, *aws.Error)
}

func (e *exchange) decide(ctx context.Context) error {
	e.words = e.wordsFor()
	if err := e.Limits.Admit(e.call, func() string { return door.KeyID(e.request.Header, e.request.Target) }); err != nil {
		return err
	}
	if err := e.Audit.Err(); err != nil {
		return aws.Internal(err)
	}
	if err := e.checkHeaders(); err != nil {
		return err
	}
	if err := e.words.decide(ctx); err != nil {
		return err
	}
	return e.record(nil)
}

func (e *exchange) wordsFor() words {
	if e.service.Name == enforce.ServiceS3 {
		return &s3Question{exchange: e}
	}
	return &modelledQuestion{exchange: e}
}

func (e *exchange) record(err *aws.Error) error {
	e.event.Err = err
	if err := e.Audit.Record(e.event); err != nil {
		return aws.Internal(err)
	}
	return nil
}

func (e *exchange) refuse(err error) *Refusal {
	refusal, recorded := e.words.refusal(err)
	if errors.Is(err, limit.ErrBlocked) { // see limit.Limiter.Blocks
		return refusal
	}
	e.Limits.Refused(e.call, refusal.Status)
	if recordErr := e.record(recorded); recordErr != nil {
		err = errors.Join(err, recordErr)
		refusal, _ = e.words.refusal(recordErr)
	}
	if refusal.Status >= 500 {
		e.Logger.Error("question failed", "requestId", e.call.RequestID, "service", e.service.Name, "error", err)
	}
	return refusal
}

// prefix is that of the headers that are daypass's to say.
const prefix = "x-daypass-"

// overrides are headers by which some backends take a request for one of another method or path.
var overrides = map[string]bool{
	"x-http-method": true, "x-http-method-override": true, "x-method-override": true, "x-original-url": true, "x-rewrite-url": true,
}

// checkHeaders refuses what a backend could take for daypass's own word, or for another request. Some take an underscore for
// a dash.
func (e *exchange) checkHeaders() error {
	dashed := make([]byte, 0, 64)
	for name, values := range e.question.Header {
		dashed = appendDashed(dashed[:0], name)
		switch {
		case bytes.HasPrefix(dashed, []byte(prefix)), overrides[string(dashed)]:
			return unclearError("a client must not send the header " + strings.ToLower(name))
		case bytes.HasPrefix(dashed, []byte("x-amz")) && strings.Contains(name, "_"):
			return unclearError("the header " + strings.ToLower(name) + " may be taken for " + string(dashed))
		}
		switch string(dashed) {
		case "host":
			return unclearError("the request has two hosts")
		case "connection":
			if !ordinary(values) {
				return unclearError("the Connection header names other headers")
			}
		case "authorization", "content-length", "transfer-encoding":
			if len(values) > 1 {
				return unclearError("the header " + strings.ToLower(name) + " comes twice")
			}
		}
	}
	return nil
}

// appendDashed writes a header's name in lower case, with a dash for each underscore.
func appendDashed(b []byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c == '_':
			c = '-'
		}
		b = append(b, c)
	}
	return b
}

// ordinary reports whether a Connection header names no other. Who removes those that it names makes another request of it.
func ordinary(values []string) bool {
	for option := range strings.SplitSeq(strings.Join(values, ","), ",") {
		switch strings.ToLower(strings.TrimSpace(option)) {
		case "", "close", "keep-alive":
		default:
			return false
		}
	}
	return true
}

// unclearError is a request that the gateway would have sent on in another spelling, and that a proxy must not send as it is.
type unclearError string

func (u unclearError) Error() string { return string(u) }

// errUnseen is a request whose body decides what it asks for, and the proxy has not sent that.
const errUnseen = unclearError("what the request asks for is in its body, which the proxy has not sent to be decided on")

// announcesBody reports whether the headers say that there is a body, or may be one.
func (q *Question) announcesBody() bool {
	length := first(q.Header["Content-Length"])
	return length != "" && length != "0" || len(q.Header["Transfer-Encoding"]) > 0 || len(q.Body.Bytes) > 0
}
