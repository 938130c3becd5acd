package storetest

import (
	"bytes"
	"context"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// service is a key management service's key without the service.
type service struct{ key tink.AEAD }

func (s service) EncryptWithContext(_ context.Context, plaintext, associatedData []byte) ([]byte, error) {
	return s.key.Encrypt(plaintext, associatedData)
}

func (s service) DecryptWithContext(_ context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	return s.key.Decrypt(ciphertext, associatedData)
}

// answers is one that answers the same to whatever is to be decrypted.
type answers struct {
	tink.AEADWithContext
	clear []byte
}

func (a answers) DecryptWithContext(context.Context, []byte, []byte) ([]byte, error) {
	return a.clear, nil
}

// clearKey is a sealing key as a service would unwrap it, of no database.
func clearKey(t *testing.T) []byte {
	t.Helper()
	handle, err := keyset.NewHandle(aead.XAES256GCM192BitNonceKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	var clear bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&clear)); err != nil {
		t.Fatal(err)
	}
	return clear.Bytes()
}
