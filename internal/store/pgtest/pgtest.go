//go:build unix

// Package pgtest starts a throw-away PostgreSQL server for the tests of one package, and makes databases in it.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// errMissing says that PostgreSQL is not installed here.
var errMissing = errors.New("PostgreSQL's initdb is neither in /usr/lib/postgresql/*/bin nor in PATH (Debian: postgresql-15)")

// Server is a server that starts when the first test asks for a database. The zero Server is ready.
//
//	var postgres pgtest.Server
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		postgres.Stop()
//		os.Exit(code)
//	}
//
// It listens on a socket in a temporary directory that only its user enters, compares text in the order of a language
// unlike C, and keeps nothing: it ends and its directory goes when Stop is called or the test process ends, however that
// ends.
type Server struct {
	once      sync.Once
	err       error
	socketDir string
	guard     *exec.Cmd
	lifeline  io.Closer
	databases atomic.Int64
}

// Database returns the URL of a new empty database. The test is skipped in short mode and where PostgreSQL is not
// installed; where the environment says CI=true the latter is a failure.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("short: no PostgreSQL")
	}
	s.once.Do(func() { s.err = s.start(context.Background()) })
	switch {
	case errors.Is(s.err, errMissing) && os.Getenv("CI") != "true":
		t.Skip(s.err)
	case s.err != nil:
		t.Fatal(s.err)
	}
	name := "test" + strconv.FormatInt(s.databases.Add(1), 10)
	if err := s.exec(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.exec(context.Background(), "drop database "+name+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	return s.url(name)
}

// Stop ends the server, if it was started.
func (s *Server) Stop() {
	if s.lifeline == nil {
		return
	}
	_ = s.lifeline.Close()
	_ = s.guard.Wait()
}

func (s *Server) url(database string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s", database, s.socketDir)
}

func (s *Server) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// guard runs the server and outlives the tests, to end it by its process id when the lifeline on standard input is cut.
const guard = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off >"$2/log" 2>&1 </dev/null &
pid=$!
cat >/dev/null
kill -INT $pid
wait $pid
cd / && rm -rf "$2"
`

func (s *Server) start(ctx context.Context) error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return err
	}
	run := serverProcess(dir)
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres",
		"--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
	if err := run(initdb); err != nil {
		return err
	}
	if out, err := initdb.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	s.guard = exec.CommandContext(ctx, "sh", "-c", guard, "guard", bin, dir)
	if err := run(s.guard); err != nil {
		return err
	}
	if s.lifeline, err = s.guard.StdinPipe(); err != nil {
		return err
	}
	s.socketDir = dir
	if err := s.guard.Start(); err != nil {
		return err
	}
	return s.wait(ctx, filepath.Join(dir, "log"))
}
