package sigv4

import (
	"crypto/sha256"
	"fmt"
)

// SigningKey is the key that DeriveKey makes of a secret. It is good for one day, region and service, and as secret as the
// secret within them.
type SigningKey [sha256.Size]byte

// Format keeps the key out of logs, whatever the verb.
func (SigningKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("sigv4.SigningKey(redacted)")) }

// DeriveKey returns the signing key of a secret access key for the scope of a signature.
func DeriveKey(secret string, scope Scope) SigningKey {
	var buf [128]byte
	key := append(append(buf[:0], "AWS4"...), secret...)
	mac := hmacSHA256(key, scope.Date)
	mac = hmacSHA256(mac[:], scope.Region)
	mac = hmacSHA256(mac[:], scope.Service)
	return hmacSHA256(mac[:], scope.Terminator)
}

// hmacSHA256 is HMAC (RFC 2104) in one shot. crypto/hmac gives the same bytes but keeps its state on the heap, and this
// is on the path of every request.
func hmacSHA256[M string | []byte](key []byte, message M) [sha256.Size]byte {
	var block [sha256.BlockSize]byte
	if len(key) > len(block) {
		sum := sha256.Sum256(key)
		copy(block[:], sum[:])
	} else {
		copy(block[:], key)
	}
	var outer [sha256.BlockSize + sha256.Size]byte
	var buf [512]byte
	inner := buf[:sha256.BlockSize]
	for i, k := range block {
		inner[i] = k ^ 0x36
		outer[i] = k ^ 0x5c
	}
	sum := sha256.Sum256(append(inner, message...))
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}
