package store_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/storetest"
)

var epoch = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, options store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), options, epoch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func insertAccount(ctx context.Context, s *store.Store, id string) error {
	return s.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: id})
	})
}

// refused opens and expects an error that holds each of the texts.
func refused(t *testing.T, options store.Options, texts ...string) {
	t.Helper()
	s, err := store.Open(t.Context(), options, epoch)
	if err == nil {
		t.Fatalf("opened; close: %v", s.Close())
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
}

// Nobody but the owner can read what Open makes, in whatever directory.
func TestSQLiteFilesArePrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := open(t, store.Options{URL: filepath.Join(dir, "daypass.db"), SealingKey: store.SealingKeyFile(filepath.Join(dir, "sealing.key"))})
	if err := insertAccount(t.Context(), s, "1"); err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{
		"": 0o700, "daypass.db": 0o600, "daypass.db-wal": 0o600, "daypass.db-shm": 0o600, "sealing.key": 0o600,
	}
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != mode {
			t.Errorf("%q has mode %04o, want %04o", name, got, mode)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(want)-1 {
		t.Errorf("files: %v", entries)
	}
}

func TestSQLiteFileThatOthersCanRead(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o620, 0o602, 0o601} {
		options := newSQLite(t)
		path := strings.TrimPrefix(options.URL, "sqlite:")
		if err := open(t, options).Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		refused(t, options, path, "chmod 600 ")
	}
}

// A path is a path, whatever it looks like to a URL.
func TestSQLitePaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain", "with space", "q?mode=memory", "#1", "50%25", "a&b=c", ":memory:", "file:x", "été"} {
		dir := t.TempDir()
		options := store.Options{URL: "sqlite:" + filepath.Join(dir, name), SealingKey: storetest.KeyFile(t)}
		if err := insertAccount(t.Context(), open(t, options), "1"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%q: the file is not there or empty: %v", name, err)
		}
	}
}

func TestURLsThatNameNoDatabase(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "sqlite:", "mysql://root:hunter2@localhost/x", "sqlite://x", "sqlite:http://x"} {
		_, err := store.Open(t.Context(), store.Options{URL: url, SealingKey: storetest.KeyFile(t)}, epoch)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", url, err)
		}
	}
	refused(t, store.Options{URL: filepath.Join(t.TempDir(), "x")}, "sealing key")
}

// Every connection has the pragmas: those of the readers and the writer's.
func TestSQLitePragmas(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t, newSQLite(t))
	check := func(tx *store.Tx, pragma, want string) {
		got, err := tx.Text(ctx, "select * from pragma_"+pragma)
		if err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", pragma, got, err, want)
		}
	}
	all := func(tx *store.Tx) {
		check(tx, "foreign_keys", "1")
		check(tx, "journal_mode", "wal")
		check(tx, "synchronous", "2")
		check(tx, "busy_timeout", "5000")
	}
	var nested func(depth int) func(*store.Tx) error
	nested = func(depth int) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			all(tx)
			check(tx, "query_only", "1")
			if depth == 4 { // as many connections as there are at least
				return nil
			}
			return s.View(ctx, nested(depth+1))
		}
	}
	if err := s.View(ctx, nested(1)); err != nil {
		t.Error(err)
	}
	if err := s.Update(ctx, func(tx *store.Tx) error { all(tx); return nil }); err != nil {
		t.Error(err)
	}
}

// A view waits for a connection no longer than its context lasts.
func TestSQLiteViewWaits(t *testing.T) {
	t.Parallel()
	s := open(t, newSQLite(t))
	ctx, cancel := context.WithCancel(t.Context())
	var nested func(*store.Tx) error
	depth := 0
	nested = func(*store.Tx) error {
		if depth++; depth == 1000 { // more than there are
			return nil
		}
		if depth == 4 {
			defer time.AfterFunc(10*time.Millisecond, cancel).Stop()
		}
		return s.View(ctx, nested)
	}
	if err := s.View(ctx, nested); !errors.Is(err, context.Canceled) {
		t.Errorf("%v after %d views", err, depth)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// Once it runs, an update is not stopped: its statements may share a transaction with those of others.
func TestSQLiteUpdateIsNotInterrupted(t *testing.T) {
	t.Parallel()
	s := open(t, newSQLite(t))
	ctx, cancel := context.WithCancel(t.Context())
	must(t, s.Update(ctx, func(tx *store.Tx) error {
		cancel()
		return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: "1"})
	}))
	must(t, s.View(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Account(t.Context(), "1")
		return err
	}))
}

// The failure of a read ends an update as that of a write does.
func TestFailedReadEndsTheUpdate(t *testing.T) {
	t.Parallel()
	s := open(t, newSQLite(t))
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Text(t.Context(), "select name from nowhere"); err == nil {
			t.Error("read from nowhere")
		}
		if tx.InsertAccount(t.Context(), store.InsertAccountParams{AccountID: "1"}) == nil {
			t.Error("wrote after a failure")
		}
		return nil
	})
	if err == nil {
		t.Error("the failure was hidden")
	}
}

// A database that a newer daypass has changed is left alone.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	const newer = "insert into goose_db_version (version_id, is_applied) values (99, true)"
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		options := newSQLite(t)
		if err := open(t, options).Close(); err != nil {
			t.Fatal(err)
		}
		execute(t, "sqlite", strings.TrimPrefix(options.URL, "sqlite:"), newer)
		refused(t, options, "schema version 99", "newer daypass")
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		options := newPostgres(t)
		if err := open(t, options).Close(); err != nil {
			t.Fatal(err)
		}
		execute(t, "pgx", options.URL, newer)
		refused(t, options, "schema version 99", "newer daypass")
	})
}

func execute(t testing.TB, driver, url, statement string) {
	t.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), statement)
	must(t, errors.Join(err, db.Close()))
}
