package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const (
	minChunk     = 8192     // of every chunk but the last
	maxChunkLine = 1 << 10  // the head of a chunk, or a trailer
	unsignedPart = 32 << 10 // what is read at once of a chunk that has no signature to wait for
)

// trailer is the checksum that follows the chunks.
type trailer struct {
	name, value string
	label       string // in messages
	hash        hash.Hash
}

// chunkReader reads a body in chunks (section 3.4 of the spec of AWS's services). There is one way to write each body but
// for the case of hex digits, zeros before them and the line break after the trailer.
type chunkReader struct {
	in      *bufio.Reader
	signed  bool
	trailer trailer

	chain   chain
	current string // the signature that this chunk claims

	unread  int64 // bytes of the body that are still to come
	left    int64 // bytes of this chunk that are
	size    int64 // of this chunk
	number  int   // of this chunk
	hash    hash.Hash
	buffer  []byte
	pending []byte // checked and not yet returned
	done    bool
}

func newChunkReader(s *Signature, key *SigningKey, body io.Reader, length int64, t trailer) *chunkReader {
	part := int64(unsignedPart)
	signed := s.ContentSHA256 != StreamingUnsignedPayloadTrailer
	if signed {
		part = MaxHeldChunk
	}
	return &chunkReader{
		in: bufio.NewReader(body), signed: signed, trailer: t,
		chain:  newChain(s, key),
		unread: length, hash: sha256.New(), buffer: make([]byte, min(length, part)),
	}
}

func (c *chunkReader) Read(p []byte) (int, error) {
	for len(c.pending) == 0 {
		if c.done {
			return 0, io.EOF
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// fill reads and checks the next part of the body, and all that follows it if it is the last.
func (c *chunkReader) fill() error {
	if c.unread == 0 {
		return c.finish()
	}
	if c.left == 0 {
		if err := c.nextChunk(); err != nil {
			return err
		}
	}
	part := c.buffer[:min(int64(len(c.buffer)), c.left)]
	if _, err := io.ReadFull(c.in, part); err != nil {
		return bodyError(err, msgBadLength)
	}
	c.left -= int64(len(part))
	c.unread -= int64(len(part))
	if c.signed {
		c.hash.Write(part)
	}
	if c.trailer.hash != nil {
		c.trailer.hash.Write(part)
	}
	if c.left == 0 {
		if err := c.endChunk(); err != nil {
			return err
		}
	}
	if c.unread == 0 {
		if err := c.finish(); err != nil {
			return err
		}
	}
	c.pending = part
	return nil
}

// nextChunk reads the head of a chunk that is not the empty one at the end.
func (c *chunkReader) nextChunk() error {
	before := c.size
	if err := c.readHead(); err != nil {
		return err
	}
	switch {
	case c.size == 0 || c.size > c.unread:
		return s3Incomplete(msgBadLength, errors.New("the chunks don't add up to the decoded length"))
	case c.number > 1 && before < minChunk:
		return s3Refusal(http.StatusForbidden, "InvalidChunkSizeError",
			"Only the last chunk is allowed to have a size less than 8192 bytes",
			Detail{"Chunk", strconv.Itoa(c.number)}, Detail{"BadChunkSize", strconv.FormatInt(before, 10)})
	}
	return nil
}

// endChunk reads what follows the data of a chunk, and checks its signature.
func (c *chunkReader) endChunk() error {
	if err := c.readBreak(); err != nil {
		return err
	}
	return c.checkChunk()
}

// finish reads what follows the last byte of the body: the empty chunk, the trailers, and nothing more.
func (c *chunkReader) finish() error {
	if err := c.readHead(); err != nil {
		return err
	}
	if c.size != 0 {
		return s3Incomplete(msgBadLength, errors.New("the chunks are more than the decoded length"))
	}
	if err := c.checkChunk(); err != nil {
		return err
	}
	var err error
	if c.trailer.hash != nil {
		err = c.readTrailer()
	} else {
		err = c.readBreak()
	}
	if err != nil {
		return err
	}
	if err := expectEnd(c.in); err != nil {
		return err
	}
	c.done = true
	return c.checkTrailer()
}

// readHead reads the first line of a chunk.
func (c *chunkReader) readHead() error {
	line, err := c.readLine()
	if err != nil {
		return err
	}
	size, claim := line, ""
	if c.signed {
		var ok bool
		size, claim, ok = strings.Cut(line, chunkSignature)
		if !ok || !isHash(claim) {
			return badFraming("the head of a chunk has no signature")
		}
	}
	if c.size, err = parseChunkSize(size); err != nil {
		return err
	}
	c.left, c.current = c.size, claim
	c.number++
	c.hash.Reset()
	return nil
}

// parseChunkSize reads 1 to 15 hex digits, which fit an int64.
func parseChunkSize(text string) (size int64, err error) {
	if text == "" || len(text) > 15 {
		return 0, badFraming("the size of a chunk is not a number")
	}
	for i := range len(text) {
		digit := unhex(text[i])
		if digit > 15 {
			return 0, badFraming("the size of a chunk is not a number")
		}
		size = size<<4 | int64(digit)
	}
	return size, nil
}

// readLine reads a line that ends in CRLF, and has neither of the two before that.
func (c *chunkReader) readLine() (string, error) {
	line, err := c.readToLF()
	if err != nil {
		return "", err
	}
	text, ok := strings.CutSuffix(line, "\r")
	if !ok || strings.Contains(text, "\r") {
		return "", badFraming("a line between the chunks does not end in CRLF")
	}
	return text, nil
}

// readTrailerLine reads the line of the checksum, which ends in CRLF, or in LF and CRLF: so AWS's documents have it, and
// MinIO's clients write it.
func (c *chunkReader) readTrailerLine() (string, error) {
	line, err := c.readToLF()
	if err != nil {
		return "", err
	}
	text, ok := strings.CutSuffix(line, "\r")
	if strings.Contains(text, "\r") {
		return "", badFraming("a trailer has a CR in it")
	}
	if !ok {
		err = c.readBreak()
	}
	return text, err
}

// readToLF reads up to a line feed, and leaves it out.
func (c *chunkReader) readToLF() (string, error) {
	line, err := c.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull), len(line) > maxChunkLine:
		return "", badFraming("a line between the chunks is too long")
	case err != nil:
		return "", bodyError(err, msgBadFraming)
	}
	return string(line[:len(line)-1]), nil
}

func (c *chunkReader) readBreak() error {
	line, err := c.readLine()
	if err == nil && line != "" {
		err = badFraming("a chunk is longer than it says")
	}
	return err
}

func badFraming(reason string) error { return s3Incomplete(msgBadFraming, errors.New(reason)) }

// emptyHash is the SHA-256 of nothing, in hex.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func (c *chunkReader) checkChunk() error {
	if !c.signed {
		return nil
	}
	return c.checkSignature(c.chain.chunk(c.hash), c.current)
}

// checkSignature holds what was sent to the chain, and goes on in it.
func (c *chunkReader) checkSignature(text []byte, claim string) error {
	if want := c.chain.sign(text); subtle.ConstantTimeCompare([]byte(want), []byte(claim)) != 1 {
		return c.chain.signature.mismatch(text, claim)
	}
	return nil
}

// chain makes the signatures of chunks, each of which covers the one before and the first that of the request.
type chain struct {
	key       *SigningKey
	signature *Signature
	previous  string
}

func newChain(s *Signature, key *SigningKey) chain { return chain{key, s, s.signature} }

// chunk returns the string to sign of a chunk whose data is in h.
func (c *chain) chunk(h hash.Hash) []byte {
	var sum [sha256.Size]byte
	text := append(c.text("PAYLOAD"), emptyHash+"\n"...)
	return hex.AppendEncode(text, h.Sum(sum[:0]))
}

// trailer returns the string to sign of a trailer.
func (c *chain) trailer(t *trailer) []byte {
	sum := sha256.Sum256([]byte(t.name + ":" + t.value + "\n"))
	return hex.AppendEncode(c.text("TRAILER"), sum[:])
}

// text returns the lines that all strings to sign of a chain have in common.
func (c *chain) text(kind string) []byte {
	text := make([]byte, 0, 384)
	for _, line := range []string{
		algorithm + "-" + kind, string(c.signature.stamp[:]), c.signature.credential[len(c.signature.AccessKeyID)+1:], c.previous,
	} {
		text = append(text, line...)
		text = append(text, '\n')
	}
	return text
}

// sign returns the signature that the next one covers.
func (c *chain) sign(text []byte) string {
	mac := hmacSHA256(c.key[:], text)
	c.previous = hex.EncodeToString(mac[:])
	return c.previous
}

// readTrailer reads the one trailer that was announced, its signature if the chunks have signatures, and the line at the end.
func (c *chunkReader) readTrailer() error {
	line, err := c.readTrailerLine()
	if err != nil {
		return err
	}
	name, value, err := cutField(line)
	switch {
	case err != nil:
		return err
	case name != c.trailer.name:
		return badTrailer("not the trailer that was announced")
	}
	c.trailer.value = value
	if c.signed {
		if err := c.readTrailerSignature(); err != nil {
			return err
		}
	}
	line, err = c.readLine()
	if err == nil && line != "" {
		err = badTrailer("more trailers than were announced")
	}
	return err
}

func (c *chunkReader) readTrailerSignature() error {
	line, err := c.readLine()
	if err != nil {
		return err
	}
	name, claim, err := cutField(line)
	switch {
	case err != nil:
		return err
	case name+":" != trailerSignature || !isHash(claim):
		return badTrailer("the trailer has no signature")
	}
	return c.checkSignature(c.chain.trailer(&c.trailer), claim)
}

func cutField(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return "", "", badTrailer("a trailer that is not name:value")
	}
	return strings.ToLower(name), strings.Trim(value, " \t"), nil
}

func badTrailer(reason string) error {
	e := s3Refusal(http.StatusBadRequest, "MalformedTrailerError", msgBadTrailer)
	e.cause = errors.New(reason)
	return e
}

// checkTrailer holds the body to its checksum.
func (c *chunkReader) checkTrailer() error {
	if c.trailer.hash == nil {
		return nil
	}
	claim, err := base64.StdEncoding.Strict().DecodeString(c.trailer.value)
	if err != nil || len(claim) != c.trailer.hash.Size() {
		return s3Refusal(http.StatusBadRequest, "InvalidRequest", "Value for "+c.trailer.name+" header is invalid.")
	}
	if !bytes.Equal(claim, c.trailer.hash.Sum(nil)) {
		return s3Refusal(http.StatusBadRequest, "BadDigest",
			"The "+c.trailer.label+" you specified did not match the calculated checksum.")
	}
	return nil
}
