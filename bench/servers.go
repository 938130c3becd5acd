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
	sessions      int // asked of daypass so far
}

func build(ctx context.Context, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "github.com/daypass/daypass/cmd/daypass")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// startServers starts daypass on the data directory, and the bare server with an answer of daypass.
func startServers(ctx context.Context, binary, dataDir string, cpu int, u user) (_ *servers, err error) {
	s := &servers{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	s.daypass, err = start(ctx, cpu, nil, binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir)
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
	s.bare, err = start(ctx, cpu, bytes.NewReader(sample), self, bareArgument)
	return s, err
}

func (s *servers) stop() error {
	var errs []error
	for _, p := range []*process{s.daypass, s.bare} {
		if p != nil {
			errs = append(errs, p.stop())
		}
	}
	s.daypass, s.bare = nil, nil
	return errors.Join(errs...)
}

// sample returns an answer of daypass whose session was seen to work.
func (s *servers) sample(ctx context.Context, u user) ([]byte, error) {
	request, err := u.sessionRequest(s.daypass.address)
	if err != nil {
		return nil, err
	}
	sample, err := once(ctx, s.daypass.address, request)
	if err != nil {
		return nil, err
	}
	s.sessions++
	if err := checkSession(sample); err != nil {
		return nil, err
	}
	request, err = issued(sample).request(s.daypass.address, url.Values{"Action": {"GetCallerIdentity"}})
	if err != nil {
		return nil, err
	}
	identity, err := once(ctx, s.daypass.address, request)
	if err != nil || element(identity, "Arn") == "" {
		return nil, errors.Join(fmt.Errorf("the session is not accepted: %s", identity), err)
	}
	return sample, nil
}

// checkAudit ends daypass and looks whether every session that was asked for is in its audit log.
func (s *servers) checkAudit(dataDir string) error {
	if err := s.stop(); err != nil {
		return err
	}
	log, err := os.ReadFile(auditFile(dataDir))
	if err != nil {
		return err
	}
	if recorded := bytes.Count(log, []byte(`"eventName":"GetSessionToken"`)); recorded != s.sessions {
		return fmt.Errorf("the audit log has %d of %d sessions", recorded, s.sessions)
	}
	return nil
}
