package s3

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
)

const (
	maxFields    = 20 << 10 // bytes of all fields before the file
	maxPreamble  = 96 << 10 // bytes of the body before the file, the headers of the parts among them
	fileField    = "file"
	nameVariable = "${filename}"
)

// Form is an upload with an HTML form, read as far as its file begins (spec aws-services section 3.3). What comes after
// the file is never read.
type Form struct {
	Key  string    // ${filename} in it is replaced
	File io.Reader // fails with an *Error when the file's size is not what the policy allows

	fields map[string]string // by name in lower case
	file   *sizedReader
	call   *Call
	policy *formPolicy
}

// Field returns a field by its name in lower case.
func (f *Form) Field(name string) (value string, ok bool) {
	value, ok = f.fields[name]
	return value, ok
}

// ReadForm reads the fields of a FormBody. An error is an *Error, or the reader's own.
//
// Who gets a Form has to verify its signature, whose fields Field returns, and to decide on the permissions of its Call.
func (c *Call) ReadForm(body io.Reader) (*Form, error) {
	if c.Body != FormBody {
		panic("internal error: " + c.Operation + " has no form")
	}
	_, params, err := mime.ParseMediaType(c.headers["content-type"])
	if boundary := params["boundary"]; err != nil || boundary == "" || len(boundary) > 70 {
		return nil, errForm()
	}
	limited := &preambleReader{from: body, left: maxPreamble}
	f := &Form{fields: map[string]string{}, call: c}
	if err := f.read(multipart.NewReader(limited, params["boundary"])); err != nil {
		return nil, err
	}
	limited.open = true
	return f, f.substitute()
}

func errForm() *Error {
	return refuse("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.")
}

func errPreamble() *Error {
	return refuse("MaxPostPreDataLengthExceeded", "Your POST request fields preceding the upload file were too large.")
}

// preambleReader fails after its limit until it is opened.
type preambleReader struct {
	from io.Reader
	left int
	open bool
}

func (r *preambleReader) Read(p []byte) (int, error) {
	if r.open {
		return r.from.Read(p)
	}
	if r.left == 0 {
		return 0, errPreamble()
	}
	n, err := r.from.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

func (f *Form) read(parts *multipart.Reader) error {
	size := 0
	for {
		part, err := parts.NextRawPart() // the other one decodes what it should not
		if err == io.EOF {               //nolint:errorlint // a wrapped one tells of a form that is cut off
			return invalidArgument(fileField, "0", "POST requires exactly one file upload per request.")
		}
		if err != nil {
			return formError(err)
		}
		name, ok := fieldName(part)
		if !ok {
			return errForm()
		}
		if name == fileField {
			f.file = &sizedReader{from: part}
			f.File = f.file
			f.fields[fileField] = part.FileName()
			return nil
		}
		value, err := io.ReadAll(io.LimitReader(part, maxFields+1))
		if err != nil {
			return formError(err)
		}
		if size += len(name) + len(value); size > maxFields {
			return errPreamble()
		}
		if _, twice := f.fields[name]; twice {
			return invalidArgument(name, string(value), "A field must not occur twice.")
		}
		f.fields[name] = string(value)
	}
}

// formError tells the client's faults from those of the connection.
func formError(err error) error {
	var own *Error
	var network interface{ Timeout() bool }
	if errors.As(err, &own) {
		return own
	}
	if errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return errForm()
}

// fieldName returns a part's name in lower case. A part has one meaning: one disposition and no encoding.
func fieldName(part *multipart.Part) (string, bool) {
	encoding := part.Header.Get("Content-Transfer-Encoding")
	if len(part.Header["Content-Disposition"]) != 1 || encoding != "" && !strings.EqualFold(encoding, "binary") {
		return "", false
	}
	name := strings.ToLower(part.FormName())
	return name, name != ""
}

// substitute sets the key, with the file's name as the client gave it, without directories.
func (f *Form) substitute() error {
	key, ok := f.fields["key"]
	if !ok {
		return refuse("InvalidArgument", "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.").with("ArgumentName", "key")
	}
	f.Key = strings.ReplaceAll(key, nameVariable, f.fields[fileField])
	f.fields["key"] = f.Key
	if f.Key == "" {
		return invalidArgument("key", "", "User key must have a length greater than 0.")
	}
	if _, ok := unescape(strings.ReplaceAll(f.Key, "%", "%25"), false); !ok {
		return errURI(f.Key)
	}
	if err := checkKey(f.Key, f.Key, f.call.cfg.DotSegments); err != nil {
		return err
	}
	return nil
}

// formHeaders are the fields that are headers of PutObject, but for those that begin with x-amz-.
var formHeaders = set("cache-control content-disposition content-encoding content-md5 content-type expires")

// formAuth are the fields that authenticate the form.
var formAuth = set("x-amz-algorithm x-amz-credential x-amz-date x-amz-security-token x-amz-signature")

// Call checks the form against its policy and returns the PutObject that it stands for. Its body is File. An error is an
// *Error.
func (f *Form) Call() (*Call, error) {
	document, ok := f.fields["policy"]
	if !ok {
		return nil, refuse("AccessDenied", "Access Denied")
	}
	p, err := parseFormPolicy(document)
	if err != nil {
		return nil, err
	}
	if err := p.check(f.fields, f.call.Bucket, f.call.now); err != nil {
		return nil, err
	}
	f.policy = p
	f.file.min, f.file.max = p.min, p.max
	header := map[string][]string{}
	for name, value := range f.fields {
		switch {
		case formAuth[name]:
		case formHeaders[name] || strings.HasPrefix(name, amz):
			header[name] = append(header[name], value)
		case name == "acl":
			header["x-amz-acl"] = append(header["x-amz-acl"], value)
		case name == "tagging":
			tags, ok := parseTagDocument(value)
			if !ok {
				return nil, errXML()
			}
			header["x-amz-tagging"] = append(header["x-amz-tagging"], formatTagging(tags))
		}
	}
	r := Request{
		Method: "PUT", Host: f.call.cfg.Bases[0], Target: string(appendPath(nil, f.call.Bucket, f.Key)), Header: header, Now: f.call.now,
		form: f.origin(),
	}
	c, err := parse(&r, f.call.cfg)
	if err != nil {
		return nil, err
	}
	if c.Operation != "PutObject" {
		return nil, errHeader(copySource)
	}
	return c, nil
}

func parseTagDocument(document string) ([]tag, bool) {
	root, ok := parseXML([]byte(document))
	if !ok || root.name != "Tagging" {
		return nil, false
	}
	return readTagSet(root)
}

// origin is that of the request, with the signature that is in the form.
func (f *Form) origin() *origin {
	o := f.call.origin
	o.hash, o.authType, o.age = nil, byForm, ageOf(f.fields["x-amz-date"], f.call.now)
	return &o
}

// sizedReader holds a file to the size that the policy allows. At its end the file is whole, or it fails.
type sizedReader struct {
	from     io.Reader
	n        int64
	min, max int64
}

func (r *sizedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.n += int64(n)
	switch {
	case r.n > r.max:
		return 0, refuse("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size").
			with("ProposedSize", strconv.FormatInt(r.n, 10)).with("MaxSizeAllowed", strconv.FormatInt(r.max, 10))
	case errors.Is(err, io.EOF) && r.n < r.min:
		return 0, refuse("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size").
			with("ProposedSize", strconv.FormatInt(r.n, 10)).with("MinSizeAllowed", strconv.FormatInt(r.min, 10))
	}
	return n, err
}

// FormReply is the answer to a form that was stored.
type FormReply struct {
	Status   int
	Location string // header; "" for none
	Body     []byte
}

// Reply makes the answer that the form asks for: 204, 200, 201 with a document, or 303 to an address. The address must be
// fixed by the policy, scheme and host at least: else it is the form's sender who chooses it, and it is left out.
func (f *Form) Reply(etag, location string) FormReply {
	to, ok := f.fields["success_action_redirect"]
	name := "success_action_redirect"
	if !ok {
		to, ok = f.fields["redirect"]
		name = "redirect"
	}
	if ok && f.policy.fixes(name) {
		if target, ok := redirection(to, f.call.Bucket, f.Key, etag); ok {
			return FormReply{Status: 303, Location: target}
		}
	}
	switch f.fields["success_action_status"] {
	case "200":
		return FormReply{Status: 200, Location: location}
	case "201":
		b := appendElement([]byte(`<?xml version="1.0" encoding="UTF-8"?>`+"\n<PostResponse>"), "Location", location)
		b = appendElement(b, "Bucket", f.call.Bucket)
		b = appendElement(b, "Key", f.Key)
		b = appendElement(b, "ETag", etag)
		return FormReply{Status: 201, Location: location, Body: append(b, "</PostResponse>"...)}
	}
	return FormReply{Status: 204, Location: location}
}

// redirection adds what was stored to the query of an address.
func redirection(to, bucket, key, etag string) (string, bool) {
	if strings.ContainsAny(to, "#\\") || !isVisible(to) || !hasAny(strings.HasPrefix, to, "http://", "https://") {
		return "", false
	}
	separator := byte('?')
	if strings.Contains(to, "?") {
		separator = '&'
	}
	b := appendEscaped(append(append([]byte(to), separator), "bucket="...), bucket, false)
	b = appendEscaped(append(b, "&key="...), key, false)
	b = appendEscaped(append(b, "&etag="...), etag, false)
	return string(b), true
}

func isVisible(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
