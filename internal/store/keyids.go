package store

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// freeLooks is how many looks for access keys that may not be there go into the database each second.
	freeLooks = 100
	// pageOfIDs is how many ids are read at a time, and added under one lock.
	pageOfIDs = 1000
	// maxGone is how many ids of keys that are gone may be kept however few keys there are.
	maxGone = 100_000
)

// AccessKeyIDs are the ids of all access keys, to tell without a look into the database that there is no key of an id. Ids of keys
// that are gone may be among them. An id is kept as a hash with a secret seed: nobody can make one that is taken for another. It is
// safe for concurrent use.
//
// They are read when more than freeLooks a second are asked for, and from then on what was inserted since. Nobody waits for that:
// who comes while they are being read looks into the database.
type AccessKeyIDs struct {
	store *Store
	seed  maphash.Seed
	free  *rate.Limiter // of looks into the database

	reading sync.Mutex // held by who reads
	most    int        // hashes: when there are more, all are read anew

	mu     sync.RWMutex
	hashes map[uint64]struct{}
	next   uint64 // the first generation that they say nothing about
}

// NewAccessKeyIDs returns the ids of a store's access keys. None is read yet.
func NewAccessKeyIDs(s *Store) *AccessKeyIDs {
	return &AccessKeyIDs{
		store: s, seed: maphash.MakeSeed(), free: rate.NewLimiter(freeLooks, freeLooks), hashes: make(map[uint64]struct{}),
	}
}

// lack reports that there is no key of an id, as of a generation or later. While few ask for keys that may not be there it says
// false: then a key that another process has inserted a moment ago is found at once.
func (k *AccessKeyIDs) lack(ctx context.Context, id string, generation uint64, now time.Time) bool {
	there, current := k.find(id, generation)
	if there && current || k.free.AllowN(now, 1) {
		return false
	}
	if !current && k.read(ctx, generation) {
		there, current = k.find(id, generation)
	}
	return current && !there
}

// find reports whether the id is among those that were read, and whether those are all up to the generation.
func (k *AccessKeyIDs) find(id string, generation uint64) (there, current bool) {
	hash := maphash.String(k.seed, id)
	k.mu.RLock()
	defer k.mu.RUnlock()
	_, there = k.hashes[hash]
	return there, generation < k.next
}

// read adds the ids of the keys that were inserted up to a generation that the store was in, and reports whether it did.
func (k *AccessKeyIDs) read(ctx context.Context, generation uint64) bool {
	if !k.reading.TryLock() {
		return false
	}
	defer k.reading.Unlock()
	k.mu.Lock()
	if len(k.hashes) > k.most {
		k.hashes, k.next = make(map[uint64]struct{}), 0
	}
	next := k.next
	k.mu.Unlock()
	if generation < next { // somebody has read them in between
		return true
	}
	ctx = context.WithoutCancel(ctx) // else who goes away each time could have the first reading begun for ever
	if k.store.View(ctx, func(tx *Tx) error { return k.readFrom(ctx, tx, next) }) != nil {
		return false // who asked looks into the database, and hears of it there
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if next == 0 {
		k.most = 2*len(k.hashes) + maxGone
	}
	k.next = generation + 1
	return true
}

// readFrom adds the ids of the keys that were inserted in a generation or later.
func (k *AccessKeyIDs) readFrom(ctx context.Context, tx *Tx, generation uint64) error {
	page := accessKeyIDsParams{AfterGeneration: int64(generation), MaxItems: pageOfIDs} //nolint:gosec // it was read as an int64
	for {
		rows, err := tx.accessKeyIDs(ctx, page)
		if err != nil {
			return err
		}
		k.add(rows)
		if len(rows) < pageOfIDs {
			return nil
		}
		last := rows[len(rows)-1]
		page.AfterGeneration, page.AfterAccessKeyID = last.Generation, last.AccessKeyID
	}
}

func (k *AccessKeyIDs) add(rows []accessKeyIDsRow) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, row := range rows {
		k.hashes[maphash.String(k.seed, row.AccessKeyID)] = struct{}{}
	}
}
