package sigv4

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkv4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// TestOverHTTP sends what the AWS SDK signs through net/http, and reads it there as a server does: what the package says of
// Request must hold for the requests that net/http makes. HTTP/2 has its own way with header names and the host.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		verified := make(chan string, 1)
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				verified <- err.Error()
				return
			}
			s, err := Parse(Request{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header})
			if err != nil {
				verified <- err.Error()
				return
			}
			key := DeriveKey(testSigner.SecretAccessKey, s.Scope)
			if !s.Verify(&key, PayloadOf(body)) {
				verified <- "Verify = false, canonical request:\n" + string(s.CanonicalRequest(PayloadOf(body)))
				return
			}
			verified <- ""
		}))
		server.EnableHTTP2 = http2
		server.StartTLS()
		t.Cleanup(server.Close)

		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/%C3%A9//?b=+&a=%2F;", strings.NewReader(testBody))
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path, r.URL.RawPath = "/\u00e9/", "/%C3%A9/" // the SDK does not clean paths
		r.Header = http.Header{
			"Content-Type":              {"application/x-www-form-urlencoded"},
			"X-Vault-Aws-Iam-Server-Id": {"vault  example"},
			"X-Amz-Meta-List":           {"1", "2 "},
			"Cookie":                    {"a=1; b=2"},
		}
		secrets := aws.Credentials{AccessKeyID: testSigner.AccessKeyID, SecretAccessKey: testSigner.SecretAccessKey, SessionToken: "token"}
		payload := PayloadOf([]byte(testBody))
		if err := sdkv4.NewSigner().SignHTTP(t.Context(), secrets, r, string(payload.append(nil)), "sts", "us-east-1", testTime); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"content-length", "content-type", "cookie", "x-amz-meta-list"} {
			if !strings.Contains(r.Header.Get("Authorization"), name) {
				t.Errorf("the SDK does not sign %s: the test is too weak", name)
			}
		}
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.ProtoMajor == 2 != http2 {
			t.Errorf("the request went over %s", response.Proto)
		}
		if complaint := <-verified; complaint != "" {
			t.Errorf("over %s: %s", response.Proto, complaint)
		}
	}
}
