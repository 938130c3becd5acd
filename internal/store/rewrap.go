package store

import (
	"context"
	"fmt"
	"time"
)

// Rewrapped says which sealing key a database was sealed with, and which one it is sealed with now: by Tink's ids.
type Rewrapped struct{ From, To uint32 }

// Rewrap has another sealing key seal each key set, in one transaction: at any time the database opens with the one key or the
// other, and never with both. The other key is made if it is in a file that is not there, or wrapped by a key management service.
//
// The Store should be closed then. Other processes on the database go on with the keys that they have, and fail to read those that
// are made from now on, until they are started with the other sealing key.
func (s *Store) Rewrap(ctx context.Context, to SealingKey, now time.Time) (Rewrapped, error) {
	key, err := to.renew(ctx)
	if err != nil {
		return Rewrapped{}, err
	}
	done := Rewrapped{From: s.sealing.id, To: key.id}
	if done.From == done.To {
		return done, fmt.Errorf("the database is sealed with that key already: %d", key.id)
	}
	return done, s.Update(ctx, func(tx *Tx) error {
		rows, err := tx.keysets(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			set, err := s.openKeyset(row)
			if err != nil {
				return err
			}
			sealed, err := key.seal(row, set)
			if err != nil {
				return err
			}
			if _, err := tx.updateKeyset(ctx, sealed); err != nil {
				return err
			}
		}
		err = tx.deleteWrappedSealingKey(ctx)
		if err == nil && key.wrapped != nil {
			_, err = tx.insertWrappedSealingKey(ctx, key.row(now))
		}
		return err
	})
}
