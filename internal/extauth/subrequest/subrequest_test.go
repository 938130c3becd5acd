package subrequest_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/extauth/subrequest"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

const host = "s3.test"

// proxy is a server with a user who may read the bucket buck, list functions and nothing else.
type proxy struct {
	*testenv.Env
	t    testing.TB
	user testenv.Key
}

func newProxy(t testing.TB, options ...testenv.Option) *proxy {
	t.Helper()
	env := testenv.New(t, append(options, func(c *server.Config) {
		c.Extauth = extauth.Config{Services: map[string]extauth.Service{"s3": {Region: testenv.Region, Hosts: []string{host}}, "lambda": {Region: testenv.Region}, "dynamodb": {Region: testenv.Region}, "ec2": {Region: testenv.Region}}}
	})...)
	_, user := env.AddUser("alice")
	p := &proxy{env, t, user}
	p.allow(`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:CreateBucket"],"Resource":["arn:aws:s3:::buck","arn:aws:s3:::buck/*"]}`,
		`{"Effect":"Allow","Action":["lambda:ListFunctions","dynamodb:*","ec2:*"],"Resource":"*"}`,
		`{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::buck/office/*","Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`,
		`{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::buck/tls/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`)
	return p
}

func (p *proxy) allow(statements ...string) {
	p.t.Helper()
	status, body := p.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "p",
		"PolicyDocument", `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`)
	if status != http.StatusOK {
		p.t.Fatal(body)
	}
}

// signed is a client's request to S3 as the proxy gets it.
func (p *proxy) signed(method, target string, change ...func(*sigv4.Request)) *sigv4.Request {
	p.t.Helper()
	r := &sigv4.Request{Method: method, URI: target, Host: host, Header: http.Header{}, PathRule: sigv4.RawPath}
	for _, c := range change {
		c(r)
	}
	signer := sigv4.Signer{
		AccessKeyID: p.user.AccessKeyID, SecretAccessKey: p.user.SecretAccessKey, SessionToken: p.user.SessionToken,
		Region: testenv.Region, Service: "s3",
	}
	if err := signer.SignS3(r, p.Now, sigv4.PayloadOf(nil)); err != nil {
		p.t.Fatal(err)
	}
	return r
}

// session is what GetSessionToken issues.
func (p *proxy) session(key testenv.Key, parameters ...string) testenv.Key {
	p.t.Helper()
	status, body := p.Call(key, "sts", "GetSessionToken", parameters...)
	if status != http.StatusOK {
		p.t.Fatal(body)
	}
	between := func(tag string) string {
		_, rest, _ := strings.Cut(body, "<"+tag+">")
		value, _, _ := strings.Cut(rest, "<")
		return value
	}
	return testenv.Key{AccessKeyID: between("AccessKeyId"), SecretAccessKey: between("SecretAccessKey"), SessionToken: between("SessionToken")}
}

// asks makes the sub-request that a proxy makes of a client's request.
func asks(path string, r *sigv4.Request, change ...func(*http.Request)) *http.Request {
	sub := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	sub.Header = r.Header.Clone()
	for name, value := range map[string]string{
		"X-Original-Method": r.Method, "X-Original-Uri": r.URI, "X-Original-Host": r.Host, "X-Original-Address": "192.0.2.7", "X-Original-Scheme": "https",
	} {
		sub.Header.Set(name, value)
	}
	for _, c := range change {
		c(sub)
	}
	return sub
}

func with(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func header(name, value string) func(*sigv4.Request) {
	return func(r *sigv4.Request) { r.Header.Set(name, value) }
}

func (p *proxy) do(r *http.Request) (int, http.Header, string) {
	p.t.Helper()
	w := httptest.NewRecorder()
	(&subrequest.Handler{Decider: p.Extauth}).ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return w.Code, w.Header(), string(body)
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	status, header, body := p.do(asks("/s3/auth_request", p.signed("GET", "/buck/a%20key")))
	want := http.Header{
		"X-Daypass-Principal-Arn":        {"arn:aws:iam::123456789012:user/alice"},
		"X-Daypass-Account":              {"123456789012"},
		"X-Daypass-User-Id":              {"AIDAALICEALICEALICEAA"},
		"X-Daypass-Access-Key-Id":        {p.user.AccessKeyID},
		"X-Daypass-Mfa":                  {"false"},
		"X-Envoy-Auth-Headers-To-Remove": {"authorization,x-amz-date,x-amz-security-token"},
	}
	if diff := cmp.Diff(want, header); status != 200 || body != "" || diff != "" {
		t.Errorf("%d %s (-want +got)\n%s", status, body, diff)
	}
}

// TestMFA sees the principal header of a session, which tells whether it was issued with MFA.
func TestMFA(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	userID, key := p.AddUser("bob")
	p.AddMFADevice("bob", userID)
	p.user = p.session(key, "SerialNumber", testenv.Serial("bob"), "TokenCode", p.Code("bob", 0))
	status, body := p.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", "bob", "PolicyName", "p", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`)
	if status != 200 {
		t.Fatal(body)
	}
	status, answer, body := p.do(asks("/s3", p.signed("GET", "/buck/k")))
	if status != 200 || answer.Get("X-Daypass-Mfa") != "true" {
		t.Errorf("%d %v %s", status, answer, body)
	}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	empty := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	hash := strings.Repeat("a", 64)
	payload := func(text string) func(*sigv4.Request) {
		return func(r *sigv4.Request) { r.Header.Set("X-Test-Payload", text) }
	}
	tests := []struct {
		name   string
		path   string
		client *sigv4.Request
		change []func(*http.Request)
		status int
		want   string
	}{
		{"read", "/s3", p.signed("GET", "/buck/k"), nil, 200, ""},
		{"any path below the service", "/s3/buck/k", p.signed("GET", "/buck/k"), nil, 200, ""},
		{"head", "/s3", p.signed("HEAD", "/buck/k"), nil, 200, ""},
		{"another bucket", "/s3", p.signed("GET", "/other/k"), nil, 403, "<Code>AccessDenied</Code>"},
		{"another bucket, head", "/s3", p.signed("HEAD", "/other/k"), nil, 403, ""},
		{"no signature", "/s3", &sigv4.Request{Method: "GET", URI: "/buck/k", Host: host, Header: http.Header{}}, nil, 403, "AccessDenied"},
		{"forged path", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("X-Original-Uri", "/buck/other")}, 403, "SignatureDoesNotMatch"},
		{"forged host", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("X-Original-Host", "x."+host)}, 403, "SignatureDoesNotMatch"},
		{"address", "/s3", p.signed("GET", "/buck/office/k"), nil, 200, ""},
		{"another address", "/s3", p.signed("GET", "/buck/office/k"), []func(*http.Request){with("X-Original-Address", "198.51.100.1")}, 403, "explicit deny"},
		{"mapped address", "/s3", p.signed("GET", "/buck/office/k"), []func(*http.Request){with("X-Original-Address", "::ffff:192.0.2.1")}, 200, ""},
		{"no TLS", "/s3", p.signed("GET", "/buck/tls/k"), []func(*http.Request){with("X-Original-Scheme", "http")}, 403, "explicit deny"},
		{"principal of the client", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("X-Daypass-Principal-Arn", "root")}, 400, "must not send"},
		{"with an underscore", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("X_Daypass_Account", "1")}, 400, "must not send"},
		{"another method", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("X-HTTP-Method-Override", "DELETE")}, 400, "must not send"},
		{"underscored header", "/s3", p.signed("PUT", "/buck/k"), []func(*http.Request){with("X_Amz_Copy_Source", "/other/k")}, 400, "may be taken for"},
		{"two Authorization", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("Authorization", "a", "b")}, 400, "comes twice"},
		{"two lengths with an underscore", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("Content_Length", "0", "5")}, 400, "comes twice"},
		{"a Connection that names a header", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("Connection", "close, X-Amz-Date")}, 400, "names other headers"},
		{"a second Host", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("Host", "other")}, 400, "two hosts"},
		{"twice", "/s3", p.signed("PUT", "/buck/k", header("X-Amz-Meta-A", "1")), []func(*http.Request){with("X-Amz-Meta-A", "1", "2")}, 400, "repeated"},
		{"path not canonical", "/s3", p.signed("GET", "/buck/%61"), nil, 400, "not in its canonical form"},
		{"double slash stays a key", "/s3", p.signed("GET", "/buck//k"), nil, 200, ""},
		{"dots", "/s3", p.signed("GET", "/buck/../other/k"), nil, 400, "InvalidURI"},
		{"bucket in the host", "/s3", p.signed("GET", "/k", func(r *sigv4.Request) { r.Host = "buck." + host }), nil, 400, "in the path only"},
		{"put with a hash", "/s3", p.signed("PUT", "/buck/k", payload(hash)), nil, 200, ""},
		{"put without a signed hash", "/s3", p.signed("PUT", "/buck/k", payload("UNSIGNED-PAYLOAD")), nil, 200, ""},
		{"put in chunks", "/s3", p.signed("PUT", "/buck/k", payload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), header("X-Amz-Decoded-Content-Length", "1")), nil, 501, "NotImplemented"},
		{"get with a body", "/s3", p.signed("GET", "/buck/k", payload(hash)), nil, 400, "has no body"},
		{"get with a length", "/s3", p.signed("GET", "/buck/k"), []func(*http.Request){with("X-Original-Content-Length", "5")}, 400, "has no body"},
		{"body that decides", "/s3", p.signed("PUT", "/buck", payload(hash)), nil, 501, "has not sent"},
		{"body that may be there", "/s3", p.signed("PUT", "/buck"), nil, 501, "has not sent"},
		{"body that is not there", "/s3", p.signed("PUT", "/buck"), []func(*http.Request){with("X-Original-Content-Length", "0")}, 200, ""},
		{"two lengths", "/s3", p.signed("PUT", "/buck"), []func(*http.Request){with("X-Original-Content-Length", "0", "5")}, 400, "comes twice"},
		{"delete several", "/s3", p.signed("POST", "/buck?delete", payload(hash), header("Content-Md5", "1B2M2Y8AsgTpgAmY7PhCfg==")), nil, 501, "has not sent"},
		{"nginx's no", "/s3/auth_request", p.signed("GET", "/buck/%61"), nil, 403, "not in its canonical form"},
		{"nginx's refusal", "/s3/refusal", p.signed("GET", "/buck/%61"), nil, 400, "not in its canonical form"},
		{"nginx's refusal of what may pass", "/s3/refusal", p.signed("GET", "/buck/k"), nil, 503, ""},
		{"empty hash", "/s3", p.signed("GET", "/buck/k", payload(empty)), nil, 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if text := test.client.Header.Get("X-Test-Payload"); text != "" {
				test.client.Header.Del("X-Test-Payload")
				for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Content-Sha256"} {
					test.client.Header.Del(name)
				}
				signer := sigv4.Signer{AccessKeyID: p.user.AccessKeyID, SecretAccessKey: p.user.SecretAccessKey, Region: testenv.Region, Service: "s3"}
				if err := signer.SignS3(test.client, p.Now, sigv4.PayloadText(text)); err != nil {
					t.Fatal(err)
				}
			}
			status, answer, body := p.do(asks(test.path, test.client, test.change...))
			if status != test.status || !strings.Contains(body, test.want) || (answer.Get("X-Daypass-Account") != "") != (status == 200) {
				t.Errorf("%d %v\n%s", status, answer, body)
			}
		})
	}
}

func TestAccessControlLists(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	p.allow(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
	for _, r := range []*sigv4.Request{
		p.signed("PUT", "/buck?acl"),
		p.signed("PUT", "/buck/k?acl"),
		p.signed("PUT", "/buck/k", header("X-Amz-Acl", "public-read")),
		p.signed("PUT", "/buck/k", header("X-Amz-Grant-Read", "id=a")),
	} {
		if status, _, body := p.do(asks("/s3", r)); status != 400 || !strings.Contains(body, "AccessControlListNotSupported") {
			t.Errorf("%s: %d %s", r.URI, status, body)
		}
	}
	if status, _, body := p.do(asks("/s3", p.signed("PUT", "/buck/k", header("X-Amz-Acl", "private")))); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}

// TestPresigned sees that headers are not taken from the query, where a backend that checks no signature may not look.
func TestPresigned(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	signer := sigv4.Signer{AccessKeyID: p.user.AccessKeyID, SecretAccessKey: p.user.SecretAccessKey, Region: testenv.Region, Service: "s3"}
	for target, want := range map[string]int{
		"/buck/k": 200, "/buck/k?x-amz-checksum-mode=ENABLED": 200, "/buck/k?x-amz-acl=public-read": 400, "/buck/k?x%2damz-acl=public-read": 400,
	} {
		method := "GET"
		if strings.Contains(target, "acl") {
			method = "PUT"
		}
		r := &sigv4.Request{Method: method, URI: target, Host: host, Header: http.Header{}, PathRule: sigv4.RawPath}
		if err := signer.Presign(r, p.Now, time.Hour, sigv4.PayloadText(sigv4.UnsignedPayload)); err != nil {
			t.Fatal(err)
		}
		if status, _, body := p.do(asks("/s3", r)); status != want {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
}

// TestMisasked sees that a proxy which leaves something for its clients to say gets no answer at all.
func TestMisasked(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	good := p.signed("GET", "/buck/k")
	for _, name := range []string{"X-Original-Method", "X-Original-Uri", "X-Original-Host", "X-Original-Address", "X-Original-Scheme"} {
		for _, values := range [][]string{nil, {""}, {"GET", "GET"}} {
			if status, _, body := p.do(asks("/s3", good, with(name, values...))); status != 500 || body != "The proxy is not configured for daypass.\n" {
				t.Errorf("%s %q: %d %s", name, values, status, body)
			}
		}
	}
	for name, r := range map[string]*http.Request{
		"no service":      asks("/", good),
		"another service": asks("/sqs", good),
		"no address":      asks("/s3", good, with("X-Original-Address", "unix:")),
		"no scheme":       asks("/s3", good, with("X-Original-Scheme", "HTTPS")),
		"with the body":   asks("/s3", good, func(r *http.Request) { r.ContentLength = 5 }),
	} {
		if status, answer, body := p.do(r); status != 500 || answer.Get("X-Daypass-Account") != "" {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// sign signs a request to a service other than S3.
func (p *proxy) sign(service, method, target, body string, headers ...string) *sigv4.Request {
	p.t.Helper()
	r := &sigv4.Request{Method: method, URI: target, Host: host, Header: http.Header{}}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	signer := sigv4.Signer{AccessKeyID: p.user.AccessKeyID, SecretAccessKey: p.user.SecretAccessKey, Region: testenv.Region, Service: service}
	if err := signer.Sign(r, p.Now, sigv4.PayloadOf([]byte(body))); err != nil {
		p.t.Fatal(err)
	}
	return r
}

func TestOtherServices(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	zero := with("X-Original-Content-Length", "0")
	for _, test := range []struct {
		name   string
		path   string
		client *sigv4.Request
		change []func(*http.Request)
		status int
		want   string
	}{
		{"REST", "/lambda", p.sign("lambda", "GET", "/2015-03-31/functions/", ""), nil, 200, ""},
		{"REST, not allowed", "/lambda", p.sign("lambda", "DELETE", "/2015-03-31/functions/f", ""), nil, 403, "lambda:DeleteFunction"},
		{"not canonical", "/lambda", p.sign("lambda", "GET", "/2015-03-31/f%75nctions/", ""), nil, 400, "canonical"},
		{"JSON", "/dynamodb", p.sign("dynamodb", "POST", "/", "{}", "X-Amz-Target", "DynamoDB_20120810.ListTables"), nil, 400, "has not sent"},
		// Its signature is of an empty body, and nobody knows what follows.
		{"query with a body behind it", "/ec2", p.sign("ec2", "GET", "/?Action=DescribeInstances&Version=2016-11-15", ""), nil, 403, "has not sent"},
		{"query without a body", "/ec2", p.sign("ec2", "GET", "/?Action=DescribeInstances&Version=2016-11-15", ""), []func(*http.Request){zero}, 200, ""},
		// The proxy stands before S3, where this would read the key functions of a bucket.
		{"another service's scope", "/s3", p.sign("lambda", "GET", "/2015-03-31/functions/", ""), nil, 400, "AuthorizationHeaderMalformed"},
		{"scope of S3", "/lambda", p.sign("s3", "GET", "/2015-03-31/functions/", ""), nil, 403, "Credential should be scoped to correct service"},
	} {
		status, answer, body := p.do(asks(test.path, test.client, test.change...))
		if status != test.status || !strings.Contains(body, test.want) || (answer.Get("X-Daypass-Account") != "") != (status == 200) {
			t.Errorf("%s: %d %v\n%s", test.name, status, answer, body)
		}
	}
}

// Over TLS that ends at the proxy nobody knows its version: whatever a policy says of that is closed.
func TestTLSVersion(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	const all = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	for _, test := range []struct {
		statements  string
		https, http int
	}{
		{all + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}}`, 403, 200},
		{all + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, 200, 403},
		{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericGreaterThanEqualsIfExists":{"s3:TlsVersion":"1.2"}}}`, 403, 200},
	} {
		p.allow(test.statements)
		for scheme, want := range map[string]int{"https": test.https, "http": test.http} {
			if status, _, body := p.do(asks("/s3", p.signed("GET", "/buck/k"), with("X-Original-Scheme", scheme))); status != want {
				t.Errorf("%s, %s: %d %s", test.statements, scheme, status, body)
			}
		}
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	p.do(asks("/s3", p.signed("GET", "/buck/k")))
	p.do(asks("/s3", p.signed("GET", "/other/k")))
	p.do(asks("/s3", p.signed("GET", "/buck/k"), with("X-Daypass-Account", "1")))
	_, misasked, _ := p.do(asks("/s3", p.signed("GET", "/buck/k"), with("X-Original-Scheme")))
	p.do(asks("/sqs", p.signed("GET", "/buck/k")))
	p.Close()
	text, err := os.ReadFile(filepath.Join(p.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	type event struct {
		EventSource, EventName, SourceIPAddress, ErrorCode string
		RequestParameters                                  map[string]string
		AdditionalEventData                                struct{ Reason string }
		RequestID                                          string
	}
	var got []event
	for line := range strings.Lines(string(text)) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.AdditionalEventData.Reason == "" || e.EventSource != "daypass.amazonaws.com" {
			e.RequestID, e.AdditionalEventData.Reason = "", "" // random, and told elsewhere
		}
		if e.EventSource == "s3.amazonaws.com" || e.EventSource == "daypass.amazonaws.com" {
			got = append(got, e)
		}
	}
	if last := got[len(got)-1]; last.SourceIPAddress != "192.0.2.7" || !strings.Contains(last.AdditionalEventData.Reason, `asks for the service "sqs"`) {
		t.Errorf("another service: %+v", last)
	}
	got = got[:len(got)-1]
	reason := struct{ Reason string }{"the proxy is not configured for daypass: X-Original-Scheme must be there once, and is 0 times"}
	want := []event{
		{"s3.amazonaws.com", "GetObject", "192.0.2.7", "", map[string]string{"bucketName": "buck", "key": "k"}, struct{ Reason string }{}, ""},
		{"s3.amazonaws.com", "GetObject", "192.0.2.7", "AccessDenied", map[string]string{"bucketName": "other", "key": "k"}, struct{ Reason string }{}, ""},
		{"s3.amazonaws.com", "", "192.0.2.7", "InvalidRequest", nil, struct{ Reason string }{}, ""},
		{"daypass.amazonaws.com", "", "192.0.2.1", "InternalFailure", nil, reason, misasked.Get("X-Amzn-Requestid")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// FuzzQuestion holds the door to answering whatever a client makes a proxy say.
func FuzzQuestion(f *testing.F) {
	f.Add("GET", "/buck/k?x=1", host, "X-Amz-Date", "20260102T030405Z", "/s3")
	f.Add("POST", "/", "a:1", "X-Amz-Target", "DynamoDB_20120810.ListTables", "/dynamodb")
	env := testenv.New(f, func(c *server.Config) {
		c.Logger = slog.New(slog.DiscardHandler) // a fuzz target must not write to the test that it is in
		c.Extauth = extauth.Config{Services: map[string]extauth.Service{"s3": {Region: testenv.Region, Hosts: []string{host}}, "lambda": {Region: testenv.Region}, "dynamodb": {Region: testenv.Region}, "ec2": {Region: testenv.Region}}}
	})
	f.Fuzz(func(t *testing.T, method, target, host, name, value, path string) {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " ?#%") {
			return
		}
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Header: http.Header{http.CanonicalHeaderKey(name): {value}}}
		for name, value := range map[string]string{
			"X-Original-Method": method, "X-Original-Uri": target, "X-Original-Host": host, "X-Original-Address": "::1", "X-Original-Scheme": "http",
		} {
			r.Header[name] = []string{value}
		}
		w := httptest.NewRecorder()
		(&subrequest.Handler{Decider: env.Extauth}).ServeHTTP(w, r)
		if w.Code == 200 {
			t.Errorf("it may pass: %v", r)
		}
	})
}
