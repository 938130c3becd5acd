package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"
)

// jsonTarget are the headers of a request to a JSON service.
func jsonTarget(version, target string) http.Header {
	return http.Header{"Content-Type": {"application/x-amz-json-" + version}, "X-Amz-Target": {target}}
}

// TestGatewayRefusals are requests that the gateway can't pass on, and backends that fail.
func TestGatewayRefusals(t *testing.T) {
	t.Parallel()
	answers := recordedServices()
	answers["dynamodb"] = answering("application/x-amz-json-1.0", `{"TableNames":[]}`)
	g, backend := startRecorder(t, answers)
	ivan := g.createUser("ivan")
	g.allow("ivan", "*")
	good := raw{service: "dynamodb", body: "{}", header: jsonTarget("1.0", "DynamoDB_20120810.ListTables")}
	if status, body := g.raw(ivan, good); status != http.StatusOK || body != `{"TableNames":[]}` || len(backend.asked()) != 1 {
		t.Fatalf("%d %s", status, body)
	}
	for name, test := range map[string]struct {
		change func(*raw)
		status int
		text   string
	}{
		"unknown operation": {func(r *raw) { r.header = jsonTarget("1.0", "DynamoDB_20120810.DropTables") }, 400, `#UnknownOperationException"`},
		"another service's operation": {
			func(r *raw) { r.header = jsonTarget("1.0", "AmazonSQS.ListQueues") }, 400, `#UnknownOperationException"`,
		},
		"another service's scope": {func(r *raw) { r.service = "kms" }, 400, `"UnknownOperationException"`},
		"two targets": {func(r *raw) {
			r.header["X-Amz-Target"] = []string{"DynamoDB_20120810.ListTables", "DynamoDB_20120810.Scan"}
		}, 400, ""},
		"a member twice":          {func(r *raw) { r.body = `{"Limit":1,"Limit":2}` }, 400, "SerializationException"},
		"members of like names":   {func(r *raw) { r.body = `{"Limit":1,"limit":2}` }, 400, "SerializationException"},
		"bytes after the body":    {func(r *raw) { r.body = `{}{}` }, 400, "SerializationException"},
		"an action in the query":  {func(r *raw) { r.query = "Action=ListTables" }, 400, ""},
		"another path":            {func(r *raw) { r.path = "/a" }, 400, ""},
		"another method":          {func(r *raw) { r.method = http.MethodPut }, 400, ""},
		"scope of STS":            {func(r *raw) { r.service = "sts" }, 0, ""},
		"scope of IAM":            {func(r *raw) { r.service = "iam" }, 0, ""},
		"service without backend": {func(r *raw) { r.service = "sagemaker" }, 0, ""},
		"no service":              {func(r *raw) { r.service = "nonsense" }, 0, ""},
		"an hour old":             {func(r *raw) { r.clock = -time.Hour }, 400, "InvalidSignatureException"},
		"an hour ahead":           {func(r *raw) { r.clock = time.Hour }, 400, "InvalidSignatureException"},
		"changed body":            {func(r *raw) { r.after = changeBody }, 400, "InvalidSignatureException"},
		"changed target": {func(r *raw) {
			r.after = func(q *http.Request) { q.Header["X-Amz-Target"] = []string{"DynamoDB_20120810.Scan"} }
		}, 400, "InvalidSignatureException"},
		"not signed at all":        {func(r *raw) { r.after = func(q *http.Request) { q.Header.Del("Authorization") } }, 0, ""},
		"a service in other words": {func(r *raw) { r.after = renameScope }, 0, ""},
	} {
		r := good
		r.header = good.header.Clone()
		test.change(&r)
		status, body := g.raw(ivan, r)
		if test.status != 0 && status != test.status || status < 300 || status >= 500 || !strings.Contains(body, test.text) {
			t.Errorf("%s: %d %s", name, status, body)
		}
		backend.wantNothingAsked(t)
	}
	t.Run("one connection", func(t *testing.T) { oneConnection(g.in(t), backend, ivan) })
}

func changeBody(q *http.Request) { q.Body = io.NopCloser(strings.NewReader("[]")) }

func renameScope(q *http.Request) {
	q.Header.Set("Authorization", strings.Replace(q.Header.Get("Authorization"), "/dynamodb/", "/DynamoDB/", 1))
}

// oneConnection has requests to several services follow each other on a connection: each goes where its own scope says. Only
// a refusal may end the connection.
func oneConnection(g gateway, backend *recorder, who credentials) {
	reused, refused := false, true
	trace := func(q *http.Request) {
		*q = *q.WithContext(httptrace.WithClientTrace(q.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
			reused = info.Reused
		}}))
	}
	formHeader := http.Header{"Content-Type": {form}}
	for range 3 {
		for _, r := range []struct {
			raw
			asked  int
			status int
			text   string
		}{
			{raw{service: "dynamodb", body: "{}", header: jsonTarget("1.0", "DynamoDB_20120810.ListTables")}, 1, 200, "TableNames"},
			{raw{service: "sts", body: whoAmI, header: formHeader}, 0, 200, userARN("ivan")},
			{raw{service: "kms", body: "{}", header: jsonTarget("1.1", "TrentService.ListKeys")}, 1, 200, "{}"},
			{raw{service: "dynamodb", body: "{}", header: jsonTarget("1.1", "TrentService.ListKeys")}, 0, 400, "UnknownOperationException"},
			{raw{service: "iam", body: "Action=ListUsers&Version=2010-05-08", header: formHeader}, 0, 200, "<UserName>ivan</UserName>"},
			{raw{service: "sqs", body: whoAmI, header: formHeader}, 0, 400, "InvalidAction"},
			{raw{service: "lambda", method: http.MethodGet, path: "/2015-03-31/functions/"}, 1, 200, "{}"},
			{raw{service: "dynamodb", region: "eu-west-3", body: "{}", header: jsonTarget("1.0", "DynamoDB_20120810.ListTables")}, 0, 400, "InvalidSignatureException"},
		} {
			r.after = trace
			status, body := g.raw(who, r.raw)
			if got := backend.asked(); status != r.status || !strings.Contains(body, r.text) || len(got) != r.asked {
				g.t.Errorf("%s %v: %d %s; the backend was asked %v", r.service, r.header, status, body, got)
			}
			if !reused && !refused {
				g.t.Errorf("%s %v: the connection of the request before is gone", r.service, r.header)
			}
			refused = status >= 400
		}
	}
}

// TestGatewayBrokenBackends are backends that are not there, say nothing, send their clients elsewhere or refuse the gateway.
// Clients read their service's own 503, and nothing of what is wrong.
func TestGatewayBrokenBackends(t *testing.T) {
	t.Parallel()
	g := startGateway(t, brokenBackends(t)...)
	judy := g.createUser("judy")
	g.allow("judy", "*")
	formHeader := http.Header{"Content-Type": {form}}
	for _, test := range []struct {
		raw
		text string
	}{
		{raw{service: "dynamodb", body: "{}", header: jsonTarget("1.0", "DynamoDB_20120810.ListTables")}, `#ServiceUnavailable"`},
		{raw{service: "ec2", body: "Action=DescribeInstances&Version=2016-11-15", header: formHeader}, `<Response><Errors><Error><Code>ServiceUnavailable</Code>`},
		{raw{service: "sqs", body: "Action=ListQueues&Version=2012-11-05", header: formHeader}, `<Error><Type>Receiver</Type><Code>ServiceUnavailable</Code>`},
		{raw{service: "kms", body: "{}", header: jsonTarget("1.1", "TrentService.ListKeys")}, `"ServiceUnavailable"`},
		{raw{service: "lambda", method: http.MethodGet, path: "/2015-03-31/functions/"}, `Service is unable to handle request.`},
		{raw{service: "ssm", body: "{}", header: jsonTarget("1.1", "AmazonSSM.DescribeParameters")}, `"ServiceUnavailable"`},
		{raw{service: "logs", body: "{}", header: jsonTarget("1.1", "Logs_20140328.DescribeLogGroups")}, `"ServiceUnavailable"`},
	} {
		began := time.Now()
		status, body := g.raw(judy, test.raw)
		if status != http.StatusServiceUnavailable || !strings.Contains(body, test.text) || strings.Contains(body, "AKIA") || strings.Contains(body, "secret-host") {
			t.Errorf("%s: %d %s", test.service, status, body)
		}
		if took := time.Since(began); took > patience {
			t.Errorf("%s: the answer took %v", test.service, took)
		}
	}
	judysCLI := cli{t: t, server: g.server, path: need(t, debianCLI), credentials: judy}
	judysCLI.refused("ServiceUnavailable", "Service is unable to handle request.", "dynamodb", "list-tables")
}

func brokenBackends(t *testing.T) []backend {
	t.Helper()
	serve := func(handler http.HandlerFunc) string {
		s := httptest.NewServer(handler)
		t.Cleanup(s.Close)
		return s.URL
	}
	silent := serve(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body) // only then is it noticed that the gateway has gone
		<-q.Context().Done()
	})
	elsewhere := serve(func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "http://192.0.2.1/secret-host", http.StatusTemporaryRedirect)
	})
	refusing := serve(func(w http.ResponseWriter, q *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, `{"__type":"SignatureDoesNotMatch","message":%q}`, q.Header.Get("Authorization"))
	})
	down := "http://" + freeAddress(t)
	return []backend{
		{service: "dynamodb", url: down},
		{service: "ec2", url: down},
		{service: "sqs", url: down},
		{service: "kms", url: silent, timeout: time.Second},
		{service: "lambda", url: elsewhere},
		{service: "ssm", url: refusing},
		{service: "logs", url: "http://no-such-host.invalid"},
	}
}
