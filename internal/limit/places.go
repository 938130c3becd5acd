package limit

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"
)

// ErrBusy says that there was no place.
var ErrBusy = errors.New("there are too many large bodies under way")

// Places are for large bodies: so many may be in memory at the same time.
type Places struct {
	all chan struct{}

	// share is how many of them requests from one network may have; 0: all.
	share    int
	patience time.Duration
	mu       sync.Mutex
	networks map[netip.Prefix]*network
}

// network is where requests come from, with those that have a place or wait for one.
type network struct {
	places chan struct{}
	here   int
}

// NewPlaces returns n places, of which one network has its share at most; 0: all. Who finds none waits for as long as patience.
func NewPlaces(n, share int, patience time.Duration) *Places {
	return &Places{all: make(chan struct{}, n), share: share, patience: patience, networks: map[netip.Prefix]*network{}}
}

// InUse tells how many places are taken, of how many.
func (p *Places) InUse() (now, most int) { return len(p.all), cap(p.all) }

// Enter waits for a place, first among those of the source's network. What it returns gives the place back.
func (p *Places) Enter(ctx context.Context, source netip.Addr) (leave func(), err error) {
	patient, cancel := context.WithTimeoutCause(ctx, p.patience, ErrBusy)
	defer cancel()
	giveBack := func() {}
	if p.share > 0 {
		own, forget := p.placesOf(source)
		if err := wait(patient, own); err != nil {
			forget()
			return nil, err
		}
		giveBack = func() { <-own; forget() }
	}
	if err := wait(patient, p.all); err != nil {
		giveBack()
		return nil, err
	}
	return func() { <-p.all; giveBack() }, nil
}

// wait takes a place that is free, however little patience there is.
func wait(ctx context.Context, places chan<- struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	default:
	}
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// placesOf finds the places of a source's network. It is forgotten when nobody of it is here any more.
func (p *Places) placesOf(source netip.Addr) (places chan struct{}, forget func()) {
	prefix := networkOf(source)
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.networks[prefix]
	if n == nil {
		n = &network{places: make(chan struct{}, p.share)}
		p.networks[prefix] = n
	}
	n.here++
	return n.places, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if n.here--; n.here == 0 {
			delete(p.networks, prefix)
		}
	}
}
