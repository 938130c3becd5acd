package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// The migrations of both databases, in one sequence of numbers. SQLite leaves out postgresOnly.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrate brings the schema to the version of this binary.
func migrate(ctx context.Context, db *sql.DB, d dialect) error {
	provider, err := migrations(db, d)
	if err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the database: %w", err)
	}
	if current > target {
		return fmt.Errorf("the database has schema version %d and this daypass knows %d at most: run the newer daypass that wrote it",
			current, target)
	}
	return up(ctx, provider)
}

// migrations are those of one kind of database.
func migrations(db *sql.DB, d dialect) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(d.goose, db, files, d.migration...)
}

// up migrates. SQLite has no lock for it: of two processes that start at once one finds a table that the other has just
// made. Each such failure means that one migration less is to be done.
func up(ctx context.Context, provider *goose.Provider) error {
	var err error
	for range len(provider.ListSources()) + 1 {
		if _, err = provider.Up(ctx); err == nil {
			return nil
		}
	}
	return fmt.Errorf("migrate the database: %w", err)
}

// Schema is the version of a database's schema, and that of this binary. It changes nothing, and a database that has no schema
// yet has version 0.
func Schema(ctx context.Context, url string) (current, known int64, err error) {
	e, err := openEngine(ctx, url, nil)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	provider, err := migrations(e.migrations(), e.dialect())
	if err != nil {
		return 0, 0, err
	}
	return provider.GetVersions(ctx)
}
