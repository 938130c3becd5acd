package aws

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"sync"
)

// Prefixes of unique identifiers (spec section 8).
const (
	LongTermKeyPrefix = "AKIA"
	SessionKeyPrefix  = "ASIA"
	UserIDPrefix      = "AIDA"
	GroupIDPrefix     = "AGPA"
	RoleIDPrefix      = "AROA"
	PolicyIDPrefix    = "ANPA"
)

// accountBit is always set in the 40 bits that hold the account: it tells ids that carry an account from older ones.
const accountBit = 1 << 39

var idEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewAccessKeyID returns a fresh access key id of 20 characters that encodes the account it belongs to (spec section 8):
// after the prefix, 40 bits hold the account's upper 39 bits, and the top bit of the ninth character its lowest.
// The account is 12 digits.
func NewAccessKeyID(prefix, accountID string) (string, error) {
	account, err := strconv.ParseUint(accountID, 10, 64)
	if err != nil || len(accountID) != 12 {
		return "", Errorf(ValidationError, "account id %q is not 12 digits", accountID)
	}
	random := nextRandom() // a name, no secret
	raw := random[:10]
	head := accountBit | account>>1
	for i := range 5 {
		raw[i] = byte(head >> (32 - 8*i)) //nolint:gosec // one byte after the other
	}
	raw[5] = raw[5]&0x7f | byte(account&1)<<7
	return string(idEncoding.AppendEncode([]byte(prefix), raw)), nil
}

// AccountOfAccessKeyID decodes the account from an access key id. It reports false for ids that carry none: a wrong
// length, a foreign alphabet, or the format of before 2019.
func AccountOfAccessKeyID(id string) (accountID string, ok bool) {
	if len(id) != 20 {
		return "", false
	}
	raw, err := idEncoding.DecodeString(id[4:])
	if err != nil || len(raw) != 10 { // fewer: the decoder skips line breaks
		return "", false
	}
	var head uint64
	for _, b := range raw[:5] {
		head = head<<8 | uint64(b)
	}
	if head&accountBit == 0 {
		return "", false
	}
	account := (head&^accountBit)<<1 | uint64(raw[5]>>7)
	if account > 999_999_999_999 {
		return "", false
	}
	digits := strconv.FormatUint(account, 10)
	return "000000000000"[len(digits):] + digits, true
}

// NewUniqueID returns a fresh unique id: the prefix of its kind, one of UserIDPrefix, GroupIDPrefix, RoleIDPrefix and
// PolicyIDPrefix, and 17 characters.
func NewUniqueID(prefix string) string {
	var raw [11]byte
	_, _ = rand.Read(raw[:])
	return prefix + idEncoding.EncodeToString(raw[:])[:17]
}

// IsAccessKeyID reports whether an access key can have this id: 16 to 128 upper-case letters and digits. What an
// unauthenticated client sends for one may be any bytes: some of them a database refuses with an error of its own, and
// some are a secret in the wrong place.
func IsAccessKeyID(id string) bool {
	for _, c := range []byte(id) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(id) >= 16 && len(id) <= 128
}

// NewSecretAccessKey returns a fresh secret of 40 characters of [A-Za-z0-9+/], 240 random bits.
func NewSecretAccessKey() string {
	var raw [30]byte
	_, _ = rand.Read(raw[:])
	var text [40]byte
	base64.StdEncoding.Encode(text[:], raw[:])
	return string(text[:])
}

// NewAccountID returns a random account id of 12 digits that does not begin with a zero, so that it survives tools which
// read it as a number.
func NewAccountID() string {
	for {
		var raw [8]byte
		_, _ = rand.Read(raw[:])
		var n uint64
		for _, b := range raw {
			n = n<<8 | uint64(b)
		}
		n >>= 24 // 40 bits: the rejection below is then rare and the result uniform
		if n >= 100_000_000_000 && n <= 999_999_999_999 {
			return strconv.FormatUint(n, 10)
		}
	}
}

// IsAccountID reports whether s is an account id: 12 digits.
func IsAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// NewRequestID returns a random UUID (version 4) in its text form.
func NewRequestID() string {
	return string(AppendUUID(make([]byte, 0, 36)))
}

// AppendUUID appends a random UUID (version 4) in its text form.
func AppendUUID(dst []byte) []byte {
	raw := nextRandom()
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	dst = append(hex.AppendEncode(dst, raw[0:4]), '-')
	dst = append(hex.AppendEncode(dst, raw[4:6]), '-')
	dst = append(hex.AppendEncode(dst, raw[6:8]), '-')
	dst = append(hex.AppendEncode(dst, raw[8:10]), '-')
	return hex.AppendEncode(dst, raw[10:16])
}

// reservoir holds random bytes that were read ahead: two UUIDs for each request would cost two calls of the operating
// system. Names come from it, never a secret.
type reservoir struct {
	bytes [1024]byte
	left  int
}

var reservoirs = sync.Pool{New: func() any { return new(reservoir) }}

func nextRandom() (random [16]byte) {
	r := reservoirs.Get().(*reservoir)
	if r.left == 0 {
		_, _ = rand.Read(r.bytes[:])
		r.left = len(r.bytes)
	}
	r.left -= copy(random[:], r.bytes[r.left-len(random):])
	reservoirs.Put(r)
	return random
}
