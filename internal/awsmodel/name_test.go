package awsmodel

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"s3", "sts", "iam", "DynamoDB", "email", "iotsecuredtunneling", "", "@", "dynamodb dynamodb"} {
		if _, ok := Find(name); ok {
			t.Errorf("there is a service %q", name)
		}
	}
	for _, name := range []string{"dynamodb", "monitoring", "IoTSecuredTunneling", "aws-marketplace"} {
		if service, ok := Find(name); !ok || service.SigningName() != name {
			t.Errorf("there is no service %q", name)
		}
	}
}

// TestConfusion has requests with two readings, of which a backend might take the other one (aws-services section 6.1,
// attacks 3, 6 and 7).
func TestConfusion(t *testing.T) {
	t.Parallel()
	good := func() Request {
		return jsonRequest("1.0", "DynamoDB_20120810.GetItem", `{"TableName":"T"}`)
	}
	tests := []struct {
		name   string
		change func(*Request)
		kind   Kind
		reason string
	}{
		{"target and action", func(r *Request) { r.RawQuery = "Action=DeleteTable" }, Ambiguous, "two ways"},
		{"target and escaped action", func(r *Request) { r.RawQuery = "%41ction=DeleteTable" }, Ambiguous, "two ways"},
		{"target and CBOR", func(r *Request) { r.Header["Smithy-Protocol"] = []string{"rpc-v2-cbor"} }, Ambiguous, "two ways"},
		{"target and form", func(r *Request) { r.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"} }, Ambiguous, "two ways"},
		{"two targets", func(r *Request) {
			r.Header["X-Amz-Target"] = []string{"DynamoDB_20120810.GetItem", "DynamoDB_20120810.PutItem"}
		}, Ambiguous, "comes twice"},
		{"two content types", func(r *Request) {
			r.Header["Content-Type"] = append(r.Header["Content-Type"], "application/json")
		}, Ambiguous, "comes twice"},
		{"target in another case", func(r *Request) { r.Header["X-Amz-Target"] = []string{"dynamodb_20120810.GetItem"} }, UnknownOperation, "no operation"},
		{"operation in another case", func(r *Request) { r.Header["X-Amz-Target"] = []string{"DynamoDB_20120810.getitem"} }, UnknownOperation, "no operation"},
		{"target of another service", func(r *Request) { r.Header["X-Amz-Target"] = []string{"AmazonSQS.SendMessage"} }, UnknownOperation, "no operation"},
		{"target with blanks", func(r *Request) { r.Header["X-Amz-Target"] = []string{" DynamoDB_20120810.GetItem"} }, UnknownOperation, "no operation"},
		{"no target", func(r *Request) { delete(r.Header, "X-Amz-Target") }, UnknownOperation, "no X-Amz-Target"},
		{"empty target", func(r *Request) { r.Header["X-Amz-Target"] = []string{""} }, UnknownOperation, "no operation"},
		{"path", func(r *Request) { r.RawPath = "/x" }, Malformed, "not POST /"},
		{"empty path", func(r *Request) { r.RawPath = "" }, Malformed, "not POST /"},
		{"method", func(r *Request) { r.Method = "GET" }, Malformed, "not POST /"},
		{"query string", func(r *Request) { r.RawQuery = "x=y" }, Malformed, "not POST /"},
		{"no content type", func(r *Request) { delete(r.Header, "Content-Type") }, Malformed, "content type"},
		{"content type of another version", func(r *Request) { r.Header["Content-Type"] = []string{"application/x-amz-json-1.1"} }, Malformed, "content type"},
		{"content type with a charset", func(r *Request) { r.Header["Content-Type"] = []string{"application/x-amz-json-1.0; charset=utf-7"} }, Malformed, "content type"},
		{"no body", func(r *Request) { r.Body = nil }, Malformed, "no JSON object"},
		{"CBOR that DynamoDB does not speak", func(r *Request) {
			r.Header = map[string][]string{"Smithy-Protocol": {"rpc-v2-cbor"}, "Content-Type": {"application/cbor"}}
		}, UnknownOperation, "does not speak cbor"},
	}
	service, _ := Find("dynamodb")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := good()
			test.change(&r)
			_, err := service.Name(r)
			checkRefused(t, err, test.kind, test.reason)
		})
	}
}

func TestPresignedParametersAreDropped(t *testing.T) {
	t.Parallel()
	service, _ := Find("lambda")
	r := restRequest("GET", "/2015-03-31/functions/f?X-Amz-Signature=s&Qualifier=1&X-Amz-Algorithm=a", "")
	call, err := service.Name(r)
	if err != nil {
		t.Fatal(err)
	}
	if call.Query != "Qualifier=1" || call.Path != "/2015-03-31/functions/f" {
		t.Errorf("got %s?%s", call.Path, call.Query)
	}
}

func TestJSONIsStrict(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`[`, 63) + strings.Repeat(`]`, 63)
	tests := []struct{ name, text, reason string }{
		{"object", `{"a":1,"b":[{"c":null}],"d":{"e":-1.5e3,"E":true}}`, ""},
		{"blanks", " {\r\n\t\"a\" : [ ] , \"b\" : { } } ", ""},
		{"deep", `{"a":` + deep + `}`, ""},
		{"surrogates", `{"a":"\ud83d\ude00"}`, ""},
		{"replacement character", `{"a":"\ufffd�\\"}`, ""},
		{"too deep", `{"a":[` + deep + `]}`, "deeper"},
		{"twice", `{"a":1,"a":2}`, "twice"},
		{"twice, one escaped", `{"a":1,"\u0061":2}`, "twice"},
		{"twice below", `{"x":[{"a":1,"b":2,"a":3}]}`, "twice"},
		{"half a surrogate pair", `{"a":"\ud83d"}`, "escape"},
		{"halves that look the same", `{"\ud800":1,"\ud801":2}`, "escape"},
		{"second value", `{}{}`, "after"},
		{"NUL after", "{}\x00", "after"},
		{"byte order mark", "\ufeff{}", "no JSON object"},
		{"not UTF-8", "{\"a\":\"\xff\"}", "UTF-8"},
		{"array", `[]`, "no JSON object"},
		{"empty", ``, "no JSON object"},
		{"comma at the end", `{"a":1,}`, "not JSON"},
		{"comma in an array", `{"a":[1,]}`, "not JSON"},
		{"no comma", `{"a":1 "b":2}`, "not JSON"},
		{"comment", `{"a":1/**/}`, "not JSON"},
		{"single quotes", `{'a':1}`, "not JSON"},
		{"NaN", `{"a":NaN}`, "not JSON"},
		{"leading zero", `{"a":01}`, "not JSON"},
		{"control character", "{\"a\":\"\n\"}", "not JSON"},
		{"open string", `{"a":"b`, "not JSON"},
		{"open escape", `{"a":"b\`, "not JSON"},
		{"bad escape", `{"a":"\x41"}`, "escape"},
		{"open object", `{"a":1`, "not JSON"},
		{"no value", `{"a":}`, "not JSON"},
		{"number for a name", `{1:2}`, "not JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, refusal := parseObject([]byte(test.text))
			switch {
			case refusal == nil && test.reason != "":
				t.Error("it was read")
			case refusal != nil && (test.reason == "" || !strings.Contains(refusal.Reason, test.reason)):
				t.Errorf("refused: %s", refusal.Reason)
			}
		})
	}
}

// TestTopLevelCase: a backend that ignores case would take either.
func TestTopLevelCase(t *testing.T) {
	t.Parallel()
	service, _ := Find("glue")
	_, err := service.Name(jsonRequest("1.1", "AWSGlue.GetTable", `{"Name":"a","name":"b"}`))
	checkRefused(t, err, Ambiguous, "twice")
}

func TestCBORIsStrict(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, reason string }{
		{"empty map", "\xa0", ""},
		{"text and bytes", "\xa2\x61a\x61x\x61b\x41y", ""},
		{"indefinite", "\xbf\x61a\x9f\x01\x20\xf5\xff\xff", ""},
		{"floats and tags", "\xa2\x61a\xfb\x00\x00\x00\x00\x00\x00\x00\x00\x61b\xc1\x1a\x00\x00\x00\x00", ""},
		{"twice", "\xa2\x61a\x01\x61a\x02", "twice"},
		{"twice below", "\xa1\x61x\xa2\x61a\x01\x61a\x02", "twice"},
		{"twice, one in pieces", "\xa2\x61a\x01\x7f\x61a\xff\x02", "twice"},
		{"number for a name", "\xa1\x01\x02", "no text"},
		{"bytes for a name", "\xa1\x41a\x02", "no text"},
		{"after", "\xa0\xa0", "after"},
		{"array", "\x80", "no CBOR map"},
		{"empty", "", "no CBOR map"},
		{"too short", "\xa1\x61a", "too early"},
		{"length of all bits", "\xbb\xff\xff\xff\xff\xff\xff\xff\xff", "too early"},
		{"string of all bits", "\xa1\x7b\xff\xff\xff\xff\xff\xff\xff\xff", "too early"},
		{"long array", "\xa1\x61a\x9b\x00\xff\xff\xff\xff\xff\xff\xff", "too early"},
		{"not UTF-8", "\xa1\x61a\x61\xff", "UTF-8"},
		{"break where a value must be", "\xa1\x61a\xff", "not CBOR"},
		{"reserved", "\xa1\x61a\x1c", "not CBOR"},
		{"pieces within pieces", "\xa1\x61a\x7f\x7f\x61a\xff\xff", "not CBOR"},
		{"too deep", "\xa1\x61a" + strings.Repeat("\x81", 64) + "\x01", "deeper"},
		{"tags too deep", "\xa1\x61a" + strings.Repeat("\xc1", 64) + "\x01", "deeper"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, refusal := parseCBOR([]byte(test.text))
			switch {
			case refusal == nil && test.reason != "":
				t.Error("it was read")
			case refusal != nil && (test.reason == "" || !strings.Contains(refusal.Reason, test.reason)):
				t.Errorf("refused: %s", refusal.Reason)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "x", "//", "/a//b", "/a/./b", "/a/../b", "/%2e%2e/b", "/.%2E", "/a%2f..%2fb", "/a%5c..%5cb", `/a\..\b`, "/%00", "/a%0d%0aX",
		"/%c0%af", "/%zz", "/%2", "/a?b", "/a#b", "/%7f",
	} {
		if parts, refusal := splitPath(raw); refusal == nil {
			t.Errorf("%q is read as %q", raw, parts)
		}
	}
	for raw, want := range map[string]string{
		"/": "", "/a": "a", "/a/": "a", "/a%2Fb/c": "a/b|c", "/a+b": "a+b", "/%252e": "%2e", "/...": "...", "/a..b": "a..b", "/%C3%A4": "ä",
	} {
		parts, refusal := splitPath(raw)
		if got := strings.Join(parts, "|"); refusal != nil || got != want {
			t.Errorf("%q is read as %q, %v; want %q", raw, got, refusal, want)
		}
	}
}

// TestRolesArePassed: what a service does with a role, its caller must be permitted to have it do.
func TestRolesArePassed(t *testing.T) {
	t.Parallel()
	runResourceTests(t, "ecs", []resourceTest{
		{name: "below", request: jsonRequest("1.1", "AmazonEC2ContainerServiceV20141113.RunTask", `{"overrides":{"taskRoleArn":"arn:aws:iam::123456789012:role/r"}}`), want: []string{
			"ecs:RunTask ~*", "iam:PassRole arn:aws:iam::A:role/r", "iam:PassRole ~arn:aws:iam::A:role/*",
		}},
		{name: "foreign", request: jsonRequest("1.1", "AmazonEC2ContainerServiceV20141113.RunTask", `{"overrides":{"taskRoleArn":"arn:aws:iam::210987654321:role/r"}}`), kind: Foreign, refused: "no role"},
	})
	runResourceTests(t, "states", []resourceTest{
		{name: "role", request: jsonRequest("1.0", "AWSStepFunctions.CreateStateMachine", `{"name":"n","roleArn":"arn:aws:iam::123456789012:role/r"}`), want: []string{
			"states:CreateStateMachine ~*", "iam:PassRole arn:aws:iam::A:role/r",
		}},
	})
}

// TestManyResources: the work that a request makes is bounded.
func TestManyResources(t *testing.T) {
	t.Parallel()
	var tables []string
	for i := range 20_000 {
		tables = append(tables, fmt.Sprintf(`"T%d":{}`, i))
	}
	runResourceTests(t, "dynamodb", []resourceTest{
		{name: "tables", request: dynamo("BatchGetItem", `{"RequestItems":{`+strings.Join(tables, ",")+`}}`), kind: Unsupported, refused: "more than"},
	})
}

func TestAPIGateway(t *testing.T) {
	t.Parallel()
	runResourceTests(t, "apigateway", []resourceTest{
		{name: "get", request: restRequest("GET", "/restapis/abc/stages/prod", ""), want: []string{"apigateway:GET arn:aws:apigateway:R::/restapis/abc/stages/prod"}},
		{name: "policy", request: restRequest("PATCH", "/restapis/abc", `{"patchOperations":[]}`), want: []string{
			"apigateway:PATCH arn:aws:apigateway:R::/restapis/abc", "apigateway:UpdateRestApiPolicy arn:aws:apigateway:R::/restapis/abc",
		}},
		{name: "wildcard", request: restRequest("GET", "/restapis/*", ""), kind: Malformed, refused: "no name"},
	})
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,"\u0041",{"b":null}]}`, `{"a":1,"a":2}`, `{"a":"\ud800"}`, "{\"a\":1e5}\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, refusal := parseObject(body)
		if refusal != nil {
			return
		}
		var other map[string]json.RawMessage
		if err := json.Unmarshal(body, &other); err != nil {
			t.Fatalf("package json does not read it: %v", err)
		}
		if len(other) != len(members) {
			t.Fatalf("%d members, package json has %d", len(members), len(other))
		}
		for name, value := range other {
			if string(members[name]) != string(value) {
				t.Errorf("%q is %s, to package json %s", name, members[name], value)
			}
		}
	})
}

func FuzzCBOR(f *testing.F) {
	for _, seed := range []string{"\xa0", "\xbf\x6aAlarmNames\x9f\x61a\x7f\x61b\x61c\xff\xff\xff", "\xa2\x61a\x01\x61a\x02"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, refusal := parseCBOR(body)
		for name, value := range members {
			if refusal == nil && !json.Valid(value) {
				t.Errorf("%q is %s", name, value)
			}
		}
	})
}

func FuzzForm(f *testing.F) {
	f.Add("Action=StopInstances&InstanceId.1=i-1")
	f.Add("a=%41&b=+&c")
	f.Fuzz(func(t *testing.T, text string) {
		parameters, refusal := parseForm(text)
		if refusal != nil {
			return
		}
		again, refusal := parseForm(encodeForm(parameters))
		if refusal != nil || len(again) != len(parameters) {
			t.Fatalf("%q is written as %q: %v", text, encodeForm(parameters), refusal)
		}
		for i := range again {
			if again[i] != parameters[i] {
				t.Errorf("%v comes back as %v", parameters[i], again[i])
			}
		}
	})
}

// FuzzREST: what is forwarded is named as what was asked.
func FuzzREST(f *testing.F) {
	for _, seed := range []string{"/2015-03-31/functions/f/invocations", "/2015-03-31/functions/", "/2018-10-31/layers?find=LayerVersion&Arn=x", "/a%2f..", "//"} {
		f.Add("POST", seed)
		f.Add("GET", seed)
	}
	service, _ := Find("lambda")
	f.Fuzz(func(t *testing.T, method, target string) {
		call, err := service.Name(restRequest(method, target, ""))
		if err != nil {
			return
		}
		again, err := service.Name(Request{Method: call.Method, RawPath: call.Path, RawQuery: call.Query, Region: testRegion, AccountID: testAccount})
		if err != nil || again.Operation != call.Operation || again.Path != call.Path || again.Query != call.Query {
			t.Errorf("%s %s is forwarded as %s?%s, which is %v, %v", method, target, call.Path, call.Query, again, err)
		}
	})
}

// FuzzName: whatever comes, a request is named with permissions or refused.
func FuzzName(f *testing.F) {
	for _, service := range []string{"monitoring", "dynamodb", "sqs", "ec2", "ses", "lambda", "apigateway"} {
		f.Add(service, "POST", "/", "", "DynamoDB_20120810.GetItem", "application/x-amz-json-1.0", "", []byte(`{"TableName":"T"}`))
		f.Add(service, "GET", "/123456789012/q", "Action=SendMessage&Version=2012-11-05", "", "", "", []byte(nil))
		f.Add(service, "POST", "/service/GraniteServiceVersion20100801/operation/DeleteAlarms", "", "", "", "", []byte(nil))
		f.Add(service, "POST", "/service/GraniteServiceVersion20100801/operation/DeleteAlarms", "", "", "application/cbor", "rpc-v2-cbor", []byte("\xa0"))
	}
	f.Fuzz(func(t *testing.T, signing, method, path, query, target, media, smithy string, body []byte) {
		service, ok := Find(signing)
		if !ok {
			return
		}
		r := Request{Method: method, RawPath: path, RawQuery: query, Header: map[string][]string{}, Body: body, Region: testRegion, AccountID: testAccount}
		for name, value := range map[string]string{"X-Amz-Target": target, "Content-Type": media, "Smithy-Protocol": smithy} {
			if value != "" {
				r.Header[name] = []string{value}
			}
		}
		call, err := service.Name(r)
		if err == nil && len(call.Permissions) == 0 {
			t.Errorf("%s needs nothing", call.Operation)
		}
	})
}

func FuzzPartiQL(f *testing.F) {
	f.Add(`SELECT "a" FROM "T"."I" WHERE x = 'y'`)
	f.Add(`EXISTS(SELECT * FROM T)`)
	f.Fuzz(func(t *testing.T, statement string) {
		if action, table, _, ok := parsePartiQL(statement); ok && (action == "" || table == "") {
			t.Errorf("%q names %q on %q", statement, action, table)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	for b.Loop() {
		Find("dynamodb")
	}
}

func BenchmarkLoadEC2(b *testing.B) {
	_, text, _ := strings.Cut(table, "\n@ec2 ec2 ")
	text, _, _ = strings.Cut("ec2 ec2 "+text, "\n@")
	for b.Loop() {
		newService("ec2", []string{text})
	}
}

func BenchmarkName(b *testing.B) {
	for name, bench := range map[string]struct {
		service string
		request Request
	}{
		"JSON": {"dynamodb", dynamo("GetItem", `{"TableName":"T","Key":{"id":{"S":"1"}}}`)},
		"form": {"ec2", formRequest("Action=StopInstances&InstanceId.1=i-0a&InstanceId.2=i-0b&Version=2016-11-15")},
		"REST": {"lambda", restRequest("POST", "/2015-03-31/functions/f/invocations", "")},
	} {
		b.Run(name, func(b *testing.B) {
			service, _ := Find(bench.service)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := service.Name(bench.request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
