package sigv4

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"
)

// benchS3Request is a GET as the AWS CLI sends it with the credentials of a session.
func benchS3Request(tb testing.TB) Request {
	tb.Helper()
	r := Request{
		Method: "GET", URI: "/photos/2026/10/a%20picture.jpg?versionId=L4kqtJlcpXroDTDmpUMLUo", Host: "s3.us-east-1.amazonaws.com",
		Header: http.Header{"X-Amz-Checksum-Mode": {"ENABLED"}, "Range": {"bytes=0-1023"}},
	}
	signer := s3Signer
	signer.SessionToken = "IQoJb3JpZ2luX2VjEPz" + string(bytes.Repeat([]byte{'x'}, 600))
	if err := signer.SignS3(&r, benchTime, PayloadOf(nil)); err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("User-Agent", "aws-cli/2.21.2 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.9")
	return r
}

// BenchmarkVerifyS3 is all that is done for a request with its signing key at hand.
func BenchmarkVerifyS3(b *testing.B) {
	r := benchS3Request(b)
	parsed := mustParseS3(b, r)
	key := s3Key(&parsed)
	b.ReportAllocs()
	for b.Loop() {
		s, err := ParseS3(r)
		if err != nil || s.Check(benchTime, s3Expect) != nil || !s.Verify(key, s.DeclaredPayload()) {
			b.Fatal("the request does not pass")
		}
	}
}

// BenchmarkS3Body reads 8 MiB in each of the payload modes.
func BenchmarkS3Body(b *testing.B) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 8<<20/16)
	for _, mode := range []struct{ name, checksum string }{
		{"hash", ""}, {"chunks", ""}, {"chunks and crc32c", "x-amz-checksum-crc32c"}, {"chunks and crc64nvme", "x-amz-checksum-crc64nvme"},
	} {
		b.Run(mode.name, func(b *testing.B) {
			wire, r := data, Request{Method: "PUT", URI: "/b/k", Host: s3Host}
			if mode.name == "hash" {
				if err := s3Signer.SignS3(&r, s3Time, PayloadOf(data)); err != nil {
					b.Fatal(err)
				}
			} else {
				encoded, _, err := s3Signer.SignS3Chunks(&r, s3Time, bytes.NewReader(data), int64(len(data)), mode.checksum)
				if err != nil {
					b.Fatal(err)
				}
				if wire, err = io.ReadAll(encoded); err != nil {
					b.Fatal(err)
				}
			}
			s := mustParseS3(b, r)
			key := s3Key(&s)
			into := make([]byte, 32<<10)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				body, err := s.S3Body(key, bytes.NewReader(wire), int64(len(wire)))
				if err != nil {
					b.Fatal(err)
				}
				drain(b, body, into)
			}
		})
	}
}

func BenchmarkSignS3Chunks(b *testing.B) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 8<<20/16)
	into := make([]byte, 32<<10)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r := Request{Method: "PUT", URI: "/b/k", Host: s3Host}
		encoded, _, err := s3Signer.SignS3Chunks(&r, s3Time, bytes.NewReader(data), int64(len(data)), "")
		if err != nil {
			b.Fatal(err)
		}
		drain(b, encoded, into)
	}
}

func drain(b *testing.B, r io.Reader, into []byte) {
	b.Helper()
	for {
		if _, err := r.Read(into); err == io.EOF {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

// TestS3Allocations is not parallel, since it counts what the whole process allocates.
func TestS3Allocations(t *testing.T) {
	r := benchS3Request(t)
	parsed := mustParseS3(t, r)
	key := s3Key(&parsed)
	allocations := testing.AllocsPerRun(100, func() {
		s, err := ParseS3(r)
		if err != nil || s.Check(benchTime.Add(time.Minute), s3Expect) != nil || !s.Verify(key, s.DeclaredPayload()) {
			t.Error("the request does not pass")
		}
	})
	if allocations != 0 {
		t.Errorf("ParseS3, Check and Verify of a typical request allocate %v times, want 0", allocations)
	}
}
