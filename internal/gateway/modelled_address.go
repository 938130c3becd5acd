package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/daypass/daypass/internal/awsmodel"
)

// maxAddresses is how long an answer may be that has addresses: a thousand URLs of queues are a sixth of it.
const maxAddresses = 1 << 20

// readdress has the answer name resources by where the client finds them: here, and not at the backend's.
func (m *modelledRequest) readdress(response *http.Response) error {
	text, err := m.readAddresses(m.named, response)
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(text))
	response.Header.Del("Content-Length")
	return nil
}

// readAddresses reads an answer that has addresses, puts ours in their place, and remembers what the backend's own are like.
func (m *modelledRequest) readAddresses(asked *awsmodel.Call, response *http.Response) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAddresses+1))
	switch {
	case err != nil:
		return nil, upstreamError{err}
	case len(text) > maxAddresses, response.Header["Content-Encoding"] != nil:
		return nil, upstreamError{errors.New("the addresses in the backend's answer can't be read")}
	}
	text, own, err := m.upstream.Model.Readdress(asked, text, m.below(m.origin(m.r.Host)))
	switch {
	case err != nil:
		return nil, upstreamError{err}
	case own != "":
		m.upstream.addresses.Store(&own)
	}
	return text, nil
}

// below is what is before the names in addresses of resources.
func (m *modelledRequest) below(origin string) string { return origin + "/" + m.upstream.Account + "/" }

// direct puts the address that the backend knows a resource by in the place of the client's, which is at the gateway. Where it
// is not known yet what those addresses are like, the backend is asked first; one that does not say so is given its own URL.
func (m *modelledRequest) direct(ctx context.Context) error {
	name := m.named.Addressed()
	if name == "" {
		return nil
	}
	if m.upstream.addresses.Load() == nil {
		if err := m.locate(ctx); err != nil {
			return err
		}
	}
	base := m.below(m.upstream.address.Scheme + "://" + m.upstream.address.Host)
	if own := m.upstream.addresses.Load(); own != nil {
		base = *own
	}
	m.named.Direct(base + name)
	return nil
}

func (m *modelledRequest) locate(ctx context.Context) error {
	asked, header := m.named.Locate()
	response, err := m.send(ctx, &outgoing{method: asked.Method, path: asked.Path, header: header, text: asked.Body})
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	if response.StatusCode == http.StatusOK {
		_, _ = m.readAddresses(asked, response) // what it does not say it does not say
	}
	return nil
}
