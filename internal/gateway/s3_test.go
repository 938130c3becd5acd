package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/gateway"
)

func TestPutAndGet(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	put := g.ok(g.do(request{method: "PUT", target: "/bucket/a%20key", body: objectText, header: map[string]string{
		"Content-Type": "text/plain", "X-Amz-Meta-Colour": "red",
	}}))
	if put.header.Get("Etag") != `"etag"` {
		t.Error(put.header)
	}
	if diff := cmp.Diff(map[string]string{"/bucket/a%20key": objectText}, g.backend.stored()); diff != "" {
		t.Error(diff)
	}
	got := g.backend.requests()[0]
	for name, want := range map[string]string{"Content-Type": "text/plain", "X-Amz-Meta-Colour": "red", "X-Amz-Security-Token": "", "User-Agent": ""} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	get := g.ok(g.do(request{target: "/bucket/a%20key"}))
	if get.body != objectText || get.header.Get("X-Amz-Request-Id") == "" {
		t.Error(get)
	}
}

// An object without a type must not get one that was guessed.
func TestNoContentTypeIsGuessed(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		_, _ = w.Write([]byte("<html><script>"))
	})
	if got, ok := g.ok(g.do(request{target: "/bucket/k"})).header["Content-Type"]; ok {
		t.Error(got)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	g.backend.put("/bucket/k", objectText)
	a := g.ok(g.do(request{method: "HEAD", target: "/bucket/k"}))
	if a.header.Get("Content-Length") != itoa(len(objectText)) || a.body != "" {
		t.Error(a)
	}
	if a := g.do(request{method: "HEAD", target: "/bucket/missing"}); a.status != 404 || a.body != "" {
		t.Error(a)
	}
	g.allow(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`)
	if a := g.do(request{method: "HEAD", target: "/bucket/missing"}); a.status != 403 || a.body != "" || a.header["X-Amz-Delete-Marker"] != nil {
		t.Error(a)
	}
}

func TestVirtualHost(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket/*"}`)
	g.ok(g.do(request{method: "PUT", host: "bucket.s3.test", target: "/other/key", body: objectText}))
	if diff := cmp.Diff(map[string]string{"/bucket/other/key": objectText}, g.backend.stored()); diff != "" {
		t.Error(diff)
	}
}

func TestChunks(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	object := strings.Repeat("0123456789abcdef", 20<<10) // more than one chunk
	signed, body := g.chunked(request{method: "PUT", target: "/bucket/k"}, object)
	g.ok(g.raw("PUT", head(signed, len(body))+body))
	if got := g.backend.stored()["/bucket/k"]; got != object {
		t.Error(len(got))
	}
	g.ok(g.do(request{method: "PUT", target: "/bucket/unsigned", body: object, payload: "UNSIGNED-PAYLOAD"}))
	if got := g.backend.stored()["/bucket/unsigned"]; got != object {
		t.Error(len(got))
	}
	g.ok(g.do(request{method: "PUT", target: "/bucket/empty"}))
}

// Where the backend is does not concern clients.
func TestCompleteMultipartUpload(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<CompleteMultipartUploadResult><Location>"+g.backend.URL+"/bucket/a&amp;b</Location><ETag>e</ETag></CompleteMultipartUploadResult>")
	})
	body := "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part></CompleteMultipartUpload>"
	a := g.ok(g.do(request{method: "POST", host: "bucket.s3.test", target: "/a%26b?uploadId=u", body: body}))
	if want := "<CompleteMultipartUploadResult><Location>http://s3.test/bucket/a&amp;b</Location><ETag>e</ETag></CompleteMultipartUploadResult>"; a.body != want {
		t.Error(a.body)
	}
	if got := g.backend.requests()[0]; got.Body != body || got.Target != "/bucket/a%26b?uploadId=u" {
		t.Errorf("%+v", got)
	}
}

// Those without a signature, or with an old one, read S3's own refusal; what may be for STS is not S3's to refuse.
func TestUnsigned(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	none := func(host, target string, header string) answer {
		return g.raw("GET", "GET "+target+" HTTP/1.1\r\nConnection: close\r\nHost: "+host+header+"\r\n\r\n")
	}
	g.refused(none("s3.test:80", "/bucket/k", ""), 403, "AccessDenied")
	g.refused(none("Bucket.s3.test", "/", ""), 403, "AccessDenied")
	g.refused(none("s3.test.", "/bucket/k", ""), 403, "AccessDenied")
	g.refused(none("s3.test", "/bucket/k", "\r\nX-Amz-Date: 20260102T030405Z\r\nAuthorization: AWS AKIA:sig"), 400, "InvalidRequest")
	g.refused(none("s3.test", "/bucket/k?AWSAccessKeyId=AKIA&Signature=x&Expires=1", ""), 400, "InvalidRequest")
	g.refused(none("s3.test", "/bucket/k?X-Amz-Algorithm=AWS4-HMAC-SHA256", ""), 400, "AuthorizationQueryParametersError")
	// Signature Version 2 is S3's alone, whatever the host and the path.
	const date = "\r\nX-Amz-Date: 20260102T030405Z"
	g.refused(none("s3.test", "/", date+"\r\nAuthorization: AWS AKIA:sig"), 400, "InvalidRequest")
	g.refused(none("daypass.test", "/bucket/k", date+"\r\nAuthorization: AWS AKIA:sig"), 400, "InvalidRequest")
	old := none("daypass.test", "/bucket/k?Expires=1&AWSAccessKeyId=AKIA&Signature=x%3D", "")
	g.refused(old, 400, "InvalidRequest")
	if !strings.Contains(old.body, "<Message>The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.</Message>") {
		t.Error(old.body)
	}
	if a := none("s3.test", "/?AWSAccessKeyId=AKIA&Signature=x&Action=GetSessionToken&Version=2011-06-15&SignatureVersion=2", ""); a.code() != "MissingAuthenticationToken" {
		t.Error(a)
	}
	if a := none("s3.test", "/healthz", ""); a.status != 200 {
		t.Error(a)
	}
	if a := none("s3.test", "/?Action=GetCallerIdentity&Version=2011-06-15", ""); a.code() != "MissingAuthenticationToken" {
		t.Error(a)
	}
	if a := none("daypass.test", "/bucket/k", ""); a.header["X-Amz-Id-2"] != nil {
		t.Error(a)
	}
	six := newGate(t, "s3", allowAll, func(u *gateway.Upstream) { u.Hosts = nil }) // what a listener's own addresses are called
	for _, host := range []string{"[::1]:8077", "[::1]", "127.0.0.1:8077", "localhost", "bucket.localhost:8077"} {
		g.t.Log(host)
		six.refused(six.raw("GET", "GET /bucket/k HTTP/1.1\r\nConnection: close\r\nHost: "+host+"\r\n\r\n"), 403, "AccessDenied")
	}
}
