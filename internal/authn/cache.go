package authn

import (
	"sync"
	"time"
)

const (
	// maxAge is how long another process's change may go unseen: no longer than a revocation may take.
	maxAge = time.Second
	// maxEntries bounds the memory of a cache; an entry costs some 500 bytes.
	maxEntries = 200_000
)

// cache keeps what was read from the store for a moment. An entry is good while the store's generation is the one it was
// read under, so that a change made by this process is seen at once, and for maxAge, so that one made by another
// process is seen soon. What does not exist is never kept.
type cache[V any] struct {
	generation func() uint64

	mu      sync.RWMutex
	entries map[string]cached[V]
}

type cached[V any] struct {
	value      V
	generation uint64
	readAt     time.Time
}

func newCache[V any](generation func() uint64) *cache[V] {
	return &cache[V]{generation: generation, entries: make(map[string]cached[V])}
}

// get returns the value kept for the key if it is still good at the instant, and otherwise loads it.
func (c *cache[V]) get(key string, now time.Time, load func() (V, error)) (V, error) {
	// Read before the load: a change that is committed in between then outdates what was loaded.
	generation := c.generation()
	c.mu.RLock()
	entry, ok := c.entries[key]
	c.mu.RUnlock()
	if age := now.Sub(entry.readAt); ok && entry.generation == generation && age >= 0 && age < maxAge {
		return entry.value, nil
	}
	value, err := load()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		delete(c.entries, key)
		return value, err
	}
	if len(c.entries) >= maxEntries {
		c.evict()
	}
	c.entries[key] = cached[V]{value, generation, now}
	return value, nil
}

// evict makes room by dropping entries of the map's own, random choosing.
func (c *cache[V]) evict() {
	for key := range c.entries {
		delete(c.entries, key)
		if len(c.entries) <= maxEntries*9/10 {
			return
		}
	}
}
