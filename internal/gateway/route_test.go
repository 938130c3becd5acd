package gateway

import (
	"net/http"
	"testing"
)

func TestServiceOf(t *testing.T) {
	t.Parallel()
	header := func(values ...string) http.Header { return http.Header{"Authorization": values} }
	form := http.Header{"Content-Type": {"Multipart/Form-Data; boundary=b"}}
	for name, tt := range map[string]struct {
		method, uri string
		header      http.Header
		want        string
	}{
		"header":                {"GET", "/", header("AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"), "sqs"},
		"header without blanks": {"GET", "/", header("AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/sqs/aws4_request,SignedHeaders=host"), "sqs"},
		"last in the header":    {"GET", "/", header("AWS4-HMAC-SHA256 Signature=0, Credential=AKIA/20260102/us-east-1/sqs/aws4_request "), "sqs"},
		"second header":         {"GET", "/", header("Basic x", "AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/sqs/aws4_request"), "sqs"},
		"four parts":            {"GET", "/", header("AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/sqs"), ""},
		"six parts":             {"GET", "/", header("AWS4-HMAC-SHA256 Credential=A/KIA/20260102/us-east-1/sqs/aws4_request"), ""},
		"bearer":                {"GET", "/", header("Bearer x"), ""},
		"query":                 {"GET", "/b/k?a=b&X-Amz-Credential=AKIA%2F20260102%2Fus-east-1%2Fs3%2Faws4_request", nil, "s3"},
		"query with slashes":    {"GET", "/b/k?X-Amz-Credential=AKIA/20260102/us-east-1/s3/aws4_request", nil, "s3"},
		"bad escape":            {"GET", "/b/k?X-Amz-Credential=AKIA%2", nil, ""},
		"other spelling":        {"GET", "/b/k?x-amz-credential=AKIA/20260102/us-east-1/s3/aws4_request", nil, ""},
		"in a second query":     {"GET", "/b/k?a?X-Amz-Credential=AKIA/20260102/us-east-1/s3/aws4_request", nil, ""},
		"both":                  {"GET", "/?X-Amz-Credential=AKIA/20260102/us-east-1/s3/aws4_request", header("AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/sts/aws4_request"), "sts"},
		"form":                  {"POST", "/bucket", form, "s3"},
		"form that is put":      {"PUT", "/bucket", form, ""},
		"other form":            {"POST", "/", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, ""},
		"nothing":               {"GET", "/", nil, ""},
	} {
		if got := ServiceOf(&http.Request{Method: tt.method, RequestURI: tt.uri, Header: tt.header}); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
