package gateway_test

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

const denyWithoutMFA = allowAll + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`

func TestMFA(t *testing.T) {
	t.Parallel()
	sqsJSON := request{method: "POST", host: "sqs.test", body: `{"QueueUrl":"http://sqs.test/123456789012/q","MessageBody":"hello"}`, header: map[string]string{
		"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage", "X-Amzn-Query-Mode": "true",
	}}
	sqsQuery := request{
		method: "POST", host: "sqs.test", header: map[string]string{"Content-Type": queryForm},
		body: "Action=SendMessage&MessageBody=hello&QueueUrl=http%3A%2F%2Fsqs.test%2F123456789012%2Fq&Version=2012-11-05",
	}
	for name, tt := range map[string]struct {
		service string
		r       request
		status  int
		code    string
		text    string
	}{
		"ec2": {
			"ec2", ec2("Action=StopInstances&InstanceId.1=i-0a1b2c3d4e5f6a7b8&InstanceId.2=i-0b1b2c3d4e5f6a7b8&Version=2016-11-15"), 403, "UnauthorizedOperation",
			"You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/alice is not authorized to perform: ec2:StopInstances on resource: " +
				"arn:aws:ec2:us-east-1:123456789012:instance/i-0a1b2c3d4e5f6a7b8 with an explicit deny in an identity-based policy",
		},
		"dynamodb":  {"dynamodb", dynamo("GetItem", `{"TableName":"t","Key":{"k":{"S":"v"}}}`), 400, "AccessDeniedException", "dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/t"},
		"sqs JSON":  {"sqs", sqsJSON, 403, "AccessDeniedException", "sqs:sendmessage on resource: arn:aws:sqs:us-east-1:123456789012:q"},
		"sqs Query": {"sqs", sqsQuery, 403, "AccessDenied", "sqs:sendmessage on resource: arn:aws:sqs:us-east-1:123456789012:q"},
		"s3":        {"s3", request{method: "PUT", target: "/bucket/k", body: "x"}, 403, "AccessDenied", `s3:PutObject on resource: &#34;arn:aws:s3:::bucket/k&#34;`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, tt.service, denyWithoutMFA)
			g.AddMFADevice("token", userID)
			r := tt.r
			r.key = g.session(g.user, "", 0)
			a := g.do(r)
			g.refused(a, tt.status, tt.code)
			if !strings.Contains(a.body, tt.text) && !strings.Contains(a.body, strings.ReplaceAll(tt.text, "&#34;", "&quot;")) {
				t.Error(a.body)
			}
			r.key = g.session(g.user, "token", 0)
			g.ok(g.do(r))
			all := g.backend.requests()
			got := all[len(all)-1]
			sameBody := got.Body == r.body || tt.service == "sqs" // whose queues' URLs have tests of their own
			if got.Method != r.method || !sameBody || got.Err != nil || got.Header.Get("X-Amz-Security-Token") != "" {
				t.Errorf("%+v", got)
			}
			for name, want := range r.header {
				if got.Header.Get(name) != want {
					t.Errorf("%s: %q", name, got.Header.Get(name))
				}
			}
		})
	}
}

const userID = "AIDAALICEALICEALICEAA"

func TestAuthenticationFaults(t *testing.T) {
	t.Parallel()
	wrong := testenv.Key{AccessKeyID: "AKIAALICEALICEALICEA", SecretAccessKey: strings.Repeat("x", 40)}
	nobody := testenv.Key{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: strings.Repeat("x", 40)}
	for service, r := range map[string]request{"ec2": ec2("Action=DescribeInstances&Version=2016-11-15"), "dynamodb": dynamo("ListTables", "{}")} {
		g := newGate(t, service, allowAll)
		codes := map[string][2]string{"ec2": {"AuthFailure", "AuthFailure"}, "dynamodb": {"InvalidSignatureException", "UnrecognizedClientException"}}[service]
		status := map[string]int{"ec2": 401, "dynamodb": 400}[service]
		for i, key := range []testenv.Key{wrong, nobody} {
			r.key = key
			g.refused(g.do(r), status, codes[i])
		}
		r.key = g.user
		r.unsigned = map[string]string{"Connection": "X-Amz-Date"}
		if a := g.do(r); a.status != 400 || len(g.backend.requests()) > 0 {
			t.Error(a)
		}
	}
	g := newGate(t, "dynamodb", allowAll)
	large := dynamo("GetItem", "{}")
	signed := g.sign(large.withDefaults())
	g.refused(g.raw("POST", head(signed, 16<<20+1)), 413, "RequestEntityTooLarge")
}

func TestAudit(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":["s3:PutObject","s3:GetObject"],"Resource":"*"}`)
	g.ok(g.do(request{method: "PUT", target: "/bucket/k", body: "x"}))
	g.do(request{target: "/bucket/missing"})
	g.do(request{method: "DELETE", target: "/bucket/k"})
	g.do(request{target: "/bucket/k?acl&policy"})
	g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<Error><Code>SignatureDoesNotMatch</Code></Error>"))
	})
	g.do(request{target: "/bucket/k"})
	g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusPreconditionFailed)
		_, _ = w.Write([]byte("<Error><Code>PreconditionFailed</Code></Error>"))
	})
	g.do(request{target: "/bucket/k"})
	var got [][]any
	for _, e := range g.events() {
		request, _ := e["requestParameters"].(map[string]any)
		reason, _ := e["additionalEventData"].(map[string]any)
		got = append(got, []any{e["eventName"], e["readOnly"], e["eventCategory"], request["bucketName"], request["key"], e["errorCode"], reason["reason"]})
	}
	want := [][]any{
		{"PutObject", false, "Data", "bucket", "k", nil, nil},
		{"GetObject", true, "Data", "bucket", "missing", "AccessDenied", "no identity-based policy allows s3:ListBucket on arn:aws:s3:::bucket"},
		{"DeleteObject", false, "Data", "bucket", "k", "AccessDenied", "no identity-based policy allows s3:DeleteObject on arn:aws:s3:::bucket/k"},
		{"", true, "Data", nil, nil, "InvalidArgument", nil},
		{"GetObject", true, "Data", "bucket", "k", "ServiceUnavailable", "the backend does not accept the gateway's credentials: SignatureDoesNotMatch"},
		{"GetObject", true, "Data", "bucket", "k", "PreconditionFailed", nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAuditOfServices(t *testing.T) {
	t.Parallel()
	g := newGate(t, "ec2", allowAll)
	g.ok(g.do(request{target: "/?Action=StopInstances&InstanceId.1=i-0a1b2c3d4e5f6a7b8&Version=2016-11-15", host: "ec2.test"}))
	g.ok(g.do(ec2("Action=DescribeInstances&Version=2016-11-15")))
	var got [][]any
	for _, e := range g.events() {
		request, _ := e["requestParameters"].(map[string]any)
		got = append(got, []any{e["eventName"], e["readOnly"], request["resources"]})
	}
	want := [][]any{
		{"StopInstances", false, []any{"arn:aws:ec2:us-east-1:123456789012:instance/i-0a1b2c3d4e5f6a7b8"}},
		{"DescribeInstances", true, []any{"*"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A bucket's policy is the operator's to set, and decides together with the caller's own.
func TestBucketPolicy(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	for _, method := range []string{"GET", "DELETE"} {
		g.refused(g.do(request{method: method, target: "/bucket?policy"}), 501, "NotImplemented")
	}
	g.refused(g.do(request{method: "PUT", target: "/bucket?policy", body: "{}"}), 501, "NotImplemented")
	g.refused(g.do(request{target: "/bucket?policyStatus"}), 501, "NotImplemented")
	ctx := t.Context()
	must(g.Store.Update(ctx, func(tx *store.Tx) error {
		at := store.Time{Time: g.Now}
		return tx.PutResourcePolicy(ctx, store.PutResourcePolicyParams{
			AccountID: testenv.AccountID, Service: "s3", Resource: "bucket", CreatedAt: at, UpdatedAt: at,
			Document: `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket/*"}}`,
		})
	}))
	g.Now = g.Now.Add(2 * time.Second) // another node's change is seen within one
	g.refused(g.do(request{method: "PUT", target: "/bucket/k", body: "x"}), 403, "AccessDenied")
	g.ok(g.do(request{method: "PUT", target: "/other/k", body: "x"}))
}

// Access control lists give nobody anything here, and none reaches the backend: what it would make of one is not known.
func TestAccessControlLists(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	const refusal, ofBucket = "AccessControlListNotSupported", "InvalidBucketAclWithObjectOwnership"
	for _, tt := range []struct {
		method, target, header, code string
	}{
		{"PUT", "/bucket?acl", "X-Amz-Acl: private", refusal},
		{"PUT", "/bucket/k?acl", "X-Amz-Acl: bucket-owner-full-control", refusal},
		{"PUT", "/bucket/k?acl&versionId=1", "", refusal},
		{"PUT", "/bucket/k", "X-Amz-Acl: public-read", refusal},
		{"PUT", "/bucket/k", "X-Amz-Acl: Private", refusal},
		{"PUT", "/bucket/k", "X-Amz-Acl: ", refusal},
		{"PUT", "/bucket/k", "X-Amz-Grant-Read: id=a", refusal},
		{"PUT", "/bucket/k", "X-Amz-Acl: private|X-Amz-Grant-Full-Control: id=a", refusal},
		{"POST", "/bucket/k?uploads", "X-Amz-Acl: public-read-write", refusal},
		{"PUT", "/bucket/k", "X-Amz-Acl: authenticated-read|X-Amz-Copy-Source: bucket/other", refusal},
		{"PUT", "/bucket", "X-Amz-Acl: public-read", ofBucket},
		{"PUT", "/bucket", "X-Amz-Grant-Write: id=a", ofBucket},
	} {
		r := request{method: tt.method, target: tt.target, header: map[string]string{}}
		for header := range strings.SplitSeq(tt.header, "|") {
			if name, value, ok := strings.Cut(header, ": "); ok {
				r.header[name] = value
			}
		}
		g.refused(g.do(r), 400, tt.code)
		if r.presign = time.Minute; tt.header != "" {
			g.refused(g.do(r), 400, tt.code)
		}
	}
	acl := g.formPolicy(g.user, `,{"acl":"public-read"}`)
	g.refused(g.post(g.form(g.user, acl, []field{{"key", "k"}, {"acl", "public-read"}}, nil)), 400, refusal)
	for _, acl := range []string{"private", "bucket-owner-full-control"} {
		g.ok(g.do(request{method: "PUT", target: "/bucket/k", header: map[string]string{"X-Amz-Acl": acl}}))
	}
	g.ok(g.do(request{target: "/bucket/k?acl"}))
	g.allow(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`)
	if a := g.do(request{method: "PUT", target: "/bucket/k", header: map[string]string{"X-Amz-Acl": "public-read"}}); a.status != 403 {
		t.Error(a)
	}
}

func TestPresigned(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	g.ok(g.do(request{method: "PUT", target: "/bucket/k", presign: 60e9, body: objectText}))
	if a := g.ok(g.do(request{target: "/bucket/k?response-content-type=text%2Fplain", presign: 60e9})); a.body != objectText {
		t.Error(a)
	}
	got := g.backend.requests()
	if got[0].Target != "/bucket/k" || got[1].Target != "/bucket/k?response-content-type=text%2Fplain" {
		t.Errorf("%+v", got)
	}
}

// What a backend says of the gateway's own credentials does not pass in any protocol; what it says of the request does.
func TestBackendErrors(t *testing.T) {
	t.Parallel()
	g := newGate(t, "monitoring", allowAll)
	for name, tt := range map[string]struct {
		header http.Header
		body   string
		status int
		code   string
	}{
		"JSON signature": {http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, `{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"x"}`, 503, "ServiceUnavailable"},
		"header":         {http.Header{"X-Amzn-Errortype": {"com.amazon#UnrecognizedClientException:http://x"}}, `{}`, 503, "ServiceUnavailable"},
		"CBOR":           {http.Header{"Content-Type": {"application/cbor"}}, "\xa1f__typexExpiredTokenException", 503, "ServiceUnavailable"},
		"denied":         {nil, `{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::999999999999:user/gateway"}`, 403, "AccessDeniedException"},
		"other":          {nil, `{"__type":"x#ResourceNotFoundException","message":"gone"}`, 418, "ResourceNotFoundException"},
	} {
		g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
			maps.Copy(w.Header(), tt.header)
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte(tt.body))
		})
		a := g.do(request{method: "POST", host: "monitoring.test", body: "{}", header: map[string]string{
			"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics",
		}})
		if a.status != tt.status || a.code() != tt.code || strings.Contains(a.body, "gateway") {
			t.Error(name, a)
		}
	}
}

// The headers that belong to an operation's input go on, and no others.
func TestHeadersOfServices(t *testing.T) {
	t.Parallel()
	g := newGate(t, "lambda", allowAll)
	payload := strings.Repeat("x", 100_000)
	g.ok(g.do(request{
		method: "POST", target: "/2015-03-31/functions/f/invocations", host: "lambda.test", body: payload,
		header: map[string]string{"Content-Type": "application/json", "X-Amz-Invocation-Type": "Event", "X-Amz-Unknown": "1", "X-Forwarded-For": "1.2.3.4", "Cookie": "a"},
	}))
	got := g.backend.requests()[0]
	if got.Body != payload || got.Header.Get("X-Amz-Invocation-Type") != "Event" || got.Header["X-Amz-Unknown"] != nil || got.Header["X-Forwarded-For"] != nil || got.Header["Cookie"] != nil {
		t.Error(got.Target, got.Header)
	}
}

// hook is a body that does something before it comes.
type hook struct {
	io.Reader
	before func()
}

func (h *hook) Read(p []byte) (int, error) {
	if h.before != nil {
		h.before()
		h.before = nil
	}
	return h.Reader.Read(p)
}

// Who may no longer call when a body has arrived has called too late.
func TestExpiresOnTheWay(t *testing.T) {
	t.Parallel()
	for service, r := range map[string]request{
		"dynamodb": dynamo("PutItem", `{"TableName":"t","Item":{}}`),
		"s3":       deletion("<Delete><Object><Key>k</Key></Object></Delete>"),
	} {
		g := newGate(t, service, allowAll)
		r.key = g.session(g.user, "", 0)
		r = r.withDefaults()
		signed := g.sign(r)
		body := &hook{strings.NewReader(r.body), func() { g.Now = g.Now.Add(13 * time.Hour) }}
		h := httptest.NewRequestWithContext(t.Context(), r.method, r.target, body)
		h.Host, h.Header, h.ContentLength = r.host, signed.Header, int64(len(r.body))
		w := httptest.NewRecorder()
		g.Handler.ServeHTTP(w, h)
		if w.Code < 400 || w.Code >= 500 || len(g.backend.requests()) > 0 {
			t.Error(service, w.Code, w.Body)
		}
	}
}

func TestShortBodyOfServices(t *testing.T) {
	t.Parallel()
	g := newGate(t, "dynamodb", allowAll)
	r := dynamo("PutItem", `{"TableName":"t","Item":{}}`).withDefaults()
	conn := g.dial()
	defer conn.Close()
	_, _ = io.WriteString(conn, head(g.sign(r), len(r.body))+r.body[:5])
	must(conn.(*net.TCPConn).CloseWrite())
	g.refused(g.read("POST", conn), 400, "SerializationException")
}

// What can't be recorded is not done.
func TestBrokenAuditLog(t *testing.T) {
	t.Parallel()
	for service, r := range map[string]request{"s3": {method: "DELETE", target: "/bucket/k"}, "dynamodb": dynamo("PutItem", `{"TableName":"t","Item":{}}`)} {
		g := newGate(t, service, allowAll)
		g.Close()
		if a := g.do(r); a.status != 500 || len(g.backend.requests()) > 0 {
			t.Error(a, g.backend.requests())
		}
	}
}
