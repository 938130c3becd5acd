package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// maxKeys bounds the keys of a set: each request with a session token looks through them.
const maxKeys = 64

// Rotation says how a key set gets a new key.
type Rotation struct {
	Now time.Time
	// Ahead is for how long the new key is known before it seals. Every process on the database should have seen it by then.
	Ahead time.Duration
	// Keep is for how long the keys that there are go on opening after that. Zero: for as long as the set is kept.
	Keep time.Duration
	// Withdraw deletes the keys that there are at once: nothing that they have sealed opens any more. The new one seals at once.
	Withdraw bool
	// IfOlder has nothing done while the youngest key is not yet that old. Of any number of processes that ask at once, one
	// rotates.
	IfOlder time.Duration
}

// Rotate gives a key set a new key, and reports whether it did. The error is ErrNotFound when there is no such set.
func (s *Store) Rotate(ctx context.Context, purpose string, r Rotation) (rotated bool, err error) {
	err = s.changeKeys(ctx, purpose, func(set *keySet) error {
		rotated = false
		if r.IfOlder > 0 && r.Now.Sub(set.youngest().CreatedAt) < r.IfOlder {
			return errUnchanged
		}
		rotated = true
		return r.rotate(set)
	})
	return rotated, err
}

func (r Rotation) rotate(set *keySet) error {
	m := keyset.NewManagerFromHandle(set.handle)
	id, err := m.Add(newKey())
	if err != nil {
		return err
	}
	if err := m.SetPrimary(id); err != nil {
		return err
	}
	fresh := Key{ID: id, CreatedAt: r.Now}
	if r.Ahead > 0 && !r.Withdraw {
		fresh.SealsFrom = r.Now.Add(r.Ahead)
	}
	end := r.Now.Add(r.Ahead + r.Keep)
	for i := range set.Keys {
		k := &set.Keys[i]
		switch {
		case r.Withdraw:
			k.OpensUntil = r.Now
		case r.Keep > 0 && k.OpensUntil.IsZero():
			k.OpensUntil = end
		}
	}
	set.Keys = append(set.Keys, fresh)
	return set.take(m, r.Now)
}

// take makes a set of what a manager has, without the keys that have ended.
func (s *keySet) take(m *keyset.Manager, now time.Time) (err error) {
	var left []Key
	for _, k := range s.Keys {
		if !k.Ended(now) {
			left = append(left, k)
		} else if err := m.Delete(k.ID); err != nil {
			return err
		}
	}
	if len(left) > maxKeys {
		return fmt.Errorf("the key set %q has %d keys, and can't have more: wait until the oldest has ended", s.Purpose, maxKeys)
	}
	s.Keys = left
	s.handle, err = m.Handle()
	return err
}

// DeleteEndedKeys deletes the keys of a set that open nothing any more.
func (s *Store) DeleteEndedKeys(ctx context.Context, purpose string, now time.Time) error {
	return s.changeKeys(ctx, purpose, func(set *keySet) error {
		if !slices.ContainsFunc(set.Keys, func(k Key) bool { return k.Ended(now) }) {
			return errUnchanged
		}
		m := keyset.NewManagerFromHandle(set.handle)
		if err := m.SetPrimary(set.youngest().ID); err != nil {
			return err
		}
		return set.take(m, now)
	})
}

// errUnchanged says that a set is to stay as it is.
var errUnchanged = errors.New("nothing to change")

// changeKeys changes the keys of a set. change may be called more than once, each time with a set of its own.
func (s *Store) changeKeys(ctx context.Context, purpose string, change func(*keySet) error) error {
	err := s.Update(ctx, func(tx *Tx) error {
		row, err := tx.keysetFor(ctx, purpose)
		if err != nil {
			return err
		}
		set, err := s.openKeyset(row)
		if err != nil {
			return err
		}
		if err := change(set); err != nil {
			return err
		}
		return s.putKeyset(ctx, tx, row, set)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}
