package gateway

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// places are for large bodies: so many may be in memory at the same time.
type places struct {
	all chan struct{}

	// share is how many of them requests from one network may have; 0: all.
	share    int
	mu       sync.Mutex
	networks map[netip.Prefix]*network
}

// network is where requests come from: an address, or the 64 bits of an IPv6 address that whoever has it chooses the rest of.
type network struct {
	places chan struct{}
	here   int // requests that have a place or wait for one
}

func newPlaces(n, share int) *places {
	return &places{all: make(chan struct{}, n), share: share, networks: map[netip.Prefix]*network{}}
}

// enter waits for a place, first among those of the source's network. What it returns gives the place back.
func (p *places) enter(ctx context.Context, source netip.Addr) (leave func(), err error) {
	patient := time.NewTimer(patience)
	defer patient.Stop()
	giveBack := func() {}
	if p.share > 0 {
		own, forget := p.networkOf(source)
		if err := wait(ctx, own, patient); err != nil {
			forget()
			return nil, err
		}
		giveBack = func() { <-own; forget() }
	}
	if err := wait(ctx, p.all, patient); err != nil {
		giveBack()
		return nil, err
	}
	return func() { <-p.all; giveBack() }, nil
}

func wait(ctx context.Context, places chan<- struct{}, patient *time.Timer) error {
	select {
	case places <- struct{}{}:
		return nil
	case <-patient.C:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// networkOf finds the places of a source's network. It is forgotten when nobody of it is here any more.
func (p *places) networkOf(source netip.Addr) (places chan struct{}, forget func()) {
	bits := source.BitLen()
	if source.Is6() {
		bits = 64
	}
	prefix, _ := source.WithZone("").Prefix(bits) // of no address: the zero Prefix, for all that have none
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
