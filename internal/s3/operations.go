package s3

import (
	"maps"
	"net/textproto"
	"slices"
	"strings"
)

// Body is what becomes of the body of a request.
type Body int

// What becomes of bodies.
const (
	NoBody       Body = iota // whatever came is checked against its hash and dropped
	ObjectBody               // streams to the backend
	DocumentBody             // small, goes on as it came, decides nothing; at most Call.Limit bytes
	FormBody                 // must be given to Call.ReadForm: the call of the form is what is decided on and goes on
	ReadBody                 // must be given to Call.Read before Permissions are complete; at most Call.Limit bytes
)

const (
	maxObject   = 5 << 30
	maxDocument = 1 << 20
	maxParts    = 4 << 20 // of CompleteMultipartUpload: 10,000 parts with their checksums
	maxDelete   = 2 << 20
)

type level int

const (
	service level = iota
	bucketLevel
	objectLevel
)

// operation is a row of spec aws-services section 2.1.
type operation struct {
	name   string
	method string
	level  level
	sub    string // the subresource
	when   string // the parameter or header that tells it from the row with the same method, level and subresource

	action   string // without its prefix "s3:"
	version  string // the action when there is a versionId; "" when the action has no such form
	query    map[string]bool
	required []string
	headers  map[string]bool
	body     Body
	limit    int64
	extra    func(*builder) // further permissions and condition keys
	refused  string         // why the operation is not performed; "" when it is
}

// choice is what names an operation.
type choice struct {
	method string
	level  level
	sub    string
	when   string
}

const (
	copySource = "x-amz-copy-source"

	everywhere = "x-amz-expected-bucket-owner x-amz-request-payer origin "
	customer   = "x-amz-server-side-encryption-customer-algorithm x-amz-server-side-encryption-customer-key " +
		"x-amz-server-side-encryption-customer-key-md5 "
	sums = "content-md5 x-amz-sdk-checksum-algorithm x-amz-checksum-crc32 x-amz-checksum-crc32c x-amz-checksum-crc64nvme x-amz-checksum-md5 " +
		"x-amz-checksum-sha1 x-amz-checksum-sha256 x-amz-checksum-sha512 x-amz-checksum-xxhash128 x-amz-checksum-xxhash3 x-amz-checksum-xxhash64 "
	algorithm  = "x-amz-checksum-algorithm " // S3 asks for it elsewhere; minio-go sends it here, too
	document   = sums + "content-type "
	conditions = "if-match if-modified-since if-none-match if-unmodified-since "
	reading    = conditions + "range x-amz-checksum-mode " + customer
	grants     = "x-amz-acl x-amz-grant-full-control x-amz-grant-read x-amz-grant-read-acp x-amz-grant-write-acp "
	bypass     = "x-amz-bypass-governance-retention " //nolint:gosec // no credentials
	creating   = grants + customer + "x-amz-meta- cache-control content-disposition content-encoding content-language content-type expires " +
		"x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id x-amz-server-side-encryption-context " +
		"x-amz-server-side-encryption-bucket-key-enabled x-amz-storage-class x-amz-website-redirect-location x-amz-tagging " +
		"x-amz-object-lock-mode x-amz-object-lock-retain-until-date x-amz-object-lock-legal-hold "
	copying = "x-amz-copy-source x-amz-copy-source-if-match x-amz-copy-source-if-modified-since x-amz-copy-source-if-none-match " +
		"x-amz-copy-source-if-unmodified-since x-amz-copy-source-server-side-encryption-customer-algorithm " +
		"x-amz-copy-source-server-side-encryption-customer-key x-amz-copy-source-server-side-encryption-customer-key-md5 " +
		"x-amz-source-expected-bucket-owner "
	optional  = "x-amz-optional-object-attributes "
	overrides = "response-cache-control response-content-disposition response-content-encoding response-content-language " +
		"response-content-type response-expires versionId partNumber"
)

// pair is a subresource of buckets and the end of its actions' names: Get and Put, and Delete, which is Put to policies
// where there is no action of its own.
type pair struct {
	sub, operation, action string
	remove                 string // name of the operation, "" when there is none
	removeAction           string
	headers                string
	body                   Body
}

var pairs = []pair{
	{sub: "abac", operation: "BucketAbac", action: "BucketAbac"},
	{sub: "accelerate", operation: "BucketAccelerateConfiguration", action: "AccelerateConfiguration"},
	{sub: "acl", operation: "BucketAcl", action: "BucketAcl", headers: grants + "x-amz-grant-write"},
	{sub: "cors", operation: "BucketCors", action: "BucketCORS", remove: "DeleteBucketCors", removeAction: "PutBucketCORS"},
	{sub: "encryption", operation: "BucketEncryption", action: "EncryptionConfiguration", remove: "DeleteBucketEncryption", removeAction: "PutEncryptionConfiguration"},
	{sub: "lifecycle", operation: "BucketLifecycleConfiguration", action: "LifecycleConfiguration", remove: "DeleteBucketLifecycle", removeAction: "PutLifecycleConfiguration", headers: "x-amz-transition-default-minimum-object-size"},
	{sub: "logging", operation: "BucketLogging", action: "BucketLogging"},
	{sub: "notification", operation: "BucketNotificationConfiguration", action: "BucketNotification", headers: "x-amz-skip-destination-validation"},
	{sub: "object-lock", operation: "ObjectLockConfiguration", action: "BucketObjectLockConfiguration", headers: "x-amz-bucket-object-lock-token"},
	{sub: "ownershipControls", operation: "BucketOwnershipControls", action: "BucketOwnershipControls", remove: "DeleteBucketOwnershipControls", removeAction: "PutBucketOwnershipControls"},
	{sub: "policy", operation: "BucketPolicy", action: "BucketPolicy", remove: "DeleteBucketPolicy", removeAction: "DeleteBucketPolicy", headers: "x-amz-confirm-remove-self-bucket-access"},
	{sub: "publicAccessBlock", operation: "PublicAccessBlock", action: "BucketPublicAccessBlock", remove: "DeletePublicAccessBlock", removeAction: "PutBucketPublicAccessBlock"},
	{sub: "replication", operation: "BucketReplication", action: "ReplicationConfiguration", remove: "DeleteBucketReplication", removeAction: "PutReplicationConfiguration", headers: "x-amz-bucket-object-lock-token", body: ReadBody},
	{sub: "requestPayment", operation: "BucketRequestPayment", action: "BucketRequestPayment"},
	{sub: "tagging", operation: "BucketTagging", action: "BucketTagging", remove: "DeleteBucketTagging", removeAction: "PutBucketTagging"},
	{sub: "versioning", operation: "BucketVersioning", action: "BucketVersioning"},
	{sub: "website", operation: "BucketWebsite", action: "BucketWebsite", remove: "DeleteBucketWebsite", removeAction: "DeleteBucketWebsite"},
}

// configurations are the subresources of buckets of which there are several, told apart by their id.
var configurations = []struct {
	sub, name string
	body      Body
}{
	{"analytics", "Analytics", DocumentBody},
	{"intelligent-tiering", "IntelligentTiering", DocumentBody},
	{"inventory", "Inventory", ReadBody},
	{"metrics", "Metrics", DocumentBody},
}

// rows are the operations that are no member of a family. Headers and query are those of AWS's model.
var rows = []row{
	{operation: operation{name: "ListBuckets", method: "GET", level: service, action: "ListAllMyBuckets"}, query: "bucket-region continuation-token max-buckets prefix"},

	{operation: operation{name: "CreateBucket", method: "PUT", level: bucketLevel, action: "CreateBucket", body: ReadBody, extra: createBucket}, headers: document + grants + "x-amz-grant-write x-amz-bucket-object-lock-enabled x-amz-object-ownership x-amz-bucket-namespace"},
	{operation: operation{name: "DeleteBucket", method: "DELETE", level: bucketLevel, action: "DeleteBucket"}},
	{operation: operation{name: "HeadBucket", method: "HEAD", level: bucketLevel, action: "ListBucket"}},
	{operation: operation{name: "ListObjects", method: "GET", level: bucketLevel, action: "ListBucket", extra: list}, query: "delimiter encoding-type marker max-keys prefix", headers: optional},
	{operation: operation{name: "ListObjectsV2", method: "GET", level: bucketLevel, sub: "list-type", action: "ListBucket", extra: list}, query: "continuation-token delimiter encoding-type fetch-owner max-keys prefix start-after", headers: optional},
	{operation: operation{name: "ListObjectVersions", method: "GET", level: bucketLevel, sub: "versions", action: "ListBucketVersions", extra: list}, query: "delimiter encoding-type key-marker max-keys prefix version-id-marker", headers: optional},
	{operation: operation{name: "ListMultipartUploads", method: "GET", level: bucketLevel, sub: "uploads", action: "ListBucketMultipartUploads"}, query: "delimiter encoding-type key-marker max-uploads prefix upload-id-marker"},
	{operation: operation{name: "GetBucketLocation", method: "GET", level: bucketLevel, sub: "location", action: "GetBucketLocation"}},
	{operation: operation{name: "GetBucketPolicyStatus", method: "GET", level: bucketLevel, sub: "policyStatus", action: "GetBucketPolicyStatus"}},
	{operation: operation{name: "DeleteObjects", method: "POST", level: bucketLevel, sub: "delete", body: ReadBody, limit: maxDelete, extra: deleteObjects}, headers: document + bypass},
	{operation: operation{name: "GetBucketMetadataTableConfiguration", method: "GET", level: bucketLevel, sub: "metadataTable", action: "GetBucketMetadataTableConfiguration"}},
	{operation: operation{name: "DeleteBucketMetadataTableConfiguration", method: "DELETE", level: bucketLevel, sub: "metadataTable", action: "DeleteBucketMetadataTableConfiguration"}},
	{operation: operation{name: "GetBucketMetadataConfiguration", method: "GET", level: bucketLevel, sub: "metadataConfiguration", action: "GetBucketMetadataTableConfiguration"}},
	{operation: operation{name: "DeleteBucketMetadataConfiguration", method: "DELETE", level: bucketLevel, sub: "metadataConfiguration", action: "DeleteBucketMetadataTableConfiguration"}},
	{operation: operation{name: "UpdateBucketMetadataInventoryTableConfiguration", method: "PUT", level: bucketLevel, sub: "metadataInventoryTable", action: "UpdateBucketMetadataInventoryTableConfiguration", body: DocumentBody}, headers: document},
	{operation: operation{name: "UpdateBucketMetadataJournalTableConfiguration", method: "PUT", level: bucketLevel, sub: "metadataJournalTable", action: "UpdateBucketMetadataJournalTableConfiguration", body: DocumentBody}, headers: document},
	{operation: operation{name: "PostObject", method: "POST", level: bucketLevel, body: FormBody}, headers: "content-type"},

	{operation: operation{name: "GetObject", method: "GET", level: objectLevel, action: "GetObject", version: "GetObjectVersion"}, query: overrides, headers: reading},
	{operation: operation{name: "HeadObject", method: "HEAD", level: objectLevel, action: "GetObject", version: "GetObjectVersion"}, query: overrides, headers: reading},
	{operation: operation{name: "PutObject", method: "PUT", level: objectLevel, action: "PutObject", body: ObjectBody, extra: putObject}, headers: creating + sums + algorithm + "if-match if-none-match"},
	{operation: operation{name: "CopyObject", method: "PUT", level: objectLevel, when: copySource, action: "PutObject", extra: copyObject}, headers: creating + copying + "x-amz-checksum-algorithm x-amz-metadata-directive x-amz-tagging-directive if-match if-none-match"},
	{operation: operation{name: "DeleteObject", method: "DELETE", level: objectLevel, action: "DeleteObject", version: "DeleteObjectVersion", extra: bypassed}, query: "versionId", headers: bypass + "if-match x-amz-if-match-last-modified-time x-amz-if-match-size"},
	{operation: operation{name: "GetObjectAttributes", method: "GET", level: objectLevel, sub: "attributes", action: "GetObjectAttributes", version: "GetObjectVersionAttributes", extra: attributes}, query: "versionId", headers: customer + "x-amz-max-parts x-amz-part-number-marker x-amz-object-attributes"},
	{operation: operation{name: "GetObjectAcl", method: "GET", level: objectLevel, sub: "acl", action: "GetObjectAcl", version: "GetObjectVersionAcl"}, query: "versionId"},
	{operation: operation{name: "PutObjectAcl", method: "PUT", level: objectLevel, sub: "acl", action: "PutObjectAcl", version: "PutObjectVersionAcl", body: DocumentBody}, query: "versionId", headers: document + grants + "x-amz-grant-write"},
	{operation: operation{name: "GetObjectTagging", method: "GET", level: objectLevel, sub: "tagging", action: "GetObjectTagging", version: "GetObjectVersionTagging"}, query: "versionId"},
	{operation: operation{name: "PutObjectTagging", method: "PUT", level: objectLevel, sub: "tagging", action: "PutObjectTagging", version: "PutObjectVersionTagging", body: ReadBody}, query: "versionId", headers: document},
	{operation: operation{name: "DeleteObjectTagging", method: "DELETE", level: objectLevel, sub: "tagging", action: "DeleteObjectTagging", version: "DeleteObjectVersionTagging"}, query: "versionId"},
	{operation: operation{name: "GetObjectLegalHold", method: "GET", level: objectLevel, sub: "legal-hold", action: "GetObjectLegalHold"}, query: "versionId"},
	{operation: operation{name: "PutObjectLegalHold", method: "PUT", level: objectLevel, sub: "legal-hold", action: "PutObjectLegalHold", body: ReadBody}, query: "versionId", headers: document},
	{operation: operation{name: "GetObjectRetention", method: "GET", level: objectLevel, sub: "retention", action: "GetObjectRetention"}, query: "versionId"},
	{operation: operation{name: "PutObjectRetention", method: "PUT", level: objectLevel, sub: "retention", action: "PutObjectRetention", body: ReadBody, extra: bypassed}, query: "versionId", headers: document + bypass},
	{operation: operation{name: "GetObjectTorrent", method: "GET", level: objectLevel, sub: "torrent", action: "GetObjectTorrent", version: "GetObjectVersionTorrent"}, query: "versionId"},
	{operation: operation{name: "RestoreObject", method: "POST", level: objectLevel, sub: "restore", action: "RestoreObject", body: ReadBody}, query: "versionId", headers: document},
	{operation: operation{name: "SelectObjectContent", method: "POST", level: objectLevel, sub: "select", action: "GetObject", body: DocumentBody, required: []string{"select-type"}}, query: "select-type", headers: document + customer},
	{operation: operation{name: "CreateMultipartUpload", method: "POST", level: objectLevel, sub: "uploads", action: "PutObject", extra: createUpload}, headers: creating + "x-amz-checksum-algorithm x-amz-checksum-type"},
	{operation: operation{name: "UploadPart", method: "PUT", level: objectLevel, sub: "uploadId", action: "PutObject", body: ObjectBody, required: []string{"partNumber"}, extra: uploadPart}, query: "partNumber", headers: sums + algorithm + customer + "content-type content-encoding"},
	{operation: operation{name: "UploadPartCopy", method: "PUT", level: objectLevel, sub: "uploadId", when: copySource, action: "PutObject", required: []string{"partNumber"}, extra: uploadPartCopy}, query: "partNumber", headers: copying + customer + "x-amz-copy-source-range content-type"},
	{operation: operation{name: "CompleteMultipartUpload", method: "POST", level: objectLevel, sub: "uploadId", action: "PutObject", body: DocumentBody, limit: maxParts, extra: completeUpload}, headers: document + customer + "x-amz-checksum-type x-amz-mp-object-size if-match if-none-match"},
	{operation: operation{name: "AbortMultipartUpload", method: "DELETE", level: objectLevel, sub: "uploadId", action: "AbortMultipartUpload"}, headers: "x-amz-if-match-initiated-time"},
	{operation: operation{name: "ListParts", method: "GET", level: objectLevel, sub: "uploadId", action: "ListMultipartUploadParts"}, query: "max-parts part-number-marker", headers: customer},
	{operation: operation{name: "UpdateObjectEncryption", method: "PUT", level: objectLevel, sub: "encryption", action: "UpdateObjectEncryption", body: DocumentBody, extra: alsoPut}, query: "versionId", headers: document},

	// What follows is named to be refused: its permissions can't be told from the request, or belong to another service.
	{operation: operation{name: "CreateBucketMetadataTableConfiguration", method: "POST", level: bucketLevel, sub: "metadataTable", refused: "CreateBucketMetadataTableConfiguration"}},
	{operation: operation{name: "CreateBucketMetadataConfiguration", method: "POST", level: bucketLevel, sub: "metadataConfiguration", refused: "CreateBucketMetadataConfiguration"}},
	{operation: operation{name: "CreateSession", method: "GET", level: bucketLevel, sub: "session", refused: "CreateSession"}},
	{operation: operation{name: "RenameObject", method: "PUT", level: objectLevel, sub: "renameObject", refused: "RenameObject"}},
	{operation: operation{name: "GetObjectAnnotation", method: "GET", level: objectLevel, sub: "annotation", refused: "GetObjectAnnotation"}},
	{operation: operation{name: "PutObjectAnnotation", method: "PUT", level: objectLevel, sub: "annotation", refused: "PutObjectAnnotation"}},
	{operation: operation{name: "DeleteObjectAnnotation", method: "DELETE", level: objectLevel, sub: "annotation", refused: "DeleteObjectAnnotation"}},
}

// row is an operation with its names as text.
type row struct {
	operation
	query, headers string
}

var (
	index        = makeIndex()
	knownHeaders = makeKnownHeaders()
)

func makeIndex() map[choice]*operation {
	all := slices.Clone(rows)
	for _, p := range pairs {
		all = append(all, p.rows()...)
	}
	for _, c := range configurations {
		one := operation{level: bucketLevel, sub: c.sub, required: []string{"id"}}
		get, put, remove, list := one, one, one, one
		get.name, get.method, get.action, get.when = "GetBucket"+c.name+"Configuration", "GET", "Get"+c.name+"Configuration", "id"
		put.name, put.method, put.action, put.body = "PutBucket"+c.name+"Configuration", "PUT", "Put"+c.name+"Configuration", c.body
		remove.name, remove.method, remove.action = "DeleteBucket"+c.name+"Configuration", "DELETE", "Put"+c.name+"Configuration"
		list.name, list.method, list.action, list.required = "ListBucket"+c.name+"Configurations", "GET", "Get"+c.name+"Configuration", nil
		all = append(all, row{operation: get, query: "id"}, row{operation: put, query: "id", headers: document},
			row{operation: remove, query: "id"}, row{operation: list, query: "continuation-token"})
	}
	found := map[choice]*operation{}
	for _, r := range all {
		o := r.complete()
		key := choice{o.method, o.level, o.sub, o.when}
		if found[key] != nil {
			panic("internal error: two operations are the same request: " + o.name)
		}
		found[key] = o
	}
	return found
}

func (p *pair) rows() []row {
	body := p.body
	if body == NoBody {
		body = DocumentBody
	}
	all := []row{
		{operation: operation{name: "Get" + p.operation, method: "GET", level: bucketLevel, sub: p.sub, action: "Get" + p.action}},
		{operation: operation{name: "Put" + p.operation, method: "PUT", level: bucketLevel, sub: p.sub, action: "Put" + p.action, body: body}, headers: document + p.headers},
	}
	if p.remove != "" {
		all = append(all, row{operation: operation{name: p.remove, method: "DELETE", level: bucketLevel, sub: p.sub, action: p.removeAction}})
	}
	return all
}

func (r *row) complete() *operation {
	o := r.operation
	o.query, o.headers = set(r.query), set(everywhere+r.headers)
	switch {
	case o.limit != 0:
	case o.body == ObjectBody, o.body == FormBody:
		o.limit = maxObject
	case o.body != NoBody:
		o.limit = maxDocument
	}
	return &o
}

// makeKnownHeaders returns the headers that any operation has, and those that are judged: their names in lower case, by those
// and the canonical ones.
func makeKnownHeaders() map[string]string {
	all := set("authorization")
	maps.Copy(all, effectiveHeaders)
	maps.Copy(all, authHeaders)
	for _, o := range index {
		maps.Copy(all, o.headers)
	}
	known := make(map[string]string, 2*len(all))
	for name := range all {
		known[name], known[textproto.CanonicalMIMEHeaderKey(name)] = name, name
	}
	return known
}

// find names the operation, by method, level, subresource and what else tells two rows apart: nothing more.
func find(method string, at level, p *parameters, headers map[string]string) (*operation, *Error) {
	if _, ok := headers[copySource]; ok {
		if o := index[choice{method, at, p.sub, copySource}]; o != nil {
			return o, nil
		}
		return nil, invalidArgument(copySource, headers[copySource], "You can only specify a copy source header for copy requests.")
	}
	if _, ok := p.values["id"]; ok {
		if o := index[choice{method, at, p.sub, "id"}]; o != nil {
			return o, nil
		}
	}
	if o := index[choice{method, at, p.sub, ""}]; o != nil {
		if method == "PUT" && at == objectLevel && p.sub == "" && p.values["partNumber"] != "" {
			return nil, refuse("InvalidArgument", "This operation does not accept partNumber without uploadId").with("ArgumentName", "partNumber")
		}
		return o, nil
	}
	return nil, notFound(method, at, p.sub)
}

func notFound(method string, at level, sub string) *Error {
	has := func(l level) bool { return index[choice{method, l, sub, ""}] != nil }
	switch {
	case sub == "uploads" && at == objectLevel && has(bucketLevel):
		return refuse("InvalidRequest", "Key is not expected for the %s method ?uploads subresource", method)
	case sub != "" && at == objectLevel && has(bucketLevel):
		return refuse("InvalidRequest", "There is no such thing as the ?%s sub-resource for a key", sub)
	case sub != "" && at == bucketLevel && has(objectLevel):
		return refuse("InvalidRequest", "A key must be specified")
	}
	resource := sub
	if sub == "" {
		resource = [...]string{service: "SERVICE", bucketLevel: "BUCKET", objectLevel: "OBJECT"}[at]
	}
	return refuse("MethodNotAllowed", "The specified method is not allowed against this resource.").
		with("Method", method).with("ResourceType", strings.ToUpper(resource))
}
