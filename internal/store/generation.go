package store

import (
	"context"
	"sync"
	"time"
)

// maxAge is how long another process's change may go unseen: no longer than a revocation may take.
const maxAge = time.Second

// generation is what this process knows of the count of changes in the database.
type generation struct {
	mu      sync.Mutex
	known   uint64
	readAt  time.Time // zero when it must be read again
	updates uint64    // of this process, that changed the count
}

// Generation grows with each Update that may have changed who may do what, of this Store or of any other on the same
// database. What was read after a call of Generation may be kept and used as long as Generation returns the same. It sees
// an Update of this Store before that returns, and one of another process within a second of now.
func (s *Store) Generation(ctx context.Context, now time.Time) (uint64, error) {
	known, fresh, updates := s.generation.at(now)
	if fresh {
		return known, nil
	}
	return s.readGeneration(ctx, now, updates)
}

func (s *Store) readGeneration(ctx context.Context, now time.Time, updates uint64) (known uint64, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		count, err := tx.committedGeneration(ctx)
		known = uint64(count) //nolint:gosec // it counts up from 0
		return err
	})
	if err != nil {
		return 0, err
	}
	s.generation.learn(known, now, updates)
	return known, nil
}

func (g *generation) at(now time.Time) (known uint64, fresh bool, updates uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	age := now.Sub(g.readAt)
	return g.known, !g.readAt.IsZero() && age >= 0 && age < maxAge, g.updates
}

// learn takes a count that was read, unless an update of this process came in between.
func (g *generation) learn(count uint64, now time.Time, updates uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.updates == updates {
		g.known, g.readAt = max(g.known, count), now
	}
}

// outdate makes the next call of Generation read the count.
func (g *generation) outdate() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.readAt = time.Time{}
	g.updates++
}
