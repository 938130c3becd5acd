package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// restKeys are the keys of the set that seals the secrets in rows, as this process knows them. A transaction that seals looks
// whether they are still those of the database, and one that meets a key it does not know reads them: so a new key seals at once,
// on every process.
type restKeys struct{ known atomic.Pointer[restKeySet] }

type restKeySet struct {
	*keySet
	aead tink.AEAD
}

func (r *restKeys) use(set *keySet) (*restKeySet, error) {
	primitive, err := aead.New(set.handle) // its primary key is the youngest
	if err != nil {
		return nil, err
	}
	next := &restKeySet{set, primitive}
	for {
		last := r.known.Load()
		if last != nil && last.version > set.version || r.known.CompareAndSwap(last, next) {
			return next, nil
		}
	}
}

// has reports whether the set has the key that something was sealed with.
func (s *restKeySet) has(sealed []byte) bool {
	id := keyIDOf(sealed)
	for _, k := range s.Keys {
		if k.ID == id {
			return true
		}
	}
	return false
}

// restKeys are the keys as they are in this transaction.
func (t *Tx) restKeys(ctx context.Context) (*restKeySet, error) {
	row, err := t.keysetFor(ctx, restPurpose)
	if err != nil {
		return nil, err
	}
	if known := t.store.rest.known.Load(); known.version == row.Version {
		return known, nil
	}
	set, err := t.store.openKeyset(row)
	if err != nil {
		return nil, err
	}
	return t.store.rest.use(set)
}

// seal seals what a row is to hold.
func (t *Tx) seal(ctx context.Context, secret, place []byte) ([]byte, error) {
	keys, err := t.restKeys(ctx)
	if err != nil {
		return nil, err
	}
	return keys.aead.Encrypt(secret, place)
}

// open opens what a row holds.
func (t *Tx) open(ctx context.Context, sealed, place []byte) ([]byte, error) {
	keys := t.store.rest.known.Load()
	if !keys.has(sealed) {
		var err error
		if keys, err = t.restKeys(ctx); err != nil {
			return nil, err
		}
	}
	return keys.aead.Decrypt(sealed, place)
}

// resealAtOnce is how many rows are sealed anew in one transaction.
const resealAtOnce = 200

// Reseal gives the set that seals the secrets in rows a new key, seals all of them anew with it, and deletes the keys before. It
// returns how many it has sealed. Other processes may read and write meanwhile. When it is cut short every row opens as before,
// and the next call does what is left.
func (s *Store) Reseal(ctx context.Context, now time.Time) (resealed int, err error) {
	if _, err := s.Rotate(ctx, restPurpose, Rotation{Now: now}); err != nil {
		return 0, err
	}
	for _, pass := range []func(context.Context, *Tx, *resealing) error{resealAccessKeys, resealMFADevices, resealWebIdentityKeys} {
		for after, more := "", true; more; {
			r := resealing{}
			err := s.Update(ctx, func(tx *Tx) error {
				keys, err := tx.restKeys(ctx)
				if err != nil {
					return err
				}
				r = resealing{keys: keys, after: after}
				return pass(ctx, tx, &r)
			})
			if err != nil {
				return resealed, err
			}
			after, more = r.after, r.more
			resealed += r.count
		}
	}
	return resealed, s.dropFormerRestKeys(ctx)
}

// resealing is a pass over the rows of a table, a part of them at a time.
type resealing struct {
	keys  *restKeySet
	after string // the primary key of the last row that was looked at
	more  bool   // rows may follow
	count int    // of rows that were sealed anew
}

// row returns a secret as it is to be sealed; nil where it is sealed so already.
func (r *resealing) row(ctx context.Context, tx *Tx, sealed, place []byte) ([]byte, error) {
	if keyIDOf(sealed) == r.keys.youngest().ID {
		return nil, nil
	}
	secret, err := tx.open(ctx, sealed, place)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	r.count++
	return r.keys.aead.Encrypt(secret, place)
}

func resealAccessKeys(ctx context.Context, tx *Tx, r *resealing) error {
	rows, err := tx.accessKeysAfter(ctx, accessKeysAfterParams{AccessKeyID: r.after, Limit: resealAtOnce})
	if err != nil {
		return err
	}
	for _, row := range rows {
		r.after = row.AccessKeyID
		sealed, err := r.row(ctx, tx, row.SealedSecret, AccessKey{AccessKeyID: row.AccessKeyID}.place())
		if err == nil && sealed != nil {
			err = tx.quiet.resealAccessKey(ctx, resealAccessKeyParams{AccessKeyID: row.AccessKeyID, SealedSecret: sealed})
		}
		if err != nil {
			return err
		}
	}
	r.more = len(rows) == resealAtOnce
	return nil
}

func resealMFADevices(ctx context.Context, tx *Tx, r *resealing) error {
	rows, err := tx.mfaDevicesAfter(ctx, mfaDevicesAfterParams{SerialNumber: r.after, Limit: resealAtOnce})
	if err != nil {
		return err
	}
	for _, row := range rows {
		r.after = row.SerialNumber
		sealed, err := r.row(ctx, tx, row.SealedSeed, MFADevice{SerialNumber: row.SerialNumber}.place())
		if err == nil && sealed != nil {
			err = tx.quiet.resealMFADevice(ctx, resealMFADeviceParams{SerialNumber: row.SerialNumber, SealedSeed: sealed})
		}
		if err != nil {
			return err
		}
	}
	r.more = len(rows) == resealAtOnce
	return nil
}

// resealWebIdentityKeys takes all at once: an account has few.
func resealWebIdentityKeys(ctx context.Context, tx *Tx, r *resealing) error {
	rows, err := tx.sealedWebIdentityKeys(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		sealed, err := r.row(ctx, tx, row.SealedKey, WebIdentityKey{AccountID: row.AccountID, KeyID: row.KeyID}.place())
		if err == nil && sealed != nil {
			err = tx.quiet.resealWebIdentityKey(ctx, resealWebIdentityKeyParams{AccountID: row.AccountID, KeyID: row.KeyID, SealedKey: sealed})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dropFormerRestKeys leaves the set its youngest key. It fails when a row is sealed with another one: that would be lost.
func (s *Store) dropFormerRestKeys(ctx context.Context) error {
	return s.Update(ctx, func(tx *Tx) error {
		row, err := tx.keysetFor(ctx, restPurpose)
		if err != nil {
			return err
		}
		set, err := s.openKeyset(row)
		if err != nil {
			return err
		}
		left, err := tx.countSealedOtherwise(ctx, sealedWith(set.youngest().ID))
		if err != nil {
			return err
		}
		if left > 0 {
			return errors.New("secrets were sealed meanwhile with a key that was to go: run it again")
		}
		m := keyset.NewManagerFromHandle(set.handle)
		for _, k := range set.Keys[:len(set.Keys)-1] {
			if err := m.Delete(k.ID); err != nil {
				return err
			}
		}
		set.Keys = set.Keys[len(set.Keys)-1:]
		if set.handle, err = m.Handle(); err != nil {
			return err
		}
		return s.putKeyset(ctx, tx, row, set)
	})
}
