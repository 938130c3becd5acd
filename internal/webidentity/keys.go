package webidentity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/jwt"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"

	"github.com/daypass/daypass/internal/store"
)

// The algorithms that tokens are signed with. A key is of one of them and serves no other.
const (
	RS256 = "RS256"
	ES384 = "ES384"
)

var algorithms = []struct {
	name     string
	template func() *tinkpb.KeyTemplate
}{
	{RS256, jwt.RS256_2048_F4_Key_Template},
	{ES384, jwt.ES384Template},
}

// newKey is a key as the store takes it: its row, and the Tink key set in the clear that the store seals.
type newKey struct {
	row    store.WebIdentityKey
	keyset []byte
}

// newKeys makes a key of each algorithm for an account. One that signs from the zero time on signs at once, also where the
// clock is behind ours.
func newKeys(accountID string, now, signsFrom time.Time) ([]newKey, error) {
	var keys []newKey
	for _, algorithm := range algorithms {
		handle, err := keyset.NewHandle(algorithm.template())
		if err != nil {
			return nil, err
		}
		public, err := publicKey(handle)
		if err != nil {
			return nil, err
		}
		var clear bytes.Buffer
		if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&clear)); err != nil {
			return nil, err
		}
		keys = append(keys, newKey{keyset: clear.Bytes(), row: store.WebIdentityKey{
			AccountID: accountID,
			KeyID:     public.id,
			Algorithm: algorithm.name,
			CreatedAt: store.Time{Time: now},
			SignsFrom: store.Time{Time: signsFrom},
		}})
	}
	return keys, nil
}

func insertKeys(ctx context.Context, tx *store.Tx, keys []newKey) error {
	if len(keys) == 0 {
		return fmt.Errorf("internal error: an issuer without keys")
	}
	for _, k := range keys {
		if err := tx.InsertWebIdentityKey(ctx, k.row, k.keyset); err != nil {
			return err
		}
	}
	return nil
}

// key is a key that is ready to sign.
type key struct {
	algorithm      string
	signsFrom      time.Time
	publishedUntil time.Time // zero while it has no successor
	signer         jwt.Signer
	jwk            json.RawMessage
}

func (k *key) published(now time.Time) bool {
	return k.publishedUntil.IsZero() || now.Before(k.publishedUntil)
}

// outlives reports whether k stays published for longer than another key.
func (k *key) outlives(other *key) bool {
	if k.publishedUntil.IsZero() || other.publishedUntil.IsZero() {
		return !other.publishedUntil.IsZero()
	}
	return k.publishedUntil.After(other.publishedUntil)
}

func openKeys(ctx context.Context, tx *store.Tx, accountID string) ([]key, error) {
	rows, err := tx.WebIdentityKeys(ctx, accountID)
	if err != nil {
		return nil, err
	}
	keys := make([]key, len(rows))
	for i, row := range rows {
		clear, err := tx.SigningKey(ctx, row)
		if err != nil {
			return nil, err
		}
		if keys[i], err = openKey(row, clear); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func openKey(row store.WebIdentityKey, clear []byte) (key, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(clear)))
	if err != nil {
		return key{}, fmt.Errorf("the signing key %s is no Tink key set", row.KeyID) // without the cause, which may quote it
	}
	signer, err := jwt.NewSigner(handle)
	if err != nil {
		return key{}, err
	}
	public, err := publicKey(handle)
	if err != nil {
		return key{}, err
	}
	return key{row.Algorithm, row.SignsFrom.Time, row.PublishedUntil.Time, signer, public.jwk}, nil
}

// public is what everybody may know of a key.
type public struct {
	id  string
	jwk json.RawMessage
}

// publicKey exports the public half of a key set of one key. Tink refuses to export any other.
func publicKey(handle *keyset.Handle) (public, error) {
	half, err := handle.Public()
	if err != nil {
		return public{}, err
	}
	text, err := jwt.JWKSetFromPublicKeysetHandle(half)
	if err != nil {
		return public{}, err
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) != 1 {
		return public{}, fmt.Errorf("a key set of %d keys: %w", len(set.Keys), err)
	}
	id, _ := set.Keys[0]["kid"].(string)
	delete(set.Keys[0], "key_ops") // says the same as use, and RFC 7517 wants one of them
	jwk, err := json.Marshal(set.Keys[0])
	return public{id, jwk}, err
}

// signer is the key that signs at an instant: of those that may, the one that stays published longest.
func (is *issuer) signer(algorithm string, now time.Time) (jwt.Signer, bool) {
	var best *key
	for i := range is.keys {
		k := &is.keys[i]
		if k.algorithm == algorithm && k.published(now) && !now.Before(k.signsFrom) && (best == nil || k.outlives(best)) {
			best = k
		}
	}
	if best == nil {
		return nil, false
	}
	return best.signer, true
}
