package sessiontoken

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/daypass/daypass/internal/aws"
)

// MaxSize is the greatest length of a session token, in bytes as the client sees it (spec section 12).
const MaxSize = 4096

const (
	version    = 1
	purpose    = "daypass session token"
	keyIDBytes = 10
	headerSize = 1 + keyIDBytes
	sizeBytes  = 2 // the length of the claims, before the padding
)

var (
	// ErrNotGenuine is returned for a token that this key ring did not seal, or that was changed since.
	ErrNotGenuine = errors.New("the session token is not genuine")

	keyIDEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)
	tokenEncoding = base64.StdEncoding.Strict()
)

// TooLargeError says that the claims do not fit a token of MaxSize.
type TooLargeError struct {
	Size int // bytes that the token would have, or more
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the session token would have %d bytes, %d at most are allowed", e.Size, MaxSize)
}

// Ring seals session tokens with its primary key and opens those sealed with any of its keys.
type Ring struct {
	aead tink.AEAD
}

// NewRing makes a ring of a Tink key set of AEAD keys.
func NewRing(handle *keyset.Handle) (*Ring, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("session token key ring: %w", err)
	}
	return &Ring{primitive}, nil
}

// scratch is where a token is made: the clear part and what is sealed in one half, the claims in the other. Larger ones
// take memory of their own.
type scratch [1024]byte

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// Seal returns the session token of the claims, padded to minSize bytes or, as base64 goes in fours, up to three more.
func (r *Ring) Seal(c Claims, minSize int) (string, error) {
	s := scratches.Get().(*scratch)
	defer func() {
		*s = scratch{} // it has held a secret
		scratches.Put(s)
	}()
	half := len(s) / 2
	associated, err := associatedData(s[:0:half], c.AccessKeyID)
	if err != nil {
		return "", err
	}
	plain, err := c.append(s[half : half+sizeBytes])
	if err != nil {
		return "", err
	}
	if len(plain) > MaxSize {
		return "", &TooLargeError{Size: tokenEncoding.EncodedLen(len(plain))}
	}
	binary.BigEndian.PutUint16(plain, uint16(len(plain)-sizeBytes)) //nolint:gosec // held below MaxSize right here
	sealed, err := r.aead.Encrypt(plain, associated)
	if err != nil {
		return "", err
	}
	if lack := (minSize+3)/4*3 - headerSize - len(sealed); lack > 0 {
		if sealed, err = r.aead.Encrypt(append(plain, make([]byte, lack)...), associated); err != nil {
			return "", err
		}
	}
	if size := tokenEncoding.EncodedLen(headerSize + len(sealed)); size > MaxSize {
		return "", &TooLargeError{Size: size}
	}
	raw := append(associated[len(purpose):], sealed...)
	return string(tokenEncoding.AppendEncode(raw[len(raw):], raw)), nil
}

// Open returns the claims of a token that this ring sealed. Whether they have expired, and whether the token belongs to
// the access key id it came with, is for the caller to judge: Claims.AccessKeyID is the one it was issued with.
func (r *Ring) Open(token string) (Claims, error) {
	// The decoder would skip line breaks: one token must have one spelling.
	if len(token) > MaxSize || strings.ContainsAny(token, "\r\n") {
		return Claims{}, ErrNotGenuine
	}
	raw, err := tokenEncoding.DecodeString(token)
	if err != nil || len(raw) < headerSize || raw[0] != version {
		return Claims{}, ErrNotGenuine
	}
	header := raw[:headerSize]
	plain, err := r.aead.Decrypt(raw[headerSize:], append([]byte(purpose), header...))
	if err != nil || len(plain) < sizeBytes {
		return Claims{}, ErrNotGenuine
	}
	size := int(binary.BigEndian.Uint16(plain))
	if size > len(plain)-sizeBytes {
		return Claims{}, errMalformed
	}
	c := Claims{AccessKeyID: aws.SessionKeyPrefix + keyIDEncoding.EncodeToString(header[1:])}
	if err := c.parse(plain[sizeBytes : sizeBytes+size]); err != nil {
		return Claims{}, err
	}
	return c, nil
}

// associatedData appends what is sealed along with the claims of an access key id: the purpose, and the header, which is
// the clear part of a token: the version and the access key id.
func associatedData(dst []byte, accessKeyID string) ([]byte, error) {
	tail, isSessionKey := strings.CutPrefix(accessKeyID, aws.SessionKeyPrefix)
	associated, err := keyIDEncoding.AppendDecode(append(append(dst, purpose...), version), []byte(tail))
	// The decoder skips line breaks, and a lone character at the end.
	if !isSessionKey || err != nil || len(associated) != len(purpose)+headerSize || len(tail) != keyIDEncoding.EncodedLen(keyIDBytes) {
		return nil, fmt.Errorf("%q is not the access key id of a session", accessKeyID)
	}
	return associated, nil
}
