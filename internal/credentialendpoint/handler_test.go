package credentialendpoint

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/google/go-cmp/cmp"
)

var session = aws.Credentials{
	AccessKeyID: "ASIA", SecretAccessKey: "secret", SessionToken: "token",
	CanExpire: true, Expires: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
}

func start(t *testing.T, give func() (aws.Credentials, error)) (e *Endpoint, told *[]error) {
	t.Helper()
	told = new([]error)
	e, err := Start(t.Context(), aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return give() }),
		func(err error) { *told = append(*told, err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, told
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	e, _ := start(t, func() (aws.Credentials, error) { return session, nil })
	got, err := endpointcreds.New(e.URL, func(o *endpointcreds.Options) { o.AuthorizationToken = e.Token }).Retrieve(t.Context())
	got.Source = ""
	if diff := cmp.Diff(session, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	address, err := url.Parse(e.URL)
	if err != nil || address.Hostname() != "127.0.0.1" {
		t.Errorf("it is at %s", e.URL)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	e, told := start(t, func() (aws.Credentials, error) {
		t.Error("credentials were asked for")
		return session, nil
	})
	tests := []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"no token", func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusForbidden},
		{"wrong token", func(r *http.Request) { r.Header.Set("Authorization", strings.ToLower(e.Token)) }, http.StatusForbidden},
		{"half a token", func(r *http.Request) { r.Header.Set("Authorization", e.Token[:26]) }, http.StatusForbidden},
		{"token as a query", func(r *http.Request) { r.Header.Del("Authorization"); r.URL.RawQuery = "Authorization=" + e.Token }, http.StatusForbidden},
		{"another name", func(r *http.Request) { r.Host = "evil.example:" + r.URL.Port() }, http.StatusForbidden},
		{"localhost", func(r *http.Request) { r.Host = "localhost:" + r.URL.Port() }, http.StatusForbidden},
		{"another port", func(r *http.Request) { r.Host = "127.0.0.1:1" }, http.StatusForbidden},
		{"another path", func(r *http.Request) { r.URL.Path = "/" }, http.StatusNotFound},
		{"POST", func(r *http.Request) { r.Method = http.MethodPost }, http.StatusMethodNotAllowed},
		{"HEAD", func(r *http.Request) { r.Method = http.MethodHead }, http.StatusMethodNotAllowed},
	}
	for _, test := range tests {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", e.Token)
		test.change(r)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != test.status || strings.Contains(string(body), "secret") {
			t.Errorf("%s: %d %s", test.name, response.StatusCode, body)
		}
	}
	if len(*told) > 0 {
		t.Errorf("told %v", *told)
	}
}

func TestNoCredentials(t *testing.T) {
	t.Parallel()
	gone := errors.New("the session has ended")
	e, told := start(t, func() (aws.Credentials, error) { return aws.Credentials{}, gone })
	provider := endpointcreds.New(e.URL, func(o *endpointcreds.Options) { o.AuthorizationToken, o.Retryer = e.Token, aws.NopRetryer{} })
	if _, err := provider.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(), "the session has ended") {
		t.Errorf("%v", err)
	}
	if len(*told) != 1 || !errors.Is((*told)[0], gone) {
		t.Errorf("told %v", *told)
	}
}
