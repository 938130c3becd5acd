package sigv4

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"testing"
)

// FuzzParseS3 holds ParseS3 and all that may follow it to: no panic, no error of another kind, and nothing that verifies.
func FuzzParseS3(f *testing.F) {
	f.Add("/b/k", authorization(s3Credential, "host;x-amz-content-sha256;x-amz-date"), "20130524T000000Z", emptyHash, "x")
	f.Add(s3Presigned().URI, "", "", UnsignedPayload, "")
	f.Add(s3Presigned("=host", "=host;x-amz-content-sha256&X-Amz-Content-Sha256=%zz").URI, "", "", StreamingPayloadTrailer, "\n")
	f.Add("/?AWSAccessKeyId=x&X-Amz-Expires=-1", "AWS4-HMAC-SHA256 Credential=////,SignedHeaders=;,Signature=", "Fri, 24 May 2013 00:00:00 GMT", "", "")
	f.Fuzz(func(t *testing.T, uri, authorization, date, payload, value string) {
		r := Request{Method: "PUT", URI: uri, Host: "h", Header: http.Header{"X-Amz-Date": {date}, "X-Amz-Content-Sha256": {payload}, "X-Value": {value}}}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		s, err := ParseS3(r)
		if err == nil {
			err = s.Check(s.Time, Expect{Services: []string{s.Scope.Service}})
		}
		if err != nil {
			if asS3Error(err) == nil {
				t.Fatalf("%v, of type %T", err, err)
			}
			return
		}
		if e := s.S3Mismatch(); len(e.Details) < 2 {
			t.Fatalf("S3Mismatch has %v", e.Details)
		}
		if s.Verify(&SigningKey{1}, s.DeclaredPayload()) {
			t.Fatal("Verify = true for a key that signed nothing")
		}
		if !s.Signs("host") && !s.Signs(":authority") {
			t.Fatal("passes without a signed host")
		}
	})
}

// FuzzS3Body holds the reading of hostile bodies to: no panic, no error of another kind, and never all bytes with an error.
// What it makes of chunks without signatures is held to what the chunks of HTTP are.
func FuzzS3Body(f *testing.F) {
	f.Add("3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", uint16(3), byte(3))
	f.Add("3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n", uint16(3), byte(3))
	f.Add("3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\n\r\n\r\n", uint16(3), byte(3))
	f.Add("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", uint16(0), byte(3))
	f.Add("ffffffffffffffffffff;chunk-signature="+testHex+"\r\n", uint16(9), byte(1))
	f.Add("0;chunk-signature="+testHex+"\r\n\r\n", uint16(0), byte(2))
	f.Add("abc", uint16(3), byte(0))
	f.Add("abc", uint16(4), byte(4))
	f.Fuzz(func(t *testing.T, wire string, length uint16, kind byte) {
		payload := []string{UnsignedPayload, StreamingPayload, StreamingPayloadTrailer, StreamingUnsignedPayloadTrailer, emptyHash}[kind%5]
		headers := []string{"X-Amz-Decoded-Content-Length", strconv.Itoa(int(length))}
		if strings.HasSuffix(payload, "-TRAILER") {
			headers = append(headers, "X-Amz-Trailer", "x-amz-checksum-crc32")
		}
		s, key := upload(t, payload, headers...)
		got, _, err := read(&s, key, wire, int64(length))
		if err != nil {
			if asS3Error(err) == nil {
				t.Fatalf("%v, of type %T", err, err)
			}
			if length > 0 && len(got) >= int(length) {
				t.Fatalf("all of %d bytes were passed on before %v", length, err)
			}
			return
		}
		if len(got) != int(length) {
			t.Fatalf("%d bytes of %d, and no error", len(got), length)
		}
		want := []byte(wire)
		switch payload {
		case StreamingPayload, StreamingPayloadTrailer:
			t.Fatal("chunks pass that nobody signed")
		case StreamingUnsignedPayloadTrailer:
			if want, err = io.ReadAll(httputil.NewChunkedReader(strings.NewReader(wire))); err != nil {
				t.Fatalf("HTTP does not read it: %v", err)
			}
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("read %q, want %q", got, want)
		}
	})
}

// FuzzS3Chunks holds chunks with one byte changed to refusal, or to the same data.
func FuzzS3Chunks(f *testing.F) {
	f.Add("data", uint32(3), byte(1), false)
	f.Add(strings.Repeat("x", sentChunk+10), uint32(1), byte(0x20), true)
	f.Add("", uint32(90), byte(2), true)
	f.Fuzz(func(t *testing.T, data string, position uint32, change byte, trailer bool) {
		checksum := ""
		if trailer {
			checksum = "x-amz-checksum-sha256"
		}
		r := Request{Method: "PUT", URI: "/b/k", Host: s3Host}
		encoded, length, err := s3Signer.SignS3Chunks(&r, s3Time, strings.NewReader(data), int64(len(data)), checksum)
		if err != nil {
			t.Fatal(err)
		}
		wire, err := io.ReadAll(encoded)
		if err != nil || int64(len(wire)) != length {
			t.Fatalf("%d bytes, want %d, %v", len(wire), length, err)
		}
		s := mustParseS3(t, r)
		at := int(position) % len(wire)
		before := wire[at]
		wire[at] ^= change
		var got []byte
		body, err := s.S3Body(s3Key(&s), bytes.NewReader(wire), length)
		if err == nil {
			got, err = io.ReadAll(body)
		}
		switch {
		case err != nil && change == 0:
			t.Fatal(err)
		case err == nil && string(got) != data:
			t.Fatalf("%q was changed to %q at %d, and passes", before, wire[at], at)
		case err != nil && len(data) > 0 && len(got) >= len(data):
			t.Fatalf("all was passed on before %v", err)
		case err != nil && asS3Error(err) == nil:
			t.Fatalf("%v, of type %T", err, err)
		}
	})
}
