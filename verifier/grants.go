package verifier

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

const (
	// maxGrants and maxWeight bound the memory of what is kept. Weight is in bytes of daypass's answers.
	maxGrants = 10_000
	maxWeight = 64 << 20
	// maxRefusals is how many refusals are kept, each for refusalAge: who tries keys that are none is not to become a flood
	// on daypass.
	maxRefusals = 1000
	refusalAge  = time.Second
	// forgetAfter is how long a grant stays after its time. It is not used then, but its owner is no stranger.
	forgetAfter = 10 * time.Minute

	// maxKnown and maxStrangers are how many requests to daypass are under way at the same time: strangers must not take the
	// places of those whose credentials were good a while ago.
	maxKnown     = 32
	maxStrangers = 16
	// fetchTimeout is how long daypass may take, the wait for a place included.
	fetchTimeout = 5 * time.Second
)

// subject is whose signing key it is about.
type subject struct {
	accessKeyID, date string
	token             [sha256.Size]byte
}

// grants keeps what daypass said, for as long as it is good.
type grants struct {
	maxAge time.Duration
	clock  func() time.Time
	fetch  func(context.Context, subject, string) (*grant, error)

	known, strangers chan struct{}

	mu        sync.Mutex
	granted   map[subject]kept
	weight    int
	refused   map[subject]refused
	flights   map[subject]*flight
	cleanedAt time.Time
}

type kept struct {
	*grant
	asked time.Time
}

type refused struct {
	err   *Error
	asked time.Time
}

// flight is a request to daypass that is under way.
type flight struct {
	asked time.Time
	done  chan struct{} // closed once grant or err is set
	grant *grant
	err   error
}

func newGrants(maxAge time.Duration, clock func() time.Time, fetch func(context.Context, subject, string) (*grant, error)) grants {
	return grants{
		maxAge: maxAge, clock: clock, fetch: fetch,
		known: make(chan struct{}, maxKnown), strangers: make(chan struct{}, maxStrangers),
		granted: make(map[subject]kept), refused: make(map[subject]refused), flights: make(map[subject]*flight),
	}
}

// get returns what is known of a subject, or asks for it. Who asks for the same meanwhile waits for the same answer.
func (g *grants) get(ctx context.Context, s subject, token string) (*grant, error) {
	f, err := g.find(s, token)
	if err != nil {
		return nil, err
	}
	select {
	case <-f.done:
		return f.grant, f.err
	case <-ctx.Done():
		return nil, errUnavailable.because(ctx.Err())
	}
}

var landed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (g *grants) find(s subject, token string) (*flight, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock()
	k, known := g.granted[s]
	if known && isFresh(k.asked, now, g.maxAge) {
		return &flight{done: landed, grant: k.grant}, nil
	}
	if r, ok := g.refused[s]; ok && isFresh(r.asked, now, min(g.maxAge, refusalAge)) {
		return nil, r.err
	}
	if f := g.flights[s]; f != nil && isFresh(f.asked, now, g.maxAge) {
		return f, nil
	}
	f := &flight{asked: now, done: make(chan struct{})}
	g.flights[s] = f
	places := g.strangers
	if known {
		places = g.known
	}
	go g.fly(f, s, token, places)
	return f, nil
}

// isFresh says whether what was asked for at an instant is still good. A clock that was set back makes nothing last longer.
func isFresh(asked, now time.Time, maxAge time.Duration) bool {
	age := now.Sub(asked)
	return age >= 0 && age < maxAge
}

// fly asks daypass. It does not end with the request that began it, for others may wait for it by now.
func (g *grants) fly(f *flight, s subject, token string, places chan struct{}) {
	defer close(f.done)
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	select {
	case places <- struct{}{}:
		f.grant, f.err = g.fetch(ctx, s, token)
		<-places
	case <-ctx.Done():
		f.err = errUnavailable.because(errors.New("too many requests to daypass are under way"))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flights[s] == f {
		delete(g.flights, s)
	}
	g.keep(f, s)
}

// keep remembers an answer, unless there is a later one. That daypass can't be reached is no answer.
func (g *grants) keep(f *flight, s subject) {
	if g.maxAge <= 0 {
		return
	}
	g.clean(f.asked)
	if g.granted[s].asked.After(f.asked) || g.refused[s].asked.After(f.asked) {
		return
	}
	refusal, isRefusal := errors.AsType[*Error](f.err)
	switch {
	case f.err == nil:
		g.drop(s)
		delete(g.refused, s)
		g.makeRoom(f.grant.weight)
		g.granted[s] = kept{f.grant, f.asked}
		g.weight += f.grant.weight
	case isRefusal && refusal.Status < 500:
		g.drop(s)
		if len(g.refused) >= maxRefusals {
			clear(g.refused)
		}
		g.refused[s] = refused{refusal, f.asked}
	}
}

func (g *grants) drop(s subject) {
	if k, ok := g.granted[s]; ok {
		g.weight -= k.weight
		delete(g.granted, s)
	}
}

// makeRoom drops grants at random until there is room for one more.
func (g *grants) makeRoom(weight int) {
	for s := range g.granted {
		if len(g.granted) < maxGrants && g.weight+weight <= maxWeight {
			return
		}
		g.drop(s)
	}
}

// clean forgets, once in a while, who has not been here for long.
func (g *grants) clean(now time.Time) {
	if age := now.Sub(g.cleanedAt); age >= 0 && age < time.Minute {
		return
	}
	g.cleanedAt = now
	for s, k := range g.granted {
		if !isFresh(k.asked, now, forgetAfter) {
			g.drop(s)
		}
	}
}
