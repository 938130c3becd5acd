package s3

import (
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

const (
	boundary       = "xyz"
	formConditions = `{"bucket":"buck"},["starts-with","$key","user/"],{"x-amz-algorithm":"AWS4-HMAC-SHA256"},{"x-amz-credential":"c"},{"x-amz-date":"20260304T050507Z"}`
)

// formBody is a form with the fields in "name=value" form; file=NAME begins the file, which is contents.
func formBody(contents string, fields ...string) string {
	var b strings.Builder
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"")
		if name == "file" {
			b.WriteString("; filename=\"" + value + "\"\r\nContent-Type: text/plain\r\n\r\n" + contents + "\r\n")
			continue
		}
		b.WriteString("\r\n\r\n" + value + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

func policyOf(more string) string {
	return policyField(`{"expiration":"2026-03-04T06:00:00.000Z","conditions":[` + formConditions + more + `]}`)
}

func policyField(document string) string {
	return "policy=" + base64.StdEncoding.EncodeToString([]byte(document))
}

var signedFields = []string{"x-amz-algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential=c", "x-amz-date=20260304T050507Z", "x-amz-signature=00"}

func readForm(body string) (*Form, error) {
	r := request("POST", "/buck", "Content-Type: multipart/form-data; boundary="+boundary)
	r.TLSVersion = "1.3"
	c, err := Parse(r, config)
	if err != nil {
		return nil, err
	}
	return c.ReadForm(iotest.OneByteReader(strings.NewReader(body)))
}

func TestForm(t *testing.T) {
	t.Parallel()
	fields := append([]string{
		"Key=user/${filename}", policyOf(`,{"acl":"public-read"},["starts-with","$Content-Type","image/"],{"x-amz-meta-a":"b"},["starts-with","$tagging",""],["content-length-range",1,10]`),
		"acl=public-read", "Content-Type=image/png, image/gif", "x-amz-meta-a=b", "x-ignore-me=1", "tagging=<Tagging><TagSet><Tag><Key>t</Key><Value>v w</Value></Tag></TagSet></Tagging>",
	}, signedFields...)
	form, err := readForm(formBody("contents", append(fields, `file=C:/x/pic.png`, "acl=private", "key=other")...))
	if err != nil {
		t.Fatal(err)
	}
	if value, ok := form.Field("x-amz-credential"); !ok || value != "c" || form.Key != "user/pic.png" {
		t.Errorf("the credential is %q and the key %q", value, form.Key)
	}
	c, err := form.Call()
	if err != nil {
		t.Fatal(err)
	}
	const resource = "arn:aws:s3:::buck/user/pic.png"
	if diff := cmp.Diff([]string{"PutObject " + resource, "PutObjectAcl " + resource, "PutObjectTagging " + resource}, granted(c.Permissions)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	context := c.Permissions[0].Context
	got := [][]string{context["s3:authtype"], context["s3:signatureage"], context["s3:tlsversion"], context["s3:x-amz-acl"], context["s3:requestobjecttag/t"]}
	if !cmp.Equal(got, [][]string{{"POST"}, {"60000"}, {"1.3"}, {"public-read"}, {"v w"}}) {
		t.Errorf("the context is %v", context)
	}
	want := Upstream{Method: "PUT", Target: "/buck/user/pic.png", Header: map[string][]string{
		"Content-Type": {"image/png, image/gif"}, "X-Amz-Acl": {"public-read"}, "X-Amz-Meta-A": {"b"}, "X-Amz-Tagging": {"t=v%20w"},
	}}
	if diff := cmp.Diff(want, c.Rebuild()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if contents, err := io.ReadAll(form.File); err != nil || string(contents) != "contents" {
		t.Errorf("the file is %q, %v", contents, err)
	}
}

// TestFormRefused is attack 17.
func TestFormRefused(t *testing.T) {
	t.Parallel()
	form := func(fields ...string) string { return formBody("contents", append(fields, signedFields...)...) }
	with := func(fields ...string) string {
		return formBody("contents", append(append(fields, signedFields...), "file=f")...)
	}
	document := func(text string) string { return with("key=user/a", policyField(text)) }
	const fresh = `{"expiration":"2026-03-04T06:00:00.000Z","conditions":`
	tests := []struct{ name, body, code, message string }{
		{"no file", form("key=user/a", policyOf("")), "InvalidArgument", "POST requires exactly one file upload per request."},
		{"policy after the file", form("key=user/a", "file=f", policyOf("")), "AccessDenied", ""},
		{"no policy", with("key=user/a"), "AccessDenied", "Access Denied"},
		{"no key", with(policyOf("")), "InvalidArgument", ""},
		{"two keys", with("key=user/a", "KEY=user/b", policyOf("")), "InvalidArgument", ""},
		{"empty key", with("key=", policyOf("")), "InvalidArgument", ""},
		{"key outside of the prefix", with("key=other/a", policyOf("")), "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user/"]`},
		{"dot segments", with("key=user/../a", policyOf("")), "InvalidURI", ""},
		{"long key", with("key=user/"+strings.Repeat("a", 1024), policyOf("")), "KeyTooLongError", ""},
		{"NUL", with("key=user/\x00", policyOf("")), "InvalidURI", ""},
		{"file name with directories", formBody("", append(append([]string{"key=user/${filename}", policyOf("")}, signedFields...), "file=..")...), "InvalidURI", ""},
		{"field without a condition", with("key=user/a", "acl=public-read", policyOf("")), "AccessDenied", "Invalid according to Policy: Extra input fields: acl"},
		{"another value", with("key=user/a", "acl=public-read", policyOf(`,["eq","$acl","private"]`)), "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["eq", "$acl", "private"]`},
		{"another bucket", with("key=user/a", policyOf(`,{"bucket":"other"}`)), "AccessDenied", ""},
		{"another bucket as a field", with("key=user/a", "bucket=other", policyOf("")), "AccessDenied", ""},
		{"absent field", with("key=user/a", policyOf(`,{"acl":"private"}`)), "AccessDenied", ""},
		{"token without an exact condition", with("key=user/a", "x-amz-security-token=t", policyOf(`,["starts-with","$x-amz-security-token",""]`)), "AccessDenied", ""},
		{"acl twice under two names", with("key=user/a", "acl=private", "x-amz-acl=public-read", policyOf(`,{"acl":"private"},{"x-amz-acl":"public-read"}`)), "InvalidArgument", ""},
		{"copy source", with("key=user/a", "x-amz-copy-source=other/k", policyOf(`,["starts-with","$x-amz-copy-source",""]`)), "NotImplemented", ""},
		{"unknown x-amz field", with("key=user/a", "x-amz-foo=1", policyOf(`,{"x-amz-foo":"1"}`)), "NotImplemented", ""},
		{"one of several types", with("key=user/a", "Content-Type=image/png,text/html", policyOf(`,["starts-with","$Content-Type","image/"]`)), "AccessDenied", ""},
		{"line break", with("key=user/a", "x-amz-meta-a=b\r\nX: y", policyOf(`,["starts-with","$x-amz-meta-a","b"]`)), "InvalidArgument", ""},
		{"tags that are none", with("key=user/a", "tagging=a=b", policyOf(`,["starts-with","$tagging",""]`)), "MalformedXML", ""},

		{"expired", document(`{"expiration":"2026-03-04T05:06:07Z","conditions":[` + formConditions + `]}`), "AccessDenied", "Invalid according to Policy: Policy expired."},
		{"no expiration", document(`{"conditions":[]}`), "InvalidPolicyDocument", "Invalid Policy: Policy missing expiration."},
		{"bad expiration", document(`{"expiration":"x","conditions":[]}`), "InvalidPolicyDocument", "Invalid Policy: Invalid 'expiration' value: 'x'"},
		{"no conditions", document(`{"expiration":"2026-03-04T06:00:00Z"}`), "InvalidPolicyDocument", ""},
		{"no JSON", document(`x`), "InvalidPolicyDocument", "Invalid Policy: Invalid JSON."},
		{"a name twice", document(`{"expiration":"2026-03-04T06:00:00Z","conditions":[],"conditions":[]}`), "InvalidPolicyDocument", ""},
		{"more after it", document(fresh + `[]} {}`), "InvalidPolicyDocument", ""},
		{"unknown member", document(fresh + `[],"Conditions":[]}`), "InvalidPolicyDocument", ""},
		{"deep", document(strings.Repeat("[", 1000)), "InvalidPolicyDocument", ""},
		{"two properties", document(fresh + `[{"a":"b","c":"d"}]}`), "InvalidPolicyDocument", "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."},
		{"a number", document(fresh + `[{"a":1}]}`), "InvalidPolicyDocument", ""},
		{"unknown operator", document(fresh + `[["ends-with","$key","a"]]}`), "InvalidPolicyDocument", "Invalid Policy: Invalid Condition: unknown operation 'ends-with'."},
		{"no dollar", document(fresh + `[["eq","key","a"]]}`), "InvalidPolicyDocument", ""},
		{"two arguments", document(fresh + `[["eq","$key"]]}`), "InvalidPolicyDocument", ""},
		{"bad range", document(fresh + `[["content-length-range","a",2]]}`), "InvalidPolicyDocument", ""},
		{"a string", document(fresh + `["eq"]}`), "InvalidPolicyDocument", ""},
		{"no base64", with("key=user/a", "policy=!"), "InvalidPolicyDocument", ""},

		{"no form", "x", "MalformedPOSTRequest", ""},
		{"large field", with("key=user/a", "x-ignore-a="+strings.Repeat("a", maxFields)), "MaxPostPreDataLengthExceeded", ""},
		{"large preamble", strings.Repeat("a\r\n", maxPreamble), "MaxPostPreDataLengthExceeded", ""},
		{"large part header", "--" + boundary + "\r\nX: " + strings.Repeat("a", maxPreamble), "MaxPostPreDataLengthExceeded", ""},
		{"part without a name", "--" + boundary + "\r\nContent-Disposition: form-data\r\n\r\na\r\n--" + boundary + "--", "MalformedPOSTRequest", ""},
		{"two dispositions", "--" + boundary + "\r\nContent-Disposition: form-data; name=key\r\nContent-Disposition: form-data; name=acl\r\n\r\na\r\n--" + boundary + "--", "MalformedPOSTRequest", ""},
		{"encoded part", "--" + boundary + "\r\nContent-Disposition: form-data; name=key\r\nContent-Transfer-Encoding: base64\r\n\r\na\r\n--" + boundary + "--", "MalformedPOSTRequest", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			form, err := readForm(test.body)
			if err == nil {
				_, err = form.Call()
			}
			var e *Error
			if !errors.As(err, &e) || e.Code != test.code || test.message != "" && e.Message != test.message {
				t.Errorf("got %v, want %s: %s", err, test.code, test.message)
			}
		})
	}
}

func TestFormSize(t *testing.T) {
	t.Parallel()
	for contents, want := range map[string]string{"": "EntityTooSmall", "a": "EntityTooSmall", "ab": "", "abcd": "", "abcde": "EntityTooLarge"} {
		form, err := readForm(formBody(contents, append(append([]string{"key=user/a", policyOf(`,["content-length-range","2",4]`)}, signedFields...), "file=f")...))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := form.Call(); err != nil {
			t.Fatal(err)
		}
		if _, err = io.ReadAll(form.File); code(err) != want || want == "" && err != nil {
			t.Errorf("a file of %d bytes: %v", len(contents), err)
		}
	}
	body := formBody("contents", append(append([]string{"key=user/a", policyOf("")}, signedFields...), "file=f")...)
	form, err := readForm(body[:strings.Index(body, "contents")+4])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := form.Call(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(form.File); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a file: %v", err)
	}
}

func TestFormReply(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fields []string
		more   string
		want   FormReply
	}{
		{"default", nil, "", FormReply{Status: 204, Location: "http://l"}},
		{"200", []string{"success_action_status=200"}, `,{"success_action_status":"200"}`, FormReply{Status: 200, Location: "http://l"}},
		{"unknown status", []string{"success_action_status=404"}, `,{"success_action_status":"404"}`, FormReply{Status: 204, Location: "http://l"}},
		{"201", []string{"success_action_status=201"}, `,{"success_action_status":"201"}`, FormReply{
			Status: 201, Location: "http://l",
			Body: []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<PostResponse><Location>http://l</Location><Bucket>buck</Bucket><Key>user/a</Key><ETag>&#34;e&#34;</ETag></PostResponse>"),
		}},
		{
			"redirect",
			[]string{"success_action_redirect=https://a/b?c=d"},
			`,{"success_action_redirect":"https://a/b?c=d"}`,
			FormReply{Status: 303, Location: "https://a/b?c=d&bucket=buck&key=user%2Fa&etag=%22e%22"},
		},
		{"redirect by prefix", []string{"redirect=https://a/b"}, `,["starts-with","$redirect","https://a/"]`, FormReply{Status: 303, Location: "https://a/b?bucket=buck&key=user%2Fa&etag=%22e%22"}},
		{"redirect to any host", []string{"redirect=https://evil"}, `,["starts-with","$redirect",""]`, FormReply{Status: 204, Location: "http://l"}},
		{"redirect to part of a host", []string{"redirect=https://a.evil"}, `,["starts-with","$redirect","https://a"]`, FormReply{Status: 204, Location: "http://l"}},
		{"redirect to a script", []string{"redirect=javascript:x"}, `,{"redirect":"javascript:x"}`, FormReply{Status: 204, Location: "http://l"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			form, err := readForm(formBody("", append(append(append([]string{"key=user/a", policyOf(test.more)}, test.fields...), signedFields...), "file=f")...))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := form.Call(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, form.Reply(`"e"`, "http://l")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// FuzzForm: no form makes ReadForm or Call panic, and what is accepted goes on as what was decided on.
func FuzzForm(f *testing.F) {
	f.Add(formBody("contents", append(append([]string{"key=user/${filename}", policyOf("")}, signedFields...), "file=f")...))
	f.Add(formBody("", append(append([]string{"key=user/a", "acl=private", policyOf(`,{"acl":"private"},["content-length-range",0,5]`)}, signedFields...), "file=f")...))
	f.Fuzz(func(t *testing.T, body string) {
		form, err := readForm(body)
		if err != nil {
			return
		}
		c, err := form.Call()
		if err != nil {
			return
		}
		if c.Key != form.Key || c.Bucket != "buck" || c.Permissions[0].Resource != objectARN("buck", form.Key) {
			t.Errorf("the form's key %q became %q", form.Key, c.Key)
		}
		sameAgain(t, c)
	})
}

// FuzzFormPolicy: no document makes the reader panic.
func FuzzFormPolicy(f *testing.F) {
	f.Add(`{"expiration":"2026-03-04T06:00:00.000Z","conditions":[` + formConditions + `,["content-length-range",1,2]]}`)
	f.Fuzz(func(_ *testing.T, document string) {
		if p, err := parseFormPolicy(base64.StdEncoding.EncodeToString([]byte(document))); err == nil {
			_ = p.check(map[string]string{"key": "user/a"}, "buck", now)
		}
	})
}
