//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// binaries returns the directory of PostgreSQL's programs: of version 15 where there are several.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if debian15 := "/usr/lib/postgresql/15/bin/initdb"; slices.Contains(found, debian15) {
		return filepath.Dir(debian15), nil
	}
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errMissing
	}
	return filepath.Dir(path), nil
}

// serverProcess returns a function that prepares a process of the server. PostgreSQL refuses to run as root; then it
// runs as somebody else, who gets dir. A group of its own keeps the terminal's signals from it.
func serverProcess(dir string) func(*exec.Cmd) error {
	return func(cmd *exec.Cmd) error {
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if os.Getuid() != 0 {
			return nil
		}
		credential, err := unprivileged()
		if err != nil {
			return err
		}
		cmd.SysProcAttr.Credential = credential
		return os.Chown(dir, int(credential.Uid), int(credential.Gid))
	}
}

func unprivileged() (*syscall.Credential, error) {
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
}

// startTimeout is far beyond what a start takes on a slow machine.
const startTimeout = time.Minute

// wait returns when the server answers.
func (s *Server) wait(ctx context.Context, logFile string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := s.exec(ctx, "select 1")
		if err == nil {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			log, _ := os.ReadFile(logFile)
			return fmt.Errorf("PostgreSQL does not answer: %w: %s", err, log)
		}
	}
}
