package store_test

import (
	"log"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/pgtest"
	"github.com/daypass/daypass/internal/store/storetest"
)

// postgres is shared by the tests of this package: a server takes seconds to start, a database some milliseconds.
var postgres pgtest.Server

func TestMain(m *testing.M) {
	if task := os.Getenv(childVariable); task != "" {
		if err := child(task); err != nil {
			log.Fatal(err)
		}
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		postgres.Stop()
		os.Exit(code)
	}))
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, newSQLite)
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	storetest.Run(t, newPostgres)
}

func newSQLite(t testing.TB) store.Options {
	return store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "daypass.db"), SealingKey: storetest.KeyFile(t)}
}

func newPostgres(t testing.TB) store.Options {
	return store.Options{URL: postgres.Database(t), SealingKey: storetest.KeyFile(t)}
}
