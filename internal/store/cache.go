package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

const (
	// maxEntries bounds the memory of a cache, unless it is told otherwise: an entry costs some 100 bytes and its value.
	maxEntries = 200_000
	// minSweep is from how many entries on outdated ones are looked for.
	minSweep = 1024
)

// Cache keeps what was read from a Store and made of it. It is safe for concurrent use. An entry is good while the store's
// generation is the one it was read under. That there is nothing is never kept, but of ids that are Among others. A value is shared
// by all who get it, so none of them may change it.
type Cache[V any] struct {
	generation func(ctx context.Context, now time.Time) (uint64, error)
	ids        *AccessKeyIDs // nil: anything may be there
	max        int

	mu      sync.RWMutex
	entries map[string]cached[V]
	sweepAt int // how many entries there are when outdated ones are dropped next
	loads   uint64
}

// CacheStats are how a cache stands. What Get finds in it is not counted: that would cost as much as to find it.
type CacheStats struct {
	Entries int    // outdated ones too
	Loads   uint64 // by Get, of what was not there or outdated, whether there was something to load or not
}

// Stats tells how the cache stands.
func (c *Cache[V]) Stats() CacheStats {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return CacheStats{len(c.entries), c.loads}
}

type cached[V any] struct {
	value      V
	err        error // ErrNotFound, with its reason, or nil
	generation uint64
}

// NewCache returns an empty cache. generation is Store.Generation, or that of a Keyring.
func NewCache[V any](generation func(context.Context, time.Time) (uint64, error)) *Cache[V] {
	return &Cache[V]{generation: generation, max: maxEntries, entries: make(map[string]cached[V]), sweepAt: minSweep}
}

// Bounded makes a new cache hold max entries at most, and returns it.
func (c *Cache[V]) Bounded(max int) *Cache[V] {
	c.max, c.sweepAt = max, min(c.sweepAt, max)
	return c
}

// Among makes a cache of what is loaded by the ids of access keys. What is not among them is ErrNotFound, without a load. That there
// is nothing of one that is among them, for the key is gone or its account is disabled, is kept: they are not of an attacker's making.
func (c *Cache[V]) Among(ids *AccessKeyIDs) *Cache[V] {
	c.ids = ids
	return c
}

// Get returns the value kept for the key if it is still good at the instant, and otherwise loads it.
func (c *Cache[V]) Get(ctx context.Context, key string, now time.Time, load func() (V, error)) (value V, err error) {
	// Read before the load: a change that is committed in between then outdates what was loaded.
	generation, err := c.generation(ctx, now)
	if err != nil {
		return value, err
	}
	c.mu.RLock()
	entry, ok := c.entries[key]
	c.mu.RUnlock()
	if ok && entry.generation == generation {
		return entry.value, entry.err
	}
	if c.ids != nil && c.ids.lack(ctx, key, generation, now) {
		return value, ErrNotFound
	}
	value, err = load()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loads++
	if err != nil && !c.keepsAbsence(key, err) {
		delete(c.entries, key)
		return value, err
	}
	if len(c.entries) >= c.sweepAt {
		c.sweep(generation)
	}
	entry = cached[V]{err: err, generation: generation}
	if err == nil {
		entry.value = value
	}
	c.entries[strings.Clone(key)] = entry // or it would keep the request that it is a part of
	return value, err
}

func (c *Cache[V]) keepsAbsence(key string, err error) bool {
	if c.ids == nil || !errors.Is(err, ErrNotFound) {
		return false
	}
	there, _ := c.ids.find(key, 0)
	return there
}

// sweep drops what is outdated, so that it holds no memory until somebody asks for it again, which may be never. When too
// much is left it drops entries of the map's own, random choosing. Each time there must be twice as many entries until the
// next, so that an entry is looked at a few times in all.
func (c *Cache[V]) sweep(generation uint64) {
	for key, entry := range c.entries {
		if entry.generation != generation {
			delete(c.entries, key)
		}
	}
	if len(c.entries) >= c.max {
		for key := range c.entries {
			if delete(c.entries, key); len(c.entries) <= c.max*9/10 {
				break
			}
		}
	}
	c.sweepAt = min(max(2*len(c.entries), minSweep), c.max)
}
