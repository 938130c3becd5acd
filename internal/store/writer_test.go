package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// idle returns a writer that serves nobody, for tests that put its groups together by hand.
func idle(t *testing.T) *writer {
	t.Helper()
	impatient := strings.Replace(sqliteDSN(filepath.Join(t.TempDir(), "x.db"), ""), "(5000)", "(1)", 1)
	db, err := sql.Open("sqlite", impatient)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	w := &writer{db: db}
	t.Cleanup(func() {
		if err := errors.Join(w.discard(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	_, err = db.ExecContext(t.Context(), `create table parents (name text primary key);
		create table children (name text primary key references parents (name) deferrable initially deferred)`)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// member is an update of a group and what its caller got.
type member struct {
	ctx context.Context
	run func(transaction) error
	err error
}

// together runs the members as one group.
func together(w *writer, members ...*member) {
	var group []*update
	var callers sync.WaitGroup
	for _, m := range members {
		if m.ctx == nil {
			m.ctx = context.Background()
		}
		u := newUpdate(m.ctx)
		group = append(group, u)
		callers.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					m.err = errors.New("panicked: " + r.(string))
				}
			}()
			m.err = errors.New("left")
			m.err = u.wait(m.run)
		})
	}
	w.commit(group)
	callers.Wait()
}

func inserts(table, name string) func(transaction) error {
	return func(tx transaction) error {
		_, err := tx.ExecContext(context.Background(), "insert into "+table+" values ($1)", name)
		return err
	}
}

func names(t *testing.T, w *writer) string {
	t.Helper()
	var all sql.NullString
	err := w.session.QueryRowContext(t.Context(), "select group_concat(name, ' ' order by name) from parents").Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all.String
}

func answers(t *testing.T, members []*member, want ...string) {
	t.Helper()
	for i, m := range members {
		got := "nil"
		if m.err != nil {
			got = m.err.Error()
		}
		if !strings.Contains(got, want[i]) {
			t.Errorf("member %d: %s, want %s", i, got, want[i])
		}
	}
}

// In a group each closure stands and falls alone.
func TestGroupMembersAreIsolated(t *testing.T) {
	t.Parallel()
	w := idle(t)
	ended, end := context.WithCancel(t.Context())
	end()
	members := []*member{
		{run: inserts("parents", "a")},
		{run: func(tx transaction) error { return errors.Join(inserts("parents", "b")(tx), errors.New("refused")) }},
		{run: func(tx transaction) error { _ = inserts("parents", "c")(tx); panic("at c") }},
		{run: func(tx transaction) error { _ = inserts("parents", "d")(tx); runtime.Goexit(); return nil }},
		{run: inserts("parents", "e"), ctx: ended},
		{run: inserts("parents", "a")},
		{run: inserts("parents", "f")},
	}
	together(w, members...)
	answers(t, members, "nil", "refused", "panicked: at c", "left", "context canceled", "UNIQUE", "nil")
	if got := names(t, w); got != "a f" {
		t.Errorf("kept %q", got)
	}
}

// A group of failures alone is rolled back and leaves the writer fit.
func TestGroupOfFailures(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 3} {
		w := idle(t)
		var members []*member
		for range size {
			members = append(members, &member{run: func(tx transaction) error {
				return errors.Join(inserts("parents", "a")(tx), errors.New("refused"))
			}})
		}
		together(w, members...)
		answers(t, members, "refused", "refused", "refused")
		last := &member{run: inserts("parents", "z")}
		together(w, last)
		answers(t, []*member{last}, "nil")
		if got := names(t, w); got != "z" {
			t.Errorf("kept %q", got)
		}
	}
}

// When COMMIT fails nobody is told that his changes are kept, and none are.
func TestGroupWhoseCommitFails(t *testing.T) {
	t.Parallel()
	w := idle(t)
	members := []*member{
		{run: inserts("parents", "a")},
		{run: inserts("children", "orphan")}, // found out at COMMIT
		{run: func(transaction) error { return errors.New("refused") }},
	}
	together(w, members...)
	answers(t, members, "FOREIGN KEY", "FOREIGN KEY", "refused")
	last := &member{run: inserts("parents", "z")}
	together(w, last)
	answers(t, []*member{last}, "nil")
	if got := names(t, w); got != "z" {
		t.Errorf("kept %q", got)
	}
}

// SQLite ends a transaction by itself when the disk is full: then no member may believe in changes that went with it, and
// no later one may write outside a transaction.
func TestGroupWhoseTransactionIsLost(t *testing.T) {
	t.Parallel()
	w := idle(t)
	lose := func(tx transaction) error {
		_, err := tx.ExecContext(context.Background(), "rollback")
		return errors.Join(err, errors.New("disk full"))
	}
	members := []*member{{run: inserts("parents", "a")}, {run: lose}, {run: inserts("parents", "b")}}
	together(w, members...)
	answers(t, members, "no such savepoint", "disk full", "no such savepoint")
	last := &member{run: inserts("parents", "z")}
	together(w, last)
	answers(t, []*member{last}, "nil")
	if got := names(t, w); got != "z" {
		t.Errorf("kept %q", got)
	}
}

// While another process holds the file nothing is written; afterwards all is as before.
func TestGroupThatCannotBegin(t *testing.T) {
	t.Parallel()
	w := idle(t)
	together(w, &member{run: inserts("parents", "a")})
	var path string
	if err := w.session.QueryRowContext(t.Context(), "select file from pragma_database_list").Scan(&path); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", sqliteDSN(path, "_txlock=immediate"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	never := func(transaction) error { t.Error("a closure ran"); return nil }
	members := []*member{{run: never}, {run: never}}
	together(w, members...)
	answers(t, members, "locked", "locked")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	together(w, &member{run: inserts("parents", "b")})
	if got := names(t, w); got != "a b" {
		t.Errorf("kept %q", got)
	}
}

// Whoever waits leaves when his context ends, though the writer is busy with another.
func TestUpdateLeavesTheQueue(t *testing.T) {
	t.Parallel()
	db := idle(t).db
	w := newWriter(db, nil)
	defer w.close()
	busy, free := make(chan struct{}), make(chan struct{})
	var holder sync.WaitGroup
	holder.Go(func() {
		_ = w.update(t.Context(), func(transaction) error { close(busy); <-free; return nil })
	})
	<-busy
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(10*time.Millisecond, cancel).Stop()
	err := w.update(ctx, func(transaction) error { t.Error("the closure ran"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(free)
	holder.Wait()
}

// A turn that comes at the moment the context ends is given back unused.
func TestTurnAfterTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	u := newUpdate(ctx)
	heard := make(chan error, 1)
	go func() { heard <- <-u.ran }()
	err := u.run(nil, func(transaction) error { t.Error("the closure ran"); return nil })
	if !errors.Is(err, context.Canceled) || !errors.Is(<-heard, context.Canceled) {
		t.Error(err)
	}
}
