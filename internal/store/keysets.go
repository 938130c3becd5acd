package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// restPurpose names the key set that seals the secrets of this package's own rows.
const restPurpose = "rest"

// Keyset returns the key set of a purpose, and makes one at the first call: XChaCha20-Poly1305 with Tink's prefix. Processes
// that make one at the same time get the same. The sealing key seals it under its purpose, so that the key set of one
// purpose can't stand in for that of another.
func (s *Store) Keyset(ctx context.Context, purpose string, now time.Time) (*keyset.Handle, error) {
	row, err := s.keysetRow(ctx, purpose)
	if errors.Is(err, ErrNotFound) {
		row, err = s.createKeyset(ctx, purpose, now)
	}
	if err != nil {
		return nil, err
	}
	reader := keyset.NewBinaryReader(bytes.NewReader(row.Sealed))
	handle, err := keyset.ReadWithAssociatedData(reader, s.sealing, place("keysets", purpose, "sealed"))
	if err != nil {
		return nil, fmt.Errorf("the sealing key in %s does not open the key set %q of this database: put back the file that was made with it: %w",
			s.sealingKeyFile, purpose, err)
	}
	return handle, nil
}

func (s *Store) keysetRow(ctx context.Context, purpose string) (row Keyset, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		row, err = tx.keysetFor(ctx, purpose)
		return err
	})
	return row, err
}

// createKeyset stores a new key set unless there is one by now, and returns the one that is stored.
func (s *Store) createKeyset(ctx context.Context, purpose string, now time.Time) (row Keyset, err error) {
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return Keyset{}, err
	}
	var sealed bytes.Buffer
	err = handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&sealed), s.sealing, place("keysets", purpose, "sealed"))
	if err != nil {
		return Keyset{}, err
	}
	err = s.Update(ctx, func(tx *Tx) error {
		fresh := insertKeysetParams{Purpose: purpose, Sealed: sealed.Bytes(), CreatedAt: Time{now}}
		if _, err := tx.insertKeyset(ctx, fresh); err != nil {
			return err
		}
		row, err = tx.keysetFor(ctx, purpose)
		return err
	})
	return row, err
}
