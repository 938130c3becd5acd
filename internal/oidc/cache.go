package oidc

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// maxIssuers bounds the memory. Beyond it the issuer that was not used for the longest time is forgotten.
	maxIssuers = 1000
	// An issuer says how long its keys may be kept, within these bounds: a key it takes back is refused within an hour.
	minLifetime, maxLifetime, defaultLifetime = time.Minute, time.Hour, 15 * time.Minute
	// maxStale is how long keys are used beyond that, while the issuer can't be asked.
	maxStale = time.Hour
	// minInterval is between two fetches while there are keys: tokens with unknown keys cost an issuer no more.
	minInterval = 30 * time.Second
	// retryInterval is between two fetches while there are none.
	retryInterval = 10 * time.Second
)

// keySet is what an issuer answered.
type keySet struct {
	keys     []key
	lifetime time.Duration
}

// cache keeps the keys of issuers. It has no clock: all that it decides is about instants it is given.
type cache struct {
	fetch   func(ctx context.Context, issuer string) (keySet, error)
	timeout time.Duration

	mu      sync.Mutex
	entries map[string]*entry
}

// entry is an issuer. The cache's mutex guards it.
type entry struct {
	set     keySet
	fetched time.Time     // when set was asked for; zero: there was none
	tried   time.Time     // when the issuer was asked last; zero: never
	err     error         // of that time
	used    time.Time     // when a token needed keys last
	running chan struct{} // closed when the fetch is done that runs; nil: none does
}

func newCache(fetch func(context.Context, string) (keySet, error), timeout time.Duration) *cache {
	return &cache{fetch: fetch, timeout: timeout, entries: map[string]*entry{}}
}

// keys returns the issuer's keys, asking it when those that are kept are old.
func (c *cache) keys(ctx context.Context, now time.Time, issuer string) ([]key, error) {
	return c.get(ctx, now, issuer, false)
}

// newerKeys asks the issuer whether it has other keys by now, unless it was asked a moment ago. When it did not answer,
// that is the error: nobody can say whether the key that is looked for is one of its.
func (c *cache) newerKeys(ctx context.Context, now time.Time, issuer string) ([]key, error) {
	return c.get(ctx, now, issuer, true)
}

// get has one fetch of an issuer run at a time, for all who need it. The fetch is nobody's own: it goes on when the one who
// began it is gone.
func (c *cache) get(ctx context.Context, now time.Time, issuer string, newer bool) ([]key, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(issuer, now)
	if !newer && e.isFresh(now) {
		return e.set.keys, nil
	}
	if e.running == nil && e.mayTry(now) {
		e.tried, e.running = now, make(chan struct{})
		go c.refresh(context.WithoutCancel(ctx), now, issuer, e)
	}
	if running := e.running; running != nil {
		c.mu.Unlock()
		var err error
		select {
		case <-running:
		case <-ctx.Done():
			err = ctx.Err()
		}
		c.mu.Lock()
		if err != nil {
			return nil, err
		}
	}
	if e.isUsable(now) && (!newer || e.err == nil) {
		return e.set.keys, nil
	}
	if e.err == nil {
		return nil, errUnreachable(errors.New("the keys are too old, and the issuer was asked a moment ago"))
	}
	return nil, e.err
}

// entry finds or makes an issuer's.
func (c *cache) entry(issuer string, now time.Time) *entry {
	e, ok := c.entries[issuer]
	if !ok {
		if len(c.entries) >= maxIssuers {
			c.forgetOne()
		}
		e = &entry{}
		c.entries[issuer] = e
	}
	e.used = now
	return e
}

func (c *cache) forgetOne() {
	var oldest string
	for issuer, e := range c.entries {
		if oldest == "" || e.used.Before(c.entries[oldest].used) {
			oldest = issuer
		}
	}
	delete(c.entries, oldest)
}

func (c *cache) refresh(ctx context.Context, now time.Time, issuer string, e *entry) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	set, err := c.tryFetch(ctx, issuer)
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.err = err; err == nil {
		e.set, e.fetched = set, now
	}
	close(e.running)
	e.running = nil
}

// tryFetch keeps a fault in the reading of a hostile document from ending the server: no handler is below it.
func (c *cache) tryFetch(ctx context.Context, issuer string) (set keySet, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = errNoKey(fmt.Errorf("reading the keys: %v", fault))
		}
	}()
	return c.fetch(ctx, issuer)
}

// since is how far two instants are apart. A clock that was wrong and is set back makes keys old, too: if it did not, they
// would be good until the wrong time comes.
func since(now, then time.Time) time.Duration { return now.Sub(then).Abs() }

func (e *entry) isFresh(now time.Time) bool {
	return !e.fetched.IsZero() && since(now, e.fetched) < e.set.lifetime
}

func (e *entry) isUsable(now time.Time) bool {
	return !e.fetched.IsZero() && since(now, e.fetched) < e.set.lifetime+maxStale
}

func (e *entry) mayTry(now time.Time) bool {
	interval := minInterval
	if !e.isUsable(now) {
		interval = retryInterval
	}
	return e.tried.IsZero() || since(now, e.tried) >= interval
}
