package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Options say where a store is.
type Options struct {
	// URL is postgres://..., or sqlite:PATH, or the path of an SQLite file alone.
	URL string
	// SealingKey is where the key is that seals what the database must not show.
	SealingKey SealingKey
	// Watch, if there is one, is told of all that the store does with the database.
	Watch Watch
}

// Store is an open database. Its methods may be called at the same time.
type Store struct {
	engine     engine
	dialect    dialect
	sealing    sealingKey
	rest       restKeys
	generation generation
	watch      Watch
	close      func() error // once
}

// Open opens the database, creates it or brings its schema up to date, and opens or creates the sealing key and the key
// set for secrets at rest. now is the time of creation that new key sets get.
//
// It refuses a database of a newer daypass, an SQLite file or a sealing key that others than the owner can read or write,
// and a sealing key that is missing or does not belong to the database.
func Open(ctx context.Context, o Options, now time.Time) (*Store, error) {
	if o.SealingKey == nil || o.SealingKey.String() == "" {
		return nil, errors.New("store: no sealing key is named")
	}
	e, err := openEngine(ctx, o.URL, o.Watch)
	if err != nil {
		return nil, err
	}
	s := &Store{engine: e, dialect: e.dialect(), watch: o.Watch, close: sync.OnceValue(e.close)}
	if err := s.prepare(ctx, o.SealingKey, now); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func openEngine(ctx context.Context, url string, watch Watch) (engine, error) {
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return openPostgres(ctx, url)
	}
	path, isSQLite := strings.CutPrefix(url, "sqlite:")
	if path == "" || strings.Contains(path, "://") || isSQLite && strings.HasPrefix(path, "//") {
		scheme, _, _ := strings.Cut(url, ":") // the rest may hold a password
		return nil, fmt.Errorf("the database is named by sqlite:PATH or postgres://..., not by %q", scheme+":...")
	}
	return openSQLite(ctx, path, watch)
}

func (s *Store) prepare(ctx context.Context, source SealingKey, now time.Time) error {
	if err := migrate(ctx, s.engine.migrations(), s.dialect); err != nil {
		return err
	}
	// The count comes before the look at the file: the file is always there before the first key set.
	isNew, err := s.isNew(ctx)
	if err != nil {
		return err
	}
	if s.sealing, err = source.open(ctx, s, isNew, now); err != nil {
		return err
	}
	set, err := s.keySet(ctx, restPurpose, now)
	if err != nil {
		return err
	}
	if _, err := s.rest.use(set); err != nil {
		return err
	}
	if file, ok := source.(SealingKeyFile); ok && isNew {
		return file.sweep()
	}
	return nil
}

// isNew reports that nothing in the database was ever sealed.
func (s *Store) isNew(ctx context.Context) (isNew bool, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		n, err := tx.countKeysets(ctx)
		isNew = n == 0
		return err
	})
	return isNew, err
}

// Close waits for the updates that are under way, and closes the database. Later calls of the other methods fail.
func (s *Store) Close() error { return s.close() }

// patience is how long a View or an Update waits for its turn, and a statement on PostgreSQL for its end: a request whose
// client has gone must not wait for ever.
const patience = 30 * time.Second

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.engine.ping(ctx) }

// View runs fn in a transaction that reads one state of the database and can't write. fn should call neither View nor
// Update: it would wait for a second connection while it keeps one from the others.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := s.watch.begin(Viewing, 0)
	var last *statements
	var refused error
	err := s.engine.view(ctx, func(tx transaction) error {
		last = &statements{tx: tx, dialect: &s.dialect, readOnly: true}
		refused = s.run(last, fn)
		return refused
	})
	done(fault(err, refused, last))
	return err
}

// Update runs fn in a transaction, and returns nil when it is committed and durable. When fn returns an error nothing of
// it is kept and Update returns the error. Any other error of Update leaves open whether the changes were made.
//
// fn may run more than once, so it must set what it hands out anew each time and change nothing else but the database.
// It must not call Update, which on SQLite would wait for itself. Once fn runs on SQLite the end of ctx does not stop it.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := s.watch.begin(Updating, 1)
	var last *statements
	var refused error
	err := s.engine.update(ctx, func(tx transaction) error {
		last, refused = &statements{tx: tx, dialect: &s.dialect}, errUnfinished
		if refused = s.run(last, fn); refused != nil {
			return refused
		}
		if last.wrote {
			return New(last).bumpGeneration(ctx)
		}
		return nil
	})
	// A commit that failed counts as well: its answer may be all that was lost.
	if last != nil && refused == nil && last.wrote {
		s.generation.outdate()
	}
	done(fault(err, refused, last))
	return err
}

// run calls fn. A closure that lost against another is reported as that, whatever it made of the error itself.
func (s *Store) run(st *statements, fn func(*Tx) error) error {
	err := fn(&Tx{Queries: New(st), quiet: New(quietly{st}), store: s})
	if st.failed != nil && (err == nil || st.dialect.conflict(st.failed)) {
		return st.failed
	}
	return err
}
