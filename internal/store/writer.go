package store

import (
	"context"
	"database/sql"
	"errors"
)

// maxGroup bounds a group, and with it how long its first member waits for the others.
const maxGroup = 128

// writer owns the one connection that writes to an SQLite file, and commits in groups: the updates that wait when a
// commit is done share the next transaction and its one fsync. Each closure has a savepoint in it, so that the failure of
// one takes nothing from the others.
//
// The writer lends the transaction to one caller after the other, and each runs its closure on its own goroutine: a
// panic in it is the caller's own and leaves the writer alone.
type writer struct {
	db      *sql.DB
	queue   chan *update
	closing chan struct{}
	closed  chan struct{}
}

// update is one caller's part of a group.
type update struct {
	ctx  context.Context
	turn chan *sql.Tx // lends the transaction
	ran  chan error   // gives it back, with what the closure returned
	done chan error   // how the group ended
}

// errUnfinished is what the writer hears of a closure that panicked or left its goroutine.
var errUnfinished = errors.New("store: the closure did not return")

func newWriter(db *sql.DB) *writer {
	w := &writer{
		db:      db,
		queue:   make(chan *update),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
	}
	go w.serve()
	return w
}

// update runs the closure in a transaction and returns when it is committed. A context that ends before the closure runs
// makes it return at once; one that ends later changes nothing.
func (w *writer) update(ctx context.Context, run func(*sql.Tx) error) error {
	u := &update{ctx: ctx, turn: make(chan *sql.Tx), ran: make(chan error), done: make(chan error, 1)}
	select {
	case w.queue <- u:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return ErrClosed
	}
	select {
	case tx := <-u.turn:
		if err := u.run(tx, run); err != nil {
			return err
		}
		return <-u.done
	case err := <-u.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (u *update) run(tx *sql.Tx, run func(*sql.Tx) error) (err error) {
	err = errUnfinished // stands unless run returns
	defer func() { u.ran <- err }()
	if u.ctx.Err() != nil {
		return u.ctx.Err()
	}
	return run(tx)
}

// close stops the writer after the group it is at.
func (w *writer) close() {
	close(w.closing)
	<-w.closed
}

func (w *writer) serve() {
	defer close(w.closed)
	for {
		select {
		case first := <-w.queue:
			w.commit(w.group(first))
		case <-w.closing:
			return
		}
	}
}

// group takes what waits behind first.
func (w *writer) group(first *update) []*update {
	group := []*update{first}
	for len(group) < maxGroup {
		select {
		case u := <-w.queue:
			group = append(group, u)
		default:
			return group
		}
	}
	return group
}

// commit runs a group and tells its members how it ended. Those whose closure failed know already, and read no answer.
func (w *writer) commit(group []*update) {
	err := w.transact(group)
	for _, u := range group {
		u.done <- err
	}
}

func (w *writer) transact(group []*update) error {
	tx, err := w.db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to roll back
	anyKept := false
	for _, u := range group {
		kept, err := u.take(tx, len(group) > 1)
		if err != nil {
			return err
		}
		anyKept = anyKept || kept
	}
	if !anyKept {
		return nil
	}
	return tx.Commit()
}

// take lends tx to u, and reports whether its changes stay. An error means that they can't be told from the group's.
func (u *update) take(tx *sql.Tx, grouped bool) (kept bool, err error) {
	if !grouped {
		return u.lend(tx), nil
	}
	if _, err := tx.Exec("savepoint closure"); err != nil {
		return false, err
	}
	kept = u.lend(tx)
	if !kept {
		if _, err := tx.Exec("rollback to closure"); err != nil {
			return false, err
		}
	}
	_, err = tx.Exec("release closure")
	return kept, err
}

// lend offers tx to the caller until its context ends.
func (u *update) lend(tx *sql.Tx) (kept bool) {
	select {
	case u.turn <- tx:
		return <-u.ran == nil
	case <-u.ctx.Done():
		return false
	}
}
