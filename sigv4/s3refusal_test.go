package sigv4

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	s3Credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
	malformed    = "The authorization header is malformed; "
	parsing      = "Error parsing the X-Amz-Credential parameter; "
	onlyOneAuth  = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified"
	notSupported = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
	sixOfThem    = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
	unsignedText = "There were headers present in the request which were not signed"
	badSHA       = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
)

// s3Header is a request of the header form with this Authorization.
func s3Header(authorization string) Request {
	return Request{Method: "GET", URI: "/b/k", Host: s3Host, Header: http.Header{
		"Authorization": {authorization}, "X-Amz-Date": {"20130524T000000Z"}, "X-Amz-Content-Sha256": {emptyHash},
	}}
}

// s3Presigned is a presigned request in which each pair of values replaces one text in the URI by another.
func s3Presigned(replace ...string) Request {
	uri := "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + escaped(s3Credential) + "&X-Amz-Date=20130524T000000Z" +
		"&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + testHex
	return Request{Method: "GET", URI: strings.NewReplacer(replace...).Replace(uri), Host: s3Host}
}

// TestS3Refusals has the rows of sections 1.5, 3.1 and 3.2 that need no secret.
func TestS3Refusals(t *testing.T) {
	t.Parallel()
	const names = "host;x-amz-content-sha256;x-amz-date"
	good := s3Header(authorization(s3Credential, names))
	scoped := func(credential string) Request { return s3Header(authorization(credential, names)) }
	value := good.Header["Authorization"][0]
	argument := func(name, value string) []Detail { return []Detail{{"ArgumentName", name}, {"ArgumentValue", value}} }
	notSigned := func(names string) []Detail { return []Detail{{"HeadersNotSigned", names}} }
	after := func(d time.Duration) time.Time { return s3Time.Add(d) }
	for _, test := range []struct {
		name          string
		request       Request
		now           time.Time // s3Time if zero
		status        int       // 0 if there is nothing to refuse
		code, message string
		details       []Detail
	}{
		{name: "good", request: good},
		{name: "presigned, good", request: s3Presigned()},
		{"none", with(good, "Authorization"), time.Time{}, 403, "AccessDenied", "Access Denied", nil},
		{"both", withURI(good, s3Presigned().URI), time.Time{}, 400, "InvalidArgument", onlyOneAuth, argument("Authorization", value)},
		{"header, and one mark in the query", withURI(good, "/?X-Amz-Expires=1"), time.Time{}, 400, "InvalidArgument", onlyOneAuth, argument("Authorization", value)},
		{"header, and a mark that is escaped", withURI(good, "/?%58-Amz-Signature"), time.Time{}, 400, "InvalidArgument", onlyOneAuth, argument("Authorization", value)},
		{"header, and SigV2 in the query", withURI(good, "/?Signature=x"), time.Time{}, 400, "InvalidArgument", onlyOneAuth, argument("Authorization", value)},
		{"1 header, and a token in the query", withURI(good, "/?X-Amz-Security-Token=x"), time.Time{}, 400, "InvalidArgument", onlyOneAuth, argument("Authorization", value)},
		{"two headers", with(good, "Authorization", value, value), time.Time{}, 400, "InvalidArgument", onlyOneAuth, argument("Authorization", value)},
		{"SigV2", s3Header("AWS AKIAIOSFODNN7EXAMPLE:sig="), time.Time{}, 400, "InvalidRequest", notSupported, nil},
		{"SigV2 in the query", withURI(Request{}, "/?AWSAccessKeyId=x&Signature=y&Expires=1"), time.Time{}, 400, "InvalidRequest", notSupported, nil},
		{"SigV2 beside SigV4 in the query", s3Presigned("/b/k?", "/b/k?AWSAccessKeyId=x&"), time.Time{}, 400, "InvalidRequest", notSupported, nil},
		{"SigV4A", s3Header("AWS4-ECDSA-P256-SHA256 Credential=x"), time.Time{}, 400, "InvalidRequest", notSupported, nil},
		{"SigV4A in the query", s3Presigned("=AWS4-HMAC", "=AWS4-ECDSA-P256"), time.Time{}, 400, "InvalidRequest", notSupported, nil},
		{"bearer", s3Header("Bearer x"), time.Time{}, 400, "InvalidArgument", "Unsupported Authorization Type", argument("Authorization", "Bearer x")},

		{"bad escape in the path", withURI(good, "/%zz"), time.Time{}, 400, "InvalidURI", "Couldn't parse the specified URI.", nil},
		{"bad escape in the query", withURI(good, "/?a=%4"), time.Time{}, 400, "InvalidURI", "Couldn't parse the specified URI.", nil},
		{"absolute form", withURI(good, "http://h/b/k"), time.Time{}, 400, "InvalidURI", "Couldn't parse the specified URI.", nil},
		{"fragment", withURI(good, "/b#k"), time.Time{}, 400, "InvalidURI", "Couldn't parse the specified URI.", nil},
		{"control byte", withURI(good, "/b\nk"), time.Time{}, 400, "InvalidURI", "Couldn't parse the specified URI.", nil},
		{"no path", withURI(good, ""), time.Time{}, 400, "InvalidURI", "Couldn't parse the specified URI.", nil},
		{"many parameters", withURI(good, "/?"+strings.Repeat("&", MaxParameters)), time.Time{}, 400, "InvalidURI", "Couldn't parse the specified URI.", nil},

		{"no date", with(good, "X-Amz-Date"), time.Time{}, 403, "AccessDenied", msgS3Date, nil},
		{"bad date", with(good, "X-Amz-Date", "2013-05-24T00:00:00Z"), time.Time{}, 403, "AccessDenied", msgS3Date, nil},
		{name: "HTTP's date", request: with(with(s3Header(authorization(s3Credential, "date;host")), "X-Amz-Date"), "Date", "Fri, 24 May 2013 00:00:00 GMT")},
		{"no blank", s3Header("AWS4-HMAC-SHA256"), time.Time{}, 400, "InvalidArgument", "Authorization header is invalid -- one and only one ' ' (space) required", argument("Authorization", "AWS4-HMAC-SHA256")},
		{"two blanks", s3Header("AWS4-HMAC-SHA256  x"), time.Time{}, 400, "InvalidArgument", "Authorization header is invalid -- one and only one ' ' (space) required", argument("Authorization", "AWS4-HMAC-SHA256  x")},
		{"no parts", s3Header("AWS4-HMAC-SHA256 x"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + "the authorization header requires three components: Credential, SignedHeaders, and Signature.", nil},
		{"a part of another name", s3Header(value + ",X=y"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + "the authorization header requires three components: Credential, SignedHeaders, and Signature.", nil},
		{"a part twice", s3Header(value + ",Signature=y"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + "the authorization header requires three components: Credential, SignedHeaders, and Signature.", nil},
		{"no credential", s3Header("AWS4-HMAC-SHA256 SignedHeaders=x,Signature=y"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + "missing Credential.", nil},
		{"no signed headers", s3Header("AWS4-HMAC-SHA256 Credential=x,Signature=y"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + "missing SignedHeaders.", nil},
		{"no signature", s3Header("AWS4-HMAC-SHA256 Credential=x,SignedHeaders=y"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + "missing Signature.", nil},
		{"four parts", scoped("a/b/c/d"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`, nil},
		{"no key id", scoped("/20130524/us-east-1/s3/aws4_request"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + "a non-empty Access Key (AKID) must be provided in the credential.", nil},
		{"3 region", scoped("A/20130524/aws-global/s3/aws4_request"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + "the region 'aws-global' is wrong; expecting 'us-east-1'", []Detail{{"Region", "us-east-1"}}},
		{"3 service", scoped("A/20130524/us-east-1/ec2/aws4_request"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + `incorrect service "ec2". This endpoint belongs to "s3".`, nil},
		{"3 express", scoped("A/20130524/us-east-1/s3express/aws4_request"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + `incorrect service "s3express". This endpoint belongs to "s3".`, nil},
		{"terminal", scoped("A/20130524/us-east-1/s3/aws_request"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + `incorrect terminal "aws_request". This endpoint uses "aws4_request".`, nil},
		{"date of the scope", scoped("A/3223/us-east-1/s3/aws4_request"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + `incorrect date format "3223". This date in the credential must be in the format "yyyyMMdd".`, nil},
		{"another date", scoped("A/20130525/us-east-1/s3/aws4_request"), time.Time{}, 400, "AuthorizationHeaderMalformed", malformed + "Invalid credential date. Date is not the same as X-Amz-Date.", nil},
		{name: "at the end of the skew", request: good, now: after(15 * time.Minute)},
		{name: "at its beginning", request: good, now: after(-15 * time.Minute)},
		{
			"2 late", good, after(15*time.Minute + time.Second), 403, "RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.",
			[]Detail{{"RequestTime", "20130524T000000Z"}, {"ServerTime", "2013-05-24T00:15:01Z"}, {"MaxAllowedSkewMilliseconds", "900000"}},
		},
		{
			"early", good, after(-15*time.Minute - time.Second), 403, "RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.",
			[]Detail{{"RequestTime", "20130524T000000Z"}, {"ServerTime", "2013-05-23T23:44:59Z"}, {"MaxAllowedSkewMilliseconds", "900000"}},
		},
		{"no hash", with(good, "X-Amz-Content-Sha256"), time.Time{}, 400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256", nil},
		{"empty hash", with(good, "X-Amz-Content-Sha256", ""), time.Time{}, 400, "InvalidArgument", badSHA, argument("x-amz-content-sha256", "")},
		{"hash in upper case", with(good, "X-Amz-Content-Sha256", strings.ToUpper(emptyHash)), time.Time{}, 400, "InvalidArgument", badSHA, argument("x-amz-content-sha256", strings.ToUpper(emptyHash))},
		{"events", with(good, "X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-EVENTS"), time.Time{}, 400, "InvalidArgument", badSHA, argument("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-EVENTS")},
		{"SigV4A chunks", with(good, "X-Amz-Content-Sha256", streamingV4A), time.Time{}, 501, "NotImplemented", "The chunk encoding algorithm STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD is not supported.", nil},

		{name: "hash not signed", request: s3Header(authorization(s3Credential, "host;x-amz-date"))},
		{"4 host not signed", s3Header(authorization(s3Credential, "x-amz-date")), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("host")},
		{"4 nothing signed", s3Header(authorization(s3Credential, ":status")), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("host, x-amz-date")},
		{
			"4 headers added", with(with(with(good, "X-Amz-Acl", "public-read"), "X-Amz-Tagging", "a=b"), "X-Amz-Copy-Source", "/b/k"),
			time.Time{},
			403, "AccessDenied", unsignedText, notSigned("x-amz-acl, x-amz-copy-source, x-amz-tagging"),
		},
		{"4 a key that net/http would not make", with(good, "x-amz-acl", "public-read"), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("x-amz-acl")},
		{"4 such a key, signed", with(s3Header(authorization(s3Credential, "host;x-amz-acl;x-amz-date")), "x-amz-acl", "x"), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("x-amz-acl")},
		{"4 such a key for the hash", with(good, "x-amz-content-sha256", UnsignedPayload), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("x-amz-content-sha256")},
		{"4 a token that is not signed", with(good, "X-Amz-Security-Token", "x"), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("x-amz-security-token")},
		{name: "others need not be", request: with(with(good, "Content-Type", "x"), "Range", "bytes=0-", "bytes=1-")},
		{"5 signed header sent twice", with(s3Header(authorization(s3Credential, "host;if-match;x-amz-date")), "If-Match", "a", "b"), time.Time{}, 400, "InvalidArgument", "A header that is signed must not be repeated", argument("if-match", "a,b")},
		{"5 date sent twice", with(good, "X-Amz-Date", "20130524T000000Z", "20130524T000000Z"), time.Time{}, 400, "InvalidArgument", "A header that is signed must not be repeated", argument("x-amz-date", "20130524T000000Z,20130524T000000Z")},
		{"5 hash sent twice", with(good, "X-Amz-Content-Sha256", emptyHash, UnsignedPayload), time.Time{}, 400, "InvalidArgument", "A header that is signed must not be repeated", argument("x-amz-content-sha256", emptyHash+","+UnsignedPayload)},
		{"5 hash sent twice, not signed", with(s3Header(authorization(s3Credential, "host;x-amz-date")), "X-Amz-Content-Sha256", emptyHash, UnsignedPayload), time.Time{}, 400, "InvalidArgument", "A header that is signed must not be repeated", argument("x-amz-content-sha256", emptyHash+","+UnsignedPayload)},

		{"presigned, one mark", withURI(Request{}, "/?X-Amz-Signature=x"), time.Time{}, 400, "AuthorizationQueryParametersError", sixOfThem, nil},
		{"presigned, no expiry", s3Presigned("&X-Amz-Expires=60", ""), time.Time{}, 400, "AuthorizationQueryParametersError", sixOfThem, nil},
		{"presigned, other case", s3Presigned("X-Amz-Expires", "x-amz-expires"), time.Time{}, 400, "AuthorizationQueryParametersError", sixOfThem, nil},
		{"presigned, a parameter twice", s3Presigned("&X-Amz-Expires=60", "&X-Amz-Expires=60&X-Amz-Expires=604800"), time.Time{}, 400, "AuthorizationQueryParametersError", sixOfThem, nil},
		{"presigned, algorithm", s3Presigned("=AWS4-HMAC-SHA256", "=x"), time.Time{}, 400, "AuthorizationQueryParametersError", `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"`, nil},
		{"presigned, credential escaped twice", s3Presigned("%2F", "%252F"), time.Time{}, 400, "AuthorizationQueryParametersError", parsing + `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`, nil},
		{"presigned, region", s3Presigned("us-east-1", "x"), time.Time{}, 400, "AuthorizationQueryParametersError", parsing + `the region "x" is wrong; expecting "us-east-1"`, []Detail{{"Region", "us-east-1"}}},
		{"presigned, service", s3Presigned("%2Fs3", "%2Fsns"), time.Time{}, 400, "AuthorizationQueryParametersError", parsing + `incorrect service "sns". This endpoint belongs to "s3".`, nil},
		{"presigned, terminal", s3Presigned("aws4_r", "aws5_r"), time.Time{}, 400, "AuthorizationQueryParametersError", parsing + `incorrect terminal "aws5_request". This endpoint uses "aws4_request".`, nil},
		{"presigned, date of the scope", s3Presigned("20130524%", "32234Z34%"), time.Time{}, 400, "AuthorizationQueryParametersError", parsing + `incorrect date format "32234Z34". This date in the credential must be in the format "yyyyMMdd".`, nil},
		{"presigned, another date", s3Presigned("20130524%", "20060102%"), time.Time{}, 400, "AuthorizationQueryParametersError", `Invalid credential date "20060102". This date is not the same as X-Amz-Date: "20130524".`, nil},
		{"presigned, date", s3Presigned("20130524T000000Z", "Fri,%2024%20May%202013%2000:00:00%20GMT"), time.Time{}, 400, "AuthorizationQueryParametersError", `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`, nil},
		{"presigned, expires nothing", s3Presigned("=60", "="), time.Time{}, 400, "AuthorizationQueryParametersError", "X-Amz-Expires should be a number", nil},
		{"presigned, expires text", s3Presigned("=60", "=60s"), time.Time{}, 400, "AuthorizationQueryParametersError", "X-Amz-Expires should be a number", nil},
		{"presigned, expires with a sign", s3Presigned("=60", "=%2B60"), time.Time{}, 400, "AuthorizationQueryParametersError", "X-Amz-Expires should be a number", nil},
		{"presigned, expires negative", s3Presigned("=60", "=-60"), time.Time{}, 400, "AuthorizationQueryParametersError", "X-Amz-Expires must be non-negative", nil},
		{"presigned, expires late", s3Presigned("=60", "=604801"), time.Time{}, 400, "AuthorizationQueryParametersError", "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds", nil},
		{"presigned, expires overflows", s3Presigned("=60", "=18446744073709551617"), time.Time{}, 400, "AuthorizationQueryParametersError", "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds", nil},
		{name: "presigned, a week", request: s3Presigned("=60", "=604800"), now: after(604800 * time.Second)},
		{name: "presigned, at the end", request: s3Presigned(), now: after(time.Minute + time.Second/2)},
		{name: "presigned, skew", request: s3Presigned(), now: after(-15 * time.Minute)},
		{
			"2 presigned, expired", s3Presigned(), after(time.Minute + time.Second), 403, "AccessDenied", "Request has expired",
			[]Detail{{"X-Amz-Expires", "60"}, {"Expires", "2013-05-24T00:01:00Z"}, {"ServerTime", "2013-05-24T00:01:01Z"}},
		},
		{
			"2 presigned for no time", s3Presigned("=60", "=0"),
			time.Time{},
			403, "AccessDenied", "Request has expired",
			[]Detail{{"X-Amz-Expires", "0"}, {"Expires", "2013-05-24T00:00:00Z"}, {"ServerTime", "2013-05-24T00:00:00Z"}},
		},
		{"presigned, early", s3Presigned(), after(-15*time.Minute - time.Second), 403, "AccessDenied", "Request is not valid yet", nil},
		{"4 presigned, header added", with(s3Presigned(), "X-Amz-Expires", "5"), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("x-amz-expires")},
		{"1 presigned, token in a header", with(s3Presigned(), "X-Amz-Security-Token", "x"), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("x-amz-security-token")},
		{"1 presigned, token in a signed header", with(s3Presigned("=host", "=host;x-amz-security-token"), "X-Amz-Security-Token", "x"), time.Time{}, 400, "InvalidArgument", "The session token of a presigned request must be in its query", argument("X-Amz-Security-Token", "x")},
		{name: "presigned, UNSIGNED-PAYLOAD", request: with(s3Presigned(), "X-Amz-Content-Sha256", UnsignedPayload)},
		{"presigned, a hash that is not signed", with(s3Presigned(), "X-Amz-Content-Sha256", emptyHash), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("x-amz-content-sha256")},
		{"presigned, chunks that are not signed", with(s3Presigned(), "X-Amz-Content-Sha256", StreamingPayload), time.Time{}, 403, "AccessDenied", unsignedText, notSigned("x-amz-content-sha256")},
		{"presigned, two hashes", with(s3Presigned("=host", "=host;x-amz-content-sha256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"), "X-Amz-Content-Sha256", emptyHash), time.Time{}, 400, "InvalidArgument", "The header contradicts the parameter of the same name", argument("x-amz-content-sha256", emptyHash)},
		{"presigned, bad hash", s3Presigned("=host", "=host&X-Amz-Content-Sha256=x"), time.Time{}, 400, "InvalidArgument", badSHA, argument("x-amz-content-sha256", "x")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now := test.now
			if now.IsZero() {
				now = s3Time
			}
			s, err := ParseS3(test.request)
			if err == nil {
				err = s.Check(now, s3Expect)
			}
			if test.status == 0 {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			want := &S3Error{Status: test.status, Code: test.code, Message: test.message, Details: test.details}
			if diff := cmp.Diff(want, asS3Error(err), ignoreCause); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if errors.Is(err, ErrUnsigned) != (test.name == "none") {
				t.Errorf("ErrUnsigned: %v", err)
			}
		})
	}
}

// TestS3SignedHeaders has lists of signed headers that no signature can be made of.
func TestS3SignedHeaders(t *testing.T) {
	t.Parallel()
	for _, names := range []string{"", ";", "x-amz-date;host", "host;host;x-amz-date", "Host;x-amz-date", "host;X-Amz-Date", "host;x-amz-date;", "host;x-amz-date;x-none"} {
		s := mustParseS3(t, s3Header(authorization(s3Credential, names)))
		err := s.Check(s3Time, s3Expect)
		if err == nil && !s.Verify(s3Key(&s), s.DeclaredPayload()) {
			err = s.S3Mismatch()
		}
		want := &S3Error{
			Status: 403, Code: "SignatureDoesNotMatch", Message: msgMismatch,
			Details: []Detail{{"AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"}, {"SignatureProvided", testHex}},
		}
		if diff := cmp.Diff(want, asS3Error(err), ignoreCause); diff != "" {
			t.Errorf("%q (-want +got):\n%s", names, diff)
		}
	}
}

// TestS3Mismatch has all that a client learns of a signature that differs, which must not be the right one.
func TestS3Mismatch(t *testing.T) {
	t.Parallel()
	r := Request{Method: "GET", URI: "/b/k", Host: s3Host}
	if err := s3Signer.SignS3(&r, s3Time, PayloadOf(nil)); err != nil {
		t.Fatal(err)
	}
	parsed := mustParseS3(t, r)
	right := parsed.signature
	r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), right, testHex))
	s := mustParseS3(t, r)
	if s.Verify(s3Key(&s), s.DeclaredPayload()) {
		t.Fatal("Verify = true")
	}
	canonical := "GET\n/b/k\n\nhost:" + s3Host + "\nx-amz-content-sha256:" + emptyHash + "\nx-amz-date:20130524T000000Z\n\n" +
		"host;x-amz-content-sha256;x-amz-date\n" + emptyHash
	text := "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" + hexSHA(canonical)
	pairs := func(text string) string {
		return strings.TrimSpace(strings.Join(splitPairs(hex.EncodeToString([]byte(text))), " "))
	}
	want := []Detail{
		{"AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"},
		{"StringToSign", text},
		{"SignatureProvided", testHex},
		{"StringToSignBytes", pairs(text)},
		{"CanonicalRequest", canonical},
		{"CanonicalRequestBytes", pairs(canonical)},
	}
	e := s.S3Mismatch()
	if diff := cmp.Diff(want, e.Details); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// The same of a chunk.
	s, key := upload(t, StreamingPayload, "X-Amz-Decoded-Content-Length", "1")
	wire := newSender(&s, key).signed("x").signed("").end()
	_, signature, _ := strings.Cut(wire, "chunk-signature=")
	right = signature[:64]
	_, _, err := read(&s, key, strings.Replace(wire, right, testHex, 1), -1)
	text = "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" + s.signature + "\n" + emptyHash + "\n" + hexSHA("x")
	want = []Detail{{"AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"}, {"StringToSign", text}, {"SignatureProvided", testHex}, {"StringToSignBytes", pairs(text)}}
	e = asS3Error(err)
	if e == nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, e.Details); diff != "" || e.Code != "SignatureDoesNotMatch" || e.Status != 403 {
		t.Errorf("%v (-want +got):\n%s", e, diff)
	}
}

func splitPairs(text string) (pairs []string) {
	for ; text != ""; text = text[2:] {
		pairs = append(pairs, text[:2])
	}
	return pairs
}

// TestS3DeclaredPayload has what a presigned request may say of its payload in a place that the signature covers.
func TestS3DeclaredPayload(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		uri   string
		hash  http.Header
		want  string
		other string
	}{
		{"nothing said", "/b/k", nil, UnsignedPayload, emptyHash},
		{"in the query", "/b/k?X-Amz-Content-Sha256=" + emptyHash, nil, emptyHash, UnsignedPayload},
		{"in a header", "/b/k", http.Header{"X-Amz-Content-Sha256": {emptyHash}}, emptyHash, UnsignedPayload},
		{"chunks", "/b/k", http.Header{"X-Amz-Content-Sha256": {StreamingPayload}}, StreamingPayload, UnsignedPayload},
	} {
		r := Request{Method: "PUT", URI: test.uri, Host: s3Host, Header: test.hash, PathRule: RawPath}
		if err := s3Signer.Presign(&r, s3Time, time.Minute, PayloadText(test.want)); err != nil {
			t.Fatal(err)
		}
		s := mustParseS3(t, r)
		if err := s.Check(s3Time, s3Expect); err != nil || s.ContentSHA256 != test.want || !s.Verify(s3Key(&s), s.DeclaredPayload()) {
			t.Errorf("%s: ContentSHA256 = %s, or the signature does not match, %v", test.name, s.ContentSHA256, err)
		}
		if s.Verify(s3Key(&s), PayloadText(test.other)) {
			t.Errorf("%s: verifies as %s too", test.name, test.other)
		}
		if s.Expires != time.Minute || s.Chunked() != (test.want == StreamingPayload) {
			t.Errorf("%s: %+v", test.name, s)
		}
	}
	other := mustParse(t, inHeader(authorization(testCredential, "host")))
	if key := (SigningKey{}); other.Verify(&key, other.DeclaredPayload()) || other.Chunked() {
		t.Error("a signature of another service declares a payload")
	}
}
