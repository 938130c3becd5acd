package sigv4

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	testTime   = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	testSigner = Signer{
		AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		Region: "us-east-1", Service: "sts",
	}
	testExpect = Expect{Services: []string{"sts", "iam"}, Regions: []string{"us-east-1"}}
)

const (
	testBody       = "Action=GetCallerIdentity&Version=2011-06-15"
	testCredential = "AKIDEXAMPLE/20150830/us-east-1/sts/aws4_request"
	testHex        = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
)

// inHeader is a request of the header form with this Authorization, and inQuery one of the presigned form.
func inHeader(authorization string) Request {
	return Request{Method: "POST", URI: "/", Host: "sts.amazonaws.com", Header: http.Header{
		"Authorization": {authorization},
		"X-Amz-Date":    {"20150830T123600Z"},
	}}
}

func inQuery(parameters ...string) Request {
	return Request{Method: "GET", URI: "/?" + strings.Join(parameters, "&"), Host: "sts.amazonaws.com"}
}

func authorization(credential, signedHeaders string) string {
	return "AWS4-HMAC-SHA256 Credential=" + credential + ", SignedHeaders=" + signedHeaders + ", Signature=" + testHex
}

// with changes a header of a request; no values take it away.
func with(r Request, key string, values ...string) Request {
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header[key] = values
	if len(values) == 0 {
		delete(r.Header, key)
	}
	return r
}

func withURI(r Request, uri string) Request {
	r.URI = uri
	return r
}

const (
	missingToken   = "Request is missing Authentication Token"
	hostUnsigned   = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
	needCredential = "AWS query-string parameters must include 'X-Amz-Credential'. "
	needSignature  = "AWS query-string parameters must include 'X-Amz-Signature'. "
	needHeaders    = "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
	needDate       = "AWS query-string parameters must include 'X-Amz-Date'. "
	reexamine      = "Re-examine the query-string parameters."
	badRegion      = "Credential should be scoped to a valid region. "
	badService     = "Credential should be scoped to correct service: 'sts'. "
)

func badDate(got string) string {
	return "Date must be in ISO-8601 'basic format'. Got '" + got + "'. See http://en.wikipedia.org/wiki/ISO_8601"
}

// TestRefusals has the rows of sections 1.4, 2.1 and 2.2 of the spec that need no secret, in the order of the checks. Many
// requests have a later fault too, which must not be what the client is told.
func TestRefusals(t *testing.T) {
	t.Parallel()
	good := inHeader(authorization(testCredential, "host;x-amz-date"))
	presigned := []string{
		"X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential=" + escaped(testCredential),
		"X-Amz-Date=20150830T123600Z", "X-Amz-SignedHeaders=host", "X-Amz-Signature=" + testHex,
	}
	algorithmOnly := presigned[0]
	scoped := func(credential string) Request { return inHeader(authorization(credential, "host")) }
	for _, test := range []struct {
		name          string
		request       Request
		now           time.Time // testTime if zero
		code, message string
	}{
		{
			"4 incomplete escape in a name", withURI(Request{}, "/?a%4"),
			time.Time{},
			"MalformedQueryString", "Incomplete trailing escape % sequence",
		},
		{
			"4 incomplete escape in a value that others follow", withURI(good, "/?a=%4&b=c"),
			time.Time{},
			"MalformedQueryString", "Incomplete trailing escape % sequence",
		},
		{
			"4 lone percent sign", withURI(good, "/?a=b%"),
			time.Time{},
			"MalformedQueryString", "Incomplete trailing escape % sequence",
		},
		{
			"4 illegal escape", withURI(good, "/?a=%zz"),
			time.Time{},
			"MalformedQueryString", "Illegal hex character in escape % pattern: %zz",
		},
		{
			"4 half an illegal escape", withURI(good, "/?a=%41%4g1"),
			time.Time{},
			"MalformedQueryString", "Illegal hex character in escape % pattern: %4g",
		},
		{
			"4 illegal escape in the signature", inQuery(append(presigned[:4:4], "X-Amz-Signature=%%%")...),
			time.Time{},
			"MalformedQueryString", "Illegal hex character in escape % pattern: %%%",
		},
		{
			"4 too many parameters", withURI(good, "/?"+strings.Repeat("&", MaxParameters)),
			time.Time{},
			"MalformedQueryString", "The query string has more than 1024 parameters",
		},
		{
			"5 no signature", with(good, "Authorization"),
			time.Time{},
			"MissingAuthenticationToken", missingToken,
		},
		{
			"5 no signature, no headers",
			Request{Method: "GET", URI: "/?X-Amz-Signature=" + testHex},
			time.Time{},
			"MissingAuthenticationToken", missingToken,
		},
		{
			"5 the name of the parameter is case-sensitive", inQuery("x-amz-algorithm=AWS4-HMAC-SHA256"),
			time.Time{},
			"MissingAuthenticationToken", missingToken,
		},
		{
			"5 both forms", withURI(good, inQuery(presigned...).URI),
			time.Time{},
			"SignatureDoesNotMatch", "",
		},
		{
			"5 both forms, each of them wrong", withURI(inHeader("Bearer x"), "/?X-Amz-Algorithm"),
			time.Time{},
			"SignatureDoesNotMatch", "",
		},
		{
			"5 two Authorization headers", with(good, "Authorization", good.Header["Authorization"][0], "Bearer x"),
			time.Time{},
			"SignatureDoesNotMatch", "",
		},
		{
			"5 signed in a header, session token in the query", withURI(good, "/?X-Amz-Security-Token=x"),
			time.Time{},
			"SignatureDoesNotMatch", "",
		},
		{
			"5 signed in the query, session token in a header", with(inQuery(presigned...), "X-Amz-Security-Token", "x"),
			time.Time{},
			"SignatureDoesNotMatch", "",
		},
		{
			"6a another scheme", inHeader("Bearer c2VjcmV0 x"),
			time.Time{},
			"IncompleteSignature", "Unsupported AWS 'algorithm': 'Bearer'.",
		},
		{
			"6a SigV4A", inHeader("AWS4-ECDSA-P256-SHA256 Credential=x, nonsense"),
			time.Time{},
			"IncompleteSignature", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
		},
		{
			"6a longer name", inHeader("AWS4-HMAC-SHA256x Credential=x"),
			time.Time{},
			"IncompleteSignature", "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA256x'.",
		},
		{
			"6a other case", inHeader("aws4-hmac-sha256 Credential=x"),
			time.Time{},
			"IncompleteSignature", "Unsupported AWS 'algorithm': 'aws4-hmac-sha256'.",
		},
		{
			"6a empty header", inHeader(""),
			time.Time{},
			"IncompleteSignature", "Unsupported AWS 'algorithm': ''.",
		},
		{
			"6b blank before the key id", inHeader(authorization(" "+testCredential, "x")),
			time.Time{},
			"IncompleteSignature", "'" + testCredential + "' not a valid key=value pair (missing equal-sign) in Authorization header: '" +
				authorization(" "+testCredential, "x") + "'",
		},
		{
			"6b part without an equal sign", with(inHeader("AWS4-HMAC-SHA256 Credential, Signature"), "X-Amz-Date"),
			time.Time{},
			"IncompleteSignature", "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: " +
				"'AWS4-HMAC-SHA256 Credential, Signature'",
		},
		{
			"6d nothing but the algorithm", with(inHeader("AWS4-HMAC-SHA256"), "X-Amz-Date"),
			time.Time{},
			"IncompleteSignature", "Authorization header requires 'Credential' parameter. " +
				"Authorization header requires 'Signature' parameter. " +
				"Authorization header requires 'SignedHeaders' parameter. " +
				"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
		},
		{
			"6d no credential", inHeader("AWS4-HMAC-SHA256 SignedHeaders=a, Signature=b"),
			time.Time{},
			"IncompleteSignature", "Authorization header requires 'Credential' parameter. Authorization=AWS4-HMAC-SHA256",
		},
		{
			"6d no signature", inHeader("AWS4-HMAC-SHA256 SignedHeaders=a, Credential=b"),
			time.Time{},
			"IncompleteSignature", "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
		},
		{
			"6d no signed headers", inHeader("AWS4-HMAC-SHA256 Signature=a, Credential=b"),
			time.Time{},
			"IncompleteSignature", "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256",
		},
		{
			"6d no date", with(inHeader(authorization("x", "y")), "X-Amz-Date"),
			time.Time{},
			"IncompleteSignature", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " +
				"Authorization=AWS4-HMAC-SHA256",
		},
		{
			"6d date in the query only", withURI(with(inHeader(authorization("x", "y")), "X-Amz-Date"), "/?X-Amz-Date=20150830T123600Z"),
			time.Time{},
			"IncompleteSignature", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " +
				"Authorization=AWS4-HMAC-SHA256",
		},
		{
			"6d the names of parts are case-sensitive", inHeader(strings.Replace(authorization("x", "y"), "Signature", "signature", 1)),
			time.Time{},
			"IncompleteSignature", "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
		},
		{
			"7a another algorithm", inQuery("X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256"),
			time.Time{},
			"MissingAuthenticationToken", missingToken,
		},
		{
			"7a empty algorithm", inQuery("X-Amz-Algorithm"),
			time.Time{},
			"MissingAuthenticationToken", missingToken,
		},
		{
			"7c the first algorithm counts", inQuery(append([]string{"X-Amz-Algorithm=x"}, presigned...)...),
			time.Time{},
			"MissingAuthenticationToken", missingToken,
		},
		{
			"7d nothing but the algorithm", inQuery(algorithmOnly),
			time.Time{},
			"IncompleteSignature", needCredential + needSignature + needHeaders + needDate + reexamine,
		},
		{
			"7d no credential", inQuery(algorithmOnly, "X-Amz-Signature=a", "X-Amz-SignedHeaders=b", "X-Amz-Date=c"),
			time.Time{},
			"IncompleteSignature", needCredential + reexamine,
		},
		{
			"7d no signature", inQuery(algorithmOnly, "X-Amz-Credential=a", "X-Amz-SignedHeaders=b", "X-Amz-Date=c"),
			time.Time{},
			"IncompleteSignature", needSignature + reexamine,
		},
		{
			"7d no signed headers", inQuery(algorithmOnly, "X-Amz-Credential=a", "X-Amz-Signature=b", "X-Amz-Date=c"),
			time.Time{},
			"IncompleteSignature", needHeaders + reexamine,
		},
		{
			"7d date in a header only", with(inQuery(algorithmOnly, "X-Amz-Credential=a", "X-Amz-Signature=b", "X-Amz-SignedHeaders=c"),
				"X-Amz-Date", "20150830T123600Z"),
			time.Time{},
			"IncompleteSignature", needDate + reexamine,
		},
		{
			"8 host not signed", with(inHeader(authorization("x", "x-amz-date;x-host;hosts")), "X-Amz-Date", "x"),
			time.Time{},
			"SignatureDoesNotMatch", hostUnsigned,
		},
		{
			"8 no header signed", inHeader(authorization("x", "")),
			time.Time{},
			"SignatureDoesNotMatch", hostUnsigned,
		},
		{
			"8 host in other case", inHeader(authorization("x", "Host")),
			time.Time{},
			"SignatureDoesNotMatch", hostUnsigned,
		},
		{
			"8 presigned", inQuery(algorithmOnly, "X-Amz-Credential=x", "X-Amz-Signature=x", "X-Amz-SignedHeaders=x%3By", "X-Amz-Date=x"),
			time.Time{},
			"SignatureDoesNotMatch", hostUnsigned,
		},
		{
			"9 date of HTTP", with(with(scoped("x"), "X-Amz-Date"), "Date", "Sun, 30 Aug 2015 12:36:00 GMT"),
			time.Time{},
			"IncompleteSignature", badDate("Sun, 30 Aug 2015 12:36:00 GMT"),
		},
		{
			"9 X-Amz-Date goes before Date", with(with(scoped("x"), "X-Amz-Date", "yesterday"), "Date", "20150830T123600Z"),
			time.Time{},
			"IncompleteSignature", badDate("yesterday"),
		},
		{
			"9 empty X-Amz-Date", with(with(scoped("x"), "X-Amz-Date", ""), "Date", "20150830T123600Z"),
			time.Time{},
			"IncompleteSignature", badDate(""),
		},
		{
			"9 fraction of a second", with(scoped("x"), "X-Amz-Date", "20150830T123600.5Z"),
			time.Time{},
			"IncompleteSignature", badDate("20150830T123600.5Z"),
		},
		{
			"9 no such day", with(scoped("x"), "X-Amz-Date", "20150229T123600Z"),
			time.Time{},
			"IncompleteSignature", badDate("20150229T123600Z"),
		},
		{
			"9 other time zone", with(scoped("x"), "X-Amz-Date", "2015-08-30T12:36:00+00:00"),
			time.Time{},
			"IncompleteSignature", badDate("2015-08-30T12:36:00+00:00"),
		},
		{
			"9 no Z", with(scoped("x"), "X-Amz-Date", "20150830T123600"),
			time.Time{},
			"IncompleteSignature", badDate("20150830T123600"),
		},
		{
			"9 extended format in the query", inQuery(algorithmOnly, "X-Amz-Credential=x", "X-Amz-Signature=x",
				"X-Amz-SignedHeaders=host", "X-Amz-Date=2015-08-30T12:36:00Z"),
			time.Time{},
			"IncompleteSignature", badDate("2015-08-30T12:36:00Z"),
		},
		{
			"10 too old by a second", scoped("x"), testTime.Add(15*time.Minute + time.Second),
			"SignatureDoesNotMatch", "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)",
		},
		{
			"10 extended date in the message", with(scoped("x"), "X-Amz-Date", "2015-08-30T12:36:00Z"), testTime.Add(time.Hour),
			"SignatureDoesNotMatch", "Signature expired: 20150830T123600Z is now earlier than 20150830T132100Z (20150830T133600Z - 15 min.)",
		},
		{
			"10 presigned, whatever X-Amz-Expires says", inQuery(append(presigned, "X-Amz-Expires=604800")...), testTime.Add(time.Hour),
			"SignatureDoesNotMatch", "Signature expired: 20150830T123600Z is now earlier than 20150830T132100Z (20150830T133600Z - 15 min.)",
		},
		{
			"10 a server's clock of another zone", scoped("x"), testTime.Add(time.Hour).In(time.FixedZone("", 3600)),
			"SignatureDoesNotMatch", "Signature expired: 20150830T123600Z is now earlier than 20150830T132100Z (20150830T133600Z - 15 min.)",
		},
		{
			"11 too new by a second", scoped("x"), testTime.Add(-15*time.Minute - time.Second),
			"SignatureDoesNotMatch", "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)",
		},
		{
			"12 credential of four parts", scoped("AKIDEXAMPLE/20150830/us-west-1/sts"),
			time.Time{},
			"IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, " +
				"got 'AKIDEXAMPLE/20150830/us-west-1/sts'",
		},
		{
			"12 slash in the key id", scoped("AKID/EXAMPLE/20150830/us-west-1/sts/aws4_request"),
			time.Time{},
			"IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, " +
				"got 'AKID/EXAMPLE/20150830/us-west-1/sts/aws4_request'",
		},
		{
			"12 empty credential", scoped(""),
			time.Time{},
			"IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got ''",
		},
		{
			"12 credential with strange bytes", inQuery(algorithmOnly, "X-Amz-Credential=a%00%ff%3C+", "X-Amz-Signature=x",
				"X-Amz-SignedHeaders=host", "X-Amz-Date=20150830T123600Z"),
			time.Time{},
			"IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, " +
				"got 'a\x00\xff< '",
		},
		{
			"13 region", scoped("AKIDEXAMPLE/20150830/ap-southeast-2/sts/aws4_request"),
			time.Time{},
			"SignatureDoesNotMatch", badRegion,
		},
		{
			"13 service", scoped("AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request"),
			time.Time{},
			"SignatureDoesNotMatch", badService,
		},
		{
			"13 terminator", scoped("AKIDEXAMPLE/20150830/us-east-1/sts/aws5_request"),
			time.Time{},
			"SignatureDoesNotMatch", "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
		},
		{
			"13 date", scoped("AKIDEXAMPLE/20130101/us-east-1/sts/aws4_request"),
			time.Time{},
			"SignatureDoesNotMatch", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
				"'20130101' != '20150830', from '20150830T123600Z'.",
		},
		{
			"13 everything", scoped("AKIDEXAMPLE/2015-08-30/x/y/z"),
			time.Time{},
			"SignatureDoesNotMatch", badRegion + badService +
				"Credential should be scoped with a valid terminator: 'aws4_request', not 'z'. " +
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
				"'2015-08-30' != '20150830', from '20150830T123600Z'.",
		},
		{
			"13 five empty parts", scoped("////"),
			time.Time{},
			"SignatureDoesNotMatch", badRegion + badService +
				"Credential should be scoped with a valid terminator: 'aws4_request', not ''. " +
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
				"'' != '20150830', from '20150830T123600Z'.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.now.IsZero() {
				test.now = testTime
			}
			err := parseAndCheck(test.request, test.now, testExpect)
			want := &Error{Code: test.code, Message: test.message}
			if diff := cmp.Diff(want, asError(err), cmpopts.IgnoreUnexported(Error{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err.Error() == "sigv4: "+test.code+": " {
				t.Error("the error tells the operator nothing")
			}
		})
	}
}

func parseAndCheck(r Request, now time.Time, e Expect) error {
	s, err := Parse(r)
	if err != nil {
		return err
	}
	return s.Check(now, e)
}

func asError(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

// TestPathRefusals has step 1, which comes before everything else. S3 does not resolve paths.
func TestPathRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		uri             string
		normalized, raw error
	}{
		{"", ErrPath, ErrPath},
		{"*", ErrPath, ErrPath},
		{"sts.amazonaws.com:443", ErrPath, ErrPath},
		{"index.html?a=%", ErrPath, ErrPath},
		{"ftp://sts.amazonaws.com/", ErrPath, ErrPath},
		{"://sts.amazonaws.com/", ErrPath, ErrPath},
		{"/%", ErrPath, ErrPath},
		{"/%4", ErrPath, ErrPath},
		{"/a%4g?b=%", ErrPath, ErrPath},
		{"/..", ErrPath, nil},
		{"/../a", ErrPath, nil},
		{"/a/../..?b=%20", ErrPath, nil},
		{"/a/./../b/c/../../..", ErrPath, nil},
		{"//..", ErrPath, nil},
		{"/a/..", nil, nil},
		{"/a/b/../../c/..", nil, nil},
		{"/...", nil, nil},
		{"/%2E%2E", nil, nil},
		{"/", nil, nil},
		{"/?a=/../..", nil, nil},
		{"https://sts.amazonaws.com", nil, nil},
		{"HTTP://sts.amazonaws.com?a", nil, nil},
		{"http://sts.amazonaws.com/../", ErrPath, nil},
	} {
		t.Run(fmt.Sprintf("%q", test.uri), func(t *testing.T) {
			t.Parallel()
			r := withURI(inHeader(authorization(testCredential, "host")), test.uri)
			if _, err := Parse(r); !errors.Is(err, test.normalized) {
				t.Errorf("NormalizedPath: %v, want %v", err, test.normalized)
			}
			r.PathRule = RawPath
			if _, err := Parse(r); !errors.Is(err, test.raw) {
				t.Errorf("RawPath: %v, want %v", err, test.raw)
			}
		})
	}
}

// TestCheckAccepts has what lies just within the bounds.
func TestCheckAccepts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		scope  string
		now    time.Time
		expect Expect
	}{
		{"the first service", "20150830/us-east-1/sts/aws4_request", testTime, testExpect},
		{"another service", "20150830/us-east-1/iam/aws4_request", testTime, testExpect},
		{"any region", "20150830/mars-north-1/sts/aws4_request", testTime, Expect{Services: []string{"sts"}}},
		{"just not too old", "20150830/us-east-1/sts/aws4_request", testTime.Add(15*time.Minute + 999*time.Millisecond), testExpect},
		{"just not too new", "20150830/us-east-1/sts/aws4_request", testTime.Add(-15 * time.Minute), testExpect},
		{
			"wider skew", "20150830/us-east-1/sts/aws4_request", testTime.Add(7 * 24 * time.Hour),
			Expect{Services: []string{"sts"}, Skew: 7 * 24 * time.Hour},
		},
		{
			"a server's clock of another zone", "20150830/us-east-1/sts/aws4_request",
			testTime.In(time.FixedZone("", 14*3600)), testExpect,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := inHeader(authorization("AKIDEXAMPLE/"+test.scope, "host"))
			if err := parseAndCheck(r, test.now, test.expect); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCheckClosed has expectations that let nothing through.
func TestCheckClosed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, scope string
		expect      Expect
		message     string
	}{
		{"no service", "20150830/us-east-1/sts/aws4_request", Expect{}, "Credential should be scoped to correct service: ''. "},
		{"no service, empty in scope", "20150830/us-east-1//aws4_request", Expect{}, "Credential should be scoped to correct service: ''. "},
		{"a region of odd bytes", "20150830/us\x00east/sts/aws4_request", Expect{Services: []string{"sts"}}, badRegion},
		{"a region that is too long", "20150830/" + strings.Repeat("x", 65) + "/sts/aws4_request", Expect{Services: []string{"sts"}}, badRegion},
		{"any region but an empty one", "20150830//sts/aws4_request", Expect{Services: []string{"sts"}}, badRegion},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := parseAndCheck(inHeader(authorization("AKIDEXAMPLE/"+test.scope, "host")), testTime, test.expect)
			want := &Error{Code: "SignatureDoesNotMatch", Message: test.message}
			if diff := cmp.Diff(want, asError(err), cmpopts.IgnoreUnexported(Error{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckSkewInMessage(t *testing.T) {
	t.Parallel()
	r := inHeader(authorization(testCredential, "host"))
	err := parseAndCheck(r, testTime.Add(time.Hour), Expect{Services: []string{"sts"}, Skew: 5 * time.Minute})
	want := "Signature expired: 20150830T123600Z is now earlier than 20150830T133100Z (20150830T133600Z - 5 min.)"
	if got := asError(err); got == nil || got.Message != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
