package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzOtherSigners holds that what two other signers sign, of any request that both read as AWS does, is verified: whoever makes
// another canonical request of it than they do refuses good requests, or takes two different ones for the same.
func FuzzOtherSigners(f *testing.F) {
	f.Add("/", "Action=GetCallerIdentity&Version=2011-06-15", "text/plain", "", "", byte(0))
	f.Add("/a b/é/%/+*'()!~=&;:@,$/x.", "a=1&a=&b=%20+%00&=&c", "a,  b ;c", "body", "token+/=", byte(1))
	f.Add("/bucket/..key/.x", "prefix=a/b&delimiter=%2F&uploads", "\"x\" é", "\x00\xff", "t", byte(6))
	f.Add("/k%2F%25", "X=%C3%A9&x=1", "v", "b", "", byte(11))
	f.Fuzz(func(t *testing.T, path, query, value, body, token string, kind byte) {
		u := &url.URL{Scheme: "https", Host: "example.com:8443", Path: path}
		parameters, err := url.ParseQuery(query)
		if err != nil || !isNormal(path) || !isHeaderValue(value) || !isHeaderValue(token) || strings.Contains(query, "X-Amz-") || !utf8.ValidString(path) {
			t.Skip()
		}
		u.RawPath = strings.ReplaceAll(escaped(path), "%2F", "/")
		u.RawQuery = parameters.Encode()
		for _, other := range []struct {
			sign  func(testing.TB, *trial) Request
			reads bool
		}{
			{signWithSDK, true},
			{signWithSmithy, isSimple(parameters, value, token)},
		} {
			if !other.reads {
				continue
			}
			target := *u
			trial := trial{
				Signer: Signer{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: token, Region: "us-east-1", Service: "sts"},
				at:     testTime, presigned: kind&1 != 0, body: []byte(body), payload: PayloadOf([]byte(body)),
				http: &http.Request{Method: http.MethodPost, URL: &target, Host: u.Host, Header: http.Header{"X-Amz-Meta-A": {value}}},
			}
			if kind&2 != 0 {
				trial.Service, trial.rule = "s3", RawPath
			}
			if kind&4 != 0 {
				trial.payload = PayloadText(UnsignedPayload)
			}
			r := other.sign(t, &trial)
			s, err := Parse(r)
			if err != nil {
				t.Fatalf("Parse: %v, of %+v", err, r)
			}
			key := DeriveKey("secret", s.Scope)
			if !s.Verify(&key, trial.payload) {
				t.Fatalf("Verify = false for %+v, canonical request:\n%s", r, s.CanonicalRequest(trial.payload))
			}
		}
	})
}

// isNormal says that a path is one that AWS leaves as it is, as the signers do.
func isNormal(path string) bool {
	return strings.HasPrefix(path, "/") && normalSegments(path) == path[1:]
}

// isHeaderValue leaves out tabs too, which the SDK's signer does not take for the blanks that they are.
func isHeaderValue(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// isSimple says that aws-http-auth reads the request as AWS does: it does not collapse blanks, and sorts parameters before it
// escapes them.
func isSimple(parameters url.Values, headers ...string) bool {
	plain := func(s string) bool {
		return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
	}
	for name, values := range parameters {
		if !plain(name) || !plain(strings.Join(values, "")) {
			return false
		}
	}
	return !slices.ContainsFunc(headers, func(value string) bool { return strings.Join(strings.Fields(value), " ") != value })
}
