package s3

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/policy"
)

// TestContext has a row for each condition key of spec aws-services section 2.3 that the request fills: attack 19.
func TestContext(t *testing.T) {
	t.Parallel()
	const presigned = "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260304T050507Z&X-Amz-Expires=600&X-Amz-Signature=00"
	owned := policy.Context{"s3:resourceaccount": {config.Account}}
	with := func(context policy.Context, pairs ...string) policy.Context {
		all := policy.Context{}
		for key, values := range context {
			all[key] = values
		}
		for i := 0; i < len(pairs); i += 2 {
			all[pairs[i]] = strings.Split(pairs[i+1], "|")
		}
		return all
	}
	signed := with(owned, "s3:authtype", "REST-HEADER", "s3:signatureversion", "AWS4-HMAC-SHA256")
	query := with(owned, "s3:authtype", "REST-QUERY-STRING", "s3:signatureversion", "AWS4-HMAC-SHA256", "s3:signatureage", "60000")
	created := func(pairs ...string) policy.Context {
		return with(signed, append(pairs, "s3:objectcreationoperation", "true")...)
	}
	tests := []struct {
		name, method, target string
		headers              []string
		body                 string
		want                 policy.Context
	}{
		{"no prefix", "GET", "/buck", nil, "", signed},
		{"empty prefix", "GET", "/buck?prefix=", nil, "", with(signed, "s3:prefix", "")},
		{"prefix with an escaped slash", "GET", "/buck?prefix=a%2F", nil, "", with(signed, "s3:prefix", "a/")},
		{"prefix with blanks", "GET", "/buck?list-type=2&prefix=a+b%20c%2B", nil, "", with(signed, "s3:prefix", "a b c+")},
		{"prefix, delimiter and max-keys of versions", "GET", "/buck?versions&prefix=a&delimiter=%2F&max-keys=10", nil, "", with(signed, "s3:prefix", "a", "s3:delimiter", "/", "s3:max-keys", "10")},
		{"prefix of uploads is no key", "GET", "/buck?uploads&prefix=a", nil, "", signed},
		{"prefix of ListBuckets is no key", "GET", "/?prefix=a", nil, "", signed},
		{"version", "GET", "/buck/k?versionId=v", nil, "", with(signed, "s3:versionid", "v")},
		{"version of an action without the form", "GET", "/buck/k?retention&versionId=v", nil, "", signed},
		{"a condition of a read is no key", "GET", "/buck/k", []string{"If-Match: e"}, "", signed},

		{"acl", "PUT", "/buck/k", []string{"X-Amz-Acl:  public-read "}, "", created("s3:x-amz-acl", "public-read")},
		{
			"grants", "PUT", "/buck/k?acl",
			[]string{"X-Amz-Grant-Full-Control: a", "X-Amz-Grant-Read: b", "X-Amz-Grant-Read-Acp: c", "X-Amz-Grant-Write: d", "X-Amz-Grant-Write-Acp: e"},
			"",
			with(signed, "s3:x-amz-grant-full-control", "a", "s3:x-amz-grant-read", "b", "s3:x-amz-grant-read-acp", "c", "s3:x-amz-grant-write", "d", "s3:x-amz-grant-write-acp", "e"),
		},
		{
			"headers of a write", "PUT", "/buck/k",
			[]string{"X-Amz-Storage-Class: GLACIER", "X-Amz-Website-Redirect-Location: /x", "X-Amz-Server-Side-Encryption: aws:kms", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id: arn", "X-Amz-Server-Side-Encryption-Customer-Algorithm: AES256"},
			"",
			created("s3:x-amz-storage-class", "GLACIER", "s3:x-amz-website-redirect-location", "/x", "s3:x-amz-server-side-encryption", "aws:kms",
				"s3:x-amz-server-side-encryption-aws-kms-key-id", "arn", "s3:x-amz-server-side-encryption-customer-algorithm", "AES256"),
		},
		{"conditions of a write", "PUT", "/buck/k", []string{"If-Match: e", "If-None-Match: *"}, "", created("s3:if-match", "e", "s3:if-none-match", "*")},
		{"condition of a delete", "DELETE", "/buck/k", []string{"If-Match: e"}, "", with(signed, "s3:if-match", "e")},
		{"tags", "PUT", "/buck/k", []string{"X-Amz-Tagging: Dept=a+b&x=%26&y"}, "", created("s3:requestobjecttag/dept", "a b", "s3:requestobjecttag/x", "&", "s3:requestobjecttag/y", "", "s3:requestobjecttagkeys", "Dept|x|y")},
		{
			"lock", "PUT", "/buck/k",
			[]string{"X-Amz-Object-Lock-Mode: GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date: 2026-03-14T00:00:00Z", "X-Amz-Object-Lock-Legal-Hold: ON"},
			"",
			created("s3:object-lock-mode", "GOVERNANCE", "s3:object-lock-retain-until-date", "2026-03-14T00:00:00Z", "s3:object-lock-remaining-retention-days", "10", "s3:object-lock-legal-hold", "ON"),
		},
		{"complete", "POST", "/buck/k?uploadId=u", nil, "", created()},
		{"create upload", "POST", "/buck/k?uploads", nil, "", with(signed, "s3:objectcreationoperation", "false")},
		{"part", "PUT", "/buck/k?partNumber=1&uploadId=u", nil, "", with(signed, "s3:objectcreationoperation", "false")},
		{"read of a source", "PUT", "/buck/k", []string{"X-Amz-Copy-Source: other/k?versionId=v", "X-Amz-Acl: public-read"}, "", with(signed, "s3:versionid", "v")},
		{"content hash", "PUT", "/buck/k", []string{"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"}, "", created("s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD")},
		{"ownership", "PUT", "/buck", []string{"X-Amz-Object-Ownership: BucketOwnerEnforced"}, "", with(signed, "s3:x-amz-object-ownership", "BucketOwnerEnforced")},

		{"presigned", "GET", "/buck/k" + presigned, nil, "", query},
		{"presigned with a hash in the query", "GET", "/buck/k" + presigned + "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD", nil, "", query},
		{"hoisted", "PUT", "/buck/k" + presigned + "&X-Amz-Acl=public-read", nil, "", with(query, "s3:x-amz-acl", "public-read", "s3:objectcreationoperation", "true")},

		{"location", "PUT", "/buck", nil, "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>", with(signed, "s3:locationconstraint", "eu-west-1")},
		{"no location", "PUT", "/buck", nil, "", signed},
		{
			"tags of a bucket", "PUT", "/buck", nil, "<CreateBucketConfiguration><Tags><Tag><Key>A</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>",
			with(signed, "aws:requesttag/a", "b", "aws:tagkeys", "A"),
		},
		{
			"tags in a document", "PUT", "/buck/k?tagging", nil, "<Tagging><TagSet>\n <Tag><Key>A</Key><Value>b&amp;c</Value></Tag></TagSet></Tagging>",
			with(signed, "s3:requestobjecttag/a", "b&c", "s3:requestobjecttagkeys", "A"),
		},
		{"no tags", "PUT", "/buck/k?tagging", nil, "<Tagging><TagSet/></Tagging>", signed},
		{
			"retention", "PUT", "/buck/k?retention", nil, "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2026-03-04T05:06:08Z</RetainUntilDate></Retention>",
			with(signed, "s3:object-lock-mode", "COMPLIANCE", "s3:object-lock-retain-until-date", "2026-03-04T05:06:08Z", "s3:object-lock-remaining-retention-days", "1"),
		},
		{"legal hold", "PUT", "/buck/k?legal-hold", nil, "<LegalHold><Status>OFF</Status></LegalHold>", with(signed, "s3:object-lock-legal-hold", "OFF")},
		{
			"inventory", "PUT", "/buck?inventory&id=1", nil, "<InventoryConfiguration><Id>1</Id><OptionalFields><Field>Size</Field><Field>ETag</Field></OptionalFields></InventoryConfiguration>",
			with(signed, "s3:inventoryaccessibleoptionalfields", "Size|ETag"),
		},
		{"restore", "POST", "/buck/k?restore", nil, "<RestoreRequest><Days>1</Days><GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters></RestoreRequest>", signed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			headers := test.headers
			if !strings.Contains(test.target, "X-Amz-Signature") {
				headers = append([]string{"Authorization: AWS4-HMAC-SHA256 x"}, headers...)
			}
			c := mustParse(t, request(test.method, test.target, headers...))
			if c.Body == ReadBody {
				if err := c.Read([]byte(test.body)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(test.want, c.Permissions[0].Context); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			sameAgain(t, c)
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::123456789012:role/r"
	c := mustParse(t, request("PUT", "/buck?replication"))
	if err := c.Read([]byte("<ReplicationConfiguration><Role>" + role + "</Role><Rule><ID>1</ID></Rule></ReplicationConfiguration>")); err != nil {
		t.Fatal(err)
	}
	want := []string{"PutReplicationConfiguration " + bucket, "iam:PassRole " + role}
	if diff := cmp.Diff(want, granted(c.Permissions)); diff != "" {
		t.Errorf("replication (-want +got)\n%s", diff)
	}
	if got := c.Permissions[1].Context["iam:passedtoservice"]; !cmp.Equal(got, []string{"s3.amazonaws.com"}) {
		t.Errorf("the role is passed to %q", got)
	}
	sameAgain(t, c)

	c = mustParse(t, request("PUT", "/buck"))
	if err := c.Read([]byte("<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"CreateBucket " + bucket, "TagResource " + bucket}, granted(c.Permissions)); diff != "" {
		t.Errorf("tags of a bucket (-want +got)\n%s", diff)
	}

	tests := []struct{ name, method, target, body, want string }{
		{"no body", "PUT", "/buck/k?tagging", "", "MalformedXML"},
		{"another root", "PUT", "/buck/k?tagging", "<Tags/>", "MalformedXML"},
		{"two sets", "PUT", "/buck/k?tagging", "<Tagging><TagSet/><TagSet/></Tagging>", "MalformedXML"},
		{"unknown element", "PUT", "/buck/k?tagging", "<Tagging><TagSet/><X/></Tagging>", "MalformedXML"},
		{"tag without a value", "PUT", "/buck/k?tagging", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", "MalformedXML"},
		{"two keys", "PUT", "/buck/k?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Key>b</Key><Value/></Tag></TagSet></Tagging>", "MalformedXML"},
		{"a tag twice", "PUT", "/buck/k?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value/></Tag><Tag><Key>A</Key><Value/></Tag></TagSet></Tagging>", "InvalidTag"},
		{"retention that is no date", "PUT", "/buck/k?retention", "<Retention><RetainUntilDate>x</RetainUntilDate></Retention>", "InvalidArgument"},
		{"two modes", "PUT", "/buck/k?retention", "<Retention><Mode>a</Mode><Mode>b</Mode></Retention>", "MalformedXML"},
		{"two holds", "PUT", "/buck/k?legal-hold", "<LegalHold><Status>ON</Status><Status>OFF</Status></LegalHold>", "MalformedXML"},
		{"two roles", "PUT", "/buck?replication", "<ReplicationConfiguration><Role>" + role + "</Role><Role>x</Role></ReplicationConfiguration>", "MalformedXML"},
		{"no role", "PUT", "/buck?replication", "<ReplicationConfiguration/>", "MalformedXML"},
		{"a role that is none", "PUT", "/buck?replication", "<ReplicationConfiguration><Role>arn:aws:iam::1:user/u</Role></ReplicationConfiguration>", "InvalidArgument"},
		{"two locations", "PUT", "/buck", "<CreateBucketConfiguration><LocationConstraint>a</LocationConstraint><LocationConstraint>b</LocationConstraint></CreateBucketConfiguration>", "MalformedXML"},
		{"directory bucket", "PUT", "/buck", "<CreateBucketConfiguration><Bucket><Type>Directory</Type></Bucket></CreateBucketConfiguration>", "NotImplemented"},
		{"restore elsewhere", "POST", "/buck/k?restore", "<RestoreRequest><OutputLocation/></RestoreRequest>", "NotImplemented"},
		{"restore by query", "POST", "/buck/k?restore", "<RestoreRequest><Type>SELECT</Type></RestoreRequest>", "NotImplemented"},
		{"too large", "PUT", "/buck/k?tagging", strings.Repeat(" ", maxDocument+1), "MaxMessageLengthExceeded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if err := mustParse(t, request(test.method, test.target)).Read([]byte(test.body)); code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestRebuild(t *testing.T) {
	t.Parallel()
	c := mustParse(t, request("PUT", "/buck/a%20b?x-id=PutObject",
		"Authorization: AWS4-HMAC-SHA256 x", "X-Amz-Date: 20260304T050607Z", "X-Amz-Security-Token: t", "X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
		"X-Amz-Trailer: x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length: 5", "X-Amz-Sdk-Checksum-Algorithm: CRC32", "X-Amz-Expected-Bucket-Owner: 123456789012",
		"Content-Encoding: gzip, aws-chunked", "Content-Type: text/plain", "X-Amz-Meta-A:  b ", "User-Agent: x", "Connection: X-Amz-Date", "X-Forwarded-For: 1.2.3.4",
		"X-Minio-Extract: true", "X-Rgw-Foo: 1", "X-Http-Method-Override: DELETE", "Cookie: a=b", "Expect: 100-continue", "Amz-Sdk-Request: attempt=1"))
	want := Upstream{Method: "PUT", Target: "/buck/a%20b", Header: map[string][]string{
		"Content-Encoding": {"gzip"}, "Content-Type": {"text/plain"}, "X-Amz-Meta-A": {"b"},
	}}
	if diff := cmp.Diff(want, c.Rebuild()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	c = mustParse(t, request("PUT", "/buck/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=c&X-Amz-Signature=00&x-amz-meta-a=b+c&X-Amz-Checksum-Crc32=AAAAAA%3D%3D&x-id=PutObject"))
	want = Upstream{Method: "PUT", Target: "/buck/k", Header: map[string][]string{"X-Amz-Meta-A": {"b c"}, "X-Amz-Checksum-Crc32": {"AAAAAA=="}}}
	if diff := cmp.Diff(want, c.Rebuild()); diff != "" || !c.Presigned {
		t.Errorf("presigned (-want +got)\n%s", diff)
	}
	c = mustParse(t, request("GET", "/buck?versions&prefix=a+%26&delimiter=%2f&encoding-type=url"))
	if got := c.Rebuild().Target; got != "/buck?delimiter=%2F&encoding-type=url&prefix=a%20%26&versions" {
		t.Errorf("the query goes on as %s", got)
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, target string
		body           Body
		limit          int64
	}{
		{"GET", "/buck/k", NoBody, 0},
		{"DELETE", "/buck/k", NoBody, 0},
		{"POST", "/buck/k?uploads", NoBody, 0},
		{"PUT", "/buck/k", ObjectBody, 5 << 30},
		{"PUT", "/buck/k?partNumber=1&uploadId=u", ObjectBody, 5 << 30},
		{"PUT", "/buck?cors", DocumentBody, 1 << 20},
		{"POST", "/buck/k?uploadId=u", DocumentBody, 4 << 20},
		{"PUT", "/buck/k?tagging", ReadBody, 1 << 20},
	}
	for _, test := range tests {
		if c := mustParse(t, request(test.method, test.target)); c.Body != test.body || c.Limit != test.limit {
			t.Errorf("%s %s: body %d of %d bytes", test.method, test.target, c.Body, c.Limit)
		}
	}
	for o := range readers {
		found := false
		for _, row := range index {
			found = found || row.name == o && row.body == ReadBody
		}
		if !found {
			t.Errorf("%s is read and has no body to read", o)
		}
	}
	for _, row := range index {
		if _, ok := readers[row.name]; row.body == ReadBody && !ok {
			t.Errorf("nobody reads the body of %s", row.name)
		}
	}
}

// TestWhenMissing is attack 20.
func TestWhenMissing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, target string
		headers        []string
		want           string
	}{
		{"GET", "/buck/k", nil, "s3:ListBucket arn:aws:s3:::buck"},
		{"HEAD", "/buck/k?versionId=v", nil, "s3:ListBucket arn:aws:s3:::buck"},
		{"GET", "/buck/k?attributes", []string{"X-Amz-Object-Attributes: ETag"}, "s3:ListBucket arn:aws:s3:::buck"},
		{"PUT", "/buck/k", []string{"X-Amz-Copy-Source: other/k"}, "s3:ListBucket arn:aws:s3:::other"},
		{"PUT", "/buck/k", nil, ""},
		{"GET", "/buck/k?acl", nil, ""},
		{"GET", "/buck", nil, ""},
	}
	for _, test := range tests {
		p, ok := mustParse(t, request(test.method, test.target, test.headers...)).WhenMissing()
		if got := strings.TrimSpace(p.Action + " " + p.Resource); got != test.want || ok != (test.want != "") {
			t.Errorf("%s %s: %q, %v", test.method, test.target, got, ok)
		}
	}
}

// TestOrigin sees that each permission of a request says whose the bucket is and how the request came: none may be asked for
// without.
func TestOrigin(t *testing.T) {
	t.Parallel()
	const replication = "<ReplicationConfiguration><Role>arn:aws:iam::123456789012:role/r</Role></ReplicationConfiguration>"
	const deletion = "<Delete><Object><Key>a</Key><VersionId>v</VersionId></Object><Object><Key>b</Key></Object></Delete>"
	for _, test := range []struct {
		request Request
		body    string
		asked   int
	}{
		{request("GET", "/buck/k"), "", 2},
		{request("PUT", "/buck/k", "X-Amz-Copy-Source: other/k", "X-Amz-Acl: public-read"), "", 6},
		{request("PUT", "/buck?replication"), replication, 2},
		{request("POST", "/buck?delete", md5Line(deletion), "X-Amz-Bypass-Governance-Retention: true"), deletion, 4},
	} {
		test.request.Header["Authorization"] = []string{"AWS4-HMAC-SHA256 x"}
		test.request.TLSVersion = "1.2"
		c := mustParse(t, test.request)
		if c.Body == ReadBody {
			if err := c.Read([]byte(test.body)); err != nil {
				t.Fatal(err)
			}
		}
		asked := slices.Concat(c.Permissions, c.IfSourceTagged)
		if c.Delete != nil {
			for _, o := range c.Delete.Objects {
				asked = append(asked, o.Permissions...)
			}
		}
		if p, ok := c.WhenMissing(); ok {
			asked = append(asked, p)
		}
		for _, p := range asked {
			got := [][]string{p.Context["s3:resourceaccount"], p.Context["s3:tlsversion"], p.Context["s3:authtype"]}
			if diff := cmp.Diff([][]string{{config.Account}, {"1.2"}, {"REST-HEADER"}}, got); diff != "" {
				t.Errorf("%s, %s (-want +got)\n%s", c.Operation, p.Action, diff)
			}
		}
		if len(asked) != test.asked {
			t.Errorf("%s: %d permissions", c.Operation, len(asked))
		}
	}
}
