package sigv4

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParse(t *testing.T) {
	t.Parallel()
	scope := Scope{Date: "20150830", Region: "us-east-1", Service: "sts", Terminator: "aws4_request"}
	plain := Signature{AccessKeyID: "AKIDEXAMPLE", Scope: scope, SignedHeaders: "host", Time: testTime}
	edited := func(edit func(*Signature)) Signature {
		s := plain
		edit(&s)
		return s
	}
	good := inHeader(authorization(testCredential, "host"))
	presigned := func(more ...string) Request {
		return inQuery(append(more, "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential="+testCredential,
			"X-Amz-Date=20150830T123600Z", "X-Amz-SignedHeaders=host", "X-Amz-Signature="+testHex)...)
	}
	for _, test := range []struct {
		name    string
		request Request
		want    Signature
	}{
		{"header form", good, plain},
		{"no blanks", inHeader(strings.ReplaceAll(authorization(testCredential, "host"), ", ", ",")), plain},
		{"commas left out", inHeader(strings.ReplaceAll(authorization(testCredential, "host"), ",", " ")), plain},
		{"tabs and empty parts", inHeader("\tAWS4-HMAC-SHA256\t,,Credential=" + testCredential + ",\t, SignedHeaders=host ,Signature=" + testHex + ", "), plain},
		{
			"6c the last of repeated parts counts",
			inHeader(strings.Replace(authorization(testCredential, "host"), " ", " Credential=x, SignedHeaders=y, Signature=z, ", 1)), plain,
		},
		{"a part of another name", inHeader(authorization(testCredential, "host") + ", Version=4"), plain},
		{"the first of two dates counts", with(good, "X-Amz-Date", "20150830T123600Z", "20150830T123601Z"), plain},
		{"extended date", with(good, "X-Amz-Date", "2015-08-30T12:36:00Z"), plain},
		{"date in the Date header", with(with(good, "X-Amz-Date"), "Date", "20150830T123600Z"), plain},
		{
			"token in the header", with(good, "X-Amz-Security-Token", "a+b=="),
			edited(func(s *Signature) { s.SessionToken, s.HasSessionToken = "a+b==", true }),
		},
		{
			"empty token in the header", with(good, "X-Amz-Security-Token", ""),
			edited(func(s *Signature) { s.HasSessionToken = true }),
		},
		{
			"strange key id", inHeader(authorization("<\x00\xff'=>/20150830/us-east-1/sts/aws4_request", "host")),
			edited(func(s *Signature) { s.AccessKeyID = "<\x00\xff'=>" }),
		},
		{
			"empty key id", inHeader(authorization("/20150830/us-east-1/sts/aws4_request", "host")),
			edited(func(s *Signature) { s.AccessKeyID = "" }),
		},
		{
			"credential of six parts", inHeader(authorization(testCredential+"/x", "host")),
			edited(func(s *Signature) { s.AccessKeyID, s.Scope = "", Scope{} }),
		},
		{
			"HTTP/2", inHeader(authorization(testCredential, ":authority;x-amz-date")),
			edited(func(s *Signature) { s.SignedHeaders = ":authority;x-amz-date" }),
		},
		{"as many parameters as may be", withURI(good, "/?a"+strings.Repeat("&a", MaxParameters-1)), plain},
		{"semicolons and odd signs in the query", withURI(good, "/?a;b=c;d&=&&e==?/#"), plain},

		{"presigned", presigned(), edited(func(s *Signature) { s.Presigned = true })},
		{
			"presigned, token", presigned("X-Amz-Security-Token=a%2Bb+c%3d"),
			edited(func(s *Signature) { s.Presigned, s.SessionToken, s.HasSessionToken = true, "a+b c=", true }),
		},
		{
			"presigned, names escaped", withURI(presigned(), strings.ReplaceAll(presigned().URI, "X-Amz-", "%58%2dAmz%2D")),
			edited(func(s *Signature) { s.Presigned = true }),
		},
		{
			"presigned, signed headers escaped", withURI(presigned(), strings.ReplaceAll(presigned().URI, "=host", "=host%3bx%2Dy")),
			edited(func(s *Signature) { s.Presigned, s.SignedHeaders = true, "host;x-y" }),
		},
		{
			"presigned, dates in headers", with(with(presigned(), "X-Amz-Date", "x"), "Date", "y"),
			edited(func(s *Signature) { s.Presigned = true }),
		},
		{
			"7c the first of repeated parameters counts", withURI(presigned(), presigned().URI+
				"&X-Amz-Algorithm=x&X-Amz-Credential=x&X-Amz-Date=x&X-Amz-SignedHeaders=x&X-Amz-Signature=x"),
			edited(func(s *Signature) { s.Presigned = true }),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := mustParse(t, test.request)
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(Signature{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.signature != testHex {
				t.Errorf("signature = %s, want %s", got.signature, testHex)
			}
			if string(got.stamp[:]) != "20150830T123600Z" {
				t.Errorf("stamp = %s", got.stamp[:])
			}
		})
	}
}

func TestSigns(t *testing.T) {
	t.Parallel()
	s := Signature{SignedHeaders: "host;x-amz-date"}
	for name, want := range map[string]bool{
		"host": true, "x-amz-date": true, "x-amz": false, "ost": false, "Host": false, "host;x-amz-date": false, "": false,
	} {
		if s.Signs(name) != want {
			t.Errorf("Signs(%q) = %t", name, !want)
		}
	}
}
