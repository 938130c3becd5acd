package gateway_test

import (
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

// A service that is not behind the gateway says so itself: its client would read nothing else.
func TestNoUpstream(t *testing.T) {
	t.Parallel()
	g := newGate(t, "kms", allowAll)
	json := func(version, target string) map[string]string {
		return map[string]string{"Content-Type": "application/x-amz-json-" + version, "X-Amz-Target": target}
	}
	unsign := func(r *sigv4.Request) { r.Header.Del("Authorization") }
	form := map[string]string{"Content-Type": queryForm}
	for name, tt := range map[string]struct {
		r        request
		status   int
		code     string
		envelope string
	}{
		"JSON":      {request{service: "dynamodb", method: "POST", header: json("1.0", "DynamoDB_20120810.ListTables"), body: "{}"}, 400, "UnknownOperationException", `{"__type":`},
		"EC2":       {request{service: "ec2", method: "POST", header: form, body: "Action=DescribeInstances&Version=2016-11-15"}, 400, "InvalidAction", "<Response><Errors>"},
		"Query":     {request{service: "sns", method: "POST", header: form, body: "Action=ListTopics&Version=2010-03-31"}, 400, "InvalidAction", `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">`},
		"REST JSON": {request{service: "lambda", target: "/2015-03-31/functions"}, 400, "", `{"Message":`},
		"REST XML":  {request{service: "route53", target: "/2013-04-01/hostedzone"}, 400, "UnknownOperationException", "<ErrorResponse"},
		"CBOR":      {request{service: "monitoring", method: "POST", target: "/service/x/operation/y", header: map[string]string{"Smithy-Protocol": "rpc-v2-cbor"}}, 400, "", "\xa2f__type"},
		"S3":        {request{service: "s3", target: "/bucket/key"}, 501, "NotImplemented", "<Error><Code>NotImplemented</Code>"},
		"S3, old":   {request{target: "/bucket/key?AWSAccessKeyId=a&Signature=b", service: "s3", spoil: unsign}, 501, "NotImplemented", "<Error>"},
	} {
		a := g.do(tt.r)
		g.refused(a, tt.status, tt.code)
		if !strings.Contains(a.body, tt.envelope) || !strings.Contains(a.body, "There is no upstream for the service "+tt.r.service+" here") {
			t.Error(name, a)
		}
	}
	// What is unknown to AWS, too, has no words of its own.
	if a := g.do(request{service: "nothing", method: "POST", header: form, body: "Action=GetCallerIdentity&Version=2011-06-15"}); a.status != 403 || a.code() != "SignatureDoesNotMatch" {
		t.Error(a)
	}
	// Where there is no gateway, there is STS.
	status, body := testenv.New(t).Call(testenv.Root, "s3", "GetCallerIdentity")
	if status != 403 || !strings.Contains(body, "<Code>SignatureDoesNotMatch</Code>") {
		t.Error(status, body)
	}
	g.backend.service = "dynamodb"
	if events := g.events(); len(events) != 1 || events[0]["errorCode"] != "UnknownOperationException" {
		t.Error(events)
	}
}
