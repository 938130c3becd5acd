package s3

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func readDeletion(body string, lines ...string) (*Call, error) {
	c, err := Parse(request("POST", "/buck?delete", append(lines, md5Line(body))...), config)
	if err != nil {
		return nil, err
	}
	return c, c.Read([]byte(body))
}

func TestDelete(t *testing.T) {
	t.Parallel()
	body := `<?xml version="1.0" encoding="UTF-8"?>
<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
 <Object><Key>a/b%2F</Key></Object>
 <Object><Key>c&amp;&#xD;</Key><VersionId>v</VersionId><ETag>"e"</ETag></Object>
 <Object><Key> d </Key></Object>
</Delete>`
	c, err := readDeletion(body)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, o := range c.Delete.Objects {
		got = append(got, granted(o.Permissions))
	}
	want := [][]string{{"DeleteObject arn:aws:s3:::buck/a/b%2F"}, {"DeleteObjectVersion arn:aws:s3:::buck/c&\r"}, {"DeleteObject arn:aws:s3:::buck/ d "}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := c.Delete.Objects[1].Permissions[0].Context["s3:versionid"]; !cmp.Equal(got, []string{"v"}) {
		t.Errorf("the version is %q", got)
	}
	sameAgain(t, c)

	refusals := []Refusal{{Index: 0, Error: refuse("AccessDenied", "Access Denied")}}
	u, ok := c.RebuildDelete(refusals)
	const sent = xml.Header + `<Delete xmlns="` + namespace + `"><Object><Key>c&amp;&#xD;</Key><VersionId>v</VersionId><ETag>&#34;e&#34;</ETag></Object><Object><Key> d </Key></Object></Delete>`
	if string(u.Body) != sent || !ok || u.Target != "/buck?delete" || u.Header["Content-Md5"][0] != md5Sum(u.Body) {
		t.Errorf("goes on as %s %s %v", u.Target, u.Body, u.Header)
	}
	reply := `<DeleteResult xmlns="` + namespace + `"><Deleted><Key>c&amp;&#13;</Key><VersionId>v</VersionId></Deleted><Error><Key> d </Key><Code>InternalError</Code><Message>m</Message></Error></DeleteResult>`
	merged, ok := c.Delete.Merge([]byte(reply), refusals)
	const answered = xml.Header + `<DeleteResult xmlns="` + namespace + `"><Deleted><Key>c&amp;&#xD;</Key><VersionId>v</VersionId></Deleted><Error><Key> d </Key><Code>InternalError</Code><Message>m</Message></Error>` +
		`<Error><Key>a/b%2F</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>`
	if string(merged) != answered || !ok {
		t.Errorf("merged %s", merged)
	}
	c.Delete.Quiet = true
	if merged, _ := c.Delete.Merge([]byte(reply), refusals); strings.Contains(string(merged), "Deleted") || strings.Count(string(merged), "<Error>") != 2 {
		t.Errorf("quiet: %s", merged)
	}
}

func TestDeleteAllRefused(t *testing.T) {
	t.Parallel()
	c, err := readDeletion("<Delete><Quiet>true</Quiet><Object><Key>a</Key><VersionId>v</VersionId></Object></Delete>", "X-Amz-Bypass-Governance-Retention: true")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"DeleteObjectVersion arn:aws:s3:::buck/a", "BypassGovernanceRetention arn:aws:s3:::buck/a"}
	if diff := cmp.Diff(want, granted(c.Delete.Objects[0].Permissions)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	refusals := []Refusal{{Index: 0, Error: refuse("AccessDenied", "Access Denied")}}
	if _, ok := c.RebuildDelete(refusals); ok {
		t.Error("a deletion of nothing goes on")
	}
	merged, ok := c.Delete.Merge(nil, refusals)
	const answered = xml.Header + `<DeleteResult xmlns="` + namespace + `"><Error><Key>a</Key><VersionId>v</VersionId><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>`
	if string(merged) != answered || !ok {
		t.Errorf("merged %s", merged)
	}
}

// TestMergeRefuses: a reply that is no answer to what was asked is none at all.
func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	c, err := readDeletion("<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>")
	if err != nil {
		t.Fatal(err)
	}
	refusals := []Refusal{{Index: 1, Error: refuse("AccessDenied", "Access Denied")}}
	for _, reply := range []string{
		"", "<Error><Code>SignatureDoesNotMatch</Code></Error>", "<DeleteResult>", "<DeleteResult><Deleted><Key>b</Key></Deleted></DeleteResult>",
		"<DeleteResult><Deleted><Key>x</Key></Deleted></DeleteResult>", "<DeleteResult><Deleted/></DeleteResult>", "<DeleteResult><X><Key>a</Key></X></DeleteResult>",
	} {
		if merged, ok := c.Delete.Merge([]byte(reply), refusals); ok {
			t.Errorf("%s: merged %s", reply, merged)
		}
	}
}

// TestDeleteRefused is attack 13.
func TestDeleteRefused(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&many, "<Object><Key>%d</Key></Object>", i)
	}
	tests := []struct{ name, body, want string }{
		{"nothing", "<Delete></Delete>", "MalformedXML"},
		{"no document", "", "MalformedXML"},
		{"two keys", "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>", "MalformedXML"},
		{"two versions", "<Delete><Object><Key>a</Key><VersionId>v</VersionId><VersionId>w</VersionId></Object></Delete>", "MalformedXML"},
		{"no key", "<Delete><Object><VersionId>v</VersionId></Object></Delete>", "MalformedXML"},
		{"empty key", "<Delete><Object><Key></Key></Object></Delete>", "MalformedXML"},
		{"empty version", "<Delete><Object><Key>a</Key><VersionId/></Object></Delete>", "InvalidArgument"},
		{"key in capitals", "<Delete><Object><KEY>a</KEY></Object></Delete>", "MalformedXML"},
		{"key with elements", "<Delete><Object><Key>a<b/></Key></Object></Delete>", "MalformedXML"},
		{"text beside elements", "<Delete><Object>x<Key>a</Key></Object></Delete>", "MalformedXML"},
		{"text after elements", "<Delete><Object><Key>a</Key>x</Object></Delete>", "MalformedXML"},
		{"long key", "<Delete><Object><Key>" + strings.Repeat("k", 1025) + "</Key></Object></Delete>", "KeyTooLongError"},
		{"dot segment", "<Delete><Object><Key>a/../b</Key></Object></Delete>", "InvalidURI"},
		{"1001 keys", "<Delete>" + many.String() + "</Delete>", "MalformedXML"},
		{"two Quiet", "<Delete><Quiet>true</Quiet><Quiet>false</Quiet><Object><Key>a</Key></Object></Delete>", "MalformedXML"},
		{"Quiet that is neither", "<Delete><Quiet>yes</Quiet><Object><Key>a</Key></Object></Delete>", "MalformedXML"},
		{"unknown element", "<Delete><Object><Key>a</Key></Object><Prefix>b</Prefix></Delete>", "MalformedXML"},
		{"unknown element of an object", "<Delete><Object><Key>a</Key><Prefix>b</Prefix></Object></Delete>", "MalformedXML"},
		{"CDATA", "<Delete><Object><Key><![CDATA[a]]></Key></Object></Delete>", "MalformedXML"},
		{"comment", "<Delete><Object><Key>a<!-- x -->b</Key></Object></Delete>", "MalformedXML"},
		{"document type", `<!DOCTYPE d [<!ENTITY x "aaaa">]><Delete><Object><Key>&x;</Key></Object></Delete>`, "MalformedXML"},
		{"unknown entity", "<Delete><Object><Key>&x;</Key></Object></Delete>", "MalformedXML"},
		{"HTML entity", "<Delete><Object><Key>&eacute;</Key></Object></Delete>", "MalformedXML"},
		{"control character", "<Delete><Object><Key>&#1;</Key></Object></Delete>", "MalformedXML"},
		{"NUL", "<Delete><Object><Key>a\x00</Key></Object></Delete>", "MalformedXML"},
		{"no UTF-8", "<Delete><Object><Key>\xff</Key></Object></Delete>", "MalformedXML"},
		{"other encoding", `<?xml version="1.0" encoding="UTF-7"?><Delete><Object><Key>a</Key></Object></Delete>`, "MalformedXML"},
		{"processing instruction", "<Delete><?x y?><Object><Key>a</Key></Object></Delete>", "MalformedXML"},
		{"prefix", `<x:Delete xmlns:x="` + namespace + `"><x:Object><x:Key>a</x:Key></x:Object></x:Delete>`, "MalformedXML"},
		{"another name space", `<Delete><Object xmlns="urn:x"><Key>a</Key></Object></Delete>`, "MalformedXML"},
		{"attribute", `<Delete><Object><Key x="y">a</Key></Object></Delete>`, "MalformedXML"},
		{"two roots", "<Delete><Object><Key>a</Key></Object></Delete><Delete/>", "MalformedXML"},
		{"text after the root", "<Delete><Object><Key>a</Key></Object></Delete>x", "MalformedXML"},
		{"not closed", "<Delete><Object><Key>a</Key></Object>", "MalformedXML"},
		{"closed as another", "<Delete><Object><Key>a</Object></Key></Delete>", "MalformedXML"},
		{"deep", strings.Repeat("<Delete>", 1000), "MalformedXML"},
		{"too large", strings.Repeat(" ", maxDelete+1), "MaxMessageLengthExceeded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := readDeletion(test.body)
			if code(err) != test.want {
				t.Errorf("got %v, %v, want %s", c, err, test.want)
			}
		})
	}
}

func TestSums(t *testing.T) {
	t.Parallel()
	const body = "<Delete><Object><Key>a</Key></Object></Delete>"
	for _, algorithm := range algorithms {
		sum := checksum(algorithm, []byte(body))
		if sum == nil {
			if _, err := sumOf(algorithm, []byte("00000000"), body); code(err) != "NotImplemented" {
				t.Errorf("%s: %v", algorithm, err)
			}
			continue
		}
		if c, err := sumOf(algorithm, sum, body); err != nil || c.rebuild().Header["X-Amz-Checksum-"+strings.ToUpper(algorithm[:1])+algorithm[1:]] != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		sum[0] ^= 1
		if _, err := sumOf(algorithm, sum, body); code(err) != "BadDigest" {
			t.Errorf("%s: a wrong sum: %v", algorithm, err)
		}
		if _, err := sumOf(algorithm, sum[1:], body); code(err) != "InvalidRequest" {
			t.Errorf("%s: a short sum: %v", algorithm, err)
		}
	}
	c := mustParse(t, request("POST", "/buck?delete", "Content-Md5: AAAA"))
	if err := c.Read([]byte(body)); code(err) != "InvalidDigest" {
		t.Errorf("a short MD5: %v", err)
	}
	c = mustParse(t, request("POST", "/buck?delete", md5Line("other")))
	if err := c.Read([]byte(body)); code(err) != "BadDigest" {
		t.Errorf("a wrong MD5: %v", err)
	}
	// The check values of the catalogues of CRCs, for 123456789.
	for algorithm, want := range map[string]string{"crc32": "y/Q5Jg==", "crc32c": "4waSgw==", "crc64nvme": "rosUhgp5mIg="} {
		if got := base64.StdEncoding.EncodeToString(checksum(algorithm, []byte("123456789"))); got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
}

func sumOf(algorithm string, sum []byte, body string) (*Call, error) {
	c, err := Parse(request("POST", "/buck?delete", "x-amz-checksum-"+algorithm+": "+base64.StdEncoding.EncodeToString(sum)), config)
	if err != nil {
		return nil, err
	}
	return c, c.Read([]byte(body))
}
