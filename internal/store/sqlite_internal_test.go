package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The first connection waits for a file that another process has locked, also when SQLite does not wait, and no longer
// than its context lasts.
func TestConnectWaits(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "x.db")
	database := func(dsn string) *sql.DB {
		db, err := sql.Open("sqlite", dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	}
	locker, err := openSession(ctx, database(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := locker.do("begin exclusive"); err != nil {
		t.Fatal(err)
	}
	waiting := database(strings.Replace(sqliteDSN(path, ""), "(5000)", "(0)", 1))
	ending, end := context.WithCancel(ctx)
	end()
	if err := connect(ending, waiting); err == nil {
		t.Error("connected to a locked file")
	}
	defer time.AfterFunc(20*time.Millisecond, func() {
		if err := errors.Join(locker.do("rollback"), locker.close()); err != nil {
			t.Error(err)
		}
	}).Stop()
	if err := connect(ctx, waiting); err != nil {
		t.Error(err)
	}
}
