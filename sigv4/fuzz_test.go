package sigv4

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// FuzzParse holds Parse and all that may follow it to: no panic, no error of another kind, and nothing that verifies.
func FuzzParse(f *testing.F) {
	for _, v := range readVectors(f) {
		for _, file := range []string{"header-signed-request.txt", "query-signed-request.txt"} {
			r, _ := v.request(f, file)
			f.Add(r.URI, r.Header.Get("Authorization"), r.Header.Get("X-Amz-Date"), r.Header.Get("My-Header1"), !v.Normalize)
		}
	}
	f.Add("/a/../..", "AWS4-HMAC-SHA256", "", "", false)
	f.Add("http://h?X-Amz-Algorithm=AWS4-HMAC-SHA256&%58=%4", "", "", "", true)
	f.Add("/?%zz", "AWS4-HMAC-SHA256 Credential=////, SignedHeaders=:authority;my-header1, Signature=", "2015-08-30T12:36:00Z", "\n", true)
	f.Fuzz(func(t *testing.T, uri, authorization, date, value string, raw bool) {
		r := Request{Method: "GET", URI: uri, Host: "h", Header: http.Header{"My-Header1": {value}, "X-Amz-Date": {date}}}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		if raw {
			r.PathRule = RawPath
		}
		s, err := Parse(r)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) && !errors.Is(err, ErrPath) {
				t.Fatalf("Parse: %v, of type %T", err, err)
			}
			return
		}
		if err := s.Check(s.Time, Expect{Services: []string{s.Scope.Service}}); err != nil && asError(err) == nil {
			t.Fatalf("Check: %v, of type %T", err, err)
		}
		payload := PayloadOf(nil)
		s.StringToSign(payload)
		if s.Verify(&SigningKey{1}, payload) {
			t.Fatal("Verify = true for a key that signed nothing")
		}
	})
}

// FuzzSignVerify holds what Sign and Presign make to verification, and it with one byte changed to refusal.
func FuzzSignVerify(f *testing.F) {
	f.Add("GET", "/", "h", "v", "", "secret", "token", uint16(0), byte(1), byte(0))
	f.Add("POST", "/a/../b//%2f?x=%20+&;y==", "h:80", " a  b ", testBody, "", "", uint16(9), byte(' '), byte(1))
	f.Add("PUT", "http://x/%e1%88%b4?X-Amz-Signature=1&=", "h", "\xff", "body", "s", "", uint16(5), byte(0x80), byte(2))
	f.Add("PUT", "/..//%2F", "h", "\t", "body", "s", "+/=", uint16(3), byte(4), byte(3))
	f.Fuzz(func(t *testing.T, method, uri, host, value, body, secret, token string, position uint16, change, kind byte) {
		signer := Signer{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret, SessionToken: token, Region: "us-east-1", Service: "sts"}
		r := Request{Method: method, URI: uri, Host: host, Header: http.Header{"X-Value": {value, value}}}
		if kind&1 != 0 {
			r.PathRule = RawPath
		}
		payload := PayloadOf([]byte(body))
		var err error
		if kind&2 != 0 {
			err = signer.Presign(&r, testTime, time.Minute, payload)
		} else {
			err = signer.Sign(&r, testTime, payload)
		}
		if err != nil {
			return
		}
		s := mustParse(t, r)
		key := DeriveKey(secret, s.Scope)
		if !s.Verify(&key, payload) {
			t.Fatalf("Verify = false, canonical request:\n%s", s.CanonicalRequest(payload))
		}

		changed, same := r, false
		changed.Header = r.Header.Clone()
		switch kind >> 2 % 5 {
		case 0:
			changed.URI = changeByte(r.URI, position, change)
			same = sameTarget(targetOf(r.URI), targetOf(changed.URI), r.PathRule)
		case 1:
			changed.Host = changeByte(host, position, change)
			same = sameWords(host, changed.Host)
		case 2:
			changed.Header["X-Value"][1] = changeByte(value, position, change)
			same = sameWords(value, changed.Header["X-Value"][1])
		case 3:
			changed.Method = changeByte(method, position, change)
			same = method == changed.Method
		case 4:
			changedBody := changeByte(body, position, change)
			payload = PayloadOf([]byte(changedBody))
			same = body == changedBody
		}
		if s, err = Parse(changed); !same && err == nil && s.Verify(&key, payload) {
			t.Fatalf("Verify = true for %+v, signed as %+v", changed, r)
		}
	})
}

func changeByte(s string, position uint16, change byte) string {
	if s == "" {
		return s
	}
	b := []byte(s)
	b[int(position)%len(b)] ^= change
	return string(b)
}

// targetOf is the path and query of a target, which in the absolute form follow a host that is not signed.
func targetOf(uri string) string {
	r := Request{URI: uri}
	path, query, err := r.split()
	if err != nil {
		return uri
	}
	return path + "?" + query
}
