package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"modernc.org/sqlite"
)

// SQLite's extended result codes (sqlite.org/rescode.html).
const (
	sqliteBusy                 = 5
	sqliteConstraintForeignKey = 787
	sqliteConstraintPrimaryKey = 1555
	sqliteConstraintUnique     = 2067
)

// sqliteEngine is a file, read through several connections and written through one.
type sqliteEngine struct {
	readers *readers
	writer  *writer
}

// openSQLite opens the file at path, and creates it and its directory when they are not there: nobody but the owner may
// read them.
func openSQLite(ctx context.Context, path string, watch Watch) (engine, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := createPrivately(path); err != nil {
		return nil, err
	}
	writes, err := sql.Open("sqlite", sqliteDSN(path, "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	writes.SetMaxOpenConns(1)
	if err := connect(ctx, writes); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w", path, err), writes.Close())
	}
	reads, err := sql.Open("sqlite", sqliteDSN(path, "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, writes.Close())
	}
	return &sqliteEngine{
		readers: newReaders(reads, max(4, runtime.GOMAXPROCS(0))),
		writer:  newWriter(writes, watch),
	}, nil
}

// connect opens the first connection, which makes the file a WAL database: the readers must find it so. When several
// processes do that at once, each waits for the others' locks while it keeps its own, so SQLite has some of them fail
// without a wait, whatever their busy_timeout: they try again.
func connect(ctx context.Context, db *sql.DB) error {
	timeout := time.NewTimer(retryFor)
	defer timeout.Stop()
	for {
		err := db.PingContext(ctx)
		var sqliteErr *sqlite.Error
		if !errors.As(err, &sqliteErr) || sqliteErr.Code() != sqliteBusy {
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

// sqliteDSN sets the pragmas in the name of the database, because a PRAGMA statement reaches one connection of a pool.
func sqliteDSN(path, extra string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String() +
		"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&" + extra
}

// createPrivately makes sure that the file is there and that only its owner can read or write it. SQLite gives the files
// it puts beside it the same mode. A file that is there is not opened: closing it would take this process's locks on it
// away, also those of another Store.
func createPrivately(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createEmpty(path)
	}
	if err != nil {
		return err
	}
	return checkPrivate("database", path, info)
}

func createEmpty(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // by now, made by another process in the same way
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// checkPrivate refuses a file that its group or others may read or write. Windows has no such bits to look at.
func checkPrivate(what, path string, info fs.FileInfo) error {
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return fmt.Errorf("the %s %s has mode %04o: others than its owner can read or write it; run: chmod 600 %s",
			what, path, mode, path)
	}
	return nil
}

// postgresOnly are the migrations that SQLite has no use for.
var postgresOnly = []string{
	"00002_bytewise_postgres.sql", "00005_bytewise_iam_postgres.sql", "00007_bytewise_accounts_postgres.sql",
	"00009_bytewise_web_identity_postgres.sql", "00011_bytewise_delegation_postgres.sql",
	"00013_bytewise_resource_policies_postgres.sql", "00015_bytewise_audit_postgres.sql", "00017_bytewise_keysets_postgres.sql",
	"00019_older_servers_postgres.sql",
}

func (e *sqliteEngine) dialect() dialect {
	return dialect{
		goose:         database.DialectSQLite3,
		migration:     []goose.ProviderOption{goose.WithExcludeNames(postgresOnly)},
		uninterrupted: true,
		translate:     translateSQLite,
		conflict:      func(error) bool { return false }, // there is one writer, and it begins with the lock
	}
}

func (e *sqliteEngine) migrations() *sql.DB { return e.writer.db }

func (e *sqliteEngine) view(ctx context.Context, run func(transaction) error) error {
	return e.readers.view(ctx, run)
}

func (e *sqliteEngine) update(ctx context.Context, run func(transaction) error) error {
	return e.writer.update(ctx, run)
}

func (e *sqliteEngine) ping(ctx context.Context) error {
	return e.view(ctx, func(tx transaction) error {
		var one int
		return tx.QueryRowContext(ctx, "select 1").Scan(&one)
	})
}

func (e *sqliteEngine) connections() (inUse, most int) {
	most = cap(e.readers.slots)
	return most - len(e.readers.slots), most
}

// close closes the writer last: then it also writes the log back into the file.
func (e *sqliteEngine) close() error { return errors.Join(e.readers.close(), e.writer.close()) }

func translateSQLite(err error) error {
	var sqliteErr *sqlite.Error
	if !errors.As(err, &sqliteErr) {
		return err
	}
	switch sqliteErr.Code() {
	case sqliteConstraintPrimaryKey, sqliteConstraintUnique:
		return fmt.Errorf("%w: %w", ErrExists, err)
	case sqliteConstraintForeignKey:
		return fmt.Errorf("%w: %w", ErrInUse, err)
	}
	return err
}
