package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// PostgreSQL's SQLSTATE codes (appendix A of its manual).
const (
	pgForeignKeyViolation  = "23503"
	pgUniqueViolation      = "23505"
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
)

// retryFor bounds how long what conflicts with others is tried again.
const retryFor = 5 * time.Second

// postgresEngine is a pool of connections to a PostgreSQL server.
type postgresEngine struct {
	pool   *pgxpool.Pool
	db     *sql.DB
	locker lock.SessionLocker
}

func openPostgres(ctx context.Context, url string) (engine, error) {
	config, err := pgxpool.ParseConfig(url) // its error hides the password
	if err != nil {
		return nil, err
	}
	config.AfterConnect = setUp
	// Seconds between two attempts and their number: another node's migration is waited for.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	e := &postgresEngine{pool: pool, db: stdlib.OpenDBFromPool(pool), locker: locker}
	if err := e.ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), e.close())
	}
	return e, nil
}

// setUp makes a commit wait for the disk where the server is set up not to: a code whose step was forgotten in a crash
// would be accepted twice. And it bounds statements where the server does not.
func setUp(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx,
		"select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'")
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf(
		"select set_config('statement_timeout', '%d', false) where current_setting('statement_timeout') = '0'", patience.Milliseconds()))
	return err
}

func (e *postgresEngine) dialect() dialect {
	return dialect{
		goose:     database.DialectPostgres,
		migration: []goose.ProviderOption{goose.WithSessionLocker(e.locker)},
		translate: translatePostgres,
		conflict:  conflictsInPostgres,
	}
}

func (e *postgresEngine) migrations() *sql.DB { return e.db }

// view reads a snapshot. It is not serializable with the updates beside it, which a reader of a moment ago is not either,
// and in return it never fails for their sake.
func (e *postgresEngine) view(ctx context.Context, run func(transaction) error) error {
	return e.transact(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, run)
}

func (e *postgresEngine) update(ctx context.Context, run func(transaction) error) error {
	timeout := time.NewTimer(retryFor)
	defer timeout.Stop()
	for {
		err := e.transact(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable}, run)
		if !conflictsInPostgres(err) {
			return err
		}
		select {
		case <-time.After(jitter()):
		case <-timeout.C:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

func (e *postgresEngine) transact(ctx context.Context, options *sql.TxOptions, run func(transaction) error) error {
	tx, err := e.db.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to roll back
	if err := run(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (e *postgresEngine) ping(ctx context.Context) error { return e.db.PingContext(ctx) }

func (e *postgresEngine) connections() (inUse, most int) {
	stat := e.pool.Stat()
	return int(stat.AcquiredConns()), int(stat.MaxConns())
}

func (e *postgresEngine) close() error {
	err := e.db.Close()
	e.pool.Close()
	return err
}

// jitter is up to 16 ms: about the length of a few transactions, different for each that waits.
func jitter() time.Duration {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails
	return (time.Duration(b[0])<<8 | time.Duration(b[1])) * 250 * time.Nanosecond
}

func translatePostgres(err error) error {
	switch sqlState(err) {
	case pgUniqueViolation:
		return fmt.Errorf("%w: %w", ErrExists, err)
	case pgForeignKeyViolation:
		return fmt.Errorf("%w: %w", ErrInUse, err)
	}
	return err
}

func conflictsInPostgres(err error) bool {
	state := sqlState(err)
	return state == pgSerializationFailure || state == pgDeadlockDetected
}

func sqlState(err error) string {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		return ""
	}
	return pgErr.Code
}
