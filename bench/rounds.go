//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/daypass/daypass/internal/totp"
)

// side is one server with its connections.
type side struct {
	*load
	process *process
}

func newSide(p *process, connections int) (*side, error) {
	l, err := newLoad(p.address, connections)
	return &side{l, p}, err
}

// sides connects to both servers.
func (s *servers) sides(connections int) (daypass, bare *side, err error) {
	if daypass, err = newSide(s.daypass, connections); err != nil {
		return nil, nil, err
	}
	if bare, err = newSide(s.bare, connections); err != nil {
		return nil, nil, errors.Join(err, daypass.close())
	}
	return daypass, bare, nil
}

// cost is what a round took of one server, for each request.
type cost struct{ cpu, time time.Duration }

// settle lets what a server does behind its answers, such as writing the audit log, fall into the round it belongs to.
const settle = 30 * time.Millisecond

func (s *servers) round(ctx context.Context, d *side, requests [][]byte) (cost, error) {
	if d.process == s.daypass {
		s.asked += len(requests)
	}
	return d.process.cost(len(requests), func() (time.Duration, error) { return d.run(ctx, requests, s.check) })
}

// cost is what a server's part in n requests takes, which run sends.
func (p *process) cost(n int, run func() (time.Duration, error)) (cost, error) {
	before, err := p.cpuTime()
	if err != nil {
		return cost{}, err
	}
	took, err := run()
	if err != nil {
		return cost{}, err
	}
	time.Sleep(settle)
	after, err := p.cpuTime()
	return cost{(after - before) / time.Duration(n), took / time.Duration(n)}, err
}

// pair does a round of each, and the second first in every other pair: what comes after pays for what was before.
func pair(i int, first, second func() error) error {
	if i%2 == 1 {
		first, second = second, first
	}
	if err := first(); err != nil {
		return err
	}
	return second()
}

// compareRounds makes rounds of two kinds, in alternating order, and returns their ratios of CPU. The first of each is for the caches.
func compareRounds(rounds int, first, second func() (cost, error)) (ratio []float64, err error) {
	for i := -1; i < rounds; i++ {
		var a, b cost
		err := pair(i,
			func() (err error) { a, err = first(); return err },
			func() (err error) { b, err = second(); return err },
		)
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			ratio = append(ratio, a.cpu.Seconds()/b.cpu.Seconds())
		}
	}
	return ratio, nil
}

// compareWithBare sends to both what makeRequests makes anew for each round.
func (s *servers) compareWithBare(ctx context.Context, o options, makeRequests func() ([][]byte, error)) error {
	daypass, bare, err := s.sides(o.connections)
	if err != nil {
		return err
	}
	defer daypass.close()
	defer bare.close()
	var daypassCPU, bareCPU, ratio []float64
	for i := -1; i < o.rounds; i++ {
		requests, err := makeRequests()
		if err != nil {
			return err
		}
		var ours, theirs cost
		err = pair(i,
			func() (err error) { theirs, err = s.round(ctx, bare, requests); return err },
			func() (err error) { ours, err = s.round(ctx, daypass, requests); return err },
		)
		if err != nil {
			return err
		}
		if i >= 0 { // the first pair fills caches
			daypassCPU = append(daypassCPU, ours.cpu.Seconds()*1e6)
			bareCPU = append(bareCPU, theirs.cpu.Seconds()*1e6)
			ratio = append(ratio, theirs.cpu.Seconds()/ours.cpu.Seconds())
		}
	}
	fmt.Printf("  bare handler      %s us of CPU a request\n", quartilesOf(bareCPU, 1))
	fmt.Printf("  daypass           %s us of CPU a request\n", quartilesOf(daypassCPU, 1))
	fmt.Printf("  bare / daypass    %s\n", quartilesOf(ratio, 2))
	return nil
}

func (s *servers) compareWithMFA(ctx context.Context, users []user, rounds int) error {
	daypass, err := newSide(s.daypass, mfaConnections)
	if err != nil {
		return err
	}
	defer daypass.close()
	var rate, cpu []float64
	for i := range rounds {
		users := users[i*mfaUsers:][:mfaUsers]
		requests, err := sessionRequests(s.daypass.address, users, mfaUsers*codesPerUser)
		if err != nil {
			return err
		}
		if _, err := s.round(ctx, daypass, requests); err != nil { // to read the keys, once for both
			return err
		}
		var with, without cost
		err = pair(i,
			func() (err error) { without, err = s.round(ctx, daypass, requests); return err },
			func() (err error) { with, err = s.mfaRound(ctx, daypass, users); return err },
		)
		if err != nil {
			return err
		}
		rate = append(rate, without.time.Seconds()/with.time.Seconds())
		cpu = append(cpu, without.cpu.Seconds()/with.cpu.Seconds())
	}
	fmt.Printf("  requests/s with MFA / without    %s\n", quartilesOf(rate, 2))
	fmt.Printf("  CPU without MFA / with           %s\n", quartilesOf(cpu, 2))
	return nil
}

// mfaRound does not begin when a time step is about to end, for then the first codes would be too old.
func (s *servers) mfaRound(ctx context.Context, d *side, users []user) (cost, error) {
	const enough = 5 * time.Second
	for step := totp.StepAt(time.Now().Add(enough)); step > totp.StepAt(time.Now()) && ctx.Err() == nil; {
		time.Sleep(50 * time.Millisecond)
	}
	requests, err := mfaRequests(s.daypass.address, users)
	if err != nil {
		return cost{}, err
	}
	return s.round(ctx, d, requests)
}
