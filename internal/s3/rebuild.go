package s3

import (
	"net/textproto"
)

// Upstream is the request that goes on: without Host, length and signature, which are the gateway's (spec aws-services
// section 6).
type Upstream struct {
	Method string
	Target string              // canonical and in path style: to be signed and sent as these bytes
	Header map[string][]string // what the operation has, under the keys of package net/http
	Body   []byte              // of a call whose body is read
}

// Rebuild makes the request from what was understood. It panics when the body should have been read
// and was not, and for DeleteObjects, which has RebuildDelete, and for forms.
func (c *Call) Rebuild() Upstream {
	if c.Body == FormBody || c.Body == ReadBody && !c.read || c.Delete != nil {
		panic("internal error: the body of " + c.Operation + " decides on permissions")
	}
	u := c.rebuild()
	if len(c.body) > 0 {
		u.setBody(c.body)
	}
	return u
}

// Path is the canonical path of what the call is about, in path style.
func (c *Call) Path() string {
	if c.Bucket == "" {
		return "/"
	}
	return string(appendPath(make([]byte, 0, len("/")+len(c.Bucket)+len("/")+len(c.Key)), c.Bucket, c.Key))
}

func (c *Call) rebuild() Upstream {
	u := Upstream{Method: c.Method, Target: string(appendQuery([]byte(c.Path()), c.sub, c.query)), Header: make(map[string][]string, len(c.headers))}
	for name, value := range c.headers {
		u.Header[textproto.CanonicalMIMEHeaderKey(name)] = []string{value}
	}
	return u
}

func (u *Upstream) setBody(body []byte) {
	u.Body = body
	u.Header["Content-Md5"] = []string{md5Sum(body)}
	u.Header["Content-Type"] = []string{ContentType}
}

// HiddenHeaders are taken out of a reply that tells of a missing object to who must not know (WhenMissing).
var HiddenHeaders = []string{"X-Amz-Delete-Marker", "X-Amz-Version-Id"}

// WhenMissing returns the permission without which the caller must not learn that an object is missing: its 404 becomes
// AccessDenied with status 403 then, and loses HiddenHeaders (spec aws-services section 2.2). It is to be asked after an
// allowed call got a 404 from the backend. Other operations have no such permission.
func (c *Call) WhenMissing() (p Permission, ok bool) {
	bucket := c.Bucket
	switch c.Operation {
	case "GetObject", "HeadObject", "GetObjectAttributes":
	case "CopyObject", "UploadPartCopy":
		bucket = c.Source.Bucket
	default:
		return Permission{}, false
	}
	return Permission{Action: "s3:ListBucket", Resource: bucketARN(bucket), Context: c.origin.context()}, true
}
