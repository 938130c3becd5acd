//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// pace sends requests at a steady rate, whether the server keeps up or not, and returns how long after its time each was answered: who
// waits for a connection waits for the server.
func (l *load) pace(ctx context.Context, requests [][]byte, each time.Duration, check func(answer []byte) error) ([]time.Duration, error) {
	var idle []*client
	for _, c := range l.clients {
		idle = append(idle, c)
	}
	due := make(map[int]time.Time, len(idle)) // by descriptor, of what is under way
	took := make([]time.Duration, 0, len(requests))
	events := make([]unix.EpollEvent, len(l.clients))
	began, sent := time.Now(), 0
	for last := began; len(took) < len(requests); {
		for sent < len(requests) && len(idle) > 0 {
			at := began.Add(time.Duration(sent) * each)
			if time.Now().Before(at) {
				break
			}
			c := idle[len(idle)-1]
			idle = idle[:len(idle)-1]
			due[c.socket] = at
			if err := c.send(requests[sent]); err != nil {
				return nil, err
			}
			sent++
		}
		n, err := unix.EpollWait(l.epoll, events, 0)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && !errors.Is(err, unix.EINTR):
			return nil, err
		case time.Since(last) > patience:
			return nil, errors.New("no answer")
		}
		for _, event := range events[:max(n, 0)] {
			c := l.clients[int(event.Fd)]
			switch whole, err := c.receive(); {
			case err != nil:
				return nil, err
			case !whole:
				continue
			}
			last = time.Now()
			took = append(took, last.Sub(due[c.socket]))
			if err := check(c.answer); err != nil {
				return nil, err
			}
			idle = append(idle, c)
		}
	}
	return took, nil
}

// compareLatency asks both servers at the rate that is half of what daypass can do.
func (s *servers) compareLatency(ctx context.Context, users []user, o options) error {
	daypass, bare, err := s.sides(o.connections)
	if err != nil {
		return err
	}
	defer daypass.close()
	defer bare.close()
	requests, err := sessionRequests(s.daypass.address, users, o.requests)
	if err != nil {
		return err
	}
	var most cost
	for range 2 { // the first fills caches
		if most, err = s.round(ctx, daypass, requests); err != nil {
			return err
		}
	}
	var ours, theirs, ratio []float64
	p99 := func(d *side) (float64, error) {
		if d.process == s.daypass {
			s.asked += len(requests)
		}
		took, err := d.pace(ctx, requests, 2*most.time, s.check)
		if err != nil {
			return 0, err
		}
		slices.Sort(took)
		return took[len(took)*99/100].Seconds() * 1e6, nil
	}
	for i := range o.latencyRounds {
		var a, b float64
		err := pair(i, func() (err error) { b, err = p99(bare); return err }, func() (err error) { a, err = p99(daypass); return err })
		if err != nil {
			return err
		}
		ours, theirs, ratio = append(ours, a), append(theirs, b), append(ratio, a/b)
	}
	fmt.Printf("  rate              %.0f requests/s\n", 1/(2*most.time).Seconds())
	fmt.Printf("  bare handler      %s us, 99th percentile\n", quartilesOf(theirs, 0))
	fmt.Printf("  daypass           %s us\n", quartilesOf(ours, 0))
	fmt.Printf("  daypass / bare    %s\n", quartilesOf(ratio, 2))
	return nil
}
