package aws

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

// Prefixes of unique identifiers (spec section 8).
const (
	LongTermKeyPrefix = "AKIA"
	SessionKeyPrefix  = "ASIA"
	userIDPrefix      = "AIDA"
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
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails: it ends the process instead
	head := accountBit | account>>1
	for i := range 5 {
		raw[i] = byte(head >> (32 - 8*i)) //nolint:gosec // one byte after the other
	}
	raw[5] = raw[5]&0x7f | byte(account&1)<<7
	return string(idEncoding.AppendEncode([]byte(prefix), raw[:])), nil
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

// NewUserID returns a fresh unique id for an IAM user: AIDA and 17 characters.
func NewUserID() string { return newUniqueID(userIDPrefix) }

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

func newUniqueID(prefix string) string {
	var raw [11]byte
	_, _ = rand.Read(raw[:])
	return prefix + idEncoding.EncodeToString(raw[:])[:17]
}

// NewSecretAccessKey returns a fresh secret of 40 characters of [A-Za-z0-9+/], 240 random bits.
func NewSecretAccessKey() string {
	var raw [30]byte
	_, _ = rand.Read(raw[:])
	return base64.StdEncoding.EncodeToString(raw[:])
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
	var raw [16]byte
	_, _ = rand.Read(raw[:])
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[0:8], raw[0:4])
	hex.Encode(text[9:13], raw[4:6])
	hex.Encode(text[14:18], raw[6:8])
	hex.Encode(text[19:23], raw[8:10])
	hex.Encode(text[24:36], raw[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}
