package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
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
	watch   Watch
	session *session     // nil before the first group and after one whose end was in doubt
	queue   chan *update // unbuffered: what is in it when the writer stops was never taken
	closing chan struct{}
	closed  chan struct{}
}

// update is one caller's part of a group.
type update struct {
	ctx  context.Context
	turn chan transaction // lends the transaction
	ran  chan error       // gives it back, with what the closure returned
	done chan error       // how the group ended
}

// errUnfinished is what the writer hears of a closure that panicked or left its goroutine.
var errUnfinished = errors.New("store: the closure did not return")

func newWriter(db *sql.DB, watch Watch) *writer {
	w := &writer{
		db:      db,
		watch:   watch,
		queue:   make(chan *update),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
	}
	go w.serve()
	return w
}

// update runs the closure in a transaction and returns when it is committed. A context that ends before the closure runs
// makes it return at once; one that ends later changes nothing.
func (w *writer) update(ctx context.Context, run func(transaction) error) error {
	u := newUpdate(ctx)
	select {
	case w.queue <- u:
		return u.wait(run)
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return ErrClosed
	}
}

func newUpdate(ctx context.Context) *update {
	return &update{ctx: ctx, turn: make(chan transaction), ran: make(chan error), done: make(chan error, 1)}
}

// wait waits for the turn, takes it, and waits for the end of the group.
func (u *update) wait(run func(transaction) error) error {
	select {
	case tx := <-u.turn:
		if err := u.run(tx, run); err != nil {
			return err
		}
		return <-u.done
	case err := <-u.done:
		// The group ended without this closure: the writer saw ctx end before we did. What the others made of it, a commit
		// most likely, must not be taken for this one's.
		return errors.Join(u.ctx.Err(), err)
	case <-u.ctx.Done():
		return u.ctx.Err()
	}
}

func (u *update) run(tx transaction, run func(transaction) error) (err error) {
	err = errUnfinished // stands unless run returns
	defer func() { u.ran <- err }()
	if u.ctx.Err() != nil {
		return u.ctx.Err()
	}
	return run(tx)
}

// close stops the writer after the group it is at.
func (w *writer) close() error {
	close(w.closing)
	<-w.closed
	return errors.Join(w.discard(), w.db.Close())
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

// group takes what waits behind first, after a moment for those that the group before has just let go: without it every
// other group is a group of one.
func (w *writer) group(first *update) []*update {
	runtime.Gosched()
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
	done := w.watch.begin(Committing, len(group))
	err := w.transact(group)
	done(err)
	for _, u := range group {
		u.done <- err
	}
}

// transact runs the closures of a group in one transaction. An error means that nothing of the group was kept, or that
// nobody knows.
func (w *writer) transact(group []*update) (err error) {
	if w.session == nil {
		if w.session, err = openSession(context.Background(), w.db); err != nil {
			return err
		}
	}
	err = w.session.do("begin immediate")
	if err == nil {
		var kept bool
		kept, err = w.runAll(group)
		err = errors.Join(err, w.session.do(ending(kept)))
	}
	if err != nil {
		return errors.Join(err, w.discard())
	}
	return nil
}

func ending(kept bool) string {
	if kept {
		return "commit"
	}
	return "rollback"
}

// runAll lends the transaction to one member after the other, and reports whether anything of it is to be kept.
func (w *writer) runAll(group []*update) (anyKept bool, err error) {
	for _, u := range group {
		kept, err := w.take(u, len(group) > 1)
		if err != nil {
			return false, err
		}
		anyKept = anyKept || kept
	}
	return anyKept, nil
}

// take lends the transaction to u and reports whether its changes stay. An error means that they can't be told from the
// group's: SQLite ends a whole transaction by itself when the disk is full or fails.
func (w *writer) take(u *update, grouped bool) (kept bool, err error) {
	if !grouped {
		return u.lend(w.session), nil
	}
	if err := w.session.do("savepoint closure"); err != nil {
		return false, err
	}
	kept = u.lend(w.session)
	if !kept {
		if err := w.session.do("rollback to closure"); err != nil {
			return false, err
		}
	}
	return kept, w.session.do("release closure")
}

// lend offers the transaction to the caller until its context ends.
func (u *update) lend(tx transaction) (kept bool) {
	select {
	case u.turn <- tx:
		return <-u.ran == nil
	case <-u.ctx.Done():
		return false
	}
}

// discard closes the connection, and with it whatever transaction it is in.
func (w *writer) discard() error {
	if w.session == nil {
		return nil
	}
	err := w.session.close()
	w.session = nil
	return err
}
