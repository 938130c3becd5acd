package store

import (
	"context"
	"errors"
)

// Text runs a statement of a test and returns the one value it answers with.
func (t *Tx) Text(ctx context.Context, query string) (text string, err error) {
	err = t.db.QueryRowContext(ctx, query).Scan(&text)
	return text, err
}

// MigrateTo brings a database to a version of the schema, forwards or back.
func MigrateTo(ctx context.Context, url string, version int64) error {
	e, err := openEngine(ctx, url, nil)
	if err != nil {
		return err
	}
	return errors.Join(migrateTo(ctx, e, version), e.close())
}

func migrateTo(ctx context.Context, e engine, version int64) error {
	provider, err := migrations(e.migrations(), e.dialect())
	if err != nil {
		return err
	}
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	if version < current {
		_, err = provider.DownTo(ctx, version)
	} else {
		_, err = provider.UpTo(ctx, version)
	}
	return err
}
