package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// SealingKeyKMS is a sealing key that the database keeps, wrapped by a key that never leaves a key management service. It is made
// with a new database, and for a rewrap. The service is asked once, when the database is opened.
type SealingKeyKMS struct {
	Name string // of the service's key
	Key  tink.AEADWithContext
}

// String is the name.
func (k SealingKeyKMS) String() string { return k.Name }

// wrappedPlace is the associated data of the wrapped key. It tells a service's log what was asked for.
func wrappedPlace() []byte { return place("wrapped_sealing_keys", "1", "wrapped") }

func (k SealingKeyKMS) open(ctx context.Context, s *Store, isNew bool, now time.Time) (sealingKey, error) {
	row, err := s.wrappedSealingKey(ctx)
	if errors.Is(err, ErrNotFound) && isNew {
		row, err = k.create(ctx, s, now)
	}
	if errors.Is(err, ErrNotFound) {
		return sealingKey{}, fmt.Errorf("this database has no sealing key that %s could have wrapped: it was sealed with a key from elsewhere", k)
	}
	if err != nil {
		return sealingKey{}, err
	}
	return k.unwrap(ctx, row)
}

// create stores a new key unless there is one by now, and returns the one that is stored.
func (k SealingKeyKMS) create(ctx context.Context, s *Store, now time.Time) (row WrappedSealingKey, err error) {
	fresh, err := k.renew(ctx)
	if err != nil {
		return row, err
	}
	err = s.Update(ctx, func(tx *Tx) error {
		if _, err := tx.insertWrappedSealingKey(ctx, fresh.row(now)); err != nil {
			return err
		}
		row, err = tx.wrappedSealingKey(ctx)
		return err
	})
	return row, err
}

func (k sealingKey) row(now time.Time) insertWrappedSealingKeyParams {
	return insertWrappedSealingKeyParams{KMSKey: k.source, Wrapped: k.wrapped, CreatedAt: Time{now}}
}

func (k SealingKeyKMS) unwrap(ctx context.Context, row WrappedSealingKey) (sealingKey, error) {
	clear, err := k.Key.DecryptWithContext(ctx, row.Wrapped, wrappedPlace())
	if err != nil {
		return sealingKey{}, fmt.Errorf("%s does not unwrap the sealing key of this database, which %s has wrapped: %w", k, row.KMSKey, err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(clear)))
	if err != nil { // without the cause: it may quote what it could not read
		return sealingKey{}, fmt.Errorf("what %s has unwrapped is no sealing key", k)
	}
	return newSealingKey(handle, k)
}

// renew wraps a new key, and unwraps it once: what the service can't give back must not seal anything.
func (k SealingKeyKMS) renew(ctx context.Context) (sealingKey, error) {
	handle, err := newSealingKeyset()
	if err != nil {
		return sealingKey{}, err
	}
	var clear bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&clear)); err != nil {
		return sealingKey{}, err
	}
	wrapped, err := k.Key.EncryptWithContext(ctx, clear.Bytes(), wrappedPlace())
	if err != nil {
		return sealingKey{}, fmt.Errorf("%s does not wrap a sealing key: %w", k, err)
	}
	fresh, err := k.unwrap(ctx, WrappedSealingKey{KMSKey: k.Name, Wrapped: wrapped})
	if err == nil && fresh.id != handle.KeysetInfo().GetPrimaryKeyId() {
		err = fmt.Errorf("%s has unwrapped another sealing key than it wrapped", k)
	}
	fresh.wrapped = wrapped
	return fresh, err
}

func (s *Store) wrappedSealingKey(ctx context.Context) (row WrappedSealingKey, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		row, err = tx.wrappedSealingKey(ctx)
		return err
	})
	return row, err
}

// checkNotWrapped says where the sealing key is when a key management service has it.
func (s *Store) checkNotWrapped(ctx context.Context) error {
	row, err := s.wrappedSealingKey(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the sealing key of this database is wrapped by %s: give that one", row.KMSKey)
	}
	return err
}
