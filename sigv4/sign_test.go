package sigv4

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSignThenVerify(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		signer  Signer
		request Request
		payload Payload
	}{
		{"a user's key", testSigner, Request{Method: "POST", URI: "/", Host: "sts.amazonaws.com"}, PayloadOf([]byte(testBody))},
		{
			"a session",
			Signer{"ASIAEXAMPLE", "secret", "token+/=", "eu-west-1", "sts"},
			Request{Method: "GET", URI: "/?a=b", Host: "sts.eu-west-1.amazonaws.com"},
			PayloadOf(nil),
		},
		{
			"headers of its own", testSigner,
			Request{Method: "POST", URI: "/", Host: "h", Header: http.Header{"X-K8s-Aws-Id": {"cluster"}, "Accept": {"a", "b"}}},
			PayloadOf(nil),
		},
		{
			"S3",
			Signer{"AKIDEXAMPLE", "secret", "", "us-east-1", "s3"},
			Request{Method: "PUT", URI: "/bucket//a/../%E1%88%B4%2F", Host: "s3", PathRule: RawPath},
			PayloadText(UnsignedPayload),
		},
		{"a long secret", Signer{"AKIDEXAMPLE", strings.Repeat("s", 200), "", "r", "s"}, Request{URI: "/", Host: "h"}, PayloadHash([32]byte{1})},
	} {
		for form, sign := range map[string]func(*Request) error{
			"header": func(r *Request) error { return test.signer.Sign(r, testTime, test.payload) },
			"query":  func(r *Request) error { return test.signer.Presign(r, testTime, time.Minute, test.payload) },
		} {
			t.Run(test.name+"/"+form, func(t *testing.T) {
				t.Parallel()
				r := test.request
				r.Header = r.Header.Clone()
				if err := sign(&r); err != nil {
					t.Fatal(err)
				}
				s := mustParse(t, r)
				if err := s.Check(testTime, Expect{Services: []string{test.signer.Service}, Regions: []string{test.signer.Region}}); err != nil {
					t.Error(err)
				}
				if s.AccessKeyID != test.signer.AccessKeyID || s.SessionToken != test.signer.SessionToken ||
					s.HasSessionToken != (test.signer.SessionToken != "") || s.Presigned != (form == "query") {
					t.Errorf("read back %+v", s)
				}
				for name := range test.request.Header {
					if !s.Signs(strings.ToLower(name)) {
						t.Errorf("%s is not signed", name)
					}
				}
				key := DeriveKey(test.signer.SecretAccessKey, s.Scope)
				if !s.Verify(&key, test.payload) {
					t.Error("Verify = false")
				}
				key = DeriveKey(test.signer.SecretAccessKey+"x", s.Scope)
				if s.Verify(&key, test.payload) {
					t.Error("Verify = true with another secret")
				}
			})
		}
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	slash := testSigner
	slash.AccessKeyID = "AKID/EXAMPLE"
	signed := inHeader(authorization(testCredential, "host"))
	for _, test := range []struct {
		name    string
		signer  Signer
		request Request
		sign    error
		presign error
	}{
		{"path above the root", testSigner, Request{URI: "/.."}, ErrPath, ErrPath},
		{"no path", testSigner, Request{}, ErrPath, ErrPath},
		{"slash in the key id", slash, Request{URI: "/"}, errUnsignable, errUnsignable},
		{"header key that net/http never makes", testSigner, Request{URI: "/", Header: http.Header{"x-custom": {"v"}}}, errUnsignable, errUnsignable},
		{"signed in a header before", testSigner, signed, nil, errAny},
		{"signed in the query before", testSigner, inQuery("X-Amz-Algorithm=AWS4-HMAC-SHA256"), errAny, errSigned},
		{"an old signature", testSigner, inQuery("X-Amz-Signature"), nil, errSigned},
		{"an old token", testSigner, inQuery("X-Amz-Security-Token=x"), errAny, errSigned},
		{"bad escape in the query", testSigner, Request{URI: "/?%"}, errAny, errAny},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := test.request
			r.Header = r.Header.Clone()
			if err := test.signer.Presign(&r, testTime, 0, PayloadOf(nil)); !matches(err, test.presign) {
				t.Errorf("Presign: %v, want %v", err, test.presign)
			}
			if test.presign != nil && r.URI != test.request.URI {
				t.Errorf("Presign changed the URI to %s", r.URI)
			}
			r = test.request
			r.Header = r.Header.Clone()
			if err := test.signer.Sign(&r, testTime, PayloadOf(nil)); !matches(err, test.sign) {
				t.Errorf("Sign: %v, want %v", err, test.sign)
			}
			if _, ok := r.Header["Authorization"]; ok && test.sign != nil {
				t.Error("Sign left an Authorization header")
			}
		})
	}
}

// errAny stands for any *Error.
var errAny = errors.New("an *Error")

func matches(err, want error) bool {
	if errors.Is(want, errAny) {
		return asError(err) != nil
	}
	return errors.Is(err, want)
}

// TestVerifyRefuses has what stops at the signature itself, however well the key fits.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	payload := PayloadOf([]byte(testBody))
	sign := func(t *testing.T) Request {
		r := Request{Method: "POST", URI: "/", Host: "sts.amazonaws.com", Header: http.Header{"X-A": {"1"}, "X-B": {"2"}}}
		if err := testSigner.Sign(&r, testTime, payload); err != nil {
			t.Fatal(err)
		}
		return r
	}
	edit := func(edit func(string) string) func(*Request) {
		return func(r *Request) { r.Header["Authorization"][0] = edit(r.Header["Authorization"][0]) }
	}
	replace := func(from, to string) func(*Request) {
		return edit(func(s string) string { return strings.Replace(s, from, to, 1) })
	}
	for _, test := range []struct {
		name string
		edit func(*Request)
		want bool
	}{
		{"untouched", func(*Request) {}, true},
		{"header not signed", func(r *Request) { r.Header.Set("X-C", "3") }, true},
		{"another key id, which the key does not depend on", replace("AKIDEXAMPLE", "AKIDEXAMPLF"), true},
		{"another method", func(r *Request) { r.Method = "PUT" }, false},
		{"another path", func(r *Request) { r.URI = "/a" }, false},
		{"a query", func(r *Request) { r.URI = "/?a" }, false},
		{"another path rule, same path", func(r *Request) { r.PathRule = RawPath }, true},
		{"another host", func(r *Request) { r.Host = "sts.amazonaws.co" }, false},
		{"another value", func(r *Request) { r.Header.Set("X-A", "2") }, false},
		{"a second value", func(r *Request) { r.Header.Add("X-A", "") }, false},
		{"signed header taken away", func(r *Request) { r.Header.Del("X-A") }, false},
		{"signed headers swapped", replace("x-a;x-amz-date;x-b", "x-a;x-b;x-amz-date"), false},
		{"signed header repeated", replace("x-a;", "x-a;x-a;"), false},
		{"signed header in upper case", replace("x-a;", "X-a;"), false},
		{"fewer signed headers", replace(";x-b", ""), false},
		{"another date of the same day", func(r *Request) { r.Header.Set("X-Amz-Date", "20150830T123601Z") }, false},
		{"the same date in other words", func(r *Request) { r.Header.Set("X-Amz-Date", "2015-08-30T12:36:00Z") }, false},
		{"another scope", replace("us-east-1", "us-east-2"), false},
		{"four parts", replace("/aws4_request", ""), false},
		{"another terminator", replace("aws4_request", "aws5_request"), false},
		{"signature in upper case", edit(func(s string) string {
			i := strings.Index(s, "Signature=") + len("Signature=")
			return s[:i] + strings.ToUpper(s[i:])
		}), false},
		{"signature cut short", edit(func(s string) string { return s[:len(s)-1] }), false},
		{"signature with more", edit(func(s string) string { return s + "0" }), false},
		{"no signature", edit(func(s string) string { return s[:len(s)-64] }), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := sign(t)
			key := DeriveKey(testSigner.SecretAccessKey, Scope{"20150830", "us-east-1", "sts", "aws4_request"})
			test.edit(&r)
			s := mustParse(t, r)
			if got := s.Verify(&key, payload); got != test.want {
				t.Errorf("Verify = %t, canonical request:\n%s", got, s.CanonicalRequest(payload))
			}
			if s.Verify(&key, Payload{}) {
				t.Error("Verify = true for the zero Payload")
			}
		})
	}
}

// TestOtherSpellings has requests that a proxy or a client may write in another way without changing what they mean.
func TestOtherSpellings(t *testing.T) {
	t.Parallel()
	payload := PayloadOf(nil)
	signed := Request{Method: "GET", URI: "/a%2Fb?x=%2F%20~&y=2", Host: "h", Header: http.Header{"X-A": {"1 2"}}}
	if err := testSigner.Sign(&signed, testTime, payload); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		edit func(*Request)
	}{
		{"absolute form", func(r *Request) { r.URI = "http://another.host" + r.URI }},
		{"parameters in another order", func(r *Request) { r.URI = "/a%2Fb?y=2&x=%2F%20~" }},
		{"escapes in other words", func(r *Request) { r.URI = "/a%2Fb?%78=%2f+%7E&&y=%32&" }},
		{"dot segments", func(r *Request) { r.URI = "/./c/..//a%2Fb?y=2&x=%2F%20~" }},
		{"white space", func(r *Request) { r.Header.Set("X-A", " 1 \t 2 ") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := signed
			r.Header = r.Header.Clone()
			test.edit(&r)
			s := mustParse(t, r)
			key := DeriveKey(testSigner.SecretAccessKey, s.Scope)
			if !s.Verify(&key, payload) {
				t.Errorf("Verify = false, canonical request:\n%s", s.CanonicalRequest(payload))
			}
		})
	}
}

func TestNothingToDebug(t *testing.T) {
	t.Parallel()
	payload := PayloadOf(nil)
	s := mustParse(t, inHeader(authorization(testCredential, "host;x-none")))
	if got := s.CanonicalRequest(payload); got != nil {
		t.Errorf("CanonicalRequest without a signed header = %q", got)
	}
	s = mustParse(t, inHeader(authorization("x", "host")))
	if got := s.StringToSign(payload); got != nil {
		t.Errorf("StringToSign without a scope = %q", got)
	}
}

func TestPresignKeepsTheRest(t *testing.T) {
	t.Parallel()
	r := Request{Method: "GET", URI: "/?Action=GetCallerIdentity", Host: "h"}
	if err := testSigner.Presign(&r, testTime, 90*time.Second, PayloadOf(nil)); err != nil {
		t.Fatal(err)
	}
	got, _, _ := strings.Cut(r.URI, "&X-Amz-Signature=")
	want := "/?Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fsts%2Faws4_request" +
		"&X-Amz-Date=20150830T123600Z&X-Amz-Expires=90&X-Amz-SignedHeaders=host"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Header != nil {
		t.Errorf("Presign made headers: %v", r.Header)
	}
}
