package s3

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	base   = "s3.example.com"
	object = "arn:aws:s3:::buck/a/k"
	bucket = "arn:aws:s3:::buck"
)

var (
	config = Config{Bases: []string{base, "example.com"}, Account: "123456789012"}
	now    = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
)

// header makes a header of "name: value" lines.
func header(lines ...string) map[string][]string {
	h := map[string][]string{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h[name] = append(h[name], value)
	}
	return h
}

func request(method, target string, lines ...string) Request {
	return Request{Method: method, Host: base, Target: target, Header: header(lines...), Now: now}
}

func mustParse(t testing.TB, r Request) *Call {
	t.Helper()
	c, err := Parse(r, config)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.Target, err)
	}
	return c
}

// md5Line is the header without which DeleteObjects is refused.
func md5Line(body string) string { return "Content-Md5: " + md5Sum([]byte(body)) }

// granted are the permissions as "action resource".
func granted(all []Permission) []string {
	var texts []string
	for _, p := range all {
		texts = append(texts, strings.TrimPrefix(p.Action, "s3:")+" "+p.Resource)
	}
	return texts
}

// TestOperations has a row for each operation of spec aws-services section 2.1.
func TestOperations(t *testing.T) {
	t.Parallel()
	const copied = "X-Amz-Copy-Source: other/src"
	tests := []struct {
		operation, method, target string
		headers                   []string
		want                      []string
	}{
		{"ListBuckets", "GET", "/?max-buckets=5&prefix=a", nil, []string{"ListAllMyBuckets *"}},
		{"CreateBucket", "PUT", "/buck", nil, []string{"CreateBucket " + bucket}},
		{"CreateBucket", "PUT", "/buck", []string{"X-Amz-Acl: private"}, []string{"CreateBucket " + bucket}},
		{
			"CreateBucket", "PUT", "/buck",
			[]string{"X-Amz-Acl: public-read", "X-Amz-Bucket-Object-Lock-Enabled: True", "X-Amz-Object-Ownership: ObjectWriter"},
			[]string{"CreateBucket " + bucket, "PutBucketAcl " + bucket, "PutBucketObjectLockConfiguration " + bucket, "PutBucketVersioning " + bucket, "PutBucketOwnershipControls " + bucket},
		},
		{"CreateBucket", "PUT", "/buck", []string{"X-Amz-Grant-Write: id=x"}, []string{"CreateBucket " + bucket, "PutBucketAcl " + bucket}},
		{"DeleteBucket", "DELETE", "/buck/", nil, []string{"DeleteBucket " + bucket}},
		{"HeadBucket", "HEAD", "/buck", nil, []string{"ListBucket " + bucket}},
		{"ListObjects", "GET", "/buck?prefix=a&delimiter=%2F&marker=x", nil, []string{"ListBucket " + bucket}},
		{"ListObjectsV2", "GET", "/buck?list-type=2&start-after=a", nil, []string{"ListBucket " + bucket}},
		{"ListObjectVersions", "GET", "/buck?versions&key-marker=a", nil, []string{"ListBucketVersions " + bucket}},
		{"ListMultipartUploads", "GET", "/buck?uploads", nil, []string{"ListBucketMultipartUploads " + bucket}},
		{"GetBucketLocation", "GET", "/buck?location", nil, []string{"GetBucketLocation " + bucket}},
		{"GetBucketPolicyStatus", "GET", "/buck?policyStatus", nil, []string{"GetBucketPolicyStatus " + bucket}},

		{"GetBucketAbac", "GET", "/buck?abac", nil, []string{"GetBucketAbac " + bucket}},
		{"PutBucketAbac", "PUT", "/buck?abac", nil, []string{"PutBucketAbac " + bucket}},
		{"GetBucketAccelerateConfiguration", "GET", "/buck?accelerate", nil, []string{"GetAccelerateConfiguration " + bucket}},
		{"PutBucketAccelerateConfiguration", "PUT", "/buck?accelerate", nil, []string{"PutAccelerateConfiguration " + bucket}},
		{"GetBucketAcl", "GET", "/buck?acl", nil, []string{"GetBucketAcl " + bucket}},
		{"PutBucketAcl", "PUT", "/buck?acl=", nil, []string{"PutBucketAcl " + bucket}},
		{"GetBucketCors", "GET", "/buck?cors", nil, []string{"GetBucketCORS " + bucket}},
		{"PutBucketCors", "PUT", "/buck?cors", nil, []string{"PutBucketCORS " + bucket}},
		{"DeleteBucketCors", "DELETE", "/buck?cors", nil, []string{"PutBucketCORS " + bucket}},
		{"GetBucketEncryption", "GET", "/buck?encryption", nil, []string{"GetEncryptionConfiguration " + bucket}},
		{"PutBucketEncryption", "PUT", "/buck?encryption", nil, []string{"PutEncryptionConfiguration " + bucket}},
		{"DeleteBucketEncryption", "DELETE", "/buck?encryption", nil, []string{"PutEncryptionConfiguration " + bucket}},
		{"GetBucketLifecycleConfiguration", "GET", "/buck?lifecycle", nil, []string{"GetLifecycleConfiguration " + bucket}},
		{"PutBucketLifecycleConfiguration", "PUT", "/buck?lifecycle", nil, []string{"PutLifecycleConfiguration " + bucket}},
		{"DeleteBucketLifecycle", "DELETE", "/buck?lifecycle", nil, []string{"PutLifecycleConfiguration " + bucket}},
		{"GetBucketLogging", "GET", "/buck?logging", nil, []string{"GetBucketLogging " + bucket}},
		{"PutBucketLogging", "PUT", "/buck?logging", nil, []string{"PutBucketLogging " + bucket}},
		{"GetBucketNotificationConfiguration", "GET", "/buck?notification", nil, []string{"GetBucketNotification " + bucket}},
		{"PutBucketNotificationConfiguration", "PUT", "/buck?notification", nil, []string{"PutBucketNotification " + bucket}},
		{"GetObjectLockConfiguration", "GET", "/buck?object-lock", nil, []string{"GetBucketObjectLockConfiguration " + bucket}},
		{"PutObjectLockConfiguration", "PUT", "/buck?object-lock", nil, []string{"PutBucketObjectLockConfiguration " + bucket}},
		{"GetBucketOwnershipControls", "GET", "/buck?ownershipControls", nil, []string{"GetBucketOwnershipControls " + bucket}},
		{"PutBucketOwnershipControls", "PUT", "/buck?ownershipControls", nil, []string{"PutBucketOwnershipControls " + bucket}},
		{"DeleteBucketOwnershipControls", "DELETE", "/buck?ownershipControls", nil, []string{"PutBucketOwnershipControls " + bucket}},
		{"GetBucketPolicy", "GET", "/buck?policy", nil, []string{"GetBucketPolicy " + bucket}},
		{"PutBucketPolicy", "PUT", "/buck?policy", nil, []string{"PutBucketPolicy " + bucket}},
		{"DeleteBucketPolicy", "DELETE", "/buck?policy", nil, []string{"DeleteBucketPolicy " + bucket}},
		{"GetPublicAccessBlock", "GET", "/buck?publicAccessBlock", nil, []string{"GetBucketPublicAccessBlock " + bucket}},
		{"PutPublicAccessBlock", "PUT", "/buck?publicAccessBlock", nil, []string{"PutBucketPublicAccessBlock " + bucket}},
		{"DeletePublicAccessBlock", "DELETE", "/buck?publicAccessBlock", nil, []string{"PutBucketPublicAccessBlock " + bucket}},
		{"GetBucketReplication", "GET", "/buck?replication", nil, []string{"GetReplicationConfiguration " + bucket}},
		{"PutBucketReplication", "PUT", "/buck?replication", nil, []string{"PutReplicationConfiguration " + bucket}},
		{"DeleteBucketReplication", "DELETE", "/buck?replication", nil, []string{"PutReplicationConfiguration " + bucket}},
		{"GetBucketRequestPayment", "GET", "/buck?requestPayment", nil, []string{"GetBucketRequestPayment " + bucket}},
		{"PutBucketRequestPayment", "PUT", "/buck?requestPayment", nil, []string{"PutBucketRequestPayment " + bucket}},
		{"GetBucketTagging", "GET", "/buck?tagging", nil, []string{"GetBucketTagging " + bucket}},
		{"PutBucketTagging", "PUT", "/buck?tagging", nil, []string{"PutBucketTagging " + bucket}},
		{"DeleteBucketTagging", "DELETE", "/buck?tagging", nil, []string{"PutBucketTagging " + bucket}},
		{"GetBucketVersioning", "GET", "/buck?versioning", nil, []string{"GetBucketVersioning " + bucket}},
		{"PutBucketVersioning", "PUT", "/buck?versioning", nil, []string{"PutBucketVersioning " + bucket}},
		{"GetBucketWebsite", "GET", "/buck?website", nil, []string{"GetBucketWebsite " + bucket}},
		{"PutBucketWebsite", "PUT", "/buck?website", nil, []string{"PutBucketWebsite " + bucket}},
		{"DeleteBucketWebsite", "DELETE", "/buck?website", nil, []string{"DeleteBucketWebsite " + bucket}},

		{"GetBucketAnalyticsConfiguration", "GET", "/buck?analytics&id=1", nil, []string{"GetAnalyticsConfiguration " + bucket}},
		{"ListBucketAnalyticsConfigurations", "GET", "/buck?analytics", nil, []string{"GetAnalyticsConfiguration " + bucket}},
		{"PutBucketAnalyticsConfiguration", "PUT", "/buck?analytics&id=1", nil, []string{"PutAnalyticsConfiguration " + bucket}},
		{"DeleteBucketAnalyticsConfiguration", "DELETE", "/buck?analytics&id=1", nil, []string{"PutAnalyticsConfiguration " + bucket}},
		{"GetBucketInventoryConfiguration", "GET", "/buck?inventory&id=1", nil, []string{"GetInventoryConfiguration " + bucket}},
		{"ListBucketInventoryConfigurations", "GET", "/buck?inventory", nil, []string{"GetInventoryConfiguration " + bucket}},
		{"PutBucketInventoryConfiguration", "PUT", "/buck?inventory&id=1", nil, []string{"PutInventoryConfiguration " + bucket}},
		{"DeleteBucketInventoryConfiguration", "DELETE", "/buck?inventory&id=1", nil, []string{"PutInventoryConfiguration " + bucket}},
		{"GetBucketMetricsConfiguration", "GET", "/buck?metrics&id=1", nil, []string{"GetMetricsConfiguration " + bucket}},
		{"ListBucketMetricsConfigurations", "GET", "/buck?metrics", nil, []string{"GetMetricsConfiguration " + bucket}},
		{"PutBucketMetricsConfiguration", "PUT", "/buck?metrics&id=1", nil, []string{"PutMetricsConfiguration " + bucket}},
		{"DeleteBucketMetricsConfiguration", "DELETE", "/buck?metrics&id=1", nil, []string{"PutMetricsConfiguration " + bucket}},
		{"GetBucketIntelligentTieringConfiguration", "GET", "/buck?intelligent-tiering&id=1", nil, []string{"GetIntelligentTieringConfiguration " + bucket}},
		{"ListBucketIntelligentTieringConfigurations", "GET", "/buck?intelligent-tiering", nil, []string{"GetIntelligentTieringConfiguration " + bucket}},
		{"PutBucketIntelligentTieringConfiguration", "PUT", "/buck?intelligent-tiering&id=1", nil, []string{"PutIntelligentTieringConfiguration " + bucket}},
		{"DeleteBucketIntelligentTieringConfiguration", "DELETE", "/buck?intelligent-tiering&id=1", nil, []string{"PutIntelligentTieringConfiguration " + bucket}},

		{"GetBucketMetadataTableConfiguration", "GET", "/buck?metadataTable", nil, []string{"GetBucketMetadataTableConfiguration " + bucket}},
		{"DeleteBucketMetadataTableConfiguration", "DELETE", "/buck?metadataTable", nil, []string{"DeleteBucketMetadataTableConfiguration " + bucket}},
		{"GetBucketMetadataConfiguration", "GET", "/buck?metadataConfiguration", nil, []string{"GetBucketMetadataTableConfiguration " + bucket}},
		{"DeleteBucketMetadataConfiguration", "DELETE", "/buck?metadataConfiguration", nil, []string{"DeleteBucketMetadataTableConfiguration " + bucket}},
		{"UpdateBucketMetadataInventoryTableConfiguration", "PUT", "/buck?metadataInventoryTable", nil, []string{"UpdateBucketMetadataInventoryTableConfiguration " + bucket}},
		{"UpdateBucketMetadataJournalTableConfiguration", "PUT", "/buck?metadataJournalTable", nil, []string{"UpdateBucketMetadataJournalTableConfiguration " + bucket}},
		{"PostObject", "POST", "/buck", []string{"Content-Type: multipart/form-data; boundary=x"}, nil},
		{"DeleteObjects", "POST", "/buck?delete", []string{md5Line("")}, nil},

		{"GetObject", "GET", "/buck/a/k?x-id=GetObject&partNumber=1&response-content-type=x", []string{"Range: bytes=0-1"}, []string{"GetObject " + object}},
		{"GetObject", "GET", "/buck/a/k?versionId=v1", nil, []string{"GetObjectVersion " + object}},
		{"HeadObject", "HEAD", "/buck/a/k", nil, []string{"GetObject " + object}},
		{"HeadObject", "HEAD", "/buck/a/k?versionId=null", nil, []string{"GetObjectVersion " + object}},
		{"PutObject", "PUT", "/buck/a/k?x-id=PutObject", []string{"X-Amz-Acl: private", "X-Amz-Storage-Class: GLACIER", "X-Amz-Meta-A: b"}, []string{"PutObject " + object}},
		{"PutObject", "PUT", "/buck/a/k", []string{"X-Amz-Acl: public-read"}, []string{"PutObject " + object, "PutObjectAcl " + object}},
		{"PutObject", "PUT", "/buck/a/k", []string{"X-Amz-Grant-Read: id=x"}, []string{"PutObject " + object, "PutObjectAcl " + object}},
		{"PutObject", "PUT", "/buck/a/k", []string{"X-Amz-Tagging: a=b"}, []string{"PutObject " + object, "PutObjectTagging " + object}},
		{"PutObject", "PUT", "/buck/a/k", []string{"X-Amz-Object-Lock-Mode: GOVERNANCE"}, []string{"PutObject " + object, "PutObjectRetention " + object}},
		{"PutObject", "PUT", "/buck/a/k", []string{"X-Amz-Object-Lock-Legal-Hold: ON"}, []string{"PutObject " + object, "PutObjectLegalHold " + object}},
		{"PutObject", "PUT", "/buck/a/k", []string{`If-Match: "e"`}, []string{"PutObject " + object, "GetObject " + object}},
		{"CopyObject", "PUT", "/buck/a/k", []string{copied}, []string{"GetObject arn:aws:s3:::other/src", "PutObject " + object}},
		{"CopyObject", "PUT", "/buck/a/k", []string{copied + "?versionId=v", "X-Amz-Tagging-Directive: REPLACE", "X-Amz-Tagging: a=b"}, []string{"GetObjectVersion arn:aws:s3:::other/src", "PutObject " + object, "PutObjectTagging " + object}},
		{"DeleteObject", "DELETE", "/buck/a/k", nil, []string{"DeleteObject " + object}},
		{"DeleteObject", "DELETE", "/buck/a/k?versionId=v", []string{"X-Amz-Bypass-Governance-Retention: TRUE"}, []string{"DeleteObjectVersion " + object, "BypassGovernanceRetention " + object}},
		{"DeleteObject", "DELETE", "/buck/a/k", []string{"X-Amz-Bypass-Governance-Retention: false"}, []string{"DeleteObject " + object}},
		{"GetObjectAttributes", "GET", "/buck/a/k?attributes", []string{"X-Amz-Object-Attributes: ETag"}, []string{"GetObjectAttributes " + object, "GetObject " + object}},
		{"GetObjectAttributes", "GET", "/buck/a/k?attributes&versionId=v", []string{"X-Amz-Object-Attributes: ETag"}, []string{"GetObjectVersionAttributes " + object, "GetObjectVersion " + object}},
		{"GetObjectAcl", "GET", "/buck/a/k?acl", nil, []string{"GetObjectAcl " + object}},
		{"GetObjectAcl", "GET", "/buck/a/k?acl&versionId=v", nil, []string{"GetObjectVersionAcl " + object}},
		{"PutObjectAcl", "PUT", "/buck/a/k?acl", nil, []string{"PutObjectAcl " + object}},
		{"PutObjectAcl", "PUT", "/buck/a/k?acl&versionId=v", nil, []string{"PutObjectVersionAcl " + object}},
		{"GetObjectTagging", "GET", "/buck/a/k?tagging", nil, []string{"GetObjectTagging " + object}},
		{"GetObjectTagging", "GET", "/buck/a/k?tagging&versionId=v", nil, []string{"GetObjectVersionTagging " + object}},
		{"PutObjectTagging", "PUT", "/buck/a/k?tagging", nil, []string{"PutObjectTagging " + object}},
		{"PutObjectTagging", "PUT", "/buck/a/k?versionId=v&tagging", nil, []string{"PutObjectVersionTagging " + object}},
		{"DeleteObjectTagging", "DELETE", "/buck/a/k?tagging", nil, []string{"DeleteObjectTagging " + object}},
		{"DeleteObjectTagging", "DELETE", "/buck/a/k?tagging&versionId=v", nil, []string{"DeleteObjectVersionTagging " + object}},
		{"GetObjectLegalHold", "GET", "/buck/a/k?legal-hold&versionId=v", nil, []string{"GetObjectLegalHold " + object}},
		{"PutObjectLegalHold", "PUT", "/buck/a/k?legal-hold", nil, []string{"PutObjectLegalHold " + object}},
		{"GetObjectRetention", "GET", "/buck/a/k?retention&versionId=v", nil, []string{"GetObjectRetention " + object}},
		{"PutObjectRetention", "PUT", "/buck/a/k?retention", []string{"X-Amz-Bypass-Governance-Retention: true"}, []string{"PutObjectRetention " + object, "BypassGovernanceRetention " + object}},
		{"GetObjectTorrent", "GET", "/buck/a/k?torrent", nil, []string{"GetObjectTorrent " + object}},
		{"GetObjectTorrent", "GET", "/buck/a/k?torrent&versionId=v", nil, []string{"GetObjectVersionTorrent " + object}},
		{"RestoreObject", "POST", "/buck/a/k?restore&versionId=v", nil, []string{"RestoreObject " + object}},
		{"SelectObjectContent", "POST", "/buck/a/k?select&select-type=2", nil, []string{"GetObject " + object}},
		{"CreateMultipartUpload", "POST", "/buck/a/k?uploads", []string{"X-Amz-Acl: public-read", "X-Amz-Tagging: a=b"}, []string{"PutObject " + object, "PutObjectAcl " + object, "PutObjectTagging " + object}},
		{"UploadPart", "PUT", "/buck/a/k?partNumber=1&uploadId=u", nil, []string{"PutObject " + object}},
		{"UploadPartCopy", "PUT", "/buck/a/k?partNumber=1&uploadId=u", []string{copied, "X-Amz-Copy-Source-Range: bytes=0-1"}, []string{"GetObject arn:aws:s3:::other/src", "PutObject " + object}},
		{"UploadPartCopy", "PUT", "/buck/a/k?partNumber=1&uploadId=u", []string{copied + "?versionId=v"}, []string{"GetObjectVersion arn:aws:s3:::other/src", "PutObject " + object}},
		{"CompleteMultipartUpload", "POST", "/buck/a/k?uploadId=u", nil, []string{"PutObject " + object}},
		{"CompleteMultipartUpload", "POST", "/buck/a/k?uploadId=u", []string{"If-Match: e"}, []string{"PutObject " + object, "GetObject " + object}},
		{"AbortMultipartUpload", "DELETE", "/buck/a/k?uploadId=u", nil, []string{"AbortMultipartUpload " + object}},
		{"ListParts", "GET", "/buck/a/k?uploadId=u&max-parts=5", nil, []string{"ListMultipartUploadParts " + object}},
		{"UpdateObjectEncryption", "PUT", "/buck/a/k?encryption", nil, []string{"UpdateObjectEncryption " + object, "PutObject " + object}},
	}
	seen := map[string]bool{}
	for _, test := range tests {
		seen[test.operation] = true
		t.Run(test.method+" "+test.target, func(t *testing.T) {
			t.Parallel()
			c := mustParse(t, request(test.method, test.target, test.headers...))
			if c.Operation != test.operation {
				t.Errorf("the operation is %s, want %s", c.Operation, test.operation)
			}
			if diff := cmp.Diff(test.want, granted(c.Permissions)); diff != "" {
				t.Errorf("permissions (-want +got)\n%s", diff)
			}
			sameAgain(t, c)
		})
	}
	for _, o := range index {
		if o.refused == "" && !seen[o.name] {
			t.Errorf("there is no test of %s", o.name)
		}
	}
}

// sameAgain rebuilds a call and parses it again: what goes on is what was decided on.
func sameAgain(t testing.TB, c *Call) {
	t.Helper()
	if c.Body == ReadBody && !c.read || c.Body == FormBody {
		return
	}
	var u Upstream
	if c.Delete != nil {
		u, _ = c.RebuildDelete(nil)
	} else {
		u = c.Rebuild()
	}
	strict := Config{Bases: []string{base}, Account: "123456789012", DotSegments: config.DotSegments}
	again, err := Parse(Request{Method: u.Method, Host: base, Target: u.Target, Header: u.Header, Now: c.now}, strict)
	if err != nil {
		t.Fatalf("%s %s %v: rebuilt: %v", u.Method, u.Target, u.Header, err)
	}
	if again.Body == ReadBody {
		if err := again.Read(u.Body); err != nil {
			t.Fatalf("%s: rebuilt: %v", u.Body, err)
		}
	}
	if diff := cmp.Diff(decided(t, c), decided(t, again)); diff != "" {
		t.Errorf("(-decided +rebuilt)\n%s", diff)
	}
}

// decided is all of a call that permissions depend on, but for how it was authenticated.
func decided(t testing.TB, c *Call) string {
	t.Helper()
	d := *c
	d.Presigned = false
	for _, all := range [][]Permission{d.Permissions, d.IfSourceTagged} {
		unsign(all)
	}
	if d.Delete != nil {
		for _, o := range d.Delete.Objects {
			unsign(o.Permissions)
		}
	}
	text, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func unsign(all []Permission) {
	for i := range all {
		all[i].Context = maps.Clone(all[i].Context)
		for _, key := range []string{"s3:authtype", "s3:signatureversion", "s3:signatureage", "s3:tlsversion", "s3:x-amz-content-sha256"} {
			delete(all[i].Context, key)
		}
	}
}
