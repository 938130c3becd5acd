package sigv4

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// TestHMAC compares with the standard library around every length that matters to HMAC.
func TestHMAC(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), 20)
	for keyLength := range 150 {
		for _, length := range []int{0, 1, 31, 32, 55, 56, 63, 64, 65, 127, 447, 448, 449, 600} {
			key, message := data[:keyLength], data[1:1+length]
			h := hmac.New(sha256.New, key)
			h.Write(message)
			if got := hmacSHA256(key, message); !bytes.Equal(got[:], h.Sum(nil)) {
				t.Fatalf("key of %d bytes, message of %d: %x, want %x", keyLength, length, got, h.Sum(nil))
			}
		}
	}
}

// TestDeriveKey has the example of AWS's documentation of the signing key.
func TestDeriveKey(t *testing.T) {
	t.Parallel()
	key := DeriveKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Scope{"20150830", "us-east-1", "iam", "aws4_request"})
	want := "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
	if got := hex.EncodeToString(key[:]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDeriveKeyUsesWholeScope: a key that is kept by its scope must not fit another one.
func TestDeriveKeyUsesWholeScope(t *testing.T) {
	t.Parallel()
	seen := map[SigningKey]Scope{}
	for _, scope := range []Scope{
		{"20150830", "us-east-1", "iam", "aws4_request"},
		{"20150831", "us-east-1", "iam", "aws4_request"},
		{"20150830", "us-east-2", "iam", "aws4_request"},
		{"20150830", "us-east-1", "sts", "aws4_request"},
		{"20150830", "us-east-1", "iam", "aws5_request"},
	} {
		key := DeriveKey("secret", scope)
		if other, ok := seen[key]; ok {
			t.Errorf("%v and %v have the same key", scope, other)
		}
		seen[key] = scope
	}
}

func TestSigningKeyStaysOutOfLogs(t *testing.T) {
	t.Parallel()
	key := DeriveKey("secret", Scope{"20150830", "us-east-1", "iam", "aws4_request"})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%d", "%q"} {
		for _, value := range []any{key, &key, struct{ Key SigningKey }{key}} {
			text := strings.ToLower(fmt.Sprintf(verb, value))
			if strings.Contains(text, hex.EncodeToString(key[:4])) || strings.Contains(text, fmt.Sprint(key[0], " ", key[1])) ||
				strings.Contains(text, fmt.Sprint(key[0], ", ", key[1])) {
				t.Errorf("%s of %T prints the key: %s", verb, value, text)
			}
		}
	}
}
