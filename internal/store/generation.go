package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// maxAge is how long another process's change may go unseen: no longer than a revocation may take.
const maxAge = time.Second

// generation is what this process knows of the count of changes in the database. To look at it takes no lock: every request does.
type generation struct {
	last    atomic.Pointer[reading] // nil when the count must be read again
	updates atomic.Uint64           // of this process, that changed the count

	mu      sync.Mutex // held to change last and updates together
	highest uint64     // count that was ever read
}

type reading struct {
	count uint64
	at    time.Time
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
	updates = g.updates.Load() // first: an update that comes in between is one that a reading from now on may have missed
	last := g.last.Load()
	if last == nil {
		return 0, false, updates
	}
	age := now.Sub(last.at)
	return last.count, age >= 0 && age < maxAge, updates
}

// learn takes a count that was read, unless an update of this process came in between.
func (g *generation) learn(count uint64, now time.Time, updates uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.updates.Load() == updates {
		g.highest = max(g.highest, count)
		g.last.Store(&reading{g.highest, now})
	}
}

// outdate makes the next call of Generation read the count.
func (g *generation) outdate() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.updates.Add(1)
	g.last.Store(nil)
}
