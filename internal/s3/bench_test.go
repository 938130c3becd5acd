package s3

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	signed := []string{"Authorization: AWS4-HMAC-SHA256 x", "X-Amz-Date: 20260304T050607Z", "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD", "X-Amz-Security-Token: t", "User-Agent: x"}
	for name, r := range map[string]Request{
		"GetObject":  request("GET", "/buck/some/key?x-id=GetObject", signed...),
		"PutObject":  request("PUT", "/buck/some/key?x-id=PutObject", append(signed, "X-Amz-Acl: private", "X-Amz-Tagging: a=b", "Content-Type: text/plain")...),
		"CopyObject": request("PUT", "/buck/some/key", append(signed, "X-Amz-Copy-Source: other/some/key?versionId=v")...),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(r, config); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRebuild(b *testing.B) {
	c := mustParse(b, request("GET", "/buck/some/key?x-id=GetObject", "Range: bytes=0-1"))
	b.ReportAllocs()
	for b.Loop() {
		c.Rebuild()
	}
}

func BenchmarkDeleteObjects(b *testing.B) {
	var body strings.Builder
	body.WriteString("<Delete>")
	for i := range maxObjects {
		fmt.Fprintf(&body, "<Object><Key>some/key/%d</Key></Object>", i)
	}
	body.WriteString("</Delete>")
	b.ReportAllocs()
	for b.Loop() {
		c, err := readDeletion(body.String())
		if err != nil {
			b.Fatal(err)
		}
		c.RebuildDelete(nil)
	}
}
