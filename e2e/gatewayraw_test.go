package e2e

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// raw is a request that no client makes.
type raw struct {
	service, region, method, path, query, body string
	header                                     http.Header
	clock                                      time.Duration
	presigned                                  bool                // in the query string, for a minute
	after                                      func(*http.Request) // what happens to it once it is signed
}

// raw signs a request as somebody and sends it, and returns what it is answered with.
func (g gateway) raw(who credentials, r raw) (status int, body string) {
	g.t.Helper()
	url := g.endpoint + cmp.Or(r.path, "/")
	if r.query != "" {
		url += "?" + r.query
	}
	q, err := http.NewRequestWithContext(g.t.Context(), cmp.Or(r.method, http.MethodPost), url, strings.NewReader(r.body))
	if err != nil {
		g.t.Fatal(err)
	}
	for name, values := range r.header {
		q.Header[name] = values
	}
	key, err := who.provider().Retrieve(g.t.Context())
	if err == nil && r.presigned {
		q, err = presign(q, key, r)
	} else if err == nil {
		sum := sha256.Sum256([]byte(r.body))
		err = v4.NewSigner().SignHTTP(g.t.Context(), key, q, hex.EncodeToString(sum[:]), r.service, cmp.Or(r.region, region), time.Now().Add(r.clock))
	}
	if err != nil {
		g.t.Fatal(err)
	}
	if r.after != nil {
		r.after(q)
	}
	response, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// presign returns a request whose signature is in the query string.
func presign(q *http.Request, key aws.Credentials, r raw) (*http.Request, error) {
	query := q.URL.Query()
	query.Set("X-Amz-Expires", "60")
	q.URL.RawQuery = query.Encode()
	sum := sha256.Sum256(nil)
	url, header, err := v4.NewSigner().PresignHTTP(q.Context(), key, q, hex.EncodeToString(sum[:]), r.service, cmp.Or(r.region, region), time.Now().Add(r.clock))
	if err != nil {
		return nil, err
	}
	signed, err := http.NewRequestWithContext(q.Context(), q.Method, url, http.NoBody)
	if err == nil {
		signed.Header = header
	}
	return signed, err
}
