package s3

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestRefused has what spec aws-services sections 2.1, 2.2, 2.3 and 2.8 want refused, and attacks of section 6.1 by number.
func TestRefused(t *testing.T) {
	t.Parallel()
	const presigned = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"
	tests := []struct {
		name, method, target string
		headers              []string
		want                 string
	}{
		// 2.8, and attack 10
		{"two subresources", "GET", "/buck?acl&policy", nil, "InvalidArgument"},
		{"two subresources of an object", "GET", "/buck/k?acl&tagging", nil, "InvalidArgument"},
		{"uploads and uploadId", "POST", "/buck/k?uploads&uploadId=u", nil, "InvalidArgument"},
		{"list-type and a subresource", "GET", "/buck?list-type=2&versions", nil, "InvalidArgument"},
		{"a subresource with a value", "GET", "/buck?acl=x", nil, "InvalidArgument"},
		{"delete with a value", "POST", "/buck?delete=1", nil, "InvalidArgument"},
		{"a subresource twice", "GET", "/buck/k?acl=1&acl", nil, "InvalidArgument"},
		{"an unknown key", "GET", "/buck/k?foo=bar", nil, "InvalidArgument"},
		{"a key of another operation", "GET", "/buck/k?prefix=a", nil, "InvalidArgument"},
		{"versionId where there is none", "PUT", "/buck/k?versionId=v", nil, "InvalidArgument"},
		{"versionId of a bucket", "GET", "/buck?versionId=v", nil, "InvalidArgument"},
		{"a key twice", "GET", "/buck/k?versionId=a&versionId=b", nil, "InvalidArgument"},
		{"a key twice in disguise", "GET", "/buck?prefix=a&pre%66ix=b", nil, "InvalidArgument"},
		{"a key in two cases", "GET", "/buck?prefix=a&Prefix=b", nil, "InvalidArgument"},
		{"x-id twice", "GET", "/buck/k?x-id=GetObject&x-id=GetObject", nil, "InvalidArgument"},
		{"a subresource in capitals", "GET", "/buck?ACL", nil, "InvalidArgument"},
		{"a parameter in lower case", "GET", "/buck/k?versionid=v", nil, "InvalidArgument"},
		{"X-Id", "GET", "/buck/k?X-Id=GetObject", nil, "InvalidArgument"},
		{"semicolon", "GET", "/buck?prefix=a;acl", nil, "InvalidURI"},
		{"bad escape in the query", "GET", "/buck?prefix=%zz", nil, "InvalidURI"},
		{"NUL in the query", "GET", "/buck?prefix=%00", nil, "InvalidURI"},
		{"no UTF-8 in the query", "GET", "/buck?prefix=%ff", nil, "InvalidURI"},
		{"empty uploadId", "PUT", "/buck/k?partNumber=1&uploadId=", nil, "InvalidArgument"},
		{"partNumber without uploadId", "PUT", "/buck/k?partNumber=1", nil, "InvalidArgument"},
		{"uploadId without partNumber", "PUT", "/buck/k?uploadId=u", nil, "InvalidArgument"},
		{"partNumber 0", "PUT", "/buck/k?partNumber=0&uploadId=u", nil, "InvalidArgument"},
		{"partNumber 01", "GET", "/buck/k?partNumber=01", nil, "InvalidArgument"},
		{"uploadId that is none", "PUT", "/buck/k?partNumber=1&uploadId=..%2F%00", nil, "InvalidURI"},
		{"uploadId with a blank", "PUT", "/buck/k?partNumber=1&uploadId=a+b", nil, "InvalidArgument"},
		{"list-type 1", "GET", "/buck?list-type=1", nil, "InvalidArgument"},
		{"max-keys in words", "GET", "/buck?max-keys=ten", nil, "InvalidArgument"},
		{"max-keys too large", "GET", "/buck?max-keys=2147483648", nil, "InvalidArgument"},
		{"max-keys negative", "GET", "/buck?max-keys=-1", nil, "InvalidArgument"},
		{"empty versionId", "GET", "/buck/k?versionId=", nil, "InvalidArgument"},
		{"versionId with a slash and blanks", "GET", "/buck/k?versionId=a%20b", nil, "InvalidArgument"},
		{"SelectObjectContent without its type", "POST", "/buck/k?select", nil, "InvalidArgument"},
		{"analytics without an id", "PUT", "/buck?analytics", nil, "InvalidArgument"},
		{"repeated header", "PUT", "/buck/k", []string{"X-Amz-Acl: private", "X-Amz-Acl: public-read"}, "InvalidArgument"},
		{"repeated header in two cases", "PUT", "/buck/k", []string{"X-Amz-Acl: private", "x-amz-acl: public-read"}, "InvalidArgument"},
		{"repeated copy source", "PUT", "/buck/k", []string{"X-Amz-Copy-Source: buck/a", "x-amz-copy-source: buck/b"}, "InvalidArgument"},
		{"repeated Range", "GET", "/buck/k", []string{"Range: bytes=0-1", "Range: bytes=2-3"}, "InvalidArgument"},

		// copies where there are none
		{"copy source on GET", "GET", "/buck/k", []string{"X-Amz-Copy-Source: buck/a"}, "InvalidArgument"},
		{"copy source on DELETE", "DELETE", "/buck/k", []string{"X-Amz-Copy-Source: buck/a"}, "InvalidArgument"},
		{"copy source on POST", "POST", "/buck/k?uploads", []string{"X-Amz-Copy-Source: buck/a"}, "InvalidArgument"},
		{"copy source with a subresource", "PUT", "/buck/k?acl", []string{"X-Amz-Copy-Source: buck/a"}, "InvalidArgument"},
		{"copy source on a bucket", "PUT", "/buck", []string{"X-Amz-Copy-Source: buck/a"}, "InvalidArgument"},
		{"copy range without a source", "PUT", "/buck/k?partNumber=1&uploadId=u", []string{"X-Amz-Copy-Source-Range: bytes=0-1"}, "InvalidArgument"},
		{"empty copy source", "PUT", "/buck/k", []string{"X-Amz-Copy-Source: "}, "InvalidArgument"},
		{"unknown tagging directive", "PUT", "/buck/k", []string{"X-Amz-Copy-Source: buck/a", "X-Amz-Tagging-Directive: copy"}, "InvalidArgument"},
		{"unknown metadata directive", "PUT", "/buck/k", []string{"X-Amz-Copy-Source: buck/a", "X-Amz-Metadata-Directive: X"}, "InvalidArgument"},

		// headers
		{"unknown x-amz header", "GET", "/buck/k", []string{"X-Amz-Foo: 1"}, "NotImplemented"},
		{"header of another operation", "GET", "/buck/k", []string{"X-Amz-Acl: private"}, "NotImplemented"},
		{"metadata where there is none", "DELETE", "/buck/k", []string{"X-Amz-Meta-A: 1"}, "NotImplemented"},
		{"metadata without a name", "PUT", "/buck/k", []string{"X-Amz-Meta-: 1"}, "NotImplemented"},
		{"MFA delete", "DELETE", "/buck/k", []string{"X-Amz-Mfa: serial 123456"}, "NotImplemented"},
		{"append", "PUT", "/buck/k", []string{"X-Amz-Write-Offset-Bytes: 5"}, "NotImplemented"},
		{"session of a directory bucket", "GET", "/buck/k", []string{"X-Amz-S3session-Token: t"}, "NotImplemented"},
		{"a condition the write does not have", "PUT", "/buck/k?tagging", []string{"If-Match: e"}, "NotImplemented"},
		{"a part of an object", "PUT", "/buck/k", []string{"Content-Range: bytes 0-1/2"}, "NotImplemented"},
		{"control character", "PUT", "/buck/k", []string{"X-Amz-Meta-A: a\r\nX-Amz-Acl: public-read"}, "InvalidArgument"},
		{"control character in the name", "PUT", "/buck/k", []string{"X-Amz-Meta-A\r\nX: a"}, "InvalidArgument"},
		{"neither true nor false", "DELETE", "/buck/k", []string{"X-Amz-Bypass-Governance-Retention: 1"}, "InvalidArgument"},
		{"owner that is none", "GET", "/buck/k", []string{"X-Amz-Expected-Bucket-Owner: abcd"}, "InvalidBucketOwnerAWSAccountID"},
		{"another owner", "GET", "/buck/k", []string{"X-Amz-Expected-Bucket-Owner: 210987654321"}, "AccessDenied"},
		{"another owner of the source", "PUT", "/buck/k", []string{"X-Amz-Copy-Source: buck/a", "X-Amz-Source-Expected-Bucket-Owner: 210987654321"}, "AccessDenied"},
		{"attributes without saying which", "GET", "/buck/k?attributes", nil, "InvalidArgument"},
		{"a tag twice", "PUT", "/buck/k", []string{"X-Amz-Tagging: a=b&a=c"}, "InvalidArgument"},
		{"a tag in two cases", "PUT", "/buck/k", []string{"X-Amz-Tagging: a=b&A=c"}, "InvalidTag"},
		{"tags with a semicolon", "PUT", "/buck/k", []string{"X-Amz-Tagging: a=b;c=d"}, "InvalidArgument"},
		{"a date that is none", "PUT", "/buck/k", []string{"X-Amz-Object-Lock-Retain-Until-Date: tomorrow"}, "InvalidArgument"},

		// payload, and attack 15
		{"streaming on PutBucketPolicy", "PUT", "/buck?policy", []string{"X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, "InvalidRequest"},
		{"two checksums", "PUT", "/buck/k", []string{"X-Amz-Checksum-Crc32: AAAAAA==", "X-Amz-Checksum-Crc32c: AAAAAA=="}, "InvalidRequest"},
		{"bad checksum", "PUT", "/buck/k", []string{"X-Amz-Checksum-Crc32: !"}, "InvalidRequest"},
		{"unknown trailer", "PUT", "/buck/k", []string{"X-Amz-Trailer: x-amz-acl"}, "InvalidRequest"},
		{"trailer without its prefix", "PUT", "/buck/k", []string{"X-Amz-Trailer: crc32"}, "InvalidRequest"},
		{"algorithm without a checksum", "PUT", "/buck/k", []string{"X-Amz-Sdk-Checksum-Algorithm: CRC32"}, "InvalidRequest"},
		{"DeleteObjects without a digest", "POST", "/buck?delete", nil, "InvalidRequest"},

		// presigned
		{"header and query", "PUT", "/buck/k?" + presigned + "&X-Amz-Acl=private", []string{"X-Amz-Acl: private"}, "InvalidArgument"},
		{"header in the query of a request that is not presigned", "PUT", "/buck/k?x-amz-acl=public-read", []string{"Authorization: AWS4-HMAC-SHA256 x"}, "InvalidArgument"},
		{"copy source in the query", "PUT", "/buck/k?x-amz-copy-source=buck/a", nil, "InvalidArgument"},
		{"two ways of authentication", "GET", "/buck/k?" + presigned, []string{"Authorization: AWS4-HMAC-SHA256 x"}, "InvalidArgument"},
		{"a token in the query of a request that is not presigned", "GET", "/buck/k?X-Amz-Security-Token=t", []string{"Authorization: AWS4-HMAC-SHA256 x"}, "InvalidArgument"},
		{"too many parameters", "GET", "/buck/k?" + strings.Repeat("&", 101), nil, "InvalidURI"},
		{"a name that is another in lower case", "PUT", "/buck/k?" + presigned + "&x-amz-object-loc%E2%84%AA-mode=GOVERNANCE", nil, "InvalidURI"},
		{"a header that is another in lower case", "PUT", "/buck/k", []string{"X-Amz-Object-Loc\u212a-Mode: GOVERNANCE"}, "InvalidArgument"},
		{"SigV2 in the query", "GET", "/buck/k?AWSAccessKeyId=a&Signature=b&Expires=1", nil, "InvalidRequest"},
		{"unknown header in the query", "PUT", "/buck/k?" + presigned + "&x-amz-foo=1", nil, "NotImplemented"},
		{"content hash twice", "PUT", "/buck/k?" + presigned + "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD", []string{"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"}, "InvalidArgument"},
		{"content hash in lower case", "PUT", "/buck/k?" + presigned + "&x-amz-content-sha256=UNSIGNED-PAYLOAD", nil, "InvalidArgument"},
		{"date in lower case", "PUT", "/buck/k?" + presigned + "&x-amz-date=20260101T000000Z", nil, "InvalidArgument"},
		{"line break in a hoisted header", "PUT", "/buck/k?" + presigned + "&x-amz-meta-a=b%0d%0aX:y", nil, "InvalidArgument"},
		{"streaming by the query", "PUT", "/buck?policy&" + presigned + "&X-Amz-Content-Sha256=STREAMING-UNSIGNED-PAYLOAD-TRAILER", nil, "InvalidRequest"},

		// levels and methods
		{"policy of a key", "GET", "/buck/k?policy", nil, "InvalidRequest"},
		{"versions of a key", "GET", "/buck/k?versions", nil, "InvalidRequest"},
		{"uploads of a key", "GET", "/buck/k?uploads", nil, "InvalidRequest"},
		{"torrent of a bucket", "GET", "/buck?torrent", nil, "InvalidRequest"},
		{"subresource of the service", "GET", "/?acl", nil, "MethodNotAllowed"},
		{"PUT on the service", "PUT", "/", nil, "MethodNotAllowed"},
		{"POST on an object", "POST", "/buck/k", nil, "MethodNotAllowed"},
		{"DELETE of an ACL", "DELETE", "/buck/k?acl", nil, "MethodNotAllowed"},
		{"HEAD of an ACL", "HEAD", "/buck/k?acl", nil, "MethodNotAllowed"},
		{"preflight", "OPTIONS", "/buck/k", nil, "MethodNotAllowed"},
		{"lower case method", "get", "/buck/k", nil, "MethodNotAllowed"},
		{"PATCH", "PATCH", "/buck/k", nil, "MethodNotAllowed"},

		// not performed
		{"CreateSession", "GET", "/buck?session", nil, "NotImplemented"},
		{"RenameObject", "PUT", "/buck/k?renameObject", nil, "NotImplemented"},
		{"annotations", "GET", "/buck/k?annotation", nil, "NotImplemented"},
		{"metadata tables", "POST", "/buck?metadataTable", nil, "NotImplemented"},
		{"metadata configuration", "POST", "/buck?metadataConfiguration", nil, "NotImplemented"},
		{"WriteGetObjectResponse", "POST", "/WriteGetObjectResponse", nil, "InvalidBucketName"},
		{"a form with a signature beside it", "POST", "/buck", []string{"Content-Type: multipart/form-data; boundary=x", "Authorization: AWS4-HMAC-SHA256 x"}, "InvalidArgument"},
		{"a presigned form", "POST", "/buck?" + presigned, []string{"Content-Type: multipart/form-data; boundary=x"}, "InvalidArgument"},
		{"a form to a key", "POST", "/buck/k", []string{"Content-Type: multipart/form-data; boundary=x"}, "MethodNotAllowed"},
		{"a POST that is no form", "POST", "/buck", nil, "PreconditionFailed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := Parse(request(test.method, test.target, test.headers...), config)
			if code(err) != test.want {
				t.Errorf("got %v, %v, want %s", c, err, test.want)
			}
		})
	}
}

// TestKeys is spec aws-services section 2.6 and attack 8: the key of the ARN and the key that goes on are the same.
func TestKeys(t *testing.T) {
	t.Parallel()
	tests := []struct{ path, key, upstream string }{
		{"/buck/a/b", "a/b", "/buck/a/b"},
		{"/buck/a%2Fb", "a/b", "/buck/a/b"},
		{"/buck/a%252Fb", "a%2Fb", "/buck/a%252Fb"},
		{"/buck/%252e", "%2e", "/buck/%252e"},
		{"/buck/a+b", "a+b", "/buck/a%2Bb"},
		{"/buck/a%20b", "a b", "/buck/a%20b"},
		{"/buck//k", "/k", "/buck//k"},
		{"/buck///k//", "//k//", "/buck///k//"},
		{"/buck/k/", "k/", "/buck/k/"},
		{"/buck/...", "...", "/buck/..."},
		{"/buck/a..b/.c", "a..b/.c", "/buck/a..b/.c"},
		{`/buck/a\b`, `a\b`, "/buck/a%5Cb"},
		{"/buck/*?acl", "*", "/buck/%2A?acl"},
		{"/buck/a%3Facl", "a?acl", "/buck/a%3Facl"},
		{"/buck/%e4%b8%ad", "中", "/buck/%E4%B8%AD"},
		{"/buck/中", "中", "/buck/%E4%B8%AD"},
		{"/buck/a:b@c!$&'(),;=", "a:b@c!$&'(),;=", "/buck/a%3Ab%40c%21%24%26%27%28%29%2C%3B%3D"},
		{"/buck/%0d%0aX:y", "\r\nX:y", "/buck/%0D%0AX%3Ay"},
		{"/b%75ck/k", "k", "/buck/k"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			c := mustParse(t, request("GET", test.path))
			if c.Key != test.key || c.Permissions[0].Resource != "arn:aws:s3:::buck/"+test.key || c.Rebuild().Target != test.upstream {
				t.Errorf("the key is %q of %s, and goes on as %s", c.Key, c.Permissions[0].Resource, c.Rebuild().Target)
			}
			sameAgain(t, c)
		})
	}
	refused := []struct{ path, want string }{
		{"/buck/a%2F..%2Fsecret", "InvalidURI"},
		{"/buck/../other/key", "InvalidURI"},
		{"/buck/%2e%2E/other", "InvalidURI"},
		{"/buck/./k", "InvalidURI"},
		{"/buck/..", "InvalidURI"},
		{`/buck/a\..\b`, "InvalidURI"},
		{"/buck/a%5c..", "InvalidURI"},
		{"/buck/%00", "InvalidURI"},
		{"/buck/%", "InvalidURI"},
		{"/buck/%a", "InvalidURI"},
		{"/buck/%zz", "InvalidURI"},
		{"/buck/%c0%af", "InvalidURI"},
		{"/buck/%ff", "InvalidURI"},
		{"/buck/a b", "InvalidURI"},
		{"/buck/a#b", "InvalidURI"},
		{"/buck/a\x01b", "InvalidURI"},
		{"/buck/" + strings.Repeat("k", 1025), "KeyTooLongError"},
		{"//key", "InvalidBucketName"},
		{"/../buck/key", "InvalidBucketName"},
		{"/buck%2Fkey", "InvalidBucketName"},
		{"/buck%00/key", "InvalidURI"},
		{"/buck%252Fkey", "InvalidBucketName"},
		{"buck/key", "InvalidURI"},
		{"*", "InvalidURI"},
		{"", "InvalidURI"},
		{"http://victim.example.com/buck/key", "InvalidURI"},
	}
	for _, test := range refused {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			if c, err := Parse(request("GET", test.path), config); code(err) != test.want {
				t.Errorf("got %v, %v, want %s", c, err, test.want)
			}
		})
	}
	if c := mustParse(t, request("GET", "/buck/"+strings.Repeat("k", 1024))); len(c.Key) != 1024 {
		t.Errorf("a key of 1024 bytes became one of %d", len(c.Key))
	}
	c, err := Parse(request("GET", "/buck/a/../b"), Config{Bases: []string{base}, DotSegments: true})
	if err != nil || c.Key != "a/../b" || c.Rebuild().Target != "/buck/a/../b" {
		t.Errorf("with dot segments let through: %v, %v", c, err)
	}
}

// TestBuckets is spec aws-services section 2.5 and attack 9.
func TestBuckets(t *testing.T) {
	t.Parallel()
	tests := []struct{ host, target, bucket, key string }{
		{base, "/buck/k", "buck", "k"},
		{base + ":9000", "/buck/k", "buck", "k"},
		{base + ".", "/buck/k", "buck", "k"},
		{"S3.Example.COM", "/buck/k", "buck", "k"},
		{"victim." + base, "/mine/key", "victim", "mine/key"},
		{"VICTIM." + base + ".:443", "/mine/key", "victim", "mine/key"},
		{"a.b.c." + base, "//k", "a.b.c", "/k"},
		{"other.example.com", "/", "other", ""},
		{"example.com", "/buck", "buck", ""},
	}
	for _, test := range tests {
		t.Run(test.host+test.target, func(t *testing.T) {
			t.Parallel()
			r := request("GET", test.target)
			r.Host = test.host
			c := mustParse(t, r)
			if c.Bucket != test.bucket || c.Key != test.key {
				t.Errorf("got bucket %q and key %q", c.Bucket, c.Key)
			}
			sameAgain(t, c)
		})
	}
	for _, host := range []string{"", "other.com", "evilexample.com", base + "..", "victim." + base + ":x", base + ":99999", "." + base, "a..b." + base, "a_b." + base, base + "@evil"} {
		r := request("GET", "/buck/k")
		r.Host = host
		if c, err := Parse(r, config); err == nil {
			t.Errorf("the host %q is taken for the bucket %s", host, c.Bucket)
		}
	}
	for _, name := range []string{
		"ab", strings.Repeat("a", 64), "Buck", "a..b", ".ab", "ab-", "a_b", "192.168.0.1", "xn--abc", "sthree-abc", "amzn-s3-demo-abc",
		"abc-s3alias", "abc--ol-s3", "abc--x-s3", "abc.mrap", "abc--table-s3", "arn%3Aaws%3As3:us-east-1:123456789012:accesspoint", "arn:aws:s3:::buck",
	} {
		if c, err := Parse(request("GET", "/"+name+"/k"), config); code(err) != "InvalidBucketName" {
			t.Errorf("the bucket %q: got %v, %v", name, c, err)
		}
	}
	r := request("GET", "/k")
	r.Host = "127.0.0.1:9000"
	if _, err := Parse(r, Config{Bases: []string{"127.0.0.1"}}); code(err) != "InvalidBucketName" {
		t.Errorf("a short name behind an address: %v", err)
	}
	r.Host, r.Target = "[::1]:9000", "/buck/k"
	if c, err := Parse(r, Config{Bases: []string{"[::1]"}}); err != nil || c.Bucket != "buck" {
		t.Errorf("an address of IPv6: %v, %v", c, err)
	}
}

// TestSource is the copy source of spec aws-services section 2.6, and attack 11.
func TestSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		header, upstream string
		want             Source
	}{
		{"other/src", "other/src", Source{"other", "src", ""}},
		{"/other/a/b", "other/a/b", Source{"other", "a/b", ""}},
		{"/other//k", "other//k", Source{"other", "/k", ""}},
		{"other/a%2Fb", "other/a/b", Source{"other", "a/b", ""}},
		{"other/a%252Fb", "other/a%252Fb", Source{"other", "a%2Fb", ""}},
		{"other/a+b%2Bc d", "other/a%20b%2Bc%20d", Source{"other", "a b+c d", ""}},
		{"other/k?versionId=v+1", "other/k?versionId=v%2B1", Source{"other", "k", "v+1"}},
		{"other/k%3FversionId=v", "other/k%3FversionId%3Dv", Source{"other", "k?versionId=v", ""}},
		{"other/k%3FversionId=v?versionId=w", "other/k%3FversionId%3Dv?versionId=w", Source{"other", "k?versionId=v", "w"}},
		{"other/中", "other/%E4%B8%AD", Source{"other", "中", ""}},
	}
	for _, test := range tests {
		t.Run(test.header, func(t *testing.T) {
			t.Parallel()
			c := mustParse(t, request("PUT", "/buck/k", "X-Amz-Copy-Source: "+test.header))
			if diff := cmp.Diff(&test.want, c.Source); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got := c.Rebuild().Header["X-Amz-Copy-Source"][0]; got != test.upstream {
				t.Errorf("goes on as %s", got)
			}
			read := c.Permissions[0]
			if want := "arn:aws:s3:::" + test.want.Bucket + "/" + test.want.Key; read.Resource != want {
				t.Errorf("reads %s", read.Resource)
			}
			if got := c.Permissions[1].Context["s3:x-amz-copy-source"]; got[0] != test.want.Bucket+"/"+test.want.Key {
				t.Errorf("the condition key is %q", got)
			}
			sameAgain(t, c)
		})
	}
	for _, header := range []string{
		"other", "other/", "/", "//other/k", "ot%2Fher/k", "other%2Fk", "Other/k", "other/%zz", "other/%00", "other/%ff", "other/../k", "other/k?", "other/k?versionId=",
		"other/k?versionId=a&x=y", "other/k?versionid=v", "other/k?versionId=a?versionId=b", "other/k?x", "other/k?versionId=a%20b", "other/" + strings.Repeat("k", 1025),
		"arn:aws:s3:us-east-1:123456789012:accesspoint/ap/object/k", "arn%3Aaws:s3:us-east-1:123456789012:accesspoint/ap/object/k", "http://buck/k", "abc--x-s3/k",
	} {
		if c, err := Parse(request("PUT", "/buck/k", "X-Amz-Copy-Source: "+header), config); code(err) != "InvalidArgument" {
			t.Errorf("%s: got %v, %v", header, c, err)
		}
	}
}

func TestIfSourceTagged(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		headers []string
		want    []string
	}{
		{"no directive", []string{"X-Amz-Copy-Source: other/k"}, []string{"GetObjectTagging arn:aws:s3:::other/k", "PutObjectTagging " + object}},
		{"copy of a version", []string{"X-Amz-Copy-Source: other/k?versionId=v", "X-Amz-Tagging-Directive: COPY"}, []string{"GetObjectVersionTagging arn:aws:s3:::other/k", "PutObjectTagging " + object}},
		{"replaced", []string{"X-Amz-Copy-Source: other/k", "X-Amz-Tagging-Directive: REPLACE"}, nil},
		{"no copy", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := mustParse(t, request("PUT", "/buck/a/k", test.headers...))
			if diff := cmp.Diff(test.want, granted(c.IfSourceTagged)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
