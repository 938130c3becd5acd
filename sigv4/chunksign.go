package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"strconv"
	"time"
)

// sentChunk is how large a chunk is that SignS3Chunks makes. With what goes around it, it fits the 32 KiB that net/http sends at
// once: a larger one needs a buffer of its own, and a second write.
const sentChunk = 32<<10 - 128

var errChecksum = errors.New("sigv4: no such checksum")

// SignS3Chunks is SignS3 for a body whose hash is not known yet: it is sent in signed chunks (section 3.4 of the spec of AWS's
// services), and so is protected where there is no TLS. checksum is empty or the name of the trailer that is to hold the
// body's checksum, such as x-amz-checksum-crc32. X-Amz-Decoded-Content-Length, X-Amz-Trailer and Content-Encoding are set.
//
// The reader returned is the body to send, and encodedLength its Content-Length. It reads length bytes from body and then
// wants io.EOF of it; on any other error it returns that error, and nothing of what would complete the body.
func (s Signer) SignS3Chunks(r *Request, at time.Time, body io.Reader, length int64, checksum string) (encoded io.Reader, encodedLength int64, err error) {
	e := &chunkWriter{body: body, left: length, hash: sha256.New()}
	signed := *r
	signed.Header = r.Header.Clone()
	if signed.Header == nil {
		signed.Header = map[string][]string{}
	}
	coding := "aws-chunked"
	if before := signed.Header.Get("Content-Encoding"); before != "" {
		coding = before + "," + coding
	}
	signed.Header.Set("Content-Encoding", coding)
	signed.Header.Set("X-Amz-Decoded-Content-Length", strconv.FormatInt(length, 10))
	payload := StreamingPayload
	if checksum != "" {
		payload = StreamingPayloadTrailer
		signed.Header.Set("X-Amz-Trailer", checksum)
		e.trailer.name = checksum
		if _, e.trailer.hash = newChecksum(checksum); e.trailer.hash == nil {
			return nil, 0, errChecksum
		}
	}
	if err := s.SignS3(&signed, at, PayloadText(payload)); err != nil {
		return nil, 0, err
	}
	seed, err := ParseS3(signed)
	if err != nil {
		return nil, 0, err
	}
	key := DeriveKey(s.SecretAccessKey, seed.Scope)
	e.chain = newChain(&seed, &key)
	*r = signed
	return e, e.encodedLength(), nil
}

// chunkWriter is read as a body in chunks.
type chunkWriter struct {
	body    io.Reader
	left    int64
	chain   chain
	trailer trailer
	hash    hash.Hash
	pending []byte // of a chunk that was larger than what it was to be read into
	err     error
}

const (
	chunkSignature   = ";chunk-signature="
	trailerSignature = "x-amz-trailer-signature:"
	signatureLength  = 2 * sha256.Size
)

// chunkLength is how long a chunk of n bytes is.
func chunkLength(n int64) int64 {
	return int64(len(strconv.FormatInt(n, 16))+len(chunkSignature)+signatureLength+len("\r\n\r\n")) + n
}

// encodedLength is how long what is left of the body is, encoded.
func (e *chunkWriter) encodedLength() int64 {
	length := e.left/sentChunk*chunkLength(sentChunk) + chunkLength(0)
	if rest := e.left % sentChunk; rest > 0 {
		length += chunkLength(rest)
	}
	if e.trailer.hash != nil {
		value := base64.StdEncoding.EncodedLen(e.trailer.hash.Size())
		length += int64(len(e.trailer.name) + len(":\r\n") + value + len(trailerSignature) + signatureLength + len("\r\n"))
	}
	return length
}

func (e *chunkWriter) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(e.pending) == 0 && e.err == nil {
		length := e.encodedLength()
		if e.left > 0 {
			length = chunkLength(min(e.left, sentChunk))
		}
		if length <= int64(len(p)) { // the usual case, which needs no buffer
			var chunk []byte
			if chunk, e.err = e.fill(p[:length]); len(chunk) > 0 {
				return len(chunk), nil
			}
			return 0, e.err
		}
		e.pending, e.err = e.fill(make([]byte, length))
	}
	if len(e.pending) == 0 {
		return 0, e.err
	}
	n := copy(p, e.pending)
	if e.pending = e.pending[n:]; len(e.pending) == 0 {
		e.pending = nil
	}
	return n, nil
}

// fill makes the next chunk in a buffer of its length. With the last one, which is empty, its error is io.EOF.
func (e *chunkWriter) fill(buffer []byte) ([]byte, error) {
	n := min(e.left, sentChunk)
	head := append(strconv.AppendInt(buffer[:0], n, 16), chunkSignature...)
	start := len(head) + signatureLength + len("\r\n")
	data := buffer[start : start+int(n)]
	if n == 0 {
		if err := expectEOF(e.body); err != nil {
			return nil, err
		}
	} else if _, err := io.ReadFull(e.body, data); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	e.left -= n
	e.hash.Reset()
	e.hash.Write(data)
	if e.trailer.hash != nil {
		e.trailer.hash.Write(data)
	}
	head = append(head, e.chain.sign(e.chain.chunk(e.hash))...)
	chunk := append(append(head, '\r', '\n')[:start+int(n)], '\r', '\n')
	if n > 0 {
		return chunk, nil
	}
	return append(e.appendTrailer(chunk[:start]), '\r', '\n'), io.EOF
}

func (e *chunkWriter) appendTrailer(dst []byte) []byte {
	if e.trailer.hash == nil {
		return dst
	}
	e.trailer.value = base64.StdEncoding.EncodeToString(e.trailer.hash.Sum(nil))
	dst = append(dst, e.trailer.name+":"+e.trailer.value+"\r\n"+trailerSignature...)
	dst = append(dst, e.chain.sign(e.chain.trailer(&e.trailer))...)
	return append(dst, '\r', '\n')
}

// errLonger is the fault of whoever gave the length.
var errLonger = errors.New("sigv4: the body is longer than its length")

func expectEOF(in io.Reader) error {
	var one [1]byte
	n, err := io.ReadFull(in, one[:])
	switch {
	case n > 0:
		return errLonger
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}
