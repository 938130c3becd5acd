//go:build linux

// Command bench measures what daypass costs: the CPU time of a GetSessionToken call over HTTP, audit log on, against that
// of a bare net/http handler which takes the same requests and gives the same answers under the same server settings.
//
// Each of the two runs on one core of its own process, and the load comes from another core. Rounds are paired and in
// alternating order, and the result is the median of their ratios: on a machine that does other work too, no absolute
// figure holds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

type options struct {
	rounds, requests, connections, users int
	mfaRounds                            int
	daypass                              string
}

// The shape of the rounds with MFA. A code is good once, so each takes users of its own.
const (
	mfaConnections = 64
	mfaUsers       = 512 // of a round
	codesPerUser   = 3   // the steps before, at and after the present one
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == bareArgument {
		exitOn(serveBare(os.Stdin, os.Stderr))
		return
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 24, "paired rounds")
	flag.IntVar(&o.requests, "requests", 8000, "requests of a round to each server")
	flag.IntVar(&o.connections, "connections", 32, "keep-alive connections")
	flag.IntVar(&o.users, "users", 1000, "users who call in turn")
	flag.IntVar(&o.mfaRounds, "mfa-rounds", 10, "paired rounds with and without MFA")
	flag.StringVar(&o.daypass, "daypass", "", "measure this binary instead of building one")
	flag.Parse()
	if min(o.rounds, o.requests, o.connections, o.users) < 1 || o.mfaRounds < 0 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exitOn(run(ctx, o))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	serverCPU, loadCPU, err := twoCPUs()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "daypass-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if o.daypass == "" {
		o.daypass = filepath.Join(dir, "daypass")
		if err := build(ctx, o.daypass); err != nil {
			return err
		}
	}
	dataDir := filepath.Join(dir, "data")
	users, err := seed(ctx, dataDir, max(o.users, o.mfaRounds*mfaUsers))
	if err != nil {
		return fmt.Errorf("seed the store: %w", err)
	}
	runtime.GOMAXPROCS(1)
	if err := moveTo(loadCPU); err != nil {
		return err
	}
	servers, err := startServers(ctx, o.daypass, dataDir, serverCPU, users[0])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, servers.stop()) }()
	if err := measure(ctx, servers, users, o); err != nil {
		return err
	}
	return servers.checkAudit(dataDir)
}

func measure(ctx context.Context, s *servers, users []user, o options) error {
	fmt.Printf("GetSessionToken, %d connections, %d rounds of %d requests, audit on, one core\n", o.connections, o.rounds, o.requests)
	if err := s.compareWithBare(ctx, users[:o.users], o); err != nil {
		return err
	}
	if o.mfaRounds == 0 {
		return nil
	}
	fmt.Printf("GetSessionToken with MFA, %d connections, %d rounds of %d requests, audit on, one core\n",
		mfaConnections, o.mfaRounds, mfaUsers*codesPerUser)
	return s.compareWithMFA(ctx, users, o.mfaRounds)
}
