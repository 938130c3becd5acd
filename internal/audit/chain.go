package audit

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// A chain is a file beside a file of the log, with one entry for each write. An entry says how far the log then reached,
// and has a hash over all that was ever written and a seal that only who has the key can make:
//
//	head n = SHA-256(head n-1 | the bytes of write n)
//
// The first entry of a file repeats the last one of the file before it. The log itself stays what readers of CloudTrail's
// expect.

// Head is where a chain stands: after so many writes, with this hash over all of them.
type Head struct {
	Log      string `json:"log"`      // names the chain: 32 hexadecimal digits
	Sequence uint64 `json:"sequence"` // counts writes, from 1; 0: nothing is written
	Hash     string `json:"head"`     // 64 hexadecimal digits
}

// link is an entry of a chain.
type link struct {
	Head
	End int64 `json:"end"` // how long the file of the log is
	// Oldest is the first entry of the oldest file that was kept when the file began. Only first entries have it.
	Oldest uint64 `json:"oldest,omitempty"`
	// Recovered says that what this entry adds was found in the file, and not seen when it was written.
	Recovered bool `json:"recovered,omitempty"`
}

// newHead begins a chain.
func newHead() Head {
	return Head{Log: strings.ToLower(rand.Text()), Hash: strings.Repeat("0", hex.EncodedLen(sha256.Size))}
}

// hasher returns what takes the bytes of the next write.
func (h Head) hasher() hash.Hash {
	next := sha256.New()
	next.Write([]byte(h.Hash))
	return next
}

// after is the head after a write that the hasher has taken.
func (h Head) after(hasher hash.Hash) Head {
	return Head{Log: h.Log, Sequence: h.Sequence + 1, Hash: hex.EncodeToString(hasher.Sum(nil))}
}

const sealMember = `,"seal":"`

// appendSealed appends a line: the JSON of an object, whose last member is a seal over all before it.
func appendSealed(dst []byte, object any, key tink.AEAD) ([]byte, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return dst, err
	}
	seal, err := key.Encrypt(nil, text)
	if err != nil {
		return dst, err
	}
	dst = append(append(dst, text[:len(text)-1]...), sealMember...)
	dst = base64.StdEncoding.AppendEncode(dst, seal)
	return append(dst, '"', '}', '\n'), nil
}

var errForged = errors.New("is not what the server made with this key")

// readSealed reads such a line, without its line break. A member that the object has not makes it another kind of line.
func readSealed(line []byte, object any, key tink.AEAD) error {
	text, seal, _ := bytes.Cut(line, []byte(sealMember))
	seal, closed := bytes.CutSuffix(seal, []byte(`"}`))
	sealed, err := base64.StdEncoding.DecodeString(string(seal))
	if !closed || err != nil {
		return errForged
	}
	text = append(bytes.Clone(text), '}')
	if _, err := key.Decrypt(sealed, text); err != nil {
		return errForged
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if decoder.Decode(object) != nil {
		return errForged
	}
	return nil
}

func readLink(line []byte, key tink.AEAD) (l link, err error) {
	err = readSealed(line, &l, key)
	return l, err
}

// chainEnds are the first and the last whole entry of a chain, and where the last one ends. A process that died may have
// left a part of one behind it.
type chainEnds struct {
	first, last link
	end         int64
}

// maxLink is more than the line of an entry takes.
const maxLink = 1 << 10

// readEnds reads the ends of a chain; errForged when it has no such entries.
func readEnds(path string, key tink.AEAD) (ends chainEnds, err error) {
	f, err := os.Open(path)
	if err != nil {
		return ends, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	info, err := f.Stat()
	if err != nil {
		return ends, err
	}
	start := max(info.Size()-2*maxLink, 0)
	tail, err := io.ReadAll(io.NewSectionReader(f, start, 2*maxLink))
	if err != nil {
		return ends, err
	}
	head, err := io.ReadAll(io.NewSectionReader(f, 0, maxLink))
	if err != nil {
		return ends, err
	}
	length := bytes.LastIndexByte(tail, '\n')
	first, _, whole := bytes.Cut(head, []byte{'\n'})
	if !whole || length < 0 {
		return ends, errForged
	}
	ends.end = start + int64(length) + 1
	last := tail[bytes.LastIndexByte(tail[:length], '\n')+1 : length]
	if ends.last, err = readLink(last, key); err != nil {
		return ends, err
	}
	ends.first, err = readLink(first, key)
	return ends, err
}
