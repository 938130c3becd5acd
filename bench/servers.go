//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
)

// servers are the two under comparison.
type servers struct {
	daypass, bare *process
	check         func(answer []byte) error
	asked         int // of daypass so far
}

func build(ctx context.Context, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "github.com/daypass/daypass/cmd/daypass")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// startServers starts daypass on the data directory, and the bare server with an answer of daypass.
func startServers(ctx context.Context, binary, dataDir string, cpus []int, u user) (_ *servers, err error) {
	s := &servers{check: checkSession}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	s.daypass, err = startDaypass(ctx, cpus, binary, dataDir, "")
	if err != nil {
		return nil, err
	}
	sample, err := s.sample(ctx, u)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s.bare, err = start(ctx, cpus, bytes.NewReader(sample), self, bareArgument)
	return s, err
}

func (s *servers) stop() error {
	err := stopAll(s.daypass, s.bare)
	s.daypass, s.bare = nil, nil
	return err
}

// sample returns an answer of daypass whose session was seen to work.
func (s *servers) sample(ctx context.Context, u user) ([]byte, error) {
	s.asked++
	sample, err := askForSession(ctx, s.daypass, u)
	if err != nil {
		return nil, err
	}
	request, err := issued(sample).request(s.daypass.address, url.Values{"Action": {"GetCallerIdentity"}})
	if err != nil {
		return nil, err
	}
	identity, err := once(ctx, s.daypass.address, request)
	if err != nil || element(identity, "Arn") == "" {
		return nil, errors.Join(fmt.Errorf("the session is not accepted: %s", identity), err)
	}
	return sample, nil
}

// checkAudit ends daypass and looks whether its audit log has a text in as many lines as there were requests.
func (s *servers) checkAudit(dataDir, text string) error {
	if err := s.stop(); err != nil {
		return err
	}
	return checkAudit(dataDir, text, s.asked)
}

// checkAudit looks whether the audit log has a text in so many lines.
func checkAudit(dataDir, text string, want int) error {
	log, err := os.ReadFile(auditFile(dataDir))
	if err != nil {
		return err
	}
	if recorded := bytes.Count(log, []byte(text)); recorded != want {
		return fmt.Errorf("the audit log has %s %d times, not %d", text, recorded, want)
	}
	return nil
}

// askForSession returns the answer to a GetSessionToken call.
func askForSession(ctx context.Context, daypass *process, u user) ([]byte, error) {
	request, err := u.sessionRequest(daypass.address)
	if err != nil {
		return nil, err
	}
	answer, err := once(ctx, daypass.address, request)
	if err != nil {
		return nil, err
	}
	return answer, checkSession(answer)
}
