package sigv4

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strings"
)

// Body is the body of a request to S3 as it was before it was cut into chunks, checked as it is read.
//
// The bytes that complete it are returned only once all of it is known to be right: its length, its hash, the signature of
// every chunk and of the trailer, its checksum, the framing, and that nothing follows. Until then Read returns the error
// in place of these bytes, and never io.EOF. So whoever passes the bytes on as they come, to an upstream that was told
// Length, must break off when Read fails, and the upstream has a body that is short, never one that is whole and wrong.
//
// Before that, bytes are returned as follows.
//   - Of a plain body with a declared SHA-256 they can't be checked before its end.
//   - Of a chunk of up to MaxHeldChunk bytes none is returned before the chunk's signature is known to be right. Of a larger
//     one the last part is held back until then, and what comes before it, in parts of MaxHeldChunk, is not.
//   - A chunk without a signature is returned in parts as it comes.
//
// An error is an *S3Error if the client is at fault, and what the connection said otherwise. Every Read after an error
// returns it again. A Body is for one goroutine at a time.
type Body struct {
	reader io.Reader
	length int64
	chunks *chunkReader // nil if the body is plain
	err    error
}

// MaxHeldChunk is how large a signed chunk may be to be checked before any of it is passed on. AWS's and other clients send
// chunks of 64 or 128 KiB. It is what the reading of a body takes of memory, but for some KiB.
const MaxHeldChunk = 128 << 10

// errNotS3 is a programmer's fault.
var errNotS3 = errors.New("sigv4: the body is not that of a request that passed ParseS3, Check and Verify")

// S3Body returns the body of a request that has passed ParseS3, Check and Verify with this key (section 3.4 of the spec of
// AWS's services). contentLength is that of the HTTP request, negative if it has none, which only chunks may.
//
// S3Body reads the whole of an empty body, since there is no last byte to hold back. Of any other it reads nothing.
func (s *Signature) S3Body(key *SigningKey, body io.Reader, contentLength int64) (*Body, error) {
	if !s.s3 || s.checkContentSHA256() != nil {
		return nil, errNotS3
	}
	if body == nil {
		body = bytes.NewReader(nil)
	}
	trailer, err := s.announcedTrailer()
	if err != nil {
		return nil, err
	}
	b := &Body{length: contentLength}
	if s.Chunked() {
		if b.length, err = s.decodedLength(); err != nil {
			return nil, err
		}
		b.chunks = newChunkReader(s, key, body, b.length, trailer)
		b.reader = b.chunks
	} else {
		if contentLength < 0 {
			return nil, s3NoLength()
		}
		b.reader = newPlainReader(s, body, contentLength)
	}
	if b.length == 0 {
		if _, err := b.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	return b, nil
}

// Length is how many bytes there are to read: Content-Length, or of chunks X-Amz-Decoded-Content-Length.
func (b *Body) Length() int64 { return b.length }

// Trailer returns the checksum that follows the chunks. Its name, in lower case, is known from the start, and is empty if
// there is no trailer; its value is known once Read has returned the last byte.
func (b *Body) Trailer() (name, value string) {
	if b.chunks == nil {
		return "", ""
	}
	return b.chunks.trailer.name, b.chunks.trailer.value
}

// Read reads what Body promises.
func (b *Body) Read(p []byte) (n int, err error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	n, b.err = b.reader.Read(p)
	if n > 0 {
		return n, nil
	}
	return 0, b.err
}

func s3NoLength() *S3Error {
	return s3Refusal(http.StatusLengthRequired, "MissingContentLength", msgNoLength)
}

// decodedLength reads X-Amz-Decoded-Content-Length: digits and nothing else, and below 2^53.
func (s *Signature) decodedLength() (length int64, err error) {
	values := s.request.Header["X-Amz-Decoded-Content-Length"]
	if len(values) != 1 || values[0] == "" || len(values[0]) > 15 {
		return 0, s3NoLength()
	}
	for _, c := range []byte(values[0]) {
		if c < '0' || c > '9' {
			return 0, s3NoLength()
		}
		length = length*10 + int64(c-'0')
	}
	return length, nil
}

// announcedTrailer reads X-Amz-Trailer, which is there if and only if the payload says that there is a trailer.
func (s *Signature) announcedTrailer() (t trailer, err error) {
	values := s.request.Header["X-Amz-Trailer"]
	wanted := s.ContentSHA256 == StreamingPayloadTrailer || s.ContentSHA256 == StreamingUnsignedPayloadTrailer
	if !wanted && len(values) == 0 {
		return trailer{}, nil
	}
	if wanted && len(values) == 1 {
		t.name = strings.ToLower(strings.Trim(values[0], " \t"))
		t.label, t.hash = newChecksum(t.name)
	}
	if t.hash == nil {
		return trailer{}, s3Refusal(http.StatusBadRequest, "InvalidRequest", msgTrailer)
	}
	return t, nil
}

// plainReader reads a body that is not in chunks.
type plainReader struct {
	in       io.Reader
	left     int64
	hash     hash.Hash // nil if the payload is not signed
	declared string
	checked  bool
}

func newPlainReader(s *Signature, body io.Reader, length int64) *plainReader {
	r := &plainReader{in: body, left: length, declared: s.ContentSHA256}
	if s.ContentSHA256 != UnsignedPayload {
		r.hash = sha256.New()
	}
	return r
}

func (r *plainReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		if !r.checked {
			return 0, r.check()
		}
		return 0, io.EOF
	}
	n, err := r.in.Read(p[:min(int64(len(p)), r.left)])
	if n == 0 && err != nil {
		return 0, bodyError(err, msgBadLength)
	}
	r.left -= int64(n)
	if r.hash != nil {
		r.hash.Write(p[:n])
	}
	if r.left == 0 {
		if err := r.check(); !errors.Is(err, io.EOF) {
			clear(p[:n])
			return 0, err
		}
	}
	return n, nil
}

// check returns io.EOF if all is well with a body that was read to its end.
func (r *plainReader) check() error {
	r.checked = true
	if err := expectEnd(r.in); err != nil {
		return err
	}
	if r.hash == nil {
		return io.EOF
	}
	if sum := hex.EncodeToString(r.hash.Sum(nil)); sum != r.declared {
		return s3Refusal(http.StatusBadRequest, "XAmzContentSHA256Mismatch",
			"The provided 'x-amz-content-sha256' header does not match what was computed.",
			Detail{"ClientComputedContentSHA256", r.declared}, Detail{"S3ComputedContentSHA256", sum})
	}
	return io.EOF
}

// expectEnd refuses whatever follows the end of a body.
func expectEnd(in io.Reader) error {
	var one [1]byte
	n, err := io.ReadFull(in, one[:])
	switch {
	case n > 0:
		return s3Incomplete(msgBadFraming, errors.New("something follows the end of the body"))
	case errors.Is(err, io.EOF):
		return nil
	}
	return bodyError(err, msgBadLength)
}

// bodyError is the client's fault if the body ended where it should not, and the connection's otherwise.
func bodyError(err error, message string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return s3Incomplete(message, err)
	}
	return err
}
