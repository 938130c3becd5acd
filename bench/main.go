//go:build linux

// Command bench measures what daypass costs: the CPU time of a GetSessionToken call over HTTP, audit log on, against that
// of a bare net/http handler which takes the same requests and gives the same answers under the same server settings.
//
// Each of the two runs on one core of its own process, and the load comes from another core. Then it measures the gateway
// against a bare httputil.ReverseProxy before the same backend. Rounds are paired and in alternating order, and the result is
// the median of their ratios: on a machine that does other work too, no absolute figure holds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

type options struct {
	rounds, requests, connections, users    int
	mfaRounds, latencyRounds, gatewayRounds int
	daypass, scale                          string
	growth                                  bool
}

// The shape of the rounds with MFA. A code is good once, so each takes users of its own.
const (
	mfaConnections = 64
	mfaUsers       = 512 // of a round
	codesPerUser   = 3   // the steps before, at and after the present one
)

func main() {
	if served, err := serveAs(os.Args[1:]); served {
		exitOn(err)
		return
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 24, "paired rounds of GetSessionToken")
	flag.IntVar(&o.requests, "requests", 8000, "requests of a round to each server")
	flag.IntVar(&o.connections, "connections", 32, "keep-alive connections")
	flag.IntVar(&o.users, "users", 1000, "users who call in turn")
	flag.IntVar(&o.mfaRounds, "mfa-rounds", 10, "paired rounds with and without MFA")
	flag.IntVar(&o.latencyRounds, "latency-rounds", 20, "paired rounds at half load")
	flag.IntVar(&o.gatewayRounds, "gateway-rounds", 12, "paired rounds of each kind of request through the gateway")
	flag.StringVar(&o.scale, "scale", "", "numbers of users, such as 100000,1000000, to compare with -users of them; nothing else is then measured")
	flag.BoolVar(&o.growth, "growth", false, "measure how cost grows with policies and cores; nothing else is then measured")
	flag.StringVar(&o.daypass, "daypass", "", "measure this binary instead of building one")
	flag.Parse()
	if min(o.requests, o.connections, o.users) < 1 || min(o.rounds, o.mfaRounds, o.latencyRounds, o.gatewayRounds) < 0 || flag.NArg() > 0 {
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
	cpus, err := twoCPUs()
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
	runtime.GOMAXPROCS(1)
	if o.scale != "" {
		if err := moveTo(cpus[1:]); err != nil {
			return err
		}
		return measureScale(ctx, dir, cpus[:1], o)
	}
	if o.growth {
		return measureGrowth(ctx, dir, cpus, o)
	}
	dataDir := filepath.Join(dir, "data")
	users, _, err := seed(ctx, dataDir, max(o.users, o.mfaRounds*mfaUsers, callers))
	if err != nil {
		return fmt.Errorf("seed the store: %w", err)
	}
	if err := moveTo(cpus[1:]); err != nil {
		return err
	}
	decided := 0
	if o.rounds > 0 {
		err := measureSessions(ctx, dataDir, cpus, users, o)
		if err == nil {
			decided, err = measureDecisions(ctx, dataDir, cpus, users[:callers], o)
		}
		if err == nil {
			err = measureTLS(ctx, dir, dataDir, cpus[:1], users[:o.users], o)
		}
		if err == nil {
			err = measureIdle(ctx, dataDir, cpus, users[0], o)
		}
		if err != nil {
			return err
		}
	}
	if o.gatewayRounds > 0 {
		return measureGateway(ctx, dataDir, cpus, users[:callers], o, decided)
	}
	return nil
}

// measureSessions leaves the server one CPU and the load another.
func measureSessions(ctx context.Context, dataDir string, cpus []int, users []user, o options) (err error) {
	s, err := startServers(ctx, o.daypass, dataDir, cpus[:1], users[0])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	fmt.Printf("GetSessionToken, %d connections, %d rounds of %d requests, audit on, one core\n", o.connections, o.rounds, o.requests)
	err = s.compareWithBare(ctx, o, func() ([][]byte, error) { return sessionRequests(s.daypass.address, users[:o.users], o.requests) })
	if err != nil {
		return err
	}
	if o.latencyRounds > 0 {
		fmt.Printf("GetSessionToken at half load, %d connections, %d rounds of %d requests, audit on, one core\n", o.connections, o.latencyRounds, o.requests)
		if err := s.compareLatency(ctx, users[:o.users], o); err != nil {
			return err
		}
	}
	if o.mfaRounds > 0 {
		fmt.Printf("GetSessionToken with MFA, %d connections, %d rounds of %d requests, audit on, one core\n",
			mfaConnections, o.mfaRounds, mfaUsers*codesPerUser)
		if err := s.compareWithMFA(ctx, users, o.mfaRounds); err != nil {
			return err
		}
	}
	resident, err := s.daypass.resident()
	if err != nil {
		return err
	}
	fmt.Printf("  daypass has %.0f MB resident after these rounds\n", float64(resident)/1e6)
	return s.checkAudit(dataDir, `"eventName":"GetSessionToken"`)
}

// measureDecisions does the same with requests that sessions sign for S3, of which daypass says whether they may pass.
func measureDecisions(ctx context.Context, dataDir string, cpus []int, users []user, o options) (asked int, err error) {
	s, questions, err := startDecider(ctx, o.daypass, dataDir, cpus[:1], users)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	fmt.Printf("may a request of a session pass, %d connections, %d rounds of %d requests, audit on, one core\n", o.connections, o.rounds, o.requests)
	requests := make([][]byte, 0, o.requests)
	for i := range o.requests {
		requests = append(requests, questions[i%len(questions)])
	}
	if err := s.compareWithBare(ctx, o, func() ([][]byte, error) { return requests, nil }); err != nil {
		return 0, err
	}
	return s.asked, s.checkAudit(dataDir, `"eventSource":"s3.amazonaws.com"`)
}

// measureGateway comes after so many requests to S3 that are in the audit log. It leaves the proxies one CPU, and the load and the
// backend another, while objects are small. A large body is work for more than one core at a time, and all have both.
func measureGateway(ctx context.Context, dataDir string, cpus []int, users []user, o options, requests int) error {
	with := func(others, proxy []int, measure func(*proxies) error) error {
		if err := moveTo(others); err != nil {
			return err
		}
		p, err := startProxies(ctx, o.daypass, dataDir, others, proxy, users)
		if err != nil {
			return err
		}
		err = measure(p)
		requests += p.requests
		return errors.Join(err, p.stop())
	}
	fmt.Printf("GET of 1 KiB from S3, %d connections, %d rounds of %d requests, audit on, proxy on one core\n",
		o.connections, o.gatewayRounds, smallRequests)
	err := with(cpus[1:], cpus[:1], func(p *proxies) error { return p.compareSmall(ctx, o.connections, o.gatewayRounds) })
	if err != nil {
		return err
	}
	err = with(cpus, cpus, func(p *proxies) error {
		for _, method := range []string{http.MethodGet, http.MethodPut} {
			fmt.Printf("%s of 64 MiB, one at a time, %d rounds of %d, audit on, client, proxy and backend on two cores\n",
				method, o.gatewayRounds, largeBodies)
			if err := p.compareLarge(ctx, method, o.gatewayRounds); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return checkAudit(dataDir, `"eventSource":"s3.amazonaws.com"`, requests)
}
