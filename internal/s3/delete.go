package s3

import (
	"strings"
)

const maxObjects = 1000

// Delete is what DeleteObjects is to delete. Each object is decided on its own (spec aws-services section 2.4).
type Delete struct {
	Quiet   bool
	Objects []Object
}

// Object is an entry of DeleteObjects.
type Object struct {
	Key         string
	VersionID   string
	Permissions []Permission // all must be granted

	conditions []*element // ETag, LastModifiedTime, Size
}

func readDelete(b *builder, root *element) bool {
	d := &Delete{}
	quiet, ok := root.child("Quiet")
	if !ok || len(root.children) > maxObjects+1 {
		return false
	}
	if quiet != nil {
		if d.Quiet, ok = boolean(quiet); !ok {
			return false
		}
	}
	for _, child := range root.children {
		switch child.name {
		case "Quiet":
		case "Object":
			object, ok := b.readObject(child)
			if !ok {
				return false
			}
			d.Objects = append(d.Objects, object)
		default:
			return false
		}
	}
	b.Delete = d
	return 0 < len(d.Objects) && len(d.Objects) <= maxObjects
}

func boolean(e *element) (value, ok bool) {
	text := strings.ToLower(strings.Trim(e.text, " \t\r\n"))
	return text == "true", e.children == nil && (text == "true" || text == "false")
}

func (b *builder) readObject(e *element) (Object, bool) {
	values, ok := e.only("Key", "VersionId", "ETag", "LastModifiedTime", "Size")
	o := Object{Key: values["Key"], VersionID: values["VersionId"]}
	_, versioned := values["VersionId"]
	if !ok || o.Key == "" {
		return o, false
	}
	if err := checkKey(o.Key, o.Key, b.cfg.DotSegments); err != nil {
		b.fail(err)
	}
	if versioned && !isToken(o.VersionID) {
		b.fail(invalidArgument("VersionId", o.VersionID, "Invalid version id specified"))
	}
	for _, child := range e.children {
		if child.name != "Key" && child.name != "VersionId" {
			o.conditions = append(o.conditions, child)
		}
	}
	o.Permissions = b.deletion(o.Key, o.VersionID)
	return o, true
}

func (b *builder) deletion(key, version string) []Permission {
	action, context := "s3:DeleteObject", b.origin.context()
	if version != "" {
		action = "s3:DeleteObjectVersion"
		context["s3:versionid"] = []string{version}
	}
	resource := objectARN(b.Bucket, key)
	all := []Permission{{Action: action, Resource: resource, Context: context}}
	if b.headers["x-amz-bypass-governance-retention"] == "true" {
		all = append(all, Permission{Action: "s3:BypassGovernanceRetention", Resource: resource, Context: context})
	}
	return all
}

// Refusal is why an object is not deleted.
type Refusal struct {
	Index int // in Delete.Objects
	Error *Error
}

// RebuildDelete is Rebuild for DeleteObjects: the request deletes the objects that are not refused. It is false when none
// is left: nothing is to be sent then.
func (c *Call) RebuildDelete(refusals []Refusal) (u Upstream, ok bool) {
	refused := refusedSet(refusals)
	root := &element{name: "Delete"}
	for i := range c.Delete.Objects {
		if !refused[i] {
			root.children = append(root.children, c.Delete.Objects[i].element())
		}
	}
	if root.children == nil {
		return Upstream{}, false
	}
	if c.Delete.Quiet {
		root.children = append(root.children, &element{name: "Quiet", text: "true"})
	}
	u = c.rebuild()
	u.setBody(root.document())
	return u, true
}

func (o *Object) element() *element {
	e := &element{name: "Object", children: []*element{{name: "Key", text: o.Key}}}
	if o.VersionID != "" {
		e.children = append(e.children, &element{name: "VersionId", text: o.VersionID})
	}
	e.children = append(e.children, o.conditions...)
	return e
}

// Merge adds the refusals to the backend's reply, which is nil when nothing was sent. The reply is written anew, from what
// it may have: it is an error if it is no DeleteResult, or tells of an object that was not asked for.
func (d *Delete) Merge(reply []byte, refusals []Refusal) ([]byte, bool) {
	root := &element{name: "DeleteResult"}
	if reply != nil {
		from, ok := parseXML(reply)
		if !ok || from.name != root.name {
			return nil, false
		}
		sent := d.sent(refusals)
		for _, child := range from.children {
			switch ok := resultOf(child, sent); {
			case !ok:
				return nil, false
			case child.name == "Error" || !d.Quiet:
				root.children = append(root.children, child)
			}
		}
	}
	for _, r := range refusals {
		root.children = append(root.children, d.Objects[r.Index].refusal(r.Error))
	}
	return root.document(), true
}

func (d *Delete) sent(refusals []Refusal) map[string]bool {
	refused := refusedSet(refusals)
	sent := map[string]bool{}
	for i := range d.Objects {
		if !refused[i] {
			sent[d.Objects[i].Key] = true
		}
	}
	return sent
}

func refusedSet(refusals []Refusal) map[int]bool {
	refused := map[int]bool{}
	for _, r := range refusals {
		refused[r.Index] = true
	}
	return refused
}

func resultOf(e *element, sent map[string]bool) bool {
	var values map[string]string
	ok := false
	switch e.name {
	case "Deleted":
		values, ok = e.only("Key", "VersionId", "DeleteMarker", "DeleteMarkerVersionId")
	case "Error":
		values, ok = e.only("Key", "VersionId", "Code", "Message")
	}
	return ok && sent[values["Key"]]
}

func (o *Object) refusal(err *Error) *element {
	e := &element{name: "Error", children: []*element{{name: "Key", text: o.Key}}}
	if o.VersionID != "" {
		e.children = append(e.children, &element{name: "VersionId", text: o.VersionID})
	}
	e.children = append(e.children, &element{name: "Code", text: err.Code}, &element{name: "Message", text: err.Message})
	return e
}
