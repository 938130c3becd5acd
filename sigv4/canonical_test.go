package sigv4

import (
	"net/http"
	"strings"
	"testing"
)

func TestCanonicalPath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, normalized, raw string }{
		{"/", "/", "/"},
		{"//", "/", "//"},
		{"/a/b", "/a/b", "/a/b"},
		{"/a/b/", "/a/b/", "/a/b/"},
		{"/a//b/./c/../d", "/a/b/d", "/a//b/./c/../d"},
		{"/a/b/..", "/a", "/a/b/.."},
		{"/a/..", "/", "/a/.."},
		{"/a/../", "/", "/a/../"},
		{"/a/.", "/a", "/a/."},
		{"/./a/", "/a/", "/./a/"},
		{"/.../..a", "/.../..a", "/.../..a"},
		{"/%20", "/%2520", "/%20"},
		{"/%e1%88%b4", "/%25e1%2588%25b4", "/%E1%88%B4"},
		{"/%2e%2E/a", "/%252e%252E/a", "/../a"},
		{"/a%2fb", "/a%252fb", "/a%2Fb"},
		{"/%41%7e", "/%2541%257e", "/A~"},
		{"/a b+c", "/a%20b%2Bc", "/a%20b%2Bc"},
		{"/\u1234", "/%E1%88%B4", "/%E1%88%B4"},
		{"/a=b&c:d@e!$'()*,;", "/a%3Db%26c%3Ad%40e%21%24%27%28%29%2A%2C%3B", "/a%3Db%26c%3Ad%40e%21%24%27%28%29%2A%2C%3B"},
		{"/%2525", "/%252525", "/%2525"},
	} {
		if got := string(appendNormalizedPath(nil, test.path)); got != test.normalized {
			t.Errorf("normalized %q = %q, want %q", test.path, got, test.normalized)
		}
		if got := string(appendNormalizedPath([]byte("PUT\n/x/y"), test.path)); got != "PUT\n/x/y"+test.normalized {
			t.Errorf("normalized %q after other text = %q", test.path, got)
		}
		if got := string(appendRawPath(nil, test.path)); got != test.raw {
			t.Errorf("raw %q = %q, want %q", test.path, got, test.raw)
		}
	}
}

func TestCanonicalQuery(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("v%3d", 1000)
	for _, test := range []struct {
		name, query string
		presigned   bool
		want        string
	}{
		{"empty", "", false, ""},
		{"no value", "a", false, "a="},
		{"value with an equal sign", "a=b=c", false, "a=b%3Dc"},
		{"plus is a space", "a+b=c+d", false, "a%20b=c%20d"},
		{"escaped plus is a plus", "a=%2b", false, "a=%2B"},
		{"escapes brought to one form", "%41=%7e%2f%e1", false, "A=~%2F%E1"},
		{"semicolon is a character", "b;a=1;c=2&a=3", false, "a=3&b%3Ba=1%3Bc%3D2"},
		{"empty parameters", "&&b&&a&", false, "a=&b="},
		{"empty name", "=b&=&a", false, "=&=b&a="},
		{"sorted by name, then by value", "b=2&a=2&b=1&a=10&a=1", false, "a=1&a=10&a=2&b=1&b=2"},
		{"a name sorts before the longer one that it begins", "a-=1&a=2&a%21=3", false, "a=2&a%21=3&a-=1"},
		{"sorted as escaped", "z=1&%C3%A9=2&A=3", false, "%C3%A9=2&A=3&z=1"},
		{"bytes that are not UTF-8", "%ff=\xfe", false, "%FF=%FE"},
		{"nothing but question marks", "???", false, "%3F%3F%3F="},
		{"no fragment", "a=1#b", false, "a=1%23b"},
		{"signature left out", "b=1&X-Amz-Signature=x&a=2", true, "a=2&b=1"},
		{"signature by another spelling", "X%2DAmz-Signature=x&a=2", true, "a=2"},
		{"only the signature that counts", "X-Amz-Signature=x&X-Amz-Signature=y", true, "X-Amz-Signature=y"},
		{"not a signature in the header form", "X-Amz-Signature=x", false, "X-Amz-Signature=x"},
		{"other case is another name", "x-amz-signature=x", true, "x-amz-signature=x"},
		{"longer than the buffers", "b=" + long + "&a=1", false, "a=1&b=" + strings.Repeat("v%3D", 1000)},
		{"more than the buffers", strings.Repeat("b&", 40) + "a", false, "a=" + strings.Repeat("&b=", 40)},
	} {
		if got := string(appendQuery(nil, test.query, test.presigned)); got != test.want {
			t.Errorf("%s: %q = %q, want %q", test.name, test.query, got, test.want)
		}
	}
}

func TestCanonicalHeaders(t *testing.T) {
	t.Parallel()
	longName := "X-Amz-Meta-" + strings.Repeat("Long-", 20) + "Name"
	r := Request{Host: " sts.amazonaws.com ", Header: http.Header{
		"Host":     {"another.example"},
		"A":        {""},
		"B":        {"  x  y\t\tz  "},
		"C":        {"1", " 2 ", "1"},
		"D":        {"a\r\nhost:evil\v\fb"},
		"E-Tag-Xy": {`"a   b"`},
		"F":        {},
		"G":        {"\xff\u00a0 \u3000"},
		longName:   {"v"},
	}}
	for _, test := range []struct {
		name, signed, want string
		ok                 bool
	}{
		{"host is the request's", "host", "host:sts.amazonaws.com\n", true},
		{"authority is the host", ":authority", ":authority:sts.amazonaws.com\n", true},
		{"both", ":authority;host", ":authority:sts.amazonaws.com\nhost:sts.amazonaws.com\n", true},
		{"empty value", "a", "a:\n", true},
		{"white space", "b", "b:x y z\n", true},
		{"repeated header", "c", "c:1,2,1\n", true},
		{"line breaks", "d", "d:a host:evil b\n", true},
		{"quotes don't keep blanks", "e-tag-xy", `e-tag-xy:"a b"` + "\n", true},
		{"only ASCII is white space", "g", "g:\xff\u00a0 \u3000\n", true},
		{"long name", strings.ToLower(longName), strings.ToLower(longName) + ":v\n", true},
		{"order", "a;c;host", "a:\nc:1,2,1\nhost:sts.amazonaws.com\n", true},
		{"no such header", "a;b2", "", false},
		{"no value", "f", "", false},
		{"descending", "c;a", "", false},
		{"repeated", "a;a", "", false},
		{"upper case", "E-Tag-Xy", "", false},
		{"empty list", "", "", false},
		{"empty name", "a;", "", false},
		{"empty name first", ";a", "", false},
	} {
		s := Signature{request: r, SignedHeaders: test.signed}
		got, ok := s.appendHeaders(nil)
		if ok != test.ok || ok && string(got) != test.want {
			t.Errorf("%s: %q, %t, want %q, %t", test.name, got, ok, test.want, test.ok)
		}
	}
}
