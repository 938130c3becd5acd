package authmessage

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/deflate"
)

const (
	// Lifetime is how long a message can be decoded: as long as the longest session lasts.
	Lifetime = 36 * time.Hour
	// MaxSize is the greatest length of a message, in characters (spec section 5.1).
	MaxSize = 10240
)

const (
	version = 1
	purpose = "daypass encoded authorization message"

	expirySize = 8
	headSize   = expirySize + 2 // and the length
	// plainSize makes messages of 3,072 characters.
	plainSize = 2258
	// maxJSON bounds the text before compression: what is inflated is never more.
	maxJSON = 128 << 10
)

// Why a message can't be decoded. A client is not told which.
var (
	ErrNotGenuine = errors.New("the message is not genuine, or of another account")
	ErrExpired    = errors.New("the message has expired")

	encoding = base64.RawURLEncoding.Strict()
)

// Ring seals messages with its primary key and opens those sealed with any of its keys.
type Ring struct {
	aead tink.AEAD
}

// NewRing makes a ring of a Tink key set of AEAD keys.
func NewRing(handle *keyset.Handle) (*Ring, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("key ring of encoded authorization messages: %w", err)
	}
	return &Ring{primitive}, nil
}

// Seal returns the encoded message. What does not fit is left out, the conditions of the request first.
func (r *Ring) Seal(m Message, now time.Time) (string, error) {
	if !aws.IsAccountID(m.AccountID) {
		return "", fmt.Errorf("a message of account %q: only callers who have an account get one", m.AccountID)
	}
	deflated, err := m.deflated(plainSize - headSize)
	if err != nil {
		return "", err
	}
	plain := make([]byte, plainSize)
	binary.BigEndian.PutUint64(plain, uint64(now.Add(Lifetime).Unix()))   //nolint:gosec // after 1970
	binary.BigEndian.PutUint16(plain[expirySize:], uint16(len(deflated))) //nolint:gosec // less than plainSize
	copy(plain[headSize:], deflated)
	sealed, err := r.aead.Encrypt(plain, associatedData(m.AccountID))
	if err != nil {
		return "", err
	}
	return encoding.EncodeToString(append([]byte{version}, sealed...)), nil
}

// Open returns the text of DecodedMessage of a message that this ring sealed for a principal of this account.
func (r *Ring) Open(message, accountID string, now time.Time) (string, error) {
	// The decoder would skip line breaks: one message must have one spelling.
	if len(message) > MaxSize || strings.ContainsAny(message, "\r\n") {
		return "", ErrNotGenuine
	}
	raw, err := encoding.DecodeString(message)
	if err != nil || len(raw) == 0 || raw[0] != version {
		return "", ErrNotGenuine
	}
	plain, err := r.aead.Decrypt(raw[1:], associatedData(accountID))
	if err != nil || len(plain) < headSize {
		return "", ErrNotGenuine
	}
	if uint64(now.Unix()) >= binary.BigEndian.Uint64(plain) { //nolint:gosec // after 1970
		return "", ErrExpired
	}
	size := int(binary.BigEndian.Uint16(plain[expirySize:]))
	if size > len(plain)-headSize {
		return "", ErrNotGenuine
	}
	text, err := deflate.Decompress(plain[headSize:headSize+size], maxJSON)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotGenuine, err)
	}
	return string(text), nil
}

// associatedData is what is sealed along: account ids all have the same length.
func associatedData(accountID string) []byte {
	return append(append([]byte(purpose), version), accountID...)
}
