//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cachedUsers is how many users call once each to see what one takes in memory.
const cachedUsers = 50_000

// measureScale compares servers with many users with one that has few: what a request takes, what a user takes in memory that has called, and
// how soon a change acts.
func measureScale(ctx context.Context, dir string, cpus []int, o options) (err error) {
	few, fewUsers, err := startWithUsers(ctx, filepath.Join(dir, "few"), cpus, o.users, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, few.stop()) }()
	for text := range strings.SplitSeq(o.scale, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < o.users {
			return fmt.Errorf("-scale: %q is no number of users, or less than -users", text)
		}
		many, manyUsers, err := startWithUsers(ctx, filepath.Join(dir, text), cpus, n, o)
		if err != nil {
			return err
		}
		fmt.Printf("GetSessionToken of %d users among %d, %d rounds of %d requests\n", o.users, n, o.rounds, o.requests)
		ratio, err := comparePopulations(ctx, few, many, fewUsers[:o.users], manyUsers[:o.users], o)
		if err == nil {
			fmt.Printf("  CPU with %d users / with all    %s\n", o.users, quartilesOf(ratio, 2))
			err = measureChange(ctx, many, manyUsers)
		}
		if err = errors.Join(err, many.stop()); err != nil {
			return err
		}
		if n < cachedUsers {
			continue
		}
		if err := measureCachedUsers(ctx, filepath.Join(dir, text), cpus, manyUsers[20:cachedUsers], o); err != nil {
			return err
		}
	}
	return nil
}

// population is a server, and root's key of its account.
type population struct {
	*process
	root credentials
}

// startWithUsers makes a store with so many users and starts daypass on it.
func startWithUsers(ctx context.Context, dataDir string, cpus []int, n int, o options) (*population, []user, error) {
	users, root, err := seed(ctx, dataDir, n)
	if err != nil {
		return nil, nil, err
	}
	p, err := startDaypass(ctx, cpus, o.daypass, dataDir, "")
	return &population{p, root}, users, err
}

// comparePopulations returns the ratios of what a request takes of one server and of the other.
func comparePopulations(ctx context.Context, one, other *population, users, otherUsers []user, o options) ([]float64, error) {
	sides := map[*population]*side{}
	for _, p := range []*population{one, other} {
		s, err := newSide(p.process, o.connections)
		if err != nil {
			return nil, err
		}
		defer s.close()
		sides[p] = s
	}
	round := func(p *population, users []user) (cost, error) {
		requests, err := sessionRequests(p.address, users, o.requests)
		if err != nil {
			return cost{}, err
		}
		return p.cost(len(requests), func() (time.Duration, error) { return sides[p].run(ctx, requests, checkSession) })
	}
	return compareRounds(o.rounds,
		func() (cost, error) { return round(one, users) },
		func() (cost, error) { return round(other, otherUsers) })
}

// measureChange deactivates keys, and shows how long after the request for it the server is done and refuses the next call.
func measureChange(ctx context.Context, p *population, users []user) error {
	var took []float64
	for _, u := range users[:20] {
		change, err := p.root.call(p.address, "iam", url.Values{
			"Version": {"2010-05-08"}, "Action": {"UpdateAccessKey"}, "UserName": {u.name}, "AccessKeyId": {u.accessKeyID}, "Status": {"Inactive"},
		})
		if err != nil {
			return err
		}
		next, err := u.sessionRequest(p.address)
		if err != nil {
			return err
		}
		began := time.Now()
		if answer, err := once(ctx, p.address, change); err != nil || !bytes.Contains(answer, []byte("UpdateAccessKeyResponse")) {
			return errors.Join(err, fmt.Errorf("the key was not deactivated: %s", answer))
		}
		answer, err := once(ctx, p.address, next)
		if err != nil || !bytes.Contains(answer, []byte("InvalidClientTokenId")) {
			return errors.Join(err, fmt.Errorf("the change does not act: %s", answer))
		}
		took = append(took, time.Since(began).Seconds()*1e3)
	}
	fmt.Printf("  a change is made, and acts on the next request, in %s ms\n", quartilesOf(took, 2))
	return nil
}

// measureCachedUsers shows what a user takes in the memory of a server that has heard of it once.
func measureCachedUsers(ctx context.Context, dataDir string, cpus []int, users []user, o options) (err error) {
	var p *process
	err = frugally(func() (err error) {
		p, err = startDaypass(ctx, cpus, o.daypass, dataDir, "")
		return err
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	requests, err := sessionRequests(p.address, users, len(users))
	if err != nil {
		return err
	}
	l, err := newLoad(p.address, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	before, err := p.resident()
	if err != nil {
		return err
	}
	if _, err := l.run(ctx, requests, checkSession); err != nil {
		return err
	}
	time.Sleep(time.Second) // for the last of what is given back
	after, err := p.resident()
	fmt.Printf("  %d users who called once take %.0f bytes of memory each\n", len(requests), float64(after-before)/float64(len(requests)))
	return err
}
