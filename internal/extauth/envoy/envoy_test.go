package envoy_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/extauth/envoy"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

const host = "s3.test"

// asker is a client of the door, and a user who may delete the objects of buck, list its tables and put nothing else.
type asker struct {
	*testenv.Env
	t      *testing.T
	user   testenv.Key
	client authv3.AuthorizationClient
}

func newAsker(t *testing.T) *asker {
	t.Helper()
	env := testenv.New(t, func(c *server.Config) {
		c.Extauth = extauth.Config{Services: map[string]extauth.Service{"s3": {Region: testenv.Region, Hosts: []string{host}}, "dynamodb": {Region: testenv.Region}, "ec2": {Region: testenv.Region}}}
	})
	_, user := env.AddUser("alice")
	status, body := env.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "p", "PolicyDocument", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject","s3:CreateBucket"],"Resource":["arn:aws:s3:::buck","arn:aws:s3:::buck/mine/*"]},
		{"Effect":"Allow","Action":"dynamodb:ListTables","Resource":"*"},
		{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}]}`)
	if status != http.StatusOK {
		t.Fatal(body)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := envoy.NewServer(env.Extauth)
	served := make(chan error)
	go func() { served <- s.Serve(listener) }()
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = connection.Close()
		s.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return &asker{env, t, user, authv3.NewAuthorizationClient(connection)}
}

// request is a client's request and what Envoy does with it.
type request struct {
	service, method, target, body string
	header                        http.Header
	payload                       string // signed instead of the body's hash
}

// signed is how Envoy tells of a request with encode_raw_headers, include_tls_session and with_request_body.
func (a *asker) signed(r request) *authv3.CheckRequest {
	a.t.Helper()
	header := r.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	signer := sigv4.Signer{AccessKeyID: a.user.AccessKeyID, SecretAccessKey: a.user.SecretAccessKey, Region: testenv.Region, Service: r.service}
	signed, sign := sigv4.Request{Method: r.method, URI: r.target, Host: host, Header: header}, signer.Sign
	if r.service == "s3" {
		sign, signed.PathRule = signer.SignS3, sigv4.RawPath
	}
	payload := sigv4.PayloadOf([]byte(r.body))
	if r.payload != "" {
		payload = sigv4.PayloadText(r.payload)
	}
	if err := sign(&signed, a.Now, payload); err != nil {
		a.t.Fatal(err)
	}
	headers := []*corev3.HeaderValue{raw(":authority", host), raw(":path", r.target), raw(":method", r.method), raw(":scheme", "https")}
	for _, name := range slices.Sorted(maps.Keys(signed.Header)) {
		for _, value := range signed.Header[name] {
			headers = append(headers, raw(strings.ToLower(name), value))
		}
	}
	headers = append(headers, raw("x-forwarded-proto", "https"), raw("x-request-id", "4b3b9b7c-0e8c-4b7e-9d0e-3c7d2d0c7f11"))
	if r.body != "" {
		headers = append(headers, raw("content-length", strconv.Itoa(len(r.body))), raw("x-envoy-auth-partial-body", "false"))
	}
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source: &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
			Address: "192.0.2.7", PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: 51914},
		}}}},
		Request: &authv3.AttributeContext_Request{Http: &authv3.AttributeContext_HttpRequest{
			Id: "1234567890123456789", Method: r.method, Path: r.target, Host: host, Scheme: "https", Protocol: "HTTP/2", Size: int64(len(r.body)),
			HeaderMap: &corev3.HeaderMap{Headers: headers}, RawBody: []byte(r.body),
		}},
		ContextExtensions: map[string]string{"service": r.service},
		TlsSession:        &authv3.AttributeContext_TLSSession{Sni: host},
	}}
}

func raw(name, value string) *corev3.HeaderValue {
	return &corev3.HeaderValue{Key: name, RawValue: []byte(value)}
}

func (a *asker) check(r *authv3.CheckRequest) *authv3.CheckResponse {
	a.t.Helper()
	response, err := a.client.Check(context.Background(), r)
	if err != nil {
		a.t.Fatal(err)
	}
	return response
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	a := newAsker(t)
	response := a.check(a.signed(request{service: "s3", method: "GET", target: "/buck/mine/k"}))
	ok := response.GetOkResponse()
	if response.GetStatus().GetCode() != 0 || ok == nil {
		t.Fatal(response)
	}
	got := map[string]string{}
	for _, h := range ok.GetHeaders() {
		got[h.GetHeader().GetKey()] = h.GetHeader().GetValue()
		if h.GetAppendAction() != corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD {
			t.Errorf("%s does not take the place of the client's", h.GetHeader().GetKey())
		}
	}
	want := map[string]string{
		"x-daypass-principal-arn": "arn:aws:iam::123456789012:user/alice", "x-daypass-account": "123456789012",
		"x-daypass-user-id": "AIDAALICEALICEALICEAA", "x-daypass-access-key-id": a.user.AccessKeyID, "x-daypass-mfa": "false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"authorization", "x-amz-date", "x-amz-security-token"}, ok.GetHeadersToRemove()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !slices.Contains(ok.GetQueryParametersToRemove(), "X-Amz-Signature") {
		t.Errorf("the signature of a presigned request stays: %v", ok.GetQueryParametersToRemove())
	}
}

func deletion(keys ...string) string {
	var b strings.Builder
	b.WriteString("<Delete>")
	for _, key := range keys {
		b.WriteString("<Object><Key>" + key + "</Key></Object>")
	}
	return b.String() + "</Delete>"
}

func md5Of(body string) http.Header {
	sum := md5.Sum([]byte(body))
	return http.Header{"Content-Md5": {base64.StdEncoding.EncodeToString(sum[:])}}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	a := newAsker(t)
	mine, both := deletion("mine/a", "mine/b"), deletion("mine/a", "b")
	table := http.Header{"X-Amz-Target": {"DynamoDB_20120810.ListTables"}, "Content-Type": {"application/x-amz-json-1.0"}}
	drop := http.Header{"X-Amz-Target": {"DynamoDB_20120810.DeleteTable"}, "Content-Type": {"application/x-amz-json-1.0"}}
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	const describe = "Action=DescribeInstances&Version=2016-11-15"
	type check = *authv3.AttributeContext
	http2 := func(change func(*authv3.AttributeContext_HttpRequest)) func(check) {
		return func(c check) { change(c.GetRequest().GetHttp()) }
	}
	drops := func(name string) func(*authv3.AttributeContext_HttpRequest) {
		return func(h *authv3.AttributeContext_HttpRequest) {
			h.HeaderMap.Headers = slices.DeleteFunc(h.HeaderMap.Headers, func(v *corev3.HeaderValue) bool { return v.GetKey() == name })
		}
	}
	adds := func(name, value string) func(*authv3.AttributeContext_HttpRequest) {
		return func(h *authv3.AttributeContext_HttpRequest) {
			h.HeaderMap.Headers = append(h.HeaderMap.Headers, raw(name, value))
		}
	}
	noBody := func(h *authv3.AttributeContext_HttpRequest) { h.RawBody = nil }
	for _, test := range []struct {
		name   string
		client request
		change []func(check)
		status int // 0: it may pass
		want   string
	}{
		{"objects", request{service: "s3", method: "POST", target: "/buck?delete", body: mine, header: md5Of(mine)}, nil, 0, ""},
		{"one of them is another's", request{service: "s3", method: "POST", target: "/buck?delete", body: both, header: md5Of(both)}, nil, 403, "s3:DeleteObject"},
		{"body changed", request{service: "s3", method: "POST", target: "/buck?delete", body: mine, header: md5Of(mine)}, []func(check){http2(func(h *authv3.AttributeContext_HttpRequest) {
			h.RawBody = []byte(strings.Replace(mine, "a", "b", 1))
		})}, 400, "XAmzContentSHA256Mismatch"},
		{"body cut", request{service: "s3", method: "POST", target: "/buck?delete", body: mine, header: md5Of(mine)}, []func(check){http2(func(h *authv3.AttributeContext_HttpRequest) {
			h.RawBody = h.RawBody[:10]
		})}, 501, "has not sent"},
		{"body not sent", request{service: "s3", method: "POST", target: "/buck?delete", body: mine, header: md5Of(mine)}, []func(check){http2(noBody)}, 501, "has not sent"},
		{"no length, Envoy says it is whole", request{service: "s3", method: "POST", target: "/buck?delete", body: mine, header: md5Of(mine)}, []func(check){http2(drops("content-length"))}, 0, ""},
		{"no length, Envoy says it is not", request{service: "s3", method: "POST", target: "/buck?delete", body: mine, header: md5Of(mine)}, []func(check){
			http2(drops("content-length")), http2(drops("x-envoy-auth-partial-body")), http2(adds("x-envoy-auth-partial-body", "true")),
		}, 501, "has not sent"},
		{"no length, the client says so too", request{service: "s3", method: "POST", target: "/buck?delete", body: mine, header: md5Of(mine)}, []func(check){
			http2(drops("content-length")), http2(adds("x-envoy-auth-partial-body", "false")),
		}, 501, "has not sent"},
		// Envoy sends no bodies here, so that header is the client's.
		{"a body that is not sent is not empty", request{service: "s3", method: "PUT", target: "/buck"}, []func(check){http2(adds("x-envoy-auth-partial-body", "false"))}, 501, "has not sent"},
		{"no body", request{service: "s3", method: "PUT", target: "/buck"}, []func(check){http2(adds("content-length", "0"))}, 0, ""},
		{"object", request{service: "s3", method: "PUT", target: "/buck/mine/k", body: "text"}, nil, 0, ""},
		{"object that is too large to be sent", request{service: "s3", method: "PUT", target: "/buck/mine/k", body: "text"}, []func(check){http2(noBody)}, 0, ""},
		{"object, another hash", request{service: "s3", method: "PUT", target: "/buck/mine/k", body: "text", payload: strings.Repeat("a", 64)}, nil, 400, "XAmzContentSHA256Mismatch"},
		{"two headers are two", request{service: "s3", method: "PUT", target: "/buck/mine/k", header: http.Header{"X-Amz-Acl": {"private", "public-read"}}}, nil, 400, "repeated"},
		{"principal of the client", request{service: "s3", method: "GET", target: "/buck/mine/k"}, []func(check){http2(adds("x-daypass-principal-arn", "root"))}, 400, "must not send"},
		{"host beside the authority", request{service: "s3", method: "GET", target: "/buck/mine/k"}, []func(check){http2(adds("host", "other"))}, 400, "two hosts"},
		{"JSON", request{service: "dynamodb", method: "POST", target: "/", body: "{}", header: table}, nil, 0, ""},
		{"JSON, as text", request{service: "dynamodb", method: "POST", target: "/", body: "{}", header: table}, []func(check){http2(func(h *authv3.AttributeContext_HttpRequest) {
			h.Body, h.RawBody = string(h.RawBody), nil
		})}, 0, ""},
		{"JSON, not allowed", request{service: "dynamodb", method: "POST", target: "/", body: `{"TableName":"t"}`, header: drop}, nil, 400, "dynamodb:DeleteTable"},
		{"JSON, cut where it was signed", request{service: "dynamodb", method: "POST", target: "/", body: "{}", header: table}, []func(check){
			http2(drops("content-length")), http2(adds("content-length", "99")),
		}, 400, "has not sent"},
		{"form", request{service: "ec2", method: "POST", target: "/", body: describe, header: form}, nil, 0, ""},
		{"form, not allowed", request{service: "ec2", method: "POST", target: "/", body: strings.Replace(describe, "Describe", "Terminate", 1) + "&InstanceId.1=i-1", header: form}, nil, 403, "ec2:TerminateInstances"},
		{"form behind a query", request{service: "ec2", method: "GET", target: "/?" + describe}, nil, 403, "has not sent"},
		{"another service's scope", request{service: "dynamodb", method: "POST", target: "/", body: "{}", header: table}, []func(check){func(c check) {
			c.ContextExtensions["service"] = "s3"
		}}, 400, "AuthorizationHeaderMalformed"},
	} {
		r := a.signed(test.client)
		for _, change := range test.change {
			change(r.GetAttributes())
		}
		response := a.check(r)
		denied := response.GetDeniedResponse()
		if test.status == 0 && response.GetOkResponse() == nil || int(denied.GetStatus().GetCode()) != test.status || !strings.Contains(denied.GetBody(), test.want) ||
			(response.GetStatus().GetCode() == 0) != (test.status == 0) {
			t.Errorf("%s: %v", test.name, response)
		}
	}
}

// TestMisasked sees that Envoy gets no yes to a question that clients could have put in its mouth.
func TestMisasked(t *testing.T) {
	t.Parallel()
	a := newAsker(t)
	for name, change := range map[string]func(*authv3.AttributeContext){
		"no service":       func(c *authv3.AttributeContext) { c.ContextExtensions = nil },
		"another service":  func(c *authv3.AttributeContext) { c.ContextExtensions["service"] = "sqs" },
		"no source":        func(c *authv3.AttributeContext) { c.Source = nil },
		"no request":       func(c *authv3.AttributeContext) { c.Request = nil },
		"merged headers":   func(c *authv3.AttributeContext) { c.Request.Http.HeaderMap = nil },
		"no path":          func(c *authv3.AttributeContext) { c.Request.Http.Path = "" },
		"two paths":        func(c *authv3.AttributeContext) { c.Request.Http.Path = "/other" },
		"nothing whatever": func(c *authv3.AttributeContext) { c.Reset() },
	} {
		r := a.signed(request{service: "s3", method: "GET", target: "/buck/mine/k"})
		change(r.GetAttributes())
		if response := a.check(r); response.GetDeniedResponse().GetStatus().GetCode() != 500 || response.GetStatus().GetCode() == 0 {
			t.Errorf("%s: %v", name, response)
		}
	}
}

func TestNoTLSSession(t *testing.T) {
	t.Parallel()
	a := newAsker(t)
	status, body := a.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "tls", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}}`)
	if status != http.StatusOK {
		t.Fatal(body)
	}
	r := a.signed(request{service: "s3", method: "GET", target: "/buck/mine/k"})
	if response := a.check(r); response.GetOkResponse() == nil {
		t.Error(response)
	}
	r.Attributes.TlsSession = nil // the scheme is what a client of HTTP/2 says
	if response := a.check(r); response.GetDeniedResponse().GetStatus().GetCode() != 403 {
		t.Error(response)
	}
}
