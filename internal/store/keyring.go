package store

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Keyring is a key set in use, made into what seals and opens with it: an R. It is safe for concurrent use.
//
// Which key seals and which ones open follows from the instant and from what is in the database: a rotation is one write, and
// nobody has to be told.
type Keyring[R any] struct {
	store   *Store
	purpose string
	make    func(*keyset.Handle) (R, error)
	state   atomic.Pointer[keyringState[R]]
}

type keyringState[R any] struct {
	ring        R
	set         *keySet
	generation  uint64
	serial      uint64    // of the ring among those of this process
	from, until time.Time // the instants between which ring is the one to use; zero for none
}

// NewKeyring opens the key set of a purpose, and makes one at the first call: XChaCha20-Poly1305 with Tink's prefix. Processes that
// make one at the same time get the same.
func NewKeyring[R any](ctx context.Context, s *Store, purpose string, make func(*keyset.Handle) (R, error), now time.Time) (*Keyring[R], error) {
	k := &Keyring[R]{store: s, purpose: purpose, make: make}
	generation, err := s.Generation(ctx, now)
	if err != nil {
		return nil, err
	}
	set, err := s.keySet(ctx, purpose, now)
	if err != nil {
		return nil, err
	}
	_, err = k.use(set, generation, now)
	return k, err
}

// At returns the ring as it is at an instant, for use now. It sees a rotation of this Store at once, and one of another process
// within a second. When it can't tell what is in the database, or that is older than what was there, it fails: a key that was
// withdrawn must not go on.
func (k *Keyring[R]) At(ctx context.Context, now time.Time) (ring R, err error) {
	generation, err := k.store.Generation(ctx, now)
	if err != nil {
		return ring, err
	}
	if s := k.state.Load(); s.generation == generation && !now.Before(s.from) && (s.until.IsZero() || now.Before(s.until)) {
		return s.ring, nil
	}
	return k.reload(ctx, generation, now)
}

// Generation grows with that of the Store, and when At returns another ring than before. What was opened with a ring that At
// returned after a call of Generation may be used as long as Generation returns the same.
func (k *Keyring[R]) Generation(ctx context.Context, now time.Time) (uint64, error) {
	if _, err := k.At(ctx, now); err != nil {
		return 0, err
	}
	return k.state.Load().serial, nil
}

func (k *Keyring[R]) reload(ctx context.Context, generation uint64, now time.Time) (ring R, err error) {
	row, err := k.store.keysetRow(ctx, k.purpose)
	if err != nil {
		return ring, fmt.Errorf("the key set %q: %w", k.purpose, err)
	}
	set := k.state.Load().set
	switch {
	case row.Version < set.version || row.Version == set.version && row.Instants != set.instants:
		return ring, fmt.Errorf("the key set %q is in version %d, and not that which came after the version %d that was here: "+
			"if the database was restored, start the servers anew", k.purpose, row.Version, set.version)
	case row.Version > set.version:
		if set, err = k.store.openKeyset(row); err != nil {
			return ring, err
		}
	}
	return k.use(set, generation, now)
}

// use makes the ring of a set at an instant, and keeps it, unless a younger one is there by now.
func (k *Keyring[R]) use(set *keySet, generation uint64, now time.Time) (ring R, err error) {
	handle, err := set.at(now)
	if err != nil {
		return ring, err
	}
	if ring, err = k.make(handle); err != nil {
		return ring, fmt.Errorf("the key set %q: %w", k.purpose, err)
	}
	next := &keyringState[R]{ring: ring, set: set, generation: generation}
	next.from, next.until = set.steady(now)
	for {
		last := k.state.Load()
		if last != nil && (last.generation > generation || last.set.version > set.version) {
			return ring, nil
		}
		if last != nil {
			next.serial = last.serial + 1
		}
		if k.state.CompareAndSwap(last, next) {
			return ring, nil
		}
	}
}
