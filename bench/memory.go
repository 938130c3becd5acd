//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// idleConnections are opened to each server to see what one takes.
const idleConnections = 4000

// resident is how many bytes of a process are in memory.
func (p *process) resident() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "\nVmRSS:")
	digits, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	kib, err := strconv.ParseInt(digits, 10, 64)
	return kib << 10, err
}

// memoryVariable makes Go give back whatever it can spare, when it is less than a process needs.
const memoryVariable = "GOMEMLIMIT"

// frugally starts processes that give back at once what they have in memory beside what they use, which is most of it.
func frugally(start func() error) error {
	before, set := os.LookupEnv(memoryVariable)
	if err := os.Setenv(memoryVariable, "8MiB"); err != nil {
		return err
	}
	err := start()
	if set {
		return errors.Join(err, os.Setenv(memoryVariable, before))
	}
	return errors.Join(err, os.Unsetenv(memoryVariable))
}

// measureIdle shows what a connection takes that has asked once and is kept.
func measureIdle(ctx context.Context, dataDir string, cpus []int, u user, o options) (err error) {
	var s *servers
	err = frugally(func() (err error) { s, err = startServers(ctx, o.daypass, dataDir, cpus[:1], u); return err })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	request, err := u.sessionRequest(s.daypass.address)
	if err != nil {
		return err
	}
	var each [2]float64
	for i, p := range []*process{s.bare, s.daypass} {
		if each[i], err = p.idle(ctx, request); err != nil {
			return err
		}
	}
	fmt.Printf("%d idle connections\n  bare handler      %.1f KB each\n  daypass           %.1f KB each\n  daypass / bare    %.2f\n",
		idleConnections, each[0]/1e3, each[1]/1e3, each[1]/each[0])
	return nil
}

// idle is how many bytes of memory a connection takes.
func (p *process) idle(ctx context.Context, request []byte) (_ float64, err error) {
	before, err := p.resident()
	if err != nil {
		return 0, err
	}
	l, err := newLoad(p.address, idleConnections)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	requests := make([][]byte, idleConnections)
	for i := range requests {
		requests[i] = request
	}
	if _, err := l.run(ctx, requests, checkSession); err != nil {
		return 0, err
	}
	time.Sleep(time.Second) // for the last of what is given back
	after, err := p.resident()
	return float64(after-before) / idleConnections, err
}
