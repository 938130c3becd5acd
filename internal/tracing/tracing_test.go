package tracing_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/internal/tracing"
)

// receiver is a collector: it takes spans over OTLP/HTTP.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*otlp.Span
	about map[string]string
	raw   strings.Builder // every byte that it got
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	c := &receiver{about: map[string]string{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	return c
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var got collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &got) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	for _, of := range got.GetResourceSpans() {
		for _, a := range of.GetResource().GetAttributes() {
			c.about[a.GetKey()] = a.GetValue().GetStringValue()
		}
		for _, scope := range of.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// tree tells spans by their names, each below its parent, in the order of their beginning.
func (c *receiver) tree() []string {
	var lines []string
	var show func(parent []byte, indent string)
	show = func(parent []byte, indent string) {
		for _, s := range c.spans {
			if string(s.GetParentSpanId()) == string(parent) {
				lines = append(lines, indent+s.GetName())
				show(s.GetSpanId(), indent+"  ")
			}
		}
	}
	show(nil, "")
	return lines
}

func attributes(s *otlp.Span) map[string]string {
	all := map[string]string{}
	for _, a := range s.GetAttributes() {
		all[a.GetKey()] = a.GetValue().GetStringValue()
	}
	return all
}

// traced is a server whose clock goes on by a microsecond each time that it is asked.
func traced(t *testing.T, options ...testenv.Option) (*testenv.Env, *tracing.Tracer) {
	t.Helper()
	var asked atomic.Int64
	now := func() time.Time { return testenv.Start.Add(time.Duration(asked.Add(1)) * time.Microsecond) }
	tracer, err := tracing.New(t.Context(), now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return testenv.New(t, append(options, func(c *server.Config) { c.Tracer, c.Now = tracer, now })...), tracer
}

func closeTracer(t *testing.T, tracer *tracing.Tracer) {
	t.Helper()
	if err := tracer.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestSpans(t *testing.T) {
	c := newReceiver(t)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	e, tracer := traced(t)
	userID, alice := e.AddUser("alice")
	e.AddMFADevice("alice", userID)
	code := e.Code("alice", 0)
	status, session := e.Call(alice, "sts", "GetSessionToken", "SerialNumber", testenv.Serial("alice"), "TokenCode", code)
	if status != http.StatusOK {
		t.Fatal(status, session)
	}
	if status, body := e.Call(alice, "iam", "CreateUser", "UserName", "bob"); status != http.StatusForbidden {
		t.Fatal(status, body)
	}
	forged := testenv.Key{AccessKeyID: alice.AccessKeyID, SecretAccessKey: "forged"}
	stranger := e.Request(forged, "sts", "Action=GetCallerIdentity&Version=2011-06-15")
	const theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
	stranger.Header.Set("Traceparent", "00-"+theirs+"-00f067aa0ba902b7-01")
	refused, body := e.Do(stranger)
	if refused.StatusCode != http.StatusForbidden {
		t.Fatal(refused.StatusCode, body)
	}
	closeTracer(t, tracer)

	want := []string{
		"sts.GetSessionToken", "  identify", "  read body", "  verify", "  perform", "    spend code",
		"iam.CreateUser", "  identify", "  read body", "  verify", "  perform", "    decide",
		"sts", "  identify", "  read body", "  verify",
	}
	slices.SortFunc(c.spans, func(a, b *otlp.Span) int { return cmp.Compare(a.GetStartTimeUnixNano(), b.GetStartTimeUnixNano()) })
	if diff := gocmp.Diff(want, c.tree()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for i, want := range []map[string]string{
		{"rpc.system": "aws-api", "rpc.service": "sts", "rpc.method": "GetSessionToken"},
		{"rpc.system": "aws-api", "rpc.service": "iam", "rpc.method": "CreateUser", "error.type": "AccessDenied"},
		{"rpc.system": "aws-api", "rpc.service": "sts", "error.type": "SignatureDoesNotMatch"},
	} {
		root := roots(c.spans)[i]
		got := attributes(root)
		id := got["aws.request_id"]
		if delete(got, "aws.request_id"); len(id) != 36 {
			t.Errorf("the request id is %q", id)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", root.GetName(), diff)
		}
		if root.GetKind() != otlp.Span_SPAN_KIND_SERVER || root.GetStatus().GetCode() != otlp.Status_STATUS_CODE_UNSET { // nobody's fault but the client's
			t.Errorf("%s: %s %s", root.GetName(), root.GetKind(), root.GetStatus())
		}
		if strings.Contains(fmt.Sprintf("%x", root.GetTraceId()), theirs) || len(root.GetLinks()) > 0 {
			t.Error("a stranger has chosen the trace")
		}
	}
	for _, s := range c.spans {
		if s.GetStartTimeUnixNano() >= s.GetEndTimeUnixNano() {
			t.Errorf("%s ends before it has begun", s.GetName())
		}
	}
	if got := c.about; got["service.name"] != "daypass" || got["deployment.environment.name"] != "test" {
		t.Errorf("the resource is %v", got)
	}
	_, token, _ := strings.Cut(session, "<SessionToken>")
	token, _, _ = strings.Cut(token, "<")
	for what, secret := range map[string]string{
		"a secret": alice.SecretAccessKey, "a key id": alice.AccessKeyID, "a session token": token, "a user": "alice", "an account": testenv.AccountID,
	} {
		if secret == "" || strings.Contains(c.raw.String(), secret) {
			t.Errorf("the spans have %s", what)
		}
	}
}

// What the gateway waits for is a span of its own, and the backend is told nothing of it.
func TestUpstream(t *testing.T) {
	c := newReceiver(t)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if strings.HasPrefix(name, "Trace") || name == "Baggage" {
				t.Errorf("the backend gets %s", name)
			}
		}
		_, _ = io.WriteString(w, `{"TableNames":[]}`)
	}))
	defer backend.Close()
	t.Setenv("BACKEND_ACCESS_KEY_ID", "AKIABACKENDBACKENDBA")
	t.Setenv("BACKEND_SECRET_ACCESS_KEY", strings.Repeat("b", 40))
	e, tracer := traced(t, testenv.Gateway(gateway.Config{Upstreams: map[string]gateway.Upstream{
		"dynamodb": {URL: backend.URL, Region: testenv.Region, Credentials: gateway.Credentials{Env: "BACKEND"}},
	}}))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("{}"))
	r.Host = "daypass.test"
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
	r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	e.Sign(r, testenv.Root, "dynamodb", "{}")
	if answer, body := e.Do(r); answer.StatusCode != http.StatusOK {
		t.Fatal(answer.StatusCode, body)
	}
	closeTracer(t, tracer)
	slices.SortFunc(c.spans, func(a, b *otlp.Span) int { return cmp.Compare(a.GetStartTimeUnixNano(), b.GetStartTimeUnixNano()) })
	want := []string{"dynamodb.ListTables", "  identify", "  read body", "  verify", "  decide", "  upstream"}
	if diff := gocmp.Diff(want, c.tree()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func roots(spans []*otlp.Span) (all []*otlp.Span) {
	for _, s := range spans {
		if len(s.GetParentSpanId()) == 0 {
			all = append(all, s)
		}
	}
	return all
}

// A collector that can't be reached, and one that takes spans for ever, cost no request anything: more spans than the queue
// holds are dropped.
func TestUnreachable(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, address := range map[string]string{"nobody": "http://127.0.0.1:1", "silence": "http://" + silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
			t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "16")
			t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16")
			e, tracer := traced(t)
			for range 200 {
				if status, body := e.Call(testenv.Root, "sts", "GetCallerIdentity"); status != http.StatusOK {
					t.Fatal(status, body)
				}
			}
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			if err := tracer.Close(ended); err == nil {
				t.Error("Close says that all was sent")
			}
		})
	}
}

// What can't be done is not passed over in silence.
func TestEnvironment(t *testing.T) {
	for variable, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_TRACES_EXPORTER": "zipkin", "OTEL_SDK_DISABLED": "true", "OTEL_TRACES_SAMPLER": "no-such-sampler",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://[", "OTEL_RESOURCE_ATTRIBUTES": "no value",
		"OTEL_EXPORTER_OTLP_HEADERS": "the-collectors-secret", "OTEL_EXPORTER_OTLP_TIMEOUT": "soon", "OTEL_EXPORTER_OTLP_CERTIFICATE": "/no/such/file",
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			tracer, err := tracing.New(t.Context(), time.Now, slog.New(slog.DiscardHandler))
			if err == nil {
				closeTracer(t, tracer)
				t.Fatalf("%s=%s is taken", variable, value)
			}
			if strings.Contains(err.Error(), "the-collectors-secret") {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

// The sampler that the environment names is asked.
func TestSampler(t *testing.T) {
	c := newReceiver(t)
	t.Setenv("OTEL_TRACES_SAMPLER", "traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "0")
	e, tracer := traced(t)
	if status, body := e.Call(testenv.Root, "sts", "GetCallerIdentity"); status != http.StatusOK {
		t.Fatal(status, body)
	}
	closeTracer(t, tracer)
	if len(c.spans) > 0 {
		t.Errorf("%d spans of what is not sampled", len(c.spans))
	}
}
