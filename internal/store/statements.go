package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// statements passes the statements of one transaction on to the database and keeps what the transaction's end depends
// on. The first statement that fails ends it: PostgreSQL refuses the rest of such a transaction, SQLite would go on, and
// a closure must not be able to tell them apart.
type statements struct {
	tx       transaction
	dialect  *dialect
	readOnly bool
	wrote    bool  // a statement that others' decisions may rest on was sent
	failed   error // the first failure
}

func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s.wrote = true
	return s.exec(ctx, query, args)
}

func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.failed != nil {
		return nil, s.failed
	}
	s.wrote = s.wrote || !isSelect(query)
	if !storable(args) {
		return nil, s.check(errText)
	}
	rows, err := s.tx.QueryContext(s.context(ctx), query, args...)
	return rows, s.check(err)
}

func (s *statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	reads := isSelect(query)
	s.wrote = s.wrote || !reads
	if s.failed == nil && !storable(args) {
		if reads {
			return s.tx.QueryRowContext(s.context(ctx), query, nowhereIn(args)...)
		}
		_ = s.check(errText)
	}
	row := s.tx.QueryRowContext(s.context(ctx), query, args...)
	_ = s.check(row.Err()) // the caller gets it from Scan
	return row
}

// PrepareContext refuses: a prepared statement would pass by all that is kept here.
func (s *statements) PrepareContext(context.Context, string) (*sql.Stmt, error) {
	return nil, errors.New("store: statements are not prepared by hand")
}

func (s *statements) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if s.failed != nil {
		return nil, s.failed
	}
	if !storable(args) {
		return nil, s.check(errText)
	}
	result, err := s.tx.ExecContext(s.context(ctx), query, args...)
	return result, s.check(err)
}

// check translates the error of a statement and remembers the first.
func (s *statements) check(err error) error {
	if err == nil {
		return nil
	}
	err = s.dialect.translate(err)
	if s.failed == nil {
		s.failed = err
	}
	return err
}

// context is what a statement runs under. An interrupted statement makes SQLite roll back the whole transaction, which
// may hold the changes of others, so there only a read is refused, and only before it begins.
func (s *statements) context(ctx context.Context) context.Context {
	switch {
	case s.failed != nil: // for a row: a *sql.Row that holds an error is only to be had from a query that fails
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx
	case !s.dialect.uninterrupted, s.readOnly && ctx.Err() != nil:
		return ctx
	default:
		return context.WithoutCancel(ctx)
	}
}

// quietly sends writes that change nothing that a cache may hold.
type quietly struct{ *statements }

func (q quietly) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return q.exec(ctx, query, args)
}

// isSelect reports whether query only reads. It errs towards a write.
func isSelect(query string) bool {
	for line := range strings.Lines(query) {
		if !strings.HasPrefix(line, "--") {
			return strings.HasPrefix(line, "select ")
		}
	}
	return false
}

// errText refuses a text that SQLite would keep and PostgreSQL would not.
var errText = errors.New("store: a text is not UTF-8 or has U+0000")

// nowhere stands for what to look for when no row can have it: as an argument it fails, which makes a row that was not
// found without asking the database, and without an error there that ends the transaction.
type nowhere struct{}

// Value makes nowhere a driver.Valuer.
func (nowhere) Value() (driver.Value, error) { return nil, fmt.Errorf("%w: %w", ErrNotFound, errText) }

func nowhereIn(args []any) []any {
	all := make([]any, len(args))
	for i := range all {
		all[i] = nowhere{}
	}
	return all
}

// storable reports whether both databases can keep all texts among the arguments of a statement.
func storable(args []any) bool {
	for _, arg := range args {
		var text string
		switch arg := arg.(type) {
		case string:
			text = arg
		case UserID:
			text = string(arg)
		}
		if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
			return false
		}
	}
	return true
}
