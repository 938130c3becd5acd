package sigv4

import (
	"encoding/hex"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestS3Form(t *testing.T) {
	t.Parallel()
	const policy = "eyJleHBpcmF0aW9uIjoiMjAxMy0wNS0yNVQwMDowMDowMFoifQ=="
	good := map[string]string{
		"policy": policy, "x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": s3Credential, "x-amz-date": "20130524T000000Z",
		"x-amz-security-token": "token", "key": "k",
	}
	key := DeriveKey(s3Signer.SecretAccessKey, Scope{"20130524", "us-east-1", "s3", "aws4_request"})
	mac := hmacSHA256(key[:], policy)
	good["x-amz-signature"] = hex.EncodeToString(mac[:])
	for _, test := range []struct {
		name, field, value string // an empty value takes the field away
		code, message      string
	}{
		{"good", "key", "other", "", ""},
		{"no policy", "policy", "", "InvalidArgument", "Bucket POST must contain a field named 'policy'.  If it is specified, please check the order of the fields."},
		{"no signature", "x-amz-signature", "", "InvalidArgument", "Bucket POST must contain a field named 'X-Amz-Signature'.  If it is specified, please check the order of the fields."},
		{"no date", "x-amz-date", "", "InvalidArgument", "Bucket POST must contain a field named 'X-Amz-Date'.  If it is specified, please check the order of the fields."},
		{"algorithm", "x-amz-algorithm", "AWS4", "AuthorizationQueryParametersError", msgS3Algorithm},
		{"SigV4A", "x-amz-algorithm", algorithmV4A, "InvalidRequest", notSupported},
		{"date", "x-amz-date", "Fri, 24 May 2013 00:00:00 GMT", "AuthorizationQueryParametersError", `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`},
		{"another date", "x-amz-date", "20130525T000000Z", "AuthorizationQueryParametersError", `Invalid credential date "20130524". This date is not the same as X-Amz-Date: "20130525".`},
		{"credential", "x-amz-credential", "x", "AuthorizationQueryParametersError", parsing + `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`},
		{"region", "x-amz-credential", "A/20130524/x/s3/aws4_request", "AuthorizationQueryParametersError", parsing + `the region "x" is wrong; expecting "us-east-1"`},
		{"another policy", "policy", policy[1:], "SignatureDoesNotMatch", msgMismatch},
		{"another signature", "x-amz-signature", testHex, "SignatureDoesNotMatch", msgMismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fields := maps.Clone(good)
			fields[test.field] = test.value
			if test.value == "" {
				delete(fields, test.field)
			}
			s, err := ParseS3Form(func(name string) (string, bool) { value, ok := fields[name]; return value, ok })
			if err == nil {
				err = s.Check(s3Time.Add(time.Hour), s3Expect)
			}
			if err == nil && !s.Verify(&key, s.DeclaredPayload()) {
				err = s.S3Mismatch()
			}
			if test.code == "" {
				if err != nil || s.SessionToken != "token" || s.AccessKeyID != s3Signer.AccessKeyID {
					t.Errorf("%+v, %v", s, err)
				}
				if _, err := s.S3Body(&key, nil, 0); err == nil {
					t.Error("a form has a body of its own")
				}
				return
			}
			if e := asS3Error(err); e == nil || e.Code != test.code || e.Message != test.message {
				t.Errorf("%v, want %s: %s", err, test.code, test.message)
			}
			if e := asS3Error(err); test.field == "x-amz-signature" && test.value == testHex {
				want := []Detail{{"AWSAccessKeyId", s3Signer.AccessKeyID}, {"StringToSign", policy}, {"SignatureProvided", testHex}, {"StringToSignBytes", hexPairs([]byte(policy))}}
				if diff := cmp.Diff(want, e.Details); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}
