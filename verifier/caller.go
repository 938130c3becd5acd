package verifier

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/daypass/daypass/policy"
	"github.com/daypass/daypass/sigv4"
)

// Identity is who signed a request.
type Identity struct {
	ARN, UserID, Account string // as GetCallerIdentity says them
	AccessKeyID          string
	Tags                 map[string]string // of the user, role or session. It must not be changed
	Session              *Session          // nil for a long-term key. It must not be changed
}

// Session is what is known of temporary credentials.
type Session struct {
	IssuedAt, ExpiresAt time.Time
	MFAAuthenticatedAt  time.Time // zero when they were issued without a token code
}

// Caller is who signed a request, and what that request says of itself.
type Caller struct {
	Identity

	granted   *grant
	signature sigv4.Signature
	facts     facts
	body      []byte
}

// Format shows who the caller is, and nothing of how that is known.
func (c Caller) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "verifier.Caller(%s)", c.ARN) }

// facts are what a request fills condition keys with.
type facts struct {
	now                        time.Time
	region, userAgent, referer string
	sourceIP                   netip.Addr
	tls                        bool
}

func (v *Verifier) newCaller(r *http.Request, s *sigv4.Signature, g *grant, body []byte, now time.Time) *Caller {
	return &Caller{
		Identity: g.identity, granted: g, signature: *s, body: body,
		facts: facts{
			now: now.UTC(), region: s.Scope.Region, userAgent: r.UserAgent(), referer: r.Referer(),
			sourceIP: v.config.SourceIP(r), tls: r.TLS != nil,
		},
	}
}

// withBody is the request with the body that was checked, from its beginning.
func (c *Caller) withBody(r *http.Request) *http.Request {
	r = r.WithContext(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(c.body))
	return r
}

// Signs reports whether the caller signed a header of the request. What others may have added must not be acted on.
func (c *Caller) Signs(header string) bool { return c.signature.Signs(strings.ToLower(header)) }

// Access is what a request asks for.
type Access struct {
	Action   string // such as orders:GetOrder
	Resource string // an ARN, or "*" for an action without a resource
	// Account owns the resource; empty: the verifier's account. Callers of another account need a policy of the resource that
	// lets them in, beside their own.
	Account string
	// Policies are those of the resource, parsed as policy.ResourcePolicy.
	Policies []policy.Source
	// Context has the condition keys that the request's own parameters fill, and the tags of the resource. Of the keys that
	// begin with aws: it may have aws:ResourceTag/..., aws:RequestTag/... and aws:TagKeys.
	Context map[string][]string
}

// Authorize returns nil if the caller may do what is asked for, and otherwise an *Error with AWS's text.
func (c *Caller) Authorize(a Access) error {
	request, err := c.request(a)
	if err != nil {
		return errInternal.because(err)
	}
	policies := c.granted.policies
	policies.Resource = a.Policies
	decision := policy.Evaluate(&policies, request)
	if decision.Outcome == policy.Allowed {
		return nil
	}
	refusal := &Error{Status: http.StatusForbidden, Code: "AccessDeniedException", Message: fmt.Sprintf(
		"User: %s is not authorized to perform: %s on resource: %s%s", c.ARN, a.Action, a.Resource, decision.Denial(a.Action))}
	if s := decision.Statement; s != nil {
		refusal.cause = fmt.Errorf("the %s %s, the statement that begins in line %d", decision.Kind, decision.Source.ID, s.Start.Line)
	}
	return refusal
}

func (c *Caller) request(a Access) (*policy.Request, error) {
	if service, name, ok := strings.Cut(a.Action, ":"); !ok || service == "" || name == "" || strings.ContainsAny(a.Action, "*?") {
		return nil, fmt.Errorf("the action %q is none", a.Action)
	}
	if a.Resource != "*" && (!strings.HasPrefix(a.Resource, "arn:") || strings.Count(a.Resource, ":") < 5) {
		return nil, fmt.Errorf("the resource %q is neither an ARN nor *", a.Resource)
	}
	account := a.Account
	if account == "" {
		account = c.granted.account
	}
	given, err := foldKeys(a.Context)
	if err != nil {
		return nil, err
	}
	return &policy.Request{
		Principal: c.granted.principal, Action: a.Action, Resource: a.Resource, ResourceAccount: account,
		Context: c.context(given, account),
	}, nil
}

// mayFill are the keys beginning with aws: that a request's parameters may fill. All others tell of the caller.
var mayFill = []string{"aws:resourcetag/", "aws:requesttag/", "aws:tagkeys"}

// foldKeys brings condition keys to lower case. Two that then are one would hide each other.
func foldKeys(given map[string][]string) (policy.Context, error) {
	c := make(policy.Context, len(given)+24)
	for key, values := range given {
		folded := strings.ToLower(key)
		if _, twice := c[folded]; twice {
			return nil, fmt.Errorf("the condition key %s is there twice", folded)
		}
		if strings.HasPrefix(folded, "aws:") && !mayBeFilled(folded) {
			return nil, errors.New("the condition key " + folded + " is not the request's to fill")
		}
		c[folded] = values
	}
	return c, nil
}

func mayBeFilled(key string) bool {
	for _, prefix := range mayFill {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// context adds what is true of the request and of the caller.
func (c *Caller) context(all policy.Context, account string) policy.Context {
	f := &c.facts
	all["aws:currenttime"] = []string{f.now.Format(time.RFC3339)}
	all["aws:epochtime"] = []string{strconv.FormatInt(f.now.Unix(), 10)}
	all["aws:securetransport"] = []string{strconv.FormatBool(f.tls)}
	all["aws:viaawsservice"] = []string{"false"}
	all["aws:principalisawsservice"] = []string{"false"}
	all["aws:requestedregion"] = []string{f.region}
	all["aws:resourceaccount"] = []string{account}
	all["aws:useragent"] = []string{f.userAgent}
	if f.sourceIP.IsValid() {
		all["aws:sourceip"] = []string{f.sourceIP.WithZone("").String()}
	}
	if f.referer != "" {
		all["aws:referer"] = []string{f.referer}
	}
	maps.Copy(all, c.granted.context)
	if s := c.Session; s != nil && !s.MFAAuthenticatedAt.IsZero() {
		age := f.now.Sub(s.MFAAuthenticatedAt) / time.Second
		all["aws:multifactorauthage"] = []string{strconv.FormatInt(int64(max(age, 0)), 10)}
	}
	return all
}
