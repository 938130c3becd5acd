package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// dialect is what Store must know of a database beyond the SQL that both speak.
type dialect struct {
	goose     database.Dialect
	migration []goose.ProviderOption
	// uninterrupted says that a statement, once begun, must not be interrupted.
	uninterrupted bool
	// translate wraps a violated constraint in ErrExists or ErrInUse.
	translate func(error) error
	// conflict reports that a transaction failed because of another one, and may succeed when it is run again.
	conflict func(error) bool
}

// engine runs transactions on one kind of database.
type engine interface {
	dialect() dialect
	// migrations is the pool that the schema is changed through.
	migrations() *sql.DB
	view(ctx context.Context, run func(transaction) error) error
	// update may call run more than once. It returns when the changes are durable.
	update(ctx context.Context, run func(transaction) error) error
	ping(ctx context.Context) error
	// connections are how many are in use, and how many there may be.
	connections() (inUse, most int)
	close() error
}

// transaction is what statements are sent to: an *sql.Tx, or a session of SQLite.
type transaction interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
