package store

import (
	"context"
	"errors"
	"time"
)

// Work is what a Store does that takes time.
type Work int

// The kinds of work.
const (
	Viewing    Work = iota // a View, with the wait for its turn
	Updating               // an Update, likewise
	Committing             // the transaction of a group of updates on SQLite
)

func (w Work) String() string { return [...]string{"view", "update", "commit"}[w] }

// Watch is told of work as it begins, and of how many updates it is for. It is called with what failed, if the database
// did, when the work ends: what a closure refuses is no fault. It is called by many goroutines at the same time.
type Watch func(w Work, updates int) (done func(fault error))

func (w Watch) begin(what Work, updates int) (done func(fault error)) {
	if w == nil {
		return func(error) {}
	}
	return w(what, updates)
}

// fault is the part of a transaction's error that is the database's and not the closure's: err is what the engine returned.
// ran says whether the closure has, and refused what it said.
func fault(err, refused error, last *statements) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled): // whoever asked has gone
		return nil
	case last == nil, refused == nil: // it did not begin, or it did not end
		return err
	case last.failed != nil && !isWord(last.failed):
		return last.failed
	}
	return nil
}

// isWord reports whether an error says what the database holds.
func isWord(err error) bool {
	for _, word := range []error{ErrNotFound, ErrExists, ErrInUse, errText} {
		if errors.Is(err, word) {
			return true
		}
	}
	return false
}

// Stats are how a Store stands.
type Stats struct {
	InUse, Max int    // connections: of SQLite those that read
	Generation uint64 // that this process knows of
}

// Stats tells how the store stands.
func (s *Store) Stats() Stats {
	inUse, most := s.engine.connections()
	known, _, _ := s.generation.at(time.Time{})
	return Stats{InUse: inUse, Max: most, Generation: known}
}
