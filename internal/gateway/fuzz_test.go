package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

// FuzzS3 signs what it is given, as somebody who may do anything with one bucket and nothing with others. Whatever it is, the
// backend hears of that bucket only, and every request it gets is signed and whole.
func FuzzS3(f *testing.F) {
	g := newGate(f, "s3", `{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::mine","arn:aws:s3:::mine/*"]}`)
	f.Add("GET", "/mine/k", "s3.test", "Range", "bytes=0-1", "")
	f.Add("PUT", "/mine/k?partNumber=1&uploadId=u", "s3.test", "X-Amz-Copy-Source", "/mine/k?versionId=1", "")
	f.Add("PUT", "/k", "mine.s3.test", "X-Amz-Tagging", "a=b", "object")
	f.Add("POST", "/mine?delete", "s3.test", "X-Amz-Checksum-Crc32", "AAAAAA==", "<Delete><Object><Key>k</Key></Object></Delete>")
	f.Add("PUT", "/mine/../other/k", "other.s3.test.:80", "Connection", "X-Amz-Date", "object")
	f.Add("POST", "/mine", "s3.test", "Content-Type", "multipart/form-data; boundary=b", "--b\r\n")
	f.Add("GET", "/mine?prefix=%2e%2e%2Fother&list-type=2&x-id=ListObjects", "s3.test", "X-Http-Method-Override", "DELETE", "")
	f.Fuzz(func(t *testing.T, method, target, host, name, value, body string) {
		signed := sigv4.Request{Method: method, URI: target, Host: host, Header: http.Header{}}
		if name = http.CanonicalHeaderKey(name); name != "Host" && name != "" {
			signed.Header[name] = []string{value}
		}
		signer := sigv4.Signer{AccessKeyID: g.user.AccessKeyID, SecretAccessKey: g.user.SecretAccessKey, Region: testenv.Region, Service: "s3"}
		if err := signer.SignS3(&signed, g.Now, sigv4.PayloadOf([]byte(body))); err != nil {
			return
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.RequestURI, r.Host, r.Header = method, target, host, signed.Header
		g.Handler.ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), backendKey) {
			t.Errorf("the gateway's key is in %s", w.Body)
		}
		for len(g.backend.arrived) > 0 {
			got := <-g.backend.arrived
			path, _, _ := strings.Cut(got.Target, "?")
			source := strings.TrimPrefix(got.Header.Get("X-Amz-Copy-Source"), "/")
			if got.Err != nil || path != "/mine" && !strings.HasPrefix(path, "/mine/") || source != "" && !strings.HasPrefix(source, "mine/") {
				t.Errorf("the backend got %+v", got)
			}
		}
	})
}
