package gateway_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
)

// What only the backend could tell allows nothing, and lifts no Deny.
func TestConditionsOnWhatTheBackendKnows(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	g.backend.put("/buck/key", objectText)
	get := request{target: "/buck/key"}
	for _, test := range []struct {
		statements string
		status     int
	}{
		{allowAll + `,{"Effect":"Deny","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/secret":"yes"}}}`, 403},
		{allowAll + `,{"Effect":"Deny","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/secret":"yes"}}}`, 403},
		{allowAll + `,{"Effect":"Deny","Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/secret":"yes"}}}`, 200},
		{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEqualsIfExists":{"s3:ExistingObjectTag/open":"yes"}}}`, 403},
		{allowAll + `,{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::buck/${s3:ExistingObjectTag/secret}"}`, 403},
		{allowAll + `,{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/${s3:ExistingObjectTag/secret}"}`, 200},
		{allowAll + `,{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::buck/${aws:ResourceTag/secret, 'none'}"}`, 403},
		{allowAll + `,{"Effect":"Deny","NotAction":"s3:Put*","NotResource":"arn:aws:s3:::buck/${s3:ExistingObjectTag/a, 'key'}"}`, 403},
		{allowAll + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"${s3:ExistingObjectTag/not}"}}}`, 403},
		{allowAll + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:username":"${s3:ExistingObjectTag/of, 'alice'}"}}}`, 403},
		{`{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::buck/${s3:ExistingObjectTag/secret}"}`, 403},
		{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::buck/${s3:ExistingObjectTag/secret, 'key'}"}`, 403},
		{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:username":"${s3:ExistingObjectTag/not}"}}}`, 403},
		{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEqualsIfExists":{"s3:VersionId":"1"}}}`, 200},
		{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"s3:ResourceAccount":"123456789012"}}}`, 200},
		{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"s3:ResourceAccount":"999999999999"}}}`, 403},
	} {
		g.allow(test.statements)
		if got := g.do(get); got.status != test.status {
			t.Errorf("%s: %d %s", test.statements, got.status, got.body)
		}
	}
}

// The version of TLS is the connection's, and absent without one.
func TestConditionsOnTLS(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericGreaterThanEquals":{"s3:TlsVersion":"1.3"}}}`)
	g.backend.put("/buck/key", objectText)
	for version, status := range map[uint16]int{tls.VersionTLS13: 200, tls.VersionTLS12: 403, 0: 403} {
		signed := g.sign(request{target: "/buck/key"}.withDefaults())
		r := httptest.NewRequest(signed.Method, signed.URI, http.NoBody)
		r.Host, r.Header = signed.Host, signed.Header
		if version != 0 {
			r.TLS = &tls.ConnectionState{Version: version}
		}
		w := httptest.NewRecorder()
		g.Handler.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("version %x: %d %s", version, w.Code, w.Body)
		}
	}
}

func TestConditionsOnKeysThatNoRequestFills(t *testing.T) {
	t.Parallel()
	g := newGate(t, "dynamodb", allowAll)
	get := request{
		method: http.MethodPost,
		header: map[string]string{"X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Type": "application/x-amz-json-1.0"},
		body:   `{"TableName":"t","Key":{"id":{"S":"1"}}}`,
	}
	const leading = `"Condition":{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["alice"]}}}`
	for _, test := range []struct {
		statements string
		status     int
	}{
		{allowAll, 200},
		{`{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",` + leading, 400},
		{allowAll + `,{"Effect":"Deny","Action":"dynamodb:GetItem","Resource":"*",` + leading, 400},
		{allowAll + `,{"Effect":"Deny","Action":"dynamodb:GetItem","Resource":"*","Condition":{"StringEquals":{"aws:TagKeys":["x"]}}}`, 200},
	} {
		g.allow(test.statements)
		if got := g.do(get); got.status != test.status {
			t.Errorf("%s: %d %s", test.statements, got.status, got.body)
		}
	}
}

// The operator reads on which resource a request was decided, and what was not known of it.
func TestReasons(t *testing.T) {
	t.Parallel()
	const denies = `,{"Sid":"NoSecrets","Effect":"Deny","Action":"s3:GetObject","Resource":"*","Condition":{"StringEqualsIfExists":{"s3:ExistingObjectTag/secret":"yes"}}}`
	for _, test := range []struct {
		service, statements string
		request             request
		reason              string
	}{
		{"s3", allowAll + denies, request{target: "/buck/key"}, "the statement NoSecrets of the identity-based policy user_alice_p denies s3:GetObject on arn:aws:s3:::buck/key" +
			"; only the backend knows s3:ExistingObjectTag/secret"},
		{
			"s3", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::buck/${s3:ExistingObjectTag/owner, 'x'}","Condition":{"Null":{"aws:ResourceTag/a":"true"}}},
				{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/${s3:ExistingObjectTag/no}"},
				{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:username":"bob","s3:ExistingObjectTag/no":"x"}}}`,
			request{target: "/buck/key"},
			"no identity-based policy allows s3:GetObject on arn:aws:s3:::buck/key; only the backend knows s3:ExistingObjectTag/owner, aws:ResourceTag/a",
		},
		{"s3", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}` + denies, request{target: "/buck"}, "no identity-based policy allows s3:ListBucket on arn:aws:s3:::buck"},
		{
			"ec2", `{"Effect":"Allow","Action":"*","Resource":"arn:aws:ec2:*:*:instance/i-1"}`, ec2("Action=StartInstances&Version=2016-11-15"),
			"no identity-based policy allows ec2:StartInstances on whichever of arn:aws:ec2:us-east-1:123456789012:instance/* it is",
		},
	} {
		g := newGate(t, test.service, test.statements)
		if a := g.do(test.request); a.status != http.StatusForbidden {
			t.Error(a)
		}
		data, _ := g.events()[0]["additionalEventData"].(map[string]any)
		if data["reason"] != test.reason {
			t.Errorf("got %v\nwant %s", data["reason"], test.reason)
		}
	}
}
