package sigv4

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkv4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The credentials, time and bucket of the examples in the S3 API Reference.
var (
	s3Signer = Signer{
		AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		Region: "us-east-1", Service: "s3",
	}
	s3Time   = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	s3Expect = Expect{Services: []string{"s3"}, Regions: []string{"us-east-1"}}
)

const s3Host = "examplebucket.s3.amazonaws.com"

func s3Key(s *Signature) *SigningKey {
	key := DeriveKey(s3Signer.SecretAccessKey, s.Scope)
	return &key
}

func mustParseS3(t testing.TB, r Request) Signature {
	t.Helper()
	s, err := ParseS3(r)
	if err != nil {
		t.Fatalf("ParseS3: %v", err)
	}
	return s
}

func asS3Error(err error) *S3Error {
	var e *S3Error
	errors.As(err, &e)
	return e
}

// TestS3Examples has the examples that AWS publishes, with the signatures it publishes.
func TestS3Examples(t *testing.T) {
	t.Parallel()
	header := func(signedHeaders, signature, hash string, more ...string) http.Header {
		h := http.Header{
			"Authorization": {"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=" +
				signedHeaders + ",Signature=" + signature},
			"X-Amz-Date":           {"20130524T000000Z"},
			"X-Amz-Content-Sha256": {hash},
		}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	for _, test := range []struct {
		name    string
		request Request
		hash    string
	}{
		{"GET Object", Request{Method: "GET", URI: "/test.txt", Host: s3Host, Header: header("host;range;x-amz-content-sha256;x-amz-date",
			"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", emptyHash, "Range", "bytes=0-9")}, emptyHash},
		{
			"PUT Object",
			Request{Method: "PUT", URI: "/test$file.text", Host: s3Host, Header: header(
				"date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
				"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
				"Date", "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Storage-Class", "REDUCED_REDUNDANCY")},
			"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
		},
		{"GET Bucket lifecycle", Request{Method: "GET", URI: "/?lifecycle", Host: s3Host, Header: header("host;x-amz-content-sha256;x-amz-date",
			"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", emptyHash)}, emptyHash},
		{"List Objects", Request{Method: "GET", URI: "/?max-keys=2&prefix=J", Host: s3Host, Header: header("host;x-amz-content-sha256;x-amz-date",
			"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", emptyHash)}, emptyHash},
		{"presigned GET", Request{Method: "GET", Host: s3Host, URI: "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256" +
			"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z" +
			"&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"}, UnsignedPayload},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := mustParseS3(t, test.request)
			if err := s.Check(s3Time, s3Expect); err != nil {
				t.Error(err)
			}
			if s.ContentSHA256 != test.hash {
				t.Errorf("ContentSHA256 = %s", s.ContentSHA256)
			}
			if !s.Verify(s3Key(&s), s.DeclaredPayload()) {
				t.Errorf("Verify = false, canonical request:\n%s", s.CanonicalRequest(s.DeclaredPayload()))
			}
		})
	}
}

// newS3Trial is a request for a key as hostile as a key may be.
func newS3Trial(random *rand.Rand) trial {
	t := newTrial(random, false)
	t.Service, t.rule = "s3", RawPath
	if random.IntN(2) == 0 {
		t.payload = PayloadText(UnsignedPayload)
	}
	if t.presigned {
		t.payload = PayloadText(UnsignedPayload)
	}
	path := "/bucket"
	for range random.IntN(6) {
		path += pick(random, "/", "//", "/./", "/../", "/..", "/a b", "/+", "/%", "/%2F", "/%252F", "/é", "/\u4e16", "/~", "/a=b&c", "/\\", "/*'()!", "/;?#", "/\xff")
	}
	u := t.http.URL
	u.Path = path
	u.RawPath = strings.ReplaceAll(escaped(path), "%2F", "/")
	for key := range t.http.Header {
		t.http.Header[key] = t.http.Header[key][:1] // S3 wants each once
	}
	return t
}

// signS3WithSDK signs as the S3 client of the AWS SDK for Go does.
func signS3WithSDK(tb testing.TB, t *trial) Request {
	tb.Helper()
	if t.presigned {
		query := t.http.URL.Query()
		query.Set("X-Amz-Expires", "60")
		t.http.URL.RawQuery = query.Encode()
		secrets := aws.Credentials{AccessKeyID: t.AccessKeyID, SecretAccessKey: t.SecretAccessKey, SessionToken: t.SessionToken}
		uri, header, err := sdkv4.NewSigner().PresignHTTP(tb.Context(), secrets, t.http, t.payloadText(), t.Service, t.Region, t.at,
			func(o *sdkv4.SignerOptions) { o.DisableURIPathEscaping = true })
		if err != nil {
			tb.Fatal(err)
		}
		if t.http.URL, err = url.Parse(uri); err != nil {
			tb.Fatal(err)
		}
		t.http.Header = header
		return t.received()
	}
	t.http.Header.Set("X-Amz-Content-Sha256", t.payloadText())
	return signWithSDK(tb, t)
}

// TestS3OtherSigner verifies what the SDK signs for S3, and refuses it with any one byte changed.
func TestS3OtherSigner(t *testing.T) {
	t.Parallel()
	for seed := range uint64(120) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 5))
			trial := newS3Trial(random)
			r := signS3WithSDK(t, &trial)
			expect := Expect{Services: []string{"s3"}, Regions: []string{trial.Region}}
			s := mustParseS3(t, r)
			if err := s.Check(trial.at, expect); err != nil {
				t.Fatalf("Check: %v", err)
			}
			if s.AccessKeyID != trial.AccessKeyID || s.SessionToken != trial.SessionToken || s.Presigned != trial.presigned {
				t.Errorf("read back %+v", s)
			}
			key := DeriveKey(trial.SecretAccessKey, s.Scope)
			if !s.Verify(&key, s.DeclaredPayload()) {
				t.Fatalf("Verify = false for %+v, canonical request:\n%s", r, s.CanonicalRequest(trial.payload))
			}
			changed := eachChange(random, r, s, trial.payload, func(what string, r Request, payload Payload) {
				s, err := ParseS3(r)
				if err == nil && s.Check(trial.at, expect) == nil && s.Verify(&key, cmp.Or(payload, s.DeclaredPayload())) {
					t.Errorf("passes with %s: %+v", what, r)
				}
			})
			if changed < 100 {
				t.Errorf("only %d changes tried", changed)
			}
		})
	}
}

// TestS3Paths holds that paths which mean different keys never share a signature, and that one key's spellings do.
func TestS3Paths(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		signed, sent string
		same         bool
	}{
		{"/b/a%2Fb", "/b/a/b", false},
		{"/b/a/../k", "/b/k", false},
		{"/b/a/./k", "/b/a/k", false},
		{"/b//k", "/b/k", false},
		{"/b/k/", "/b/k", false},
		{"/b/%252e", "/b/%2e", false},
		{"/b/a+b", "/b/a%20b", false},
		{"/b/a%2525", "/b/a%25", false},
		{"/b/%c0%af", "/b//", false},
		{"/b/\\", "/b/", false},
		{"/b/%00", "/b/", false},
		{"/b/a+b", "/b/a%2Bb", true},
		{"/b/%7e%41", "/b/~A", true},
		{"/b/%2e%2e/k", "/b/../k", true},
		{"/b/\u00e9", "/b/%c3%A9", true},
		{"/b/a=b", "/b/a%3Db", true},
	} {
		r := Request{Method: "GET", URI: test.signed, Host: s3Host}
		if err := s3Signer.SignS3(&r, s3Time, PayloadOf(nil)); err != nil {
			t.Fatal(err)
		}
		r.URI = test.sent
		s := mustParseS3(t, r)
		if got := s.Verify(s3Key(&s), s.DeclaredPayload()); got != test.same {
			t.Errorf("signed %s, sent %s: Verify = %t", test.signed, test.sent, got)
		}
	}
}

func TestSignS3(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]Payload{
		"a body": PayloadOf([]byte("body")), "unsigned": PayloadText(UnsignedPayload), "a hash": PayloadText(strings.Repeat("0a", 32)),
	} {
		signer := s3Signer
		signer.SessionToken = "token"
		r := Request{Method: "PUT", URI: "/b//a/../%2F?partNumber=1&uploadId=x%20y", Host: "backend:9000", Header: http.Header{"X-Amz-Acl": {"private"}}}
		if err := signer.SignS3(&r, s3Time, payload); err != nil {
			t.Fatal(err)
		}
		s := mustParseS3(t, r)
		if err := s.Check(s3Time, s3Expect); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !s.Verify(s3Key(&s), payload) || !s.Verify(s3Key(&s), s.DeclaredPayload()) || s.SessionToken != "token" {
			t.Errorf("%s: Verify = false, canonical request:\n%s", name, s.CanonicalRequest(payload))
		}
	}
	r := Request{Method: "GET", URI: "/%", Host: "h"}
	if err := s3Signer.SignS3(&r, s3Time, PayloadOf(nil)); !errors.Is(err, ErrPath) || r.Header != nil {
		t.Errorf("bad path: %v, %v", err, r.Header)
	}
}

func TestPresignS3(t *testing.T) {
	t.Parallel()
	r := Request{Method: "GET", URI: "/test.txt", Host: s3Host, PathRule: RawPath}
	if err := s3Signer.Presign(&r, s3Time, 24*time.Hour, PayloadText(UnsignedPayload)); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(r.URI, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404") {
		t.Errorf("URI = %s, not AWS's example", r.URI)
	}
}

var ignoreCause = cmpopts.IgnoreUnexported(S3Error{})
