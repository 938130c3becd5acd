package sigv4

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"testing"
	"time"
)

var benchTime = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

// benchRequest is a GetSessionToken call as the AWS CLI sends it: some 900 bytes in all.
func benchRequest(tb testing.TB) (Request, []byte) {
	tb.Helper()
	body := []byte("Action=GetSessionToken&Version=2011-06-15&DurationSeconds=3600" +
		"&SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Falice&TokenCode=123456")
	r := Request{Method: "POST", URI: "/", Host: "sts.us-east-1.amazonaws.com", Header: http.Header{
		"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"},
	}}
	signer := Signer{
		AccessKeyID: "AKIARZPUZDIKABCDEFGH", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		Region: "us-east-1", Service: "sts",
	}
	if err := signer.Sign(&r, benchTime, PayloadOf(body)); err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "identity")
	r.Header.Set("Content-Length", "140")
	r.Header.Set("User-Agent", "aws-cli/2.17.0 md/awscrt#0.21.2 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.9")
	return r, body
}

func BenchmarkVerify(b *testing.B) {
	r, body := benchRequest(b)
	s, err := Parse(r)
	if err != nil {
		b.Fatal(err)
	}
	key := DeriveKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", s.Scope)
	b.ReportAllocs()
	for b.Loop() {
		if !s.Verify(&key, PayloadOf(body)) {
			b.Fatal("the signature does not match")
		}
	}
}

func BenchmarkVerifyPresigned(b *testing.B) {
	r := Request{Method: "GET", URI: "/?Action=GetCallerIdentity&Version=2011-06-15", Host: "sts.us-east-1.amazonaws.com"}
	signer := Signer{
		AccessKeyID: "AKIARZPUZDIKABCDEFGH", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		Region: "us-east-1", Service: "sts",
	}
	if err := signer.Presign(&r, benchTime, time.Minute, PayloadOf(nil)); err != nil {
		b.Fatal(err)
	}
	s, err := Parse(r)
	if err != nil {
		b.Fatal(err)
	}
	key := DeriveKey(signer.SecretAccessKey, s.Scope)
	b.ReportAllocs()
	for b.Loop() {
		if !s.Verify(&key, PayloadOf(nil)) {
			b.Fatal("the signature does not match")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	r, _ := benchRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDeriveKey(b *testing.B) {
	scope := Scope{Date: "20261001", Region: "us-east-1", Service: "sts", Terminator: terminator}
	b.ReportAllocs()
	for b.Loop() {
		DeriveKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope)
	}
}

// BenchmarkSHA256 of 1 KiB is what the others are measured by: BenchmarkVerify is to stay within five times of it.
func BenchmarkSHA256(b *testing.B) {
	data := bytes.Repeat([]byte{'a'}, 1024)
	b.ReportAllocs()
	for b.Loop() {
		sha256.Sum256(data)
	}
}

// TestAllocations is not parallel, since it counts what the whole process allocates.
func TestAllocations(t *testing.T) {
	r, body := benchRequest(t)
	s := mustParse(t, r)
	key := DeriveKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", s.Scope)
	expect := Expect{Services: []string{"sts", "iam"}, Regions: []string{"us-east-1"}}
	allocations := testing.AllocsPerRun(100, func() {
		s, err := Parse(r)
		if err != nil || s.Check(benchTime, expect) != nil || !s.Verify(&key, PayloadOf(body)) {
			t.Error("the request does not pass")
		}
	})
	if allocations != 0 {
		t.Errorf("Parse, Check and Verify of a typical request allocate %v times, want 0", allocations)
	}
}
