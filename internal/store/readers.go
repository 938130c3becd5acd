package store

import (
	"context"
	"database/sql"
	"errors"
)

// readers are the connections that views of an SQLite file share. A slot holds a session, or nil before its first use
// and after a failure.
type readers struct {
	db      *sql.DB
	slots   chan *session
	closing chan struct{}
}

func newReaders(db *sql.DB, n int) *readers {
	r := &readers{db: db, slots: make(chan *session, n), closing: make(chan struct{})}
	for range n {
		r.slots <- nil
	}
	return r
}

// view waits for a session as long as ctx allows. What runs then does not look at ctx: a read is over before it matters,
// and a statement that can be interrupted costs more than most reads.
func (r *readers) view(ctx context.Context, run func(transaction) error) error {
	var s *session
	select {
	case s = <-r.slots:
	case <-r.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { r.slots <- s }()
	if s == nil {
		fresh, err := openSession(ctx, r.db)
		if err != nil {
			return err
		}
		s = fresh
	}
	defer func() {
		if s.do("rollback") != nil { // also when it did not begin
			_ = s.close()
			s = nil
		}
	}()
	if err := s.do("begin"); err != nil {
		return err
	}
	return run(s)
}

// close waits for the views that run.
func (r *readers) close() error {
	close(r.closing)
	var err error
	for range cap(r.slots) {
		if s := <-r.slots; s != nil {
			err = errors.Join(err, s.close())
		}
	}
	return errors.Join(err, r.db.Close())
}
