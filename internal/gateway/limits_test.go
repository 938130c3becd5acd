package gateway_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

// newLimitedGate is a gate to a service whose backend nobody reaches, with limits.
func newLimitedGate(t *testing.T, service string, c limit.Config) *gate {
	t.Helper()
	upstream := gateway.Upstream{URL: "http://127.0.0.1:1", Region: testenv.Region, Credentials: gateway.Credentials{Env: "BACKEND"}}
	if service == "s3" {
		upstream.Hosts = []string{s3Host}
	}
	g := &gate{t: t, backend: &backend{service: service}}
	g.Env = testenv.New(t, testenv.Gateway(gateway.Config{Upstreams: map[string]gateway.Upstream{service: upstream}}), func(s *server.Config) { s.Limits = c })
	_, g.user = g.AddUser("alice")
	g.allow(allowAll)
	front := httptest.NewServer(g.Handler)
	t.Cleanup(front.Close)
	g.address = front.Listener.Addr().String()
	return g
}

// limitedServices are a request for each protocol, and how the service says that there are too many.
var limitedServices = map[string]struct {
	r       request
	status  int
	slower  string
	refused string // what a wrong signature reads
}{
	"s3":       {request{target: "/bucket/k"}, 503, "SlowDown", "SignatureDoesNotMatch"},
	"dynamodb": {dynamo("ListTables", "{}"), 400, "ThrottlingException", "InvalidSignatureException"},
	"ec2":      {ec2("Action=DescribeInstances&Version=2016-11-15"), 503, "RequestLimitExceeded", "AuthFailure"},
	"sns":      {request{method: "POST", host: "sns.test", body: "Action=ListTopics&Version=2010-03-31", header: map[string]string{"Content-Type": queryForm}}, 400, "Throttling", "SignatureDoesNotMatch"},
	"lambda":   {request{target: "/2015-03-31/functions/", host: "lambda.test"}, 429, "", ""},
}

func TestRequestsAreLimited(t *testing.T) {
	t.Parallel()
	for service, tt := range limitedServices {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			g := newLimitedGate(t, service, limit.Config{Data: limit.Requests{Key: limit.Rate{N: 2, Per: time.Second}}})
			forged := tt.r
			forged.key = g.user
			forged.key.SecretAccessKey = "x"
			for range 5 { // takes nothing from alice
				if a := g.do(forged); a.code() != tt.refused {
					t.Fatal(a)
				}
			}
			for i := range 4 {
				a := g.do(tt.r)
				if throttled := a.status == tt.status && a.code() == tt.slower; throttled != (i >= 2) {
					t.Error(i, a)
				}
			}
			g.Now = g.Now.Add(time.Second)
			if a := g.do(tt.r); a.status == tt.status && a.code() == tt.slower {
				t.Error("a second later", a)
			}
			last := g.events()
			if n := len(last); n != 10 || !strings.Contains(last[n-2]["additionalEventData"].(map[string]any)["reason"].(string), "has sent too many requests") {
				t.Errorf("%d events: %v", n, last)
			}
		})
	}
}

func TestFailuresBlock(t *testing.T) {
	t.Parallel()
	for service, tt := range limitedServices {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			g := newLimitedGate(t, service, limit.Config{Failures: limit.Failures{Address: limit.Rate{N: 3, Per: time.Minute}, Block: time.Minute}})
			bad := tt.r
			bad.key = testenv.Key{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: "x"}
			for i := range 20 {
				a := g.do(bad)
				if blocked := a.status == tt.status && a.code() == tt.slower; blocked != (i >= 4) {
					t.Fatal(i, a)
				}
			}
			if a := g.do(tt.r); a.status != tt.status || a.code() != tt.slower {
				t.Error("somebody good", a)
			}
			if n := len(g.events()); n != 4 {
				t.Errorf("the audit log has %d lines", n)
			}
		})
	}
}
