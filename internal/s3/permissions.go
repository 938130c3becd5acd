package s3

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/daypass/daypass/policy"
)

const prefix = "s3:"

// headerKeys are the headers that fill a condition key, under their own name (spec aws-services section 2.3).
var headerKeys = []string{
	"x-amz-acl", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp",
	"x-amz-metadata-directive", "x-amz-storage-class", "x-amz-website-redirect-location",
	"x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-customer-algorithm",
	"x-amz-object-ownership", "x-amz-bucket-namespace",
}

// writeKeys are the headers whose condition key has another name, and only belongs to writes.
var writeKeys = map[string]string{
	"x-amz-object-lock-mode": "s3:object-lock-mode", "x-amz-object-lock-legal-hold": "s3:object-lock-legal-hold",
	"if-match": "s3:if-match", "if-none-match": "s3:if-none-match",
}

// builder makes the permissions of a call.
type builder struct {
	*Call
	context policy.Context // of the request, for the resource of the call itself
	err     *Error
}

// origin is how a request came and is authenticated, as values of condition keys: nil for a key that it has not. That it is
// authenticated, the caller has to know.
type origin struct{ account, tlsVersion, hash, authType, age []string }

var (
	byHeader         = []string{"REST-HEADER"}
	byQuery          = []string{"REST-QUERY-STRING"}
	byForm           = []string{"POST"}
	signatureVersion = []string{"AWS4-HMAC-SHA256"}
)

func originOf(r *Request, cfg *Config, headers map[string]string, p *parameters) origin {
	o := origin{account: []string{cfg.Account}}
	if r.TLSVersion != "" {
		o.tlsVersion = []string{r.TLSVersion}
	}
	if hash, ok := headers["x-amz-content-sha256"]; ok {
		o.hash = []string{hash}
	}
	_, header := headers["authorization"]
	switch {
	case p.presigned:
		o.authType, o.age = byQuery, ageOf(p.auth["X-Amz-Date"], r.Now)
	case header:
		o.authType = byHeader
	}
	return o
}

// ageOf is how long ago something was signed, in milliseconds; nil for what is no date.
func ageOf(date string, now time.Time) []string {
	at, err := time.Parse("20060102T150405Z", date)
	if err != nil {
		return nil
	}
	return []string{strconv.FormatInt(now.Sub(at).Milliseconds(), 10)}
}

// context begins the context of a permission.
func (o *origin) context() policy.Context {
	context := policy.Context{"s3:resourceaccount": o.account}
	for _, own := range []struct {
		key    string
		values []string
	}{
		{"s3:authtype", o.authType}, {"s3:signatureage", o.age}, {"s3:tlsversion", o.tlsVersion}, {"s3:x-amz-content-sha256", o.hash},
	} {
		if own.values != nil {
			context[own.key] = own.values
		}
	}
	if o.authType != nil {
		context["s3:signatureversion"] = signatureVersion
	}
	return context
}

// fill sets the permissions that headers and query make.
func (c *Call) fill(o *operation, cfg *Config) *Error {
	b := &builder{Call: c, context: c.origin.context()}
	if raw, ok := c.headers[copySource]; ok {
		if c.Source, b.err = parseSource(raw, cfg); b.err != nil {
			return b.err
		}
		c.headers[copySource] = c.Source.header()
		b.set("s3:x-amz-copy-source", c.Source.Bucket+"/"+c.Source.Key)
	}
	b.setHeaders(o)
	action := o.action
	if c.VersionID != "" && o.version != "" {
		action = o.version
		b.set("s3:versionid", c.VersionID)
	}
	if action != "" {
		b.allow(action)
	}
	if o.extra != nil {
		o.extra(b)
	}
	return b.err
}

func (b *builder) set(key string, values ...string) { b.context[key] = values }

func (b *builder) setHeaders(o *operation) {
	for _, name := range headerKeys {
		if value, ok := b.headers[name]; ok {
			b.set(prefix+name, value)
		}
	}
	if o.method == "GET" || o.method == "HEAD" {
		return
	}
	for name, key := range writeKeys {
		if value, ok := b.headers[name]; ok {
			b.set(key, value)
		}
	}
	if until, ok := b.headers["x-amz-object-lock-retain-until-date"]; ok {
		b.setRetention(until)
	}
	if tagging, ok := b.headers["x-amz-tagging"]; ok {
		b.setTagging(tagging)
	}
}

// setRetention sets the date and the days that remain, a part of a day counted as one.
func (b *builder) setRetention(until string) {
	at, err := time.Parse(time.RFC3339, until)
	if err != nil {
		b.fail(invalidArgument("x-amz-object-lock-retain-until-date", until, "The retain until date must be provided in ISO 8601 format"))
		return
	}
	b.set("s3:object-lock-retain-until-date", until)
	days := int64(math.Ceil(at.Sub(b.now).Hours() / 24))
	b.set("s3:object-lock-remaining-retention-days", strconv.FormatInt(days, 10))
}

func (b *builder) setTagging(header string) {
	tags, ok := parseTagging(header)
	if !ok {
		b.fail(invalidArgument("x-amz-tagging", header, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."))
		return
	}
	b.headers["x-amz-tagging"] = formatTagging(tags)
	b.setTags(tags)
}

// setTags fills the keys of tags. Two tags that differ in case only would be one key to a policy.
func (b *builder) setTags(tags []tag) {
	b.fillTags("s3:requestobjecttag/", "s3:requestobjecttagkeys", tags)
}

func (b *builder) fillTags(prefix, keys string, tags []tag) {
	var names []string
	for _, t := range tags {
		key := prefix + strings.ToLower(t.key)
		if _, twice := b.context[key]; twice {
			b.fail(refuse("InvalidTag", "Cannot provide multiple Tags with the same key"))
			return
		}
		b.set(key, t.value)
		names = append(names, t.key)
	}
	if names != nil {
		b.set(keys, names...)
	}
}

func (b *builder) fail(err *Error) {
	if b.err == nil {
		b.err = err
	}
}

// allow asks for an action on what the call is about.
func (b *builder) allow(action string) {
	b.Permissions = append(b.Permissions, Permission{Action: prefix + action, Resource: b.resource(), Context: b.context})
}

func (c *Call) resource() string {
	switch levelOf(c.Bucket, c.Key) {
	case service:
		return "*"
	case bucketLevel:
		return bucketARN(c.Bucket)
	case objectLevel:
	}
	return objectARN(c.Bucket, c.Key)
}

// The functions below are the extra actions and keys of the table's rows.

func list(b *builder) {
	for _, name := range []string{"prefix", "delimiter", "max-keys"} {
		if value, ok := b.query[name]; ok {
			b.set(prefix+name, value)
		}
	}
}

func createBucket(b *builder) {
	if b.grants() {
		b.allow("PutBucketAcl")
	}
	if b.headers["x-amz-bucket-object-lock-enabled"] == "true" {
		b.allow("PutBucketObjectLockConfiguration")
		b.allow("PutBucketVersioning")
	}
	if _, ok := b.headers["x-amz-object-ownership"]; ok {
		b.allow("PutBucketOwnershipControls")
	}
}

// grants reports whether headers give access to anybody.
func (c *Call) grants() bool {
	acl, ok := c.headers["x-amz-acl"]
	return ok && acl != "private" || c.grantsByName()
}

func (c *Call) grantsByName() bool {
	for name := range c.headers {
		if strings.HasPrefix(name, "x-amz-grant-") {
			return true
		}
	}
	return false
}

// SetsACL reports whether the request sets an access control list, of a bucket or an object, other than those of a write
// that give access to nobody but the owner of the bucket.
func (c *Call) SetsACL() bool {
	switch {
	case c.Operation == "PutBucketAcl", c.Operation == "PutObjectAcl", c.grantsByName():
		return true
	}
	return c.grants() && c.headers["x-amz-acl"] != "bucket-owner-full-control"
}

func (b *builder) has(names ...string) bool {
	for _, name := range names {
		if _, ok := b.headers[name]; ok {
			return true
		}
	}
	return false
}

// written is spec aws-services section 2.2: what headers of a write need beside s3:PutObject.
func written(b *builder) {
	if b.grants() {
		b.allow("PutObjectAcl")
	}
	if b.has("x-amz-tagging") {
		b.allow("PutObjectTagging")
	}
	if b.has("x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date") {
		b.allow("PutObjectRetention")
	}
	if b.has("x-amz-object-lock-legal-hold") {
		b.allow("PutObjectLegalHold")
	}
	if b.has("if-match") {
		b.allow("GetObject") // the answer tells about the object that is there
	}
}

func (b *builder) creates(is bool) { b.set("s3:objectcreationoperation", strconv.FormatBool(is)) }

func putObject(b *builder)      { b.creates(true); written(b) }
func createUpload(b *builder)   { b.creates(false); written(b) }
func uploadPart(b *builder)     { b.creates(false) }
func completeUpload(b *builder) { b.creates(true); written(b) }
func alsoPut(b *builder)        { b.allow("PutObject") }
func bypassed(b *builder)       { b.bypass() }

func uploadPartCopy(b *builder) {
	b.creates(false)
	b.readSource()
}

func copyObject(b *builder) {
	b.creates(true)
	written(b)
	b.readSource()
	switch directive, ok := b.headers["x-amz-tagging-directive"]; {
	case directive == "COPY" || !ok:
		b.IfSourceTagged = []Permission{
			b.onSource("GetObjectTagging", "GetObjectVersionTagging"),
			{Action: "s3:PutObjectTagging", Resource: b.resource(), Context: b.context},
		}
	case directive != "REPLACE":
		b.fail(invalidArgument("x-amz-tagging-directive", directive, "Unknown tagging directive."))
	}
	if directive, ok := b.headers["x-amz-metadata-directive"]; ok && directive != "COPY" && directive != "REPLACE" {
		b.fail(invalidArgument("x-amz-metadata-directive", directive, "Unknown metadata directive."))
	}
}

func (b *builder) readSource() {
	b.Permissions = append([]Permission{b.onSource("GetObject", "GetObjectVersion")}, b.Permissions...)
}

func (b *builder) onSource(action, version string) Permission {
	context := b.origin.context()
	if b.Source.VersionID != "" {
		action = version
		context["s3:versionid"] = []string{b.Source.VersionID}
	}
	return Permission{Action: prefix + action, Resource: objectARN(b.Source.Bucket, b.Source.Key), Context: context}
}

func attributes(b *builder) {
	action := "GetObject"
	if b.VersionID != "" {
		action = "GetObjectVersion"
	}
	b.allow(action)
	if !b.has("x-amz-object-attributes") {
		b.fail(invalidArgument("x-amz-object-attributes", "", "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"))
	}
}

func (b *builder) bypass() {
	if b.headers["x-amz-bypass-governance-retention"] == "true" {
		b.allow("BypassGovernanceRetention")
	}
}

// deleteObjects checks that the body can be checked: the permissions come with it.
func deleteObjects(b *builder) {
	for name := range b.headers {
		if name == "content-md5" || strings.HasPrefix(name, "x-amz-checksum-") {
			return
		}
	}
	b.fail(refuse("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"))
}
