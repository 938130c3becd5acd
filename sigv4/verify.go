package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// UnsignedPayload is the payload text of a request to S3 that leaves its body unsigned.
const UnsignedPayload = "UNSIGNED-PAYLOAD"

// Payload is the last line of the canonical request. The zero Payload verifies nothing.
type Payload struct {
	hash [sha256.Size]byte
	text string
}

// PayloadOf is the payload of a request with this body: all services but S3 know no other.
func PayloadOf(body []byte) Payload { return Payload{hash: sha256.Sum256(body)} }

// PayloadHash is the payload of a request whose body has this SHA-256.
func PayloadHash(sum [sha256.Size]byte) Payload { return Payload{hash: sum} }

// PayloadText is the payload of a request to S3 that says so itself, in X-Amz-Content-Sha256: UnsignedPayload, one of the
// STREAMING texts, or a hash that the caller holds the body to.
func PayloadText(text string) Payload { return Payload{text: text} }

func (p *Payload) append(dst []byte) []byte {
	if p.text != "" {
		return append(dst, p.text...)
	}
	return hex.AppendEncode(dst, p.hash[:])
}

// Verify reports whether the signature is the one that key makes of the request and payload (spec section 2.1, step 16).
// The comparison takes the same time wherever the two differ.
func (s *Signature) Verify(key *SigningKey, payload Payload) bool {
	mac, ok := s.mac(key, &payload)
	if !ok {
		return false
	}
	var want, got [2 * sha256.Size]byte
	hex.Encode(want[:], mac[:])
	return copy(got[:], s.signature) == len(got) && len(s.signature) == len(got) &&
		subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// CanonicalRequest returns the canonical request, for those who debug a signature. It is nil when there is none: the names
// in SignedHeaders are not ascending and in lower case, or the request lacks one of these headers.
func (s *Signature) CanonicalRequest(payload Payload) []byte {
	canonical, ok := s.appendCanonicalRequest(nil, &payload)
	if !ok {
		return nil
	}
	return canonical
}

// StringToSign returns the string to sign, for those who debug a signature. It is nil when CanonicalRequest is, and when
// the credential has not five parts.
func (s *Signature) StringToSign(payload Payload) []byte {
	text, ok := s.appendStringToSign(nil, &payload)
	if !ok {
		return nil
	}
	return text
}

func (s *Signature) appendStringToSign(dst []byte, payload *Payload) ([]byte, bool) {
	if s.form {
		return append(dst, s.policy...), s.fiveParts
	}
	var buf [2048]byte
	canonical, ok := s.appendCanonicalRequest(buf[:0], payload)
	if !ok || !s.fiveParts {
		return dst, false
	}
	sum := sha256.Sum256(canonical)
	dst = append(dst, algorithm...)
	dst = append(dst, '\n')
	dst = append(dst, s.stamp[:]...)
	dst = append(dst, '\n')
	dst = append(dst, s.credential[len(s.AccessKeyID)+1:]...)
	dst = append(dst, '\n')
	return hex.AppendEncode(dst, sum[:]), true
}

func (s *Signature) mac(key *SigningKey, payload *Payload) (mac [sha256.Size]byte, ok bool) {
	var buf [256]byte
	text, ok := s.appendStringToSign(buf[:0], payload)
	if !ok {
		return mac, false
	}
	return hmacSHA256(key[:], text), true
}
