package s3

import (
	"strings"
	"testing"
)

// FuzzParse: no request makes Parse panic, and what it accepts is the same request again after it is rebuilt.
func FuzzParse(f *testing.F) {
	f.Add("GET", base, "/buck/a%2Fb?versionId=v&x-id=GetObject", "Range: bytes=0-1", "")
	f.Add("PUT", "buck."+base, "/k", "X-Amz-Copy-Source: other/k%3F?versionId=v\nX-Amz-Tagging: a=b&c=%20", "")
	f.Add("PUT", base, "/buck/k?X-Amz-Signature=0&X-Amz-Acl=private&x-amz-meta-a=b", "Content-Encoding: aws-chunked,gzip", "")
	f.Add("POST", base, "/buck?delete", "X-Amz-Checksum-Crc32: AAAAAA==", "<Delete><Object><Key>a</Key></Object></Delete>")
	f.Add("PUT", base, "/buck/k?tagging", "", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>")
	f.Add("PUT", base, "/buck/k?retention", "", "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>")
	f.Add("GET", base, "/buck?list-type=2&prefix=a+b&delimiter=%2F&max-keys=1", "", "")
	f.Add("POST", base, "/buck/k?restore", "", "<RestoreRequest><Days>1</Days></RestoreRequest>")
	f.Fuzz(func(t *testing.T, method, host, target, headers, body string) {
		r := Request{Method: method, Host: host, Target: target, Header: header(strings.Split(headers, "\n")...), Now: now}
		c, err := Parse(r, config)
		if err != nil {
			return
		}
		if c.Body == ReadBody {
			if c.Operation == "DeleteObjects" {
				c.headers = map[string]string{} // a fuzzer does not find checksums
			}
			if c.Read([]byte(body)) != nil {
				return
			}
		}
		for _, p := range c.Permissions {
			if strings.HasPrefix(p.Resource, objectARN(c.Bucket, "")) && c.Source == nil && p.Resource != objectARN(c.Bucket, c.Key) {
				t.Errorf("%s %s is not about %q", p.Action, p.Resource, c.Key)
			}
		}
		sameAgain(t, c)
	})
}

// FuzzXML: what is accepted is the same tree again after it is written.
func FuzzXML(f *testing.F) {
	f.Add(`<?xml version="1.0"?><a xmlns="` + namespace + `"><b>c&amp;</b><d/></a>`)
	f.Add("<a>\r\n&#xD;</a>")
	f.Fuzz(func(t *testing.T, document string) {
		root, ok := parseXML([]byte(document))
		if !ok {
			return
		}
		written := root.document()
		again, ok := parseXML(written)
		if !ok || string(again.document()) != string(written) {
			t.Errorf("%q became %q", document, written)
		}
	})
}
