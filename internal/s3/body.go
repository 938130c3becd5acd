package s3

import (
	"maps"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// readers read the bodies that permissions or condition keys depend on, by operation.
var readers = map[string]struct {
	root string
	read func(*builder, *element) bool // false: not of the schema
}{
	"CreateBucket":                    {"CreateBucketConfiguration", readCreateBucket},
	"DeleteObjects":                   {"Delete", readDelete},
	"PutBucketInventoryConfiguration": {"InventoryConfiguration", readInventory},
	"PutBucketReplication":            {"ReplicationConfiguration", readReplication},
	"PutObjectLegalHold":              {"LegalHold", readLegalHold},
	"PutObjectRetention":              {"Retention", readRetention},
	"PutObjectTagging":                {"Tagging", readTagging},
	"RestoreObject":                   {"RestoreRequest", readRestore},
}

// mayBeEmpty are the operations whose body is optional.
var mayBeEmpty = set("CreateBucket RestoreObject")

// Read takes the body of a ReadBody operation and completes the permissions. The body that Rebuild sends is written anew
// from what was understood. An error is an *Error, after which the call is of no use.
func (c *Call) Read(body []byte) error {
	if c.Body != ReadBody || c.read {
		panic("internal error: " + c.Operation + " has no body to read")
	}
	if err := c.readBody(body); err != nil {
		return err
	}
	c.read = true
	return nil
}

func (c *Call) readBody(body []byte) *Error {
	if int64(len(body)) > c.Limit {
		return refuse("MaxMessageLengthExceeded", "Your request was too big.")
	}
	if err := checkSums(c.headers, body); err != nil {
		return err
	}
	for name := range c.headers {
		if name == "content-md5" || name == "content-type" || strings.HasPrefix(name, "x-amz-checksum-") {
			delete(c.headers, name)
		}
	}
	if len(body) == 0 && mayBeEmpty[c.Operation] {
		return nil
	}
	reader := readers[c.Operation]
	root, ok := parseXML(body)
	if !ok || root.name != reader.root {
		return errXML()
	}
	b := &builder{Call: c, context: c.ownContext()}
	if !reader.read(b, root) {
		return errXML()
	}
	c.setContext(b.context)
	if c.body == nil && c.Delete == nil {
		c.body = root.document()
	}
	return b.err
}

// ownContext is the context of the permissions for what the call is about.
func (c *Call) ownContext() policy.Context {
	if len(c.Permissions) == 0 {
		return c.origin.context()
	}
	return maps.Clone(c.Permissions[0].Context)
}

// setContext gives the context to all permissions for what the call is about.
func (c *Call) setContext(context policy.Context) {
	for i := range c.Permissions {
		if c.Permissions[i].Resource == c.resource() {
			c.Permissions[i].Context = context
		}
	}
}

// readCreateBucket refuses what makes another kind of bucket.
func readCreateBucket(b *builder, root *element) bool {
	_, one := root.child("LocationConstraint")
	if _, ok := root.child("Tags"); !ok || !one {
		return false
	}
	for _, child := range root.children {
		switch child.name {
		case "LocationConstraint":
			if child.children != nil {
				return false
			}
			b.set("s3:locationconstraint", child.text)
		case "Tags":
			if !b.readBucketTags(child) {
				return false
			}
		default:
			b.fail(errFeature("The element " + child.name + " of CreateBucketConfiguration"))
		}
	}
	return root.children != nil || isBlank(root.text)
}

// readBucketTags fills the keys that tags have in all services but for S3's objects.
func (b *builder) readBucketTags(e *element) bool {
	tags, ok := readTags(e)
	if !ok {
		return false
	}
	b.fillTags("aws:requesttag/", "aws:tagkeys", tags)
	b.allow("TagResource")
	return true
}

func readTagging(b *builder, root *element) bool {
	tags, ok := readTagSet(root)
	b.setTags(tags)
	return ok
}

func readTagSet(root *element) ([]tag, bool) {
	if len(root.children) != 1 || root.children[0].name != "TagSet" {
		return nil, false
	}
	return readTags(root.children[0])
}

func readTags(e *element) ([]tag, bool) {
	var tags []tag
	for _, child := range e.children {
		values, ok := child.only("Key", "Value")
		_, hasKey := values["Key"]
		_, hasValue := values["Value"]
		if !ok || child.name != "Tag" || !hasKey || !hasValue {
			return nil, false
		}
		tags = append(tags, tag{values["Key"], values["Value"]})
	}
	return tags, e.children != nil || isBlank(e.text)
}

func readRetention(b *builder, root *element) bool {
	values, ok := root.only("Mode", "RetainUntilDate")
	if mode, has := values["Mode"]; has {
		b.set("s3:object-lock-mode", mode)
	}
	if until, has := values["RetainUntilDate"]; has {
		b.setRetention(until)
	}
	return ok
}

func readLegalHold(b *builder, root *element) bool {
	values, ok := root.only("Status")
	if status, has := values["Status"]; has {
		b.set("s3:object-lock-legal-hold", status)
	}
	return ok
}

func readInventory(b *builder, root *element) bool {
	fields, ok := root.child("OptionalFields")
	if !ok || fields == nil {
		return ok
	}
	var names []string
	for _, field := range fields.children {
		if field.name != "Field" || field.children != nil {
			return false
		}
		names = append(names, field.text)
	}
	b.set("s3:inventoryaccessibleoptionalfields", names...)
	return isBlank(fields.text)
}

// readReplication finds the role that S3 is to take: who passes it needs to be allowed that.
func readReplication(b *builder, root *element) bool {
	role, ok := root.child("Role")
	if !ok || role == nil || role.children != nil {
		return false
	}
	arn, ok := aws.ParseARN(role.text)
	if !ok || arn.Service != "iam" || !strings.HasPrefix(arn.Resource, "role/") {
		b.fail(invalidArgument("Role", role.text, "Invalid IAM role ARN."))
		return true
	}
	context := b.origin.context()
	context["iam:passedtoservice"] = []string{"s3.amazonaws.com"}
	b.Permissions = append(b.Permissions, Permission{Action: "iam:PassRole", Resource: role.text, Context: context})
	return true
}

// readRestore refuses to restore into another object: the permissions for that are those of a write there.
func readRestore(b *builder, root *element) bool {
	allowed := []string{"Days", "GlacierJobParameters", "Tier", "Description"}
	for _, child := range root.children {
		if !slices.Contains(allowed, child.name) {
			b.fail(errFeature("The element " + child.name + " of RestoreRequest"))
		}
	}
	return root.children != nil
}
