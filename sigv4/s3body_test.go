package sigv4

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// upload is a PUT in one of the payload modes, verified.
func upload(t testing.TB, payload string, more ...string) (Signature, *SigningKey) {
	t.Helper()
	r := Request{Method: "PUT", URI: "/b/k", Host: s3Host, Header: http.Header{}}
	for i := 0; i < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	if err := s3Signer.SignS3(&r, s3Time, PayloadText(payload)); err != nil {
		t.Fatal(err)
	}
	s := mustParseS3(t, r)
	key := s3Key(&s)
	if err := s.Check(s3Time, s3Expect); err != nil {
		t.Fatal(err)
	}
	if !s.Verify(key, s.DeclaredPayload()) {
		t.Fatal("Verify = false")
	}
	return s, key
}

// sender makes chunks with nothing of the code under test but the seed.
type sender struct {
	bytes.Buffer
	key      *SigningKey
	previous string
}

func newSender(s *Signature, key *SigningKey) *sender {
	return &sender{key: key, previous: s.signature}
}

func (c *sender) sign(kind string, lines ...string) string {
	mac := hmac.New(sha256.New, c.key[:])
	_, _ = io.WriteString(mac, "AWS4-HMAC-SHA256-"+kind+"\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"+c.previous+"\n"+strings.Join(lines, "\n"))
	c.previous = hex.EncodeToString(mac.Sum(nil))
	return c.previous
}

func hexSHA(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

// signed writes a signed chunk; the empty one lacks the line break that ends the body.
func (c *sender) signed(data string) *sender {
	_, _ = fmt.Fprintf(c, "%x;chunk-signature=%s\r\n%s", len(data), c.sign("PAYLOAD", hexSHA(""), hexSHA(data)), data)
	if data != "" {
		c.WriteString("\r\n")
	}
	return c
}

func (c *sender) trailer(name, value string) *sender {
	_, _ = fmt.Fprintf(c, "%s:%s\r\nx-amz-trailer-signature:%s\r\n", name, value, c.sign("TRAILER", hexSHA(name+":"+value+"\n")))
	return c
}

func (c *sender) end() string { return c.String() + "\r\n" }

// TestS3ChunkExamples has AWS's examples of chunks, with the signatures it publishes.
func TestS3ChunkExamples(t *testing.T) {
	t.Parallel()
	credential := "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders="
	header := http.Header{
		"Content-Encoding": {"aws-chunked"}, "X-Amz-Date": {"20130524T000000Z"},
		"X-Amz-Decoded-Content-Length": {"66560"}, "X-Amz-Storage-Class": {"REDUCED_REDUNDANCY"},
	}
	a := func(n int) string { return strings.Repeat("a", n) }
	for _, test := range []struct {
		name, payload, seed, signedHeaders string
		chunks                             [3]string
		length                             string
		trailer, value, trailerSignature   string
	}{
		{
			"chunks", StreamingPayload, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
			"content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
			[3]string{
				"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
				"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
				"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
			},
			"66824", "", "", "",
		},
		{
			"chunks and trailer", StreamingPayloadTrailer, "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
			"content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
			[3]string{
				"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
				"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
				"2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
			},
			"", "x-amz-checksum-crc32c", "sOO8/Q==", "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := Request{Method: "PUT", URI: "/examplebucket/chunkObject.txt", Host: "s3.amazonaws.com", Header: header.Clone()}
			r.Header.Set("Authorization", credential+test.signedHeaders+", Signature="+test.seed)
			r.Header.Set("X-Amz-Content-Sha256", test.payload)
			wire := fmt.Sprintf("10000;chunk-signature=%s\r\n%s\r\n400;chunk-signature=%s\r\n%s\r\n0;chunk-signature=%s\r\n",
				test.chunks[0], a(65536), test.chunks[1], a(1024), test.chunks[2])
			if test.trailer == "" {
				r.Header.Set("Content-Length", test.length)
			} else {
				r.Header.Set("X-Amz-Trailer", test.trailer)
				wire += test.trailer + ":" + test.value + "\r\nx-amz-trailer-signature:" + test.trailerSignature + "\r\n"
			}
			s := mustParseS3(t, r)
			key := s3Key(&s)
			if err := s.Check(s3Time, s3Expect); err != nil {
				t.Error(err)
			}
			if !s.Verify(key, s.DeclaredPayload()) {
				t.Errorf("Verify = false, canonical request:\n%s", s.CanonicalRequest(s.DeclaredPayload()))
			}
			body, err := s.S3Body(key, strings.NewReader(wire+"\r\n"), -1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(body)
			if err != nil || string(got) != a(66560) || body.Length() != 66560 {
				t.Errorf("%d bytes of %d, %v", len(got), body.Length(), err)
			}
			if name, value := body.Trailer(); name != test.trailer || value != test.value {
				t.Errorf("trailer %s: %s", name, value)
			}
		})
	}
}

// read reads a body as an upstream would get it, in odd pieces.
func read(s *Signature, key *SigningKey, wire string, contentLength int64) (got []byte, length int64, err error) {
	body, err := s.S3Body(key, iotest.HalfReader(strings.NewReader(wire)), contentLength)
	if err != nil {
		return nil, 0, err
	}
	got, err = io.ReadAll(iotest.OneByteReader(body))
	if _, again := body.Read(make([]byte, 1)); err != nil && again != err {
		return nil, 0, fmt.Errorf("after %w came %w", err, again)
	}
	return got, body.Length(), err
}

// TestS3BadBodies has what an upstream must never take for a whole body: attacks 14 and 15 of section 6.1.
func TestS3BadBodies(t *testing.T) {
	t.Parallel()
	chunk := strings.Repeat("0123456789abcdef", 512) // as short as a chunk may be
	data := chunk + chunk + "tail"
	sum := base64.StdEncoding.EncodeToString(crc32.NewIEEE().Sum(nil))
	hash := crc32.NewIEEE()
	_, _ = io.WriteString(hash, data)
	crc := base64.StdEncoding.EncodeToString(hash.Sum(nil))
	const name = "x-amz-checksum-crc32"
	length := []string{"X-Amz-Decoded-Content-Length", strconv.Itoa(len(data))}
	trailing := append([]string{"X-Amz-Trailer", name}, length...)
	plain := func(text string) func(*sender) string { return func(*sender) string { return text } }
	three := func(c *sender) *sender { return c.signed(chunk).signed(chunk).signed("tail") }
	whole := func(c *sender) string { return three(c).signed("").end() }
	edit := func(from, to string) func(*sender) string {
		return func(c *sender) string { return strings.Replace(whole(c), from, to, 1) }
	}
	unsigned := fmt.Sprintf("2000\r\n%s\r\n2000\r\n%s\r\n4\r\ntail\r\n0\r\n", chunk, chunk)
	for _, test := range []struct {
		name    string
		payload string
		headers []string
		wire    func(*sender) string
		code    string // none if the body is good
	}{
		{"hash", hexSHA(data), nil, plain(data), ""},
		{"hash of nothing", emptyHash, nil, plain(""), ""},
		{"hash, last byte changed", hexSHA(data), nil, plain(data[:len(data)-1] + "x"), "XAmzContentSHA256Mismatch"},
		{"hash, first byte changed", hexSHA(data), nil, plain("x" + data[1:]), "XAmzContentSHA256Mismatch"},
		{"15 hash of nothing with a body", emptyHash, nil, plain(data), "XAmzContentSHA256Mismatch"},
		{"hash of a body with none", hexSHA(data), nil, plain(""), "XAmzContentSHA256Mismatch"},
		{"unsigned", UnsignedPayload, nil, plain(data), ""},
		{"unsigned, nothing", UnsignedPayload, nil, plain(""), ""},

		{"chunks", StreamingPayload, length, whole, ""},
		{"no chunk but the empty one", StreamingPayload, []string{length[0], "0"}, func(c *sender) string { return c.signed("").end() }, ""},
		{"zeros before the size", StreamingPayload, length, edit("2000;", "0002000;"), ""},
		{"upper case", StreamingPayload, []string{length[0], "10"}, func(c *sender) string {
			return strings.Replace(c.signed(data[:10]).signed("").end(), "a;", "A;", 1)
		}, ""},
		{"one small chunk", StreamingPayload, []string{length[0], "1"}, func(c *sender) string { return c.signed("x").signed("").end() }, ""},
		{"data changed", StreamingPayload, length, edit("0123", "1123"), "SignatureDoesNotMatch"},
		{"data of the last chunk changed", StreamingPayload, length, edit("tail", "tale"), "SignatureDoesNotMatch"},
		{"signature changed", StreamingPayload, length, func(c *sender) string {
			c.signed(chunk)
			c.previous = strings.Repeat("0", 64)
			return c.signed(chunk).signed("tail").signed("").end()
		}, "SignatureDoesNotMatch"},
		{"reordered", StreamingPayload, length, func(c *sender) string {
			first := len(c.signed(chunk[1:] + "x").String())
			second := len(c.signed(chunk).String())
			text := c.signed("tail").signed("").end()
			return text[first:second] + text[:first] + text[second:]
		}, "SignatureDoesNotMatch"},
		{"a chunk left out", StreamingPayload, length, func(c *sender) string {
			first := len(c.signed(chunk).String())
			second := len(c.signed(chunk).String())
			text := c.signed("tail").signed("").end()
			return text[:first] + text[second:]
		}, "SignatureDoesNotMatch"},
		{"a chunk twice", StreamingPayload, length, func(c *sender) string {
			first := c.signed(chunk).String()
			return first + first
		}, "SignatureDoesNotMatch"},
		{"empty chunk not signed well", StreamingPayload, length, func(c *sender) string {
			three(c).previous = strings.Repeat("0", 64)
			return c.signed("").end()
		}, "SignatureDoesNotMatch"},
		{"signature in upper case", StreamingPayload, length, edit("signature=", "signature=A"), "IncompleteBody"},
		{"no signature", StreamingPayload, length, plain(unsigned + "\r\n"), "IncompleteBody"},
		{"other extension", StreamingPayload, length, edit(";chunk-signature=", ";x=y;chunk-signature="), "IncompleteBody"},
		{"extension after", StreamingPayload, length, edit("\r\n", ";x=y\r\n"), "IncompleteBody"},
		{"end before the empty chunk", StreamingPayload, length, func(c *sender) string { return three(c).String() }, "IncompleteBody"},
		{"end in the data", StreamingPayload, length, func(c *sender) string { return three(c).String()[:9000] }, "IncompleteBody"},
		{"end in a head", StreamingPayload, length, func(c *sender) string { return three(c).String()[:40] }, "IncompleteBody"},
		{"nothing", StreamingPayload, length, plain(""), "IncompleteBody"},
		{"no line break at the end", StreamingPayload, length, func(c *sender) string { return three(c).signed("").String() }, "IncompleteBody"},
		{"data after the end", StreamingPayload, length, func(c *sender) string { return whole(c) + "x" }, "IncompleteBody"},
		{"two bodies", StreamingPayload, length, func(c *sender) string { return whole(c) + whole(c) }, "IncompleteBody"},
		{"a trailer that is not announced", StreamingPayload, length, func(c *sender) string {
			return three(c).signed("").trailer(name, crc).end()
		}, "IncompleteBody"},
		{"empty chunk early", StreamingPayload, length, func(c *sender) string { return c.signed(chunk).signed("").end() }, "IncompleteBody"},
		{"decoded length too small", StreamingPayload, []string{length[0], "8192"}, whole, "IncompleteBody"},
		{"decoded length in a chunk", StreamingPayload, []string{length[0], "8193"}, whole, "IncompleteBody"},
		{"decoded length too large", StreamingPayload, []string{length[0], strconv.Itoa(len(data) + 1)}, whole, "IncompleteBody"},
		{"decoded length 0", StreamingPayload, []string{length[0], "0"}, whole, "IncompleteBody"},
		{"decoded length missing", StreamingPayload, nil, whole, "MissingContentLength"},
		{"decoded length negative", StreamingPayload, []string{length[0], "-1"}, whole, "MissingContentLength"},
		{"decoded length with a sign", StreamingPayload, []string{length[0], "+1"}, whole, "MissingContentLength"},
		{"decoded length empty", StreamingPayload, []string{length[0], ""}, whole, "MissingContentLength"},
		{"decoded length overflows", StreamingPayload, []string{length[0], "18446744073709568004"}, whole, "MissingContentLength"},
		{"small chunk", StreamingPayload, []string{length[0], strconv.Itoa(2*len(chunk) - 1)}, func(c *sender) string {
			return c.signed(chunk[1:]).signed(chunk).signed("").end()
		}, "InvalidChunkSizeError"},
		{"size overflows", StreamingPayload, length, edit("2000;", "10000000000002000;"), "IncompleteBody"},
		{"size negative", StreamingPayload, length, edit("2000;", "-2000;"), "IncompleteBody"},
		{"size with a sign", StreamingPayload, length, edit("2000;", "+2000;"), "IncompleteBody"},
		{"size with 0x", StreamingPayload, length, edit("2000;", "0x2000;"), "IncompleteBody"},
		{"size with a blank", StreamingPayload, length, edit("2000;", " 2000;"), "IncompleteBody"},
		{"blank after the size", StreamingPayload, length, edit("2000;", "2000 ;"), "IncompleteBody"},
		{"no size", StreamingPayload, length, edit("2000;", ";"), "IncompleteBody"},
		{"size too small", StreamingPayload, length, edit("2000;", "1fff;"), "IncompleteBody"},
		{"size too large", StreamingPayload, length, edit("2000;", "2001;"), "IncompleteBody"},
		{"LF alone", StreamingPayload, length, edit("\r\n", "\n"), "IncompleteBody"},
		{"CR in a line", StreamingPayload, length, edit("2000;", "2000\r;"), "IncompleteBody"},
		{"long head", StreamingPayload, length, edit("2000;", strings.Repeat("0", 2000)+"2000;"), "IncompleteBody"},
		{"endless head", StreamingPayload, length, plain(strings.Repeat("0", 1<<20)), "IncompleteBody"},

		{"trailer", StreamingPayloadTrailer, trailing, func(c *sender) string { return three(c).signed("").trailer(name, crc).end() }, ""},
		{"signed trailer as MinIO's clients write it", StreamingPayloadTrailer, trailing, func(c *sender) string {
			return strings.Replace(three(c).signed("").trailer(name, crc).end(), crc+"\r\n", crc+"\n\r\n", 1)
		}, ""},
		{"signature of a trailer with LF", StreamingPayloadTrailer, trailing, func(c *sender) string {
			return strings.TrimSuffix(three(c).signed("").trailer(name, crc).end(), "\r\n\r\n") + "\n\r\n\r\n"
		}, "IncompleteBody"},
		{"signature of a trailer is no field", StreamingPayloadTrailer, trailing, func(c *sender) string {
			return three(c).signed("").String() + name + ":" + crc + "\r\nx\r\n\r\n"
		}, "MalformedTrailerError"},
		{"trailer changed", StreamingPayloadTrailer, trailing, func(c *sender) string {
			return strings.Replace(three(c).signed("").trailer(name, sum).end(), sum, crc, 1)
		}, "SignatureDoesNotMatch"},
		{"trailer signed, wrong", StreamingPayloadTrailer, trailing, func(c *sender) string { return three(c).signed("").trailer(name, sum).end() }, "BadDigest"},
		{"trailer without a signature", StreamingPayloadTrailer, trailing, func(c *sender) string {
			return three(c).signed("").String() + name + ":" + crc + "\r\n\r\n"
		}, "MalformedTrailerError"},
		{"signature of a trailer malformed", StreamingPayloadTrailer, trailing, func(c *sender) string {
			return three(c).signed("").String() + name + ":" + crc + "\r\nx-amz-trailer-signature:0\r\n\r\n"
		}, "MalformedTrailerError"},
		{"announced trailer missing", StreamingPayloadTrailer, trailing, whole, "MalformedTrailerError"},

		{"unsigned chunks", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":" + crc + "\r\n\r\n"), ""},
		{"trailer's name and blanks", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + "X-Amz-Checksum-CRC32: " + crc + " \r\n\r\n"), ""},
		{"trailer as MinIO's clients write it", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":" + crc + "\n\r\n\r\n"), ""},
		{"such a trailer, no end", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":" + crc + "\n\r\n"), "IncompleteBody"},
		{"such a trailer, LF only", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":" + crc + "\n\n\r\n"), "IncompleteBody"},
		{"such a trailer, and another", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":" + crc + "\n" + name + ":" + crc + "\n\r\n\r\n"), "IncompleteBody"},
		{"CR in a trailer", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":" + crc + "\r\r\n\r\n"), "IncompleteBody"},
		{"trailer that is no field", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + "\r\n\r\n"), "MalformedTrailerError"},
		{"wrong checksum", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":" + sum + "\r\n\r\n"), "BadDigest"},
		{"changed data", StreamingUnsignedPayloadTrailer, trailing, plain("2000\r\nx" + unsigned[7:] + name + ":" + crc + "\r\n\r\n"), "BadDigest"},
		{"not base64", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":AAA\r\n\r\n"), "InvalidRequest"},
		{"checksum too short", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":AAA=\r\n\r\n"), "InvalidRequest"},
		{"empty checksum", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":\r\n\r\n"), "InvalidRequest"},
		{"another trailer", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + "x-amz-checksum-crc32c:" + crc + "\r\n\r\n"), "MalformedTrailerError"},
		{"trailer left out", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + "\r\n"), "MalformedTrailerError"},
		{"two trailers", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":" + crc + "\r\n" + name + ":" + crc + "\r\n\r\n"), "MalformedTrailerError"},
		{"no end after the trailer", StreamingUnsignedPayloadTrailer, trailing, plain(unsigned + name + ":" + crc + "\r\n"), "IncompleteBody"},
		{"signed chunks where none are", StreamingUnsignedPayloadTrailer, trailing, whole, "IncompleteBody"},
		{"no trailer announced", StreamingUnsignedPayloadTrailer, length, plain(unsigned + "\r\n"), "InvalidRequest"},
		{"unknown trailer", StreamingUnsignedPayloadTrailer, append([]string{"X-Amz-Trailer", "x-amz-meta-a"}, length...), plain(unsigned), "InvalidRequest"},
		{"two trailers announced", StreamingUnsignedPayloadTrailer, append([]string{"X-Amz-Trailer", name + "," + name}, length...), plain(unsigned), "InvalidRequest"},
		{"trailer announced of a plain body", hexSHA(data), trailing, plain(data), "InvalidRequest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, key := upload(t, test.payload, test.headers...)
			wire := test.wire(newSender(&s, key))
			got, length, err := read(&s, key, wire, int64(len(wire)))
			if test.code == "" {
				if err != nil || int64(len(got)) != length || !strings.HasPrefix(data, string(got)) && string(got) != "x" {
					t.Errorf("%d bytes of %d, %v", len(got), length, err)
				}
				return
			}
			if e := asS3Error(err); e == nil || e.Code != test.code {
				t.Errorf("%v, want %s", err, test.code)
			}
			if length > 0 && int64(len(got)) >= length {
				t.Errorf("all of %d bytes were passed on before %v", length, err)
			}
		})
	}
}

// TestS3ChunkHeldBack shows what of a chunk with a wrong signature is passed on: nothing up to MaxHeldChunk, and of a larger
// one all but the last part.
func TestS3ChunkHeldBack(t *testing.T) {
	t.Parallel()
	for size, passed := range map[int]int{MaxHeldChunk: 0, MaxHeldChunk + 1: MaxHeldChunk, 3 * MaxHeldChunk: 2 * MaxHeldChunk} {
		s, key := upload(t, StreamingPayload, "X-Amz-Decoded-Content-Length", strconv.Itoa(size+1))
		c := newSender(&s, key)
		c.previous = strings.Repeat("0", 64)
		wire := c.signed(strings.Repeat("x", size)).signed("y").signed("").end()
		got, _, err := read(&s, key, wire, -1)
		if len(got) != passed || asS3Error(err) == nil {
			t.Errorf("of a chunk of %d bytes %d were passed on, want %d: %v", size, len(got), passed, err)
		}
		if cap(newChunkReader(&s, key, nil, 1<<40, trailer{}).buffer) > MaxHeldChunk {
			t.Error("the buffer grows with the body")
		}
	}
}

func TestS3LastBytes(t *testing.T) {
	t.Parallel()
	data := strings.Repeat("x", 1000)
	s, key := upload(t, hexSHA(data))
	for _, test := range []struct {
		name string
		body io.Reader
		code string
	}{
		{"short", strings.NewReader(data[1:]), "IncompleteBody"},
		{"short, and the server says so", io.MultiReader(strings.NewReader(data[1:]), iotest.ErrReader(io.ErrUnexpectedEOF)), "IncompleteBody"},
		{"long", strings.NewReader(data + "x"), "IncompleteBody"},
		{"the connection fails", io.MultiReader(strings.NewReader(data[1:]), iotest.ErrReader(iotest.ErrTimeout)), ""},
		{"the connection fails at the end", io.MultiReader(strings.NewReader(data), iotest.ErrReader(iotest.ErrTimeout)), ""},
		{"no body", nil, "IncompleteBody"},
	} {
		body, err := s.S3Body(key, test.body, int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		e := asS3Error(err)
		if test.code != "" && (e == nil || e.Code != test.code) || test.code == "" && !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("%s: %v", test.name, err)
		}
		if len(got) >= len(data) {
			t.Errorf("%s: all of it was passed on", test.name)
		}
	}
	if _, err := s.S3Body(key, strings.NewReader(data), -1); asS3Error(err) == nil || asS3Error(err).Status != http.StatusLengthRequired {
		t.Errorf("no length: %v", err)
	}
	if _, err := (&Signature{}).S3Body(key, nil, 0); !errors.Is(err, errNotS3) {
		t.Errorf("a signature of another service: %v", err)
	}
}

// TestS3Checksums holds the checksums to their published check values, over "123456789".
func TestS3Checksums(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"x-amz-checksum-crc32":     "cbf43926",
		"x-amz-checksum-crc32c":    "e3069283",
		"x-amz-checksum-crc64nvme": "ae8b14860a799888",
		"x-amz-checksum-sha1":      "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
		"x-amz-checksum-sha256":    "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
	} {
		_, h := newChecksum(name)
		_, _ = io.WriteString(h, "123456789")
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
		// Bodies of several parts, there and back.
		for _, size := range []int{0, 1, sentChunk - 1, sentChunk, sentChunk + 1, MaxHeldChunk, 3*MaxHeldChunk + 5} {
			roundTrip(t, name, size)
		}
	}
	roundTrip(t, "", 3*MaxHeldChunk+5)
}

// roundTrip reads what SignS3Chunks makes.
func roundTrip(t *testing.T, checksum string, size int) {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(size), 6))
	data := word(random, size, "ab\x00\xff\r\n")
	r := Request{Method: "PUT", URI: "/b/k", Host: s3Host, Header: http.Header{"Content-Encoding": {"gzip"}}}
	encoded, length, err := s3Signer.SignS3Chunks(&r, s3Time, strings.NewReader(data), int64(size), checksum)
	if err != nil {
		t.Fatal(err)
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "gzip,aws-chunked" {
		t.Errorf("Content-Encoding: %s", coding)
	}
	wire, err := io.ReadAll(iotest.HalfReader(encoded))
	if err != nil || int64(len(wire)) != length {
		t.Fatalf("%d bytes, want %d, %v", len(wire), length, err)
	}
	s := mustParseS3(t, r)
	key := s3Key(&s)
	if err := s.Check(s3Time, s3Expect); err != nil || !s.Verify(key, s.DeclaredPayload()) {
		t.Fatalf("Check: %v, or the signature does not match", err)
	}
	body, err := s.S3Body(key, bytes.NewReader(wire), length)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(body); err != nil || string(got) != data {
		t.Errorf("%s, %d bytes: %d came back, %v", checksum, size, len(got), err)
	}
	if name, value := body.Trailer(); name != checksum || value == "" != (checksum == "") {
		t.Errorf("trailer %s: %q", name, value)
	}
}

func TestSignS3ChunksRefuses(t *testing.T) {
	t.Parallel()
	sign := func(body io.Reader, length int64) (int, error) {
		r := Request{Method: "PUT", URI: "/b/k", Host: s3Host}
		encoded, _, err := s3Signer.SignS3Chunks(&r, s3Time, body, length, "")
		if err != nil {
			t.Fatal(err)
		}
		wire, err := io.ReadAll(encoded)
		if strings.Contains(string(wire), "\r\n0;") {
			t.Error("the body is complete")
		}
		return len(wire), err
	}
	if _, err := sign(strings.NewReader("xx"), 3); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short body: %v", err)
	}
	if _, err := sign(strings.NewReader("xx"), 1); !errors.Is(err, errLonger) {
		t.Errorf("long body: %v", err)
	}
	if _, err := sign(io.MultiReader(strings.NewReader("xx"), iotest.ErrReader(iotest.ErrTimeout)), 2); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("failing body: %v", err)
	}
	r := Request{Method: "PUT", URI: "/b/k", Host: s3Host}
	if _, _, err := s3Signer.SignS3Chunks(&r, s3Time, nil, 0, "x-amz-meta"); !errors.Is(err, errChecksum) || r.Header != nil {
		t.Errorf("unknown checksum: %v", err)
	}
}

func TestS3BodyRefusals(t *testing.T) {
	t.Parallel()
	chunk := strings.Repeat("x", 100)
	s, key := upload(t, StreamingPayload, "X-Amz-Decoded-Content-Length", "200")
	wire := newSender(&s, key).signed(chunk).signed(chunk).signed("").end()
	_, _, err := read(&s, key, wire, -1)
	want := &S3Error{
		Status: 403, Code: "InvalidChunkSizeError", Message: "Only the last chunk is allowed to have a size less than 8192 bytes",
		Details: []Detail{{"Chunk", "2"}, {"BadChunkSize", "100"}},
	}
	if diff := cmp.Diff(want, asS3Error(err), ignoreCause); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s, key = upload(t, emptyHash)
	_, _, err = read(&s, key, "x", 1)
	want = &S3Error{
		Status: 400, Code: "XAmzContentSHA256Mismatch", Message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
		Details: []Detail{{"ClientComputedContentSHA256", emptyHash}, {"S3ComputedContentSHA256", hexSHA("x")}},
	}
	if diff := cmp.Diff(want, asS3Error(err), ignoreCause); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestS3EachByte changes each byte of a body in chunks with a trailer: it is refused, or means the same.
func TestS3EachByte(t *testing.T) {
	t.Parallel()
	data := strings.Repeat("0123456789abcdef", 512) + "tail of ten"
	r := Request{Method: "PUT", URI: "/b/k", Host: s3Host}
	signer := s3Signer
	signer.SessionToken = "token"
	encoded, length, err := signer.SignS3Chunks(&r, s3Time, strings.NewReader(data), int64(len(data)), "x-amz-checksum-sha1")
	if err != nil {
		t.Fatal(err)
	}
	wire, err := io.ReadAll(encoded)
	if err != nil {
		t.Fatal(err)
	}
	s := mustParseS3(t, r)
	random := rand.New(rand.NewPCG(7, 7))
	for i := range wire {
		if i > 200 && i < len(wire)-400 && i%16 != 0 {
			continue // all of the data is alike
		}
		changed := bytes.Clone(wire)
		changed[i] ^= byte(1 + random.IntN(255))
		body, err := s.S3Body(s3Key(&s), bytes.NewReader(changed), length)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		if err == nil && string(got) != data || err != nil && len(got) >= len(data) {
			t.Errorf("byte %d changed from %q to %q: %d bytes, %v", i, wire[i], changed[i], len(got), err)
		}
	}
}
