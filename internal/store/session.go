package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// session is one connection to an SQLite file, with the statements it has met prepared: to parse one costs as much as to
// run it. It serves one goroutine at a time. A transaction on it is begun and ended by statements.
type session struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt // as many as there are query texts in this package
}

func openSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, prepared: map[string]*sql.Stmt{}}, nil
}

func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := s.prepare(ctx, query) //nolint:sqlclosecheck // the session keeps it
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepare(ctx, query) //nolint:sqlclosecheck // the session keeps it
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *session) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := s.prepare(ctx, query) //nolint:sqlclosecheck // the session keeps it
	if err != nil {
		return s.conn.QueryRowContext(ctx, query, args...) // which fails likewise, and makes a row of it
	}
	return stmt.QueryRowContext(ctx, args...)
}

func (s *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.prepared[query]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.prepared[query] = stmt
	return stmt, nil
}

// do runs a statement that begins, divides or ends a transaction.
func (s *session) do(query string) error {
	_, err := s.ExecContext(context.Background(), query)
	return err
}

// close closes the connection, and does not return it to its pool: a transaction that is left in it ends with it.
func (s *session) close() error {
	var err error
	for _, stmt := range s.prepared {
		err = errors.Join(err, stmt.Close())
	}
	raw := s.conn.Raw(func(any) error { return driver.ErrBadConn })
	if !errors.Is(raw, driver.ErrBadConn) {
		err = errors.Join(err, raw)
	}
	if closeErr := s.conn.Close(); !errors.Is(closeErr, sql.ErrConnDone) {
		err = errors.Join(err, closeErr)
	}
	return err
}
