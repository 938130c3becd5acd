package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/awsmodel"
	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/sigv4"
)

// maxBody is the largest body of a service other than S3. It is in memory as a whole: what it asks for is in it.
const maxBody = 16 << 20

// modelledRequest is a request to a service that package awsmodel speaks.
type modelledRequest struct {
	*exchange
	asked awsmodel.Request
	named *awsmodel.Call
}

// modelledParameters are what the audit log says of a request: what it is about.
type modelledParameters struct {
	Resources []string
}

func (m *modelledRequest) perform(ctx context.Context) error {
	path, query := cutQuery(m.r.RequestURI)
	m.asked = awsmodel.Request{
		Method: m.r.Method, RawPath: path, RawQuery: query, Header: m.r.Header, AccountID: m.upstream.Account,
	}
	if err := m.check(); err != nil {
		return err
	}
	if err := m.authenticate(ctx); err != nil {
		return err
	}
	if err := m.name(); err != nil {
		return err
	}
	for _, p := range m.named.Permissions {
		if err := m.judge().Allowed(ctx, &m.upstream.Service, m.call, p); err != nil {
			return err
		}
	}
	if err := m.direct(ctx); err != nil {
		return err
	}
	response, err := m.forward(ctx)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	if err := m.checkAnswer(response); err != nil {
		return err
	}
	if m.upstream.Model.HasAddresses(m.named) && response.StatusCode < 300 {
		if err := m.readdress(response); err != nil {
			return err
		}
	}
	return m.pass(response)
}

// authenticate tells who signed the request. Nothing of the body is read before the key is known to be good. A large one takes
// no place from others before the signature is right, where the hash that the request declares is enough to tell.
func (m *modelledRequest) authenticate(ctx context.Context) error {
	large := isLarge(m.r.ContentLength)
	err := m.judge().Authenticate(ctx, &m.upstream.Service, m.request(), &m.call, func(c *authn.Candidate) (_ []byte, err error) {
		p := m.unverified
		if large && c.VerifyDeclared(door.First(m.r.Header["X-Amz-Content-Sha256"])) {
			p = m.verified
			large = false
		}
		m.asked.Body, err = m.readAllIn(p, &rollingBody{m.exchange}, m.r.ContentLength, maxBody)
		return m.asked.Body, err
	})
	m.asked.Region = m.call.Region
	if err == nil && large {
		return m.enter(m.verified)
	}
	return err
}

// name finds out what the request asks for.
func (m *modelledRequest) name() (err error) {
	m.event.ReadOnly = false // a GET of the Query protocol may do anything
	if m.named, err = m.upstream.Model.Name(m.asked); err != nil {
		return err
	}
	m.event.Action = m.named.Operation
	m.event.ReadOnly = enforce.Reads(m.named.Operation)
	parameters := &modelledParameters{}
	for _, p := range m.named.Permissions {
		if !slices.Contains(parameters.Resources, p.Resource.ARN) {
			parameters.Resources = append(parameters.Resources, p.Resource.ARN)
		}
	}
	m.event.Request = parameters
	return nil
}

// marks are the headers by which a protocol is known, and that its backends want.
var marks = []string{"Content-Type", "X-Amz-Target", "Smithy-Protocol", "X-Amzn-Query-Mode", "Accept"}

// forward sends what was understood.
func (m *modelledRequest) forward(ctx context.Context) (*http.Response, error) {
	o := &outgoing{method: m.named.Method, path: m.named.Path, query: m.named.Query, header: http.Header{}, text: m.named.Body}
	for name, values := range m.r.Header {
		if m.goesOn(name) {
			o.header[name] = values
		}
	}
	return m.send(ctx, o)
}

func (m *modelledRequest) send(ctx context.Context, o *outgoing) (*http.Response, error) {
	o.sign = func(r *sigv4.Request) error { return m.upstream.signer.Sign(r, m.Now(), sigv4.PayloadOf(o.text)) }
	return m.exchange.send(ctx, o)
}

func (m *modelledRequest) goesOn(header string) bool {
	return slices.Contains(marks, header) || slices.ContainsFunc(m.named.Headers, func(name string) bool {
		prefix, ok := strings.CutSuffix(name, "*")
		if ok {
			return len(header) > len(prefix) && strings.EqualFold(header[:len(prefix)], prefix)
		}
		return strings.EqualFold(header, name)
	})
}
