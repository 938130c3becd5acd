package gateway_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

// The attacks of spec aws-services section 6.1, as far as they reach the gateway. Each finds the backend untouched.

func TestAttack01Tokens(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	one, two := g.session(g.user, "", 0), g.session(g.user, "", 0)
	for _, tt := range []struct {
		name   string
		key    testenv.Key
		spoil  func(*sigv4.Request)
		later  time.Duration
		status int
		code   string
	}{
		{name: "no token", key: testenv.Key{AccessKeyID: one.AccessKeyID, SecretAccessKey: one.SecretAccessKey}, status: 403, code: "InvalidAccessKeyId"},
		{name: "another session's", key: testenv.Key{AccessKeyID: one.AccessKeyID, SecretAccessKey: one.SecretAccessKey, SessionToken: two.SessionToken}, status: 403, code: "InvalidAccessKeyId"},
		{name: "garbage", key: testenv.Key{AccessKeyID: one.AccessKeyID, SecretAccessKey: one.SecretAccessKey, SessionToken: "garbage"}, status: 400, code: "InvalidToken"},
		{name: "in header and query", key: one, spoil: func(r *sigv4.Request) { r.URI += "?X-Amz-Security-Token=" + one.SessionToken }, status: 400, code: "InvalidArgument"},
		{name: "expired", key: one, later: 13 * time.Hour, status: 400, code: "ExpiredToken"},
	} {
		g.Now = testenv.Start.Add(tt.later)
		t.Log(tt.name)
		g.refused(g.do(request{target: "/bucket/k", key: tt.key, spoil: tt.spoil}), tt.status, tt.code)
	}
}

func TestAttack02Replay(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	session := g.session(g.user, "", 0)
	r := request{target: "/bucket/k"}.withDefaults()
	replay := head(g.sign(r), 0)
	r.presign = time.Hour
	presigned := head(g.sign(r), 0)
	r.key, r.presign = session, 24*time.Hour
	ofSession := head(g.sign(r), 0)
	g.Now = g.Now.Add(15*time.Minute + time.Second)
	g.refused(g.raw("GET", replay), 403, "RequestTimeTooSkewed")
	g.Now = g.Now.Add(time.Hour)
	g.refused(g.raw("GET", presigned), 403, "AccessDenied")
	g.Now = g.Now.Add(13 * time.Hour)
	g.refused(g.raw("GET", ofSession), 400, "ExpiredToken")
}

func TestAttack03Scope(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	for _, service := range []string{"sts", "iam", "dynamodb"} { // nobody, or somebody else, answers those
		if a := g.do(request{target: "/bucket/k", service: service}); a.status < 400 || a.status >= 500 {
			t.Error(service, a)
		}
	}
	g.refused(g.do(request{target: "/bucket/k", region: "eu-west-1"}), 400, "AuthorizationHeaderMalformed")
	g.refused(g.do(request{target: "/bucket/k", host: "dynamodb.us-east-1.amazonaws.com"}), 400, "InvalidRequest")

	d := newGate(t, "dynamodb", allowAll)
	d.refused(d.do(dynamo("GetItem", `{"TableName":"t"}`, func(r *request) { r.region = "eu-west-1" })), 400, "InvalidSignatureException")
}

func TestAttack04Unsigned(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	g.refused(g.do(request{target: "/bucket/k", spoil: func(r *sigv4.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SignedHeaders=host;", "SignedHeaders=", 1))
	}}), 403, "AccessDenied")
	for _, name := range []string{"x-amz-acl", "x-amz-copy-source", "x-amz-tagging", "x-amz-security-token"} {
		for _, presign := range []time.Duration{0, time.Hour} {
			a := g.do(request{method: "PUT", target: "/bucket/k", presign: presign, unsigned: map[string]string{name: "/bucket/secret"}})
			g.refused(a, 403, "AccessDenied")
			if !strings.Contains(a.body, "<HeadersNotSigned>"+name) {
				t.Error(name, a.body)
			}
		}
	}
}

func TestAttack05SignedHeaders(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	r := request{target: "/bucket/k", header: map[string]string{"X-Amz-Meta-A": "1"}}
	r.spoil = func(r *sigv4.Request) { r.Header.Del("X-Amz-Meta-A") }
	g.refused(g.do(r), 403, "SignatureDoesNotMatch")
	r.spoil = func(r *sigv4.Request) { r.Header["X-Amz-Meta-A"] = []string{"1", "1"} }
	g.refused(g.do(r), 400, "InvalidArgument")
}

// dynamo is a request to DynamoDB.
func dynamo(operation, body string, changes ...func(*request)) request {
	r := request{method: "POST", host: "dynamodb.test", body: body, header: map[string]string{
		"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810." + operation,
	}}
	for _, change := range changes {
		change(&r)
	}
	return r
}

func TestAttack06TwoMarks(t *testing.T) {
	t.Parallel()
	g := newGate(t, "dynamodb", allowAll)
	g.refused(g.do(dynamo("GetItem", `{"TableName":"t","Key":{}}`, func(r *request) { r.target = "/?Action=DeleteTable" })), 400, "SerializationException")
	g.refused(g.do(dynamo("GetItem", `{"TableName":"t","Key":{}}`, func(r *request) {
		r.unsigned = map[string]string{"X-Amz-Target": "DynamoDB_20120810.DeleteTable"}
	})), 400, "InvalidSignatureException")
	g.refused(g.do(dynamo("GetItem", `{"TableName":"t","Key":{},"TableName":"u"}`)), 400, "SerializationException")
	g.refused(g.do(dynamo("GetItem", `{"TableName":"t","Key":{},"tablename":"u"}`)), 400, "SerializationException")
}

// ec2 is a request to EC2.
func ec2(body string, changes ...func(*request)) request {
	r := request{method: "POST", host: "ec2.test", body: body, header: map[string]string{"Content-Type": queryForm}}
	for _, change := range changes {
		change(&r)
	}
	return r
}

func TestAttack07QueryTwice(t *testing.T) {
	t.Parallel()
	g := newGate(t, "ec2", allowAll)
	for _, body := range []string{
		"Action=StopInstances&InstanceId.1=i-0a&InstanceId.1=i-0b&Version=2016-11-15",
		"Action=StopInstances&InstanceId.1=i-0a&InstanceId.01=i-0b&Version=2016-11-15",
		"Action=StopInstances&Action=DescribeInstances&InstanceId.1=i-0a&Version=2016-11-15",
		"Action=StopInstances&InstanceId.1=i-0a&Version=2016-11-15&%49nstanceId.1=i-0b",
	} {
		g.refused(g.do(ec2(body)), 400, "MalformedQueryString")
	}
	g.refused(g.do(ec2("Action=StopInstances&InstanceId.1=i-0a&Version=2016-11-15", func(r *request) { r.target = "/?InstanceId.1=i-0b" })), 400, "MalformedQueryString")
}

func TestAttack08Keys(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::bucket/secret*"}`)
	for _, target := range []string{
		"/bucket/a%2F..%2Fsecret", "/bucket/../other/key", "/bucket/a/./b", "/bucket/%2e%2e/secret", "/bucket/%00", "/bucket/%c0%af",
		"/bucket%2Fsecret", "//bucket/k", "/bucket/secret", "/bucket/%73ecret",
	} {
		if a := g.do(request{target: target}); a.status != 400 && a.status != 403 {
			t.Error(target, a)
		}
	}
	g.refused(g.do(request{target: "/bucket/k", spoil: func(r *sigv4.Request) { r.URI = "/bucket/%" }}), 400, "")
	for target, want := range map[string]string{
		"/bucket//k": "/bucket//k", "/bucket/%252e": "/bucket/%252e", `/bucket/a%5Cb`: "/bucket/a%5Cb", "/bucket/a%2Fb": "/bucket/a/b", "/bucket/+": "/bucket/%2B",
		"/bucket/%2573ecret": "/bucket/%2573ecret", "/bucket/%7Ea": "/bucket/~a",
	} {
		g.do(request{target: target})
		got := g.backend.requests()
		if last := got[len(got)-1]; last.Target != want || last.Err != nil {
			t.Errorf("%s became %+v", target, last)
		}
	}
}

func TestAttack09Hosts(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::mine/*"}`)
	for _, r := range []request{
		{host: "victim.s3.test", target: "/mine/key"},
		{host: "victim.S3.test:80", target: "/mine/key"},
		{host: "VICTIM.s3.test.", target: "/mine/key"},
	} {
		if a := g.do(r); a.status != 403 && a.status != 400 {
			t.Error(r.host, a)
		}
	}
	g.refused(g.do(request{host: "elsewhere.test", target: "/mine/key"}), 400, "InvalidRequest")
	r := request{target: "/mine/key"}.withDefaults()
	signed := g.sign(r)
	signed.URI = "http://victim.s3.test/mine/key"
	if a := g.raw("GET", head(signed, 0)); a.status != 400 && a.status != 403 {
		t.Error(a)
	}
	if got := g.backend.requests(); len(got) > 0 {
		t.Fatalf("%+v", got)
	}
	g.do(request{host: "S3.TEST.:8080", target: "/mine/key"})
	if got := g.backend.requests(); len(got) != 1 || got[0].Target != "/mine/key" || got[0].Host != strings.TrimPrefix(g.backend.URL, "http://") {
		t.Errorf("%+v", got)
	}
}

func TestAttack10Subresources(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	for _, r := range []request{
		{target: "/bucket/k?acl&tagging"},
		{target: "/bucket/k?Acl"},
		{target: "/bucket/k?acl=1&acl"},
		{target: "/bucket/k?acl=x"},
		{target: "/bucket/k?versionId=a&versionId=b"},
		{target: "/bucket/k?versionId=a;acl"},
		{target: "/bucket/k?uploadId=", method: "PUT"},
		{target: "/bucket/k?partNumber=1", method: "PUT"},
	} {
		if a := g.do(r); a.status != 400 && a.status != 403 && a.status != 501 {
			t.Error(r.target, a)
		}
	}
	if got := g.backend.requests(); len(got) > 0 {
		t.Fatalf("%+v", got)
	}
	g.ok(g.do(request{method: "PUT", target: "/bucket/k?x-id=GetObject", body: "x"}))
	g.backend.answers(func(http.ResponseWriter, *http.Request) {})
	g.ok(g.do(request{target: "/bucket/k?versionId=1&acl"}))
	got := g.backend.requests()
	if got[0].Target != "/bucket/k" || got[1].Target != "/bucket/k?acl=&versionId=1" && got[1].Target != "/bucket/k?acl&versionId=1" {
		t.Errorf("%+v", got)
	}
}

func TestAttack11CopySource(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::mine/*"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::half/*"}`)
	for _, source := range []string{
		"/victim/secret", "victim/secret", "/half/secret?versionId=1", "/victim%2Fsecret", "//victim/secret", "/victim/secret%3FversionId=1",
		"arn:aws:s3:us-east-1:123456789012:accesspoint/a/object/secret", "/mine/../victim/secret", "/mine/%2e%2e/secret",
	} {
		for _, target := range []string{"/mine/copy", "/mine/copy?partNumber=1&uploadId=u"} {
			a := g.do(request{method: "PUT", target: target, header: map[string]string{"X-Amz-Copy-Source": source}})
			if a.status != 400 && a.status != 403 {
				t.Error(source, a)
			}
		}
	}
	if got := g.backend.requests(); len(got) > 0 {
		t.Fatalf("%+v", got)
	}
	for _, method := range []string{"GET", "DELETE"} {
		g.refused(g.do(request{method: method, target: "/mine/k", header: map[string]string{"X-Amz-Copy-Source": "/mine/other"}}), 400, "InvalidArgument")
	}
}

func TestAttack12Versions(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":["s3:GetObject","s3:DeleteObject"],"Resource":"*"}`)
	g.refused(g.do(request{target: "/bucket/k?versionId=1"}), 403, "AccessDenied")
	g.refused(g.do(request{method: "DELETE", target: "/bucket/k?versionId=1"}), 403, "AccessDenied")
	g.refused(g.do(request{method: "HEAD", target: "/bucket/k?versionId=1"}), 403, "")
}

func TestAttack13DeleteObjects(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::bucket/mine/*"}`)
	for name, body := range map[string]string{
		"two keys":  "<Delete><Object><Key>mine/a</Key><Key>secret</Key></Object></Delete>",
		"entity":    `<!DOCTYPE d [<!ENTITY e "mine/a">]><Delete><Object><Key>&e;</Key></Object></Delete>`,
		"too many":  "<Delete>" + strings.Repeat("<Object><Key>mine/a</Key></Object>", 1001) + "</Delete>",
		"empty key": "<Delete><Object><Key></Key></Object></Delete>",
		"no XML":    "x",
		"CDATA":     "<Delete><Object><Key><![CDATA[mine/a]]></Key></Object></Delete>",
	} {
		a := g.do(deletion(body))
		t.Log(name)
		g.refused(a, 400, "MalformedXML")
	}
	g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<DeleteResult><Deleted><Key>mine/a</Key></Deleted></DeleteResult>"))
	})
	a := g.ok(g.do(deletion("<Delete><Object><Key>mine/a</Key></Object><Object><Key>secret</Key></Object>" +
		"<Object><Key>mine/b</Key><VersionId>1</VersionId></Object></Delete>")))
	got := g.backend.requests()
	if len(got) != 1 || got[0].Err != nil || strings.Contains(got[0].Body, "secret") || strings.Contains(got[0].Body, "mine/b") || !strings.Contains(got[0].Body, "mine/a") {
		t.Errorf("%+v", got)
	}
	for _, want := range []string{"<Deleted><Key>mine/a</Key></Deleted>", "<Key>secret</Key>", "<Key>mine/b</Key>", "<Code>AccessDenied</Code>"} {
		if !strings.Contains(a.body, want) {
			t.Error(a.body)
		}
	}
	if a := g.ok(g.do(deletion("<Delete><Quiet>true</Quiet><Object><Key>secret</Key></Object></Delete>"))); len(g.backend.requests()) != 1 || !strings.Contains(a.body, "AccessDenied") {
		t.Error(a)
	}
	event := g.events()[len(g.events())-2]
	if event["eventName"] != "DeleteObjects" || event["readOnly"] != false || event["eventCategory"] != "Data" {
		t.Error(event)
	}
	refused := event["responseElements"].(map[string]any)["accessDenied"].([]any)
	if len(refused) != 2 || refused[0].(map[string]any)["key"] != "secret" {
		t.Error(refused)
	}
}

// deletion is a DeleteObjects.
func deletion(body string) request {
	sum := md5.Sum([]byte(body))
	return request{method: "POST", target: "/bucket?delete", body: body, header: map[string]string{
		"Content-Md5": base64.StdEncoding.EncodeToString(sum[:]),
	}}
}

func TestAttack14Chunks(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	object := strings.Repeat("0123456789abcdef", 16<<10) // four chunks of 64 KiB
	signed, body := g.chunked(request{method: "PUT", target: "/bucket/k"}, object)
	parts := strings.SplitAfter(body, "\r\n") // head, data, head, data, ...
	if len(parts) < 10 {
		t.Fatal(len(parts))
	}
	swapped := slices.Concat(parts[2:4], parts[:2], parts[4:])
	for name, bad := range map[string]string{
		"bad signature in the middle": strings.Join(parts[:2], "") + strings.Replace(parts[2], "chunk-signature=", "chunk-signature=0", 1)[:len(parts[2])-2] + "\r\n" + strings.Join(parts[3:], ""),
		"bad data in the middle":      strings.Join(parts[:3], "") + "X" + parts[3][1:] + strings.Join(parts[4:], ""),
		"reordered":                   strings.Join(swapped, ""),
		"data after the end":          body + "x",
		"overflow":                    "ffffffffffffffff1" + body[strings.Index(body, ";"):],
		"no last chunk":               body[:strings.LastIndex(body, "0;chunk-signature")],
		"last signature wrong":        body[:len(body)-6] + "00\r\n\r\n",
	} {
		if a := g.raw("PUT", head(signed, len(bad))+bad); a.status < 400 || a.status >= 500 {
			t.Error(name, a)
		}
	}
	for _, length := range []int{len(object) - 1, len(object) + 1} {
		signed := g.sign(request{
			method: "PUT", target: "/bucket/k", payload: sigv4.StreamingUnsignedPayloadTrailer,
			header: map[string]string{"X-Amz-Decoded-Content-Length": itoa(length), "X-Amz-Trailer": "x-amz-checksum-crc32"},
		}.withDefaults())
		body := fmt.Sprintf("%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n", len(object), object, crc(object))
		if a := g.raw("PUT", head(signed, len(body))+body); a.status != 400 {
			t.Error(length, a)
		}
	}
	for name, trailer := range map[string]string{"not announced": "x-amz-checksum-sha1:AAAA", "wrong": "x-amz-checksum-crc32:" + crc("other"), "none": ""} {
		signed := g.sign(request{
			method: "PUT", target: "/bucket/k", payload: sigv4.StreamingUnsignedPayloadTrailer,
			header: map[string]string{"X-Amz-Decoded-Content-Length": itoa(len(object)), "X-Amz-Trailer": "x-amz-checksum-crc32"},
		}.withDefaults())
		body := fmt.Sprintf("%x\r\n%s\r\n0\r\n%s\r\n\r\n", len(object), object, trailer)
		if a := g.raw("PUT", head(signed, len(body))+body); a.status != 400 {
			t.Error(name, a)
		}
	}
	if got := g.backend.stored(); len(got) > 0 {
		t.Error("an object was stored")
	}
	g.ok(g.raw("PUT", head(signed, len(body))+body))
}

// TestForgedTrailers holds that a body without signed chunks is no way around the signature of its request (CVE-2026-40344): in neither
// form of the credentials, for no operation that takes a body, whatever headers it has.
func TestForgedTrailers(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	const object = "forged"
	body := fmt.Sprintf("%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n", len(object), object, crc(object))
	upload := func(target string, presign time.Duration, extract string) request {
		return request{
			method: "PUT", target: target, presign: presign, payload: sigv4.StreamingUnsignedPayloadTrailer, key: g.user,
			header: map[string]string{
				"X-Amz-Content-Sha256": sigv4.StreamingUnsignedPayloadTrailer, "X-Amz-Trailer": "x-amz-checksum-crc32",
				"X-Amz-Decoded-Content-Length": itoa(len(object)), "X-Amz-Meta-Snowball-Auto-Extract": extract,
			},
		}.withDefaults()
	}
	for _, target := range []string{"/bucket/k", "/bucket/k?partNumber=1&uploadId=u"} {
		for _, extract := range []string{"false", "true"} {
			for _, presign := range []time.Duration{0, time.Hour} {
				r := upload(target, presign, extract)
				r.key.SecretAccessKey = "another"
				g.refused(g.raw("PUT", head(g.sign(r), len(body))+body), 403, "SignatureDoesNotMatch")
			}
			unsigned := g.sign(upload(target, 0, extract))
			unsigned.Header.Del("Authorization")
			g.refused(g.raw("PUT", head(unsigned, len(body))+body), 403, "AccessDenied")
			unsigned.URI += "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + g.user.AccessKeyID + "%2F20260102%2Fus-east-1%2Fs3%2Faws4_request" +
				"&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + strings.Repeat("0", 64)
			if !strings.Contains(target, "?") {
				unsigned.URI = strings.Replace(unsigned.URI, "&", "?", 1)
			}
			g.refused(g.raw("PUT", head(unsigned, len(body))+body), 403, "AccessDenied") // headers that it does not sign
		}
	}
	g.ok(g.raw("PUT", head(g.sign(upload("/bucket/k", 0, "true")), len(body))+body))
}

func crc(text string) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))))
}

func TestAttack15Payload(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll+`,{"Effect":"Deny","Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"s3:x-amz-content-sha256":"UNSIGNED-PAYLOAD"}}}`)
	g.refused(g.do(request{method: "PUT", target: "/bucket/k", body: "x", payload: "UNSIGNED-PAYLOAD"}), 403, "AccessDenied")
	g.refused(g.do(request{method: "PUT", target: "/bucket?tagging", body: "x", payload: sigv4.StreamingPayload, header: map[string]string{"X-Amz-Decoded-Content-Length": "1"}}), 400, "InvalidRequest")
	g.refused(g.do(request{method: "PUT", target: "/bucket?policy", body: "x", payload: sigv4.StreamingPayload, header: map[string]string{"X-Amz-Decoded-Content-Length": "1"}}), 400, "InvalidRequest")
	a := g.do(request{method: "PUT", target: "/bucket/k", body: objectText, payload: emptyHash})
	if a.status != 400 || a.code() != "XAmzContentSHA256Mismatch" || len(g.backend.stored()) > 0 {
		t.Error(a, g.backend.stored())
	}
}

func TestAttack16Framing(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	r := request{method: "PUT", target: "/bucket/k", body: objectText}.withDefaults()
	chunk := "11\r\n" + objectText + "\r\n0\r\n\r\n"
	for name, unsigned := range map[string]map[string]string{
		"both":         {"Content-Length": "17", "Transfer-Encoding": "chunked"},
		"unknown":      {"Transfer-Encoding": "xchunked"},
		"no length":    {"Transfer-Encoding": "chunked"},
		"two lengths":  {"Content-Length": "17\r\nContent-Length: 18"},
		"line folding": {"Content-Length": "17", "X-Amz-Meta-A": "1\r\n Host: evil"},
		"connection":   {"Content-Length": "17", "Connection": "X-Amz-Date"},
		"bare CR":      {"Content-Length": "17", "X-Amz-Meta-A": "1\rHost: evil"},
	} {
		r.unsigned = unsigned
		if a := g.raw("PUT", head(g.sign(r), 0)+chunk); a.err == nil && (a.status < 400 || a.status > 501) {
			t.Error(name, a)
		}
	}
	if got := g.backend.requests(); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestAttack18Tables(t *testing.T) {
	t.Parallel()
	g := newGate(t, "dynamodb", `{"Effect":"Allow","Action":"dynamodb:*","Resource":"arn:aws:dynamodb:us-east-1:123456789012:table/mine*"}`)
	for operation, body := range map[string]string{
		"TransactWriteItems":        `{"TransactItems":[{"Put":{"TableName":"mine","Item":{}}},{"Delete":{"TableName":"victim","Key":{}}}]}`,
		"BatchGetItem":              `{"RequestItems":{"mine":{"Keys":[]},"victim":{"Keys":[]}}}`,
		"ExecuteStatement":          `{"Statement":"SELECT * /* \"mine\" */ FROM \"victim\""}`,
		"BatchExecuteStatement":     `{"Statements":[{"Statement":"SELECT * FROM \"mine\""},{"Statement":"DELETE FROM victim WHERE a=1"}]}`,
		"GetItem":                   `{"TableName":"arn:aws:dynamodb:us-east-1:999999999999:table/mine","Key":{}}`,
		"UpdateTable":               `{"TableName":"victim"}`,
		"TransactGetItems":          `{"TransactItems":[{"Get":{"TableName":"mine","Key":{}}},{"Get":{"TableName":"victim","Key":{}}}]}`,
		"BatchWriteItem":            `{"RequestItems":{"mine":[],"victim":[]}}`,
		"Query":                     `{"TableName":"victim","IndexName":"mine"}`,
		"RestoreTableFromBackup":    `{"TargetTableName":"mine","BackupArn":"arn:aws:dynamodb:us-east-1:123456789012:table/victim/backup/1"}`,
		"DescribeContinuousBackups": `{"TableName":"victim"}`,
	} {
		a := g.do(dynamo(operation, body))
		if a.status != 400 || a.code() != "AccessDeniedException" {
			t.Error(operation, a)
		}
	}
	two := g.do(dynamo("ExecuteStatement", `{"Statement":"SELECT * FROM mine; DELETE FROM victim"}`))
	if two.status != 400 {
		t.Error(two)
	}
	if got := g.backend.requests(); len(got) > 0 {
		t.Fatalf("%+v", got)
	}
	g.ok(g.do(dynamo("TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"mine","Item":{}}},{"Delete":{"TableName":"mine2","Key":{}}}]}`)))
}

func TestAttack19Prefix(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringEquals":{"s3:prefix":["","a/"]}}}`)
	for _, target := range []string{"/bucket", "/bucket?list-type=2", "/bucket?prefix=b", "/bucket?prefix=a"} {
		g.refused(g.do(request{target: target}), 403, "AccessDenied")
	}
	g.refused(g.do(request{target: "/bucket?prefix=a%2F&prefix=b"}), 400, "InvalidArgument")
	g.backend.answers(func(http.ResponseWriter, *http.Request) {})
	g.ok(g.do(request{target: "/bucket?prefix="}))
	g.ok(g.do(request{target: "/bucket?prefix=a%2F"}))
	if got := g.backend.requests(); got[0].Target != "/bucket?prefix=" || got[1].Target != "/bucket?prefix=a%2F" {
		t.Errorf("%+v", got)
	}
	n := newGate(t, "s3", allowAll+`,{"Effect":"Deny","Action":"s3:ListBucket","Resource":"*","Condition":{"Null":{"s3:prefix":"true"}}}`)
	n.refused(n.do(request{target: "/bucket"}), 403, "AccessDenied")
}

func TestAttack20Leaks(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`)
	missing := g.do(request{target: "/bucket/missing"})
	if missing.status != 403 || missing.code() != "AccessDenied" || strings.Contains(missing.body, "NoSuchKey") || missing.header["X-Amz-Delete-Marker"] != nil {
		t.Error(missing)
	}
	for name, tt := range map[string]struct {
		status int
		header map[string]string
		body   string
		want   int
		code   string
	}{
		"signature":     {403, nil, "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>" + backendKey + "</AWSAccessKeyId><StringToSign>x</StringToSign></Error>", 503, "ServiceUnavailable"},
		"key":           {403, nil, "<Error><Code>InvalidAccessKeyId</Code></Error>", 503, "ServiceUnavailable"},
		"key in text":   {400, nil, "<Error><Code>Other</Code><Message>" + backendKey + "</Message></Error>", 503, "ServiceUnavailable"},
		"key in header": {400, map[string]string{"X-Amz-Bucket-Region": backendKey}, "<Error><Code>Other</Code></Error>", 503, "ServiceUnavailable"},
		"denied":        {403, nil, "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::999999999999:user/gateway</Message></Error>", 403, "AccessDenied"},
		"redirect":      {307, map[string]string{"Location": "http://attacker.test/"}, "", 503, "ServiceUnavailable"},
		"moved":         {301, map[string]string{"Location": "/elsewhere"}, "<Error><Code>PermanentRedirect</Code><Endpoint>inner.test</Endpoint></Error>", 503, "ServiceUnavailable"},
		"switching":     {426, nil, strings.Repeat("x", 65<<10), 503, "ServiceUnavailable"},
		"compressed":    {400, map[string]string{"Content-Encoding": "gzip"}, "zzz", 503, "ServiceUnavailable"},
		"cookie":        {200, map[string]string{"Set-Cookie": "a=b", "Server": "inner", "Connection": "X-Inner", "X-Inner": "1"}, "", 200, ""},
	} {
		g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
			for name, value := range tt.header {
				w.Header().Set(name, value)
			}
			w.WriteHeader(tt.status)
			_, _ = w.Write([]byte(tt.body))
		})
		before := len(g.backend.requests())
		a := g.do(request{target: "/bucket/k"})
		g.keepsSecret(a)
		if a.status != tt.want || a.code() != tt.code || strings.Contains(a.body, "gateway") || len(g.backend.requests()) != before+1 {
			t.Error(name, a)
		}
		for _, header := range []string{"Location", "Set-Cookie", "Server", "X-Inner"} {
			if a.header[header] != nil {
				t.Error(name, a.header)
			}
		}
	}
}

// A backend whose answer can't be trusted is one that can't be reached.
func TestDeadBackend(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll, func(u *gateway.Upstream) { u.URL = "http://127.0.0.1:1" })
	if a := g.do(request{target: "/bucket/k"}); a.status != 503 || a.code() != "ServiceUnavailable" || strings.Contains(a.body, "127.0.0.1") {
		t.Error(a)
	}
}
