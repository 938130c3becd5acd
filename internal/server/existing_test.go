package server_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

// A wrong path must not look like an empty account, and must not become one.
func TestOpenExistingStoreCreatesNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T, *server.Config){
		"directory that is not there": func(*testing.T, *server.Config) {},
		"empty directory": func(t *testing.T, c *server.Config) {
			if err := os.Mkdir(c.DataDir, 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"empty directory, database elsewhere": func(t *testing.T, c *server.Config) {
			other := config(t)
			shut(t, open(t, other))
			if err := os.Mkdir(c.DataDir, 0o700); err != nil {
				t.Fatal(err)
			}
			c.Database = "sqlite:" + filepath.Join(other.DataDir, "daypass.db")
		},
		"database that is not there": func(t *testing.T, c *server.Config) {
			shut(t, open(t, *c))
			c.Database = "sqlite:" + filepath.Join(c.DataDir, "other.db")
		},
		"database that is not there, by its path alone": func(t *testing.T, c *server.Config) {
			shut(t, open(t, *c))
			c.Database = filepath.Join(c.DataDir, "other", "other.db")
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(t)
			prepare(t, &c)
			before := tree(t, c.DataDir)
			s, err := server.OpenExistingStore(t.Context(), c)
			if err == nil {
				t.Error("OpenExistingStore opens it", s.Close())
			}
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("OpenExistingStore = %v", err)
			}
			if after := tree(t, c.DataDir); after != before {
				t.Errorf("there was %q, and now there is %q", before, after)
			}
		})
	}
}

// tree lists a directory and all below it.
func tree(t *testing.T, dir string) string {
	t.Helper()
	names := ""
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		names += path + "\n"
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestOpenExistingStoreBesideServer(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(t.TempDir(), "other.db")
	for name, database := range map[string]string{"in the data directory": "", "elsewhere": "sqlite:" + elsewhere, "by its path alone": elsewhere + "2"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(t)
			c.Database = database
			s := open(t, c)
			defer shut(t, s)
			account := bootstrap(t, s)
			existing, err := server.OpenExistingStore(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer existing.Close()
			err = existing.View(t.Context(), func(tx *store.Tx) error {
				accounts, err := tx.Accounts(t.Context())
				if err == nil && (len(accounts) != 1 || accounts[0].AccountID != account.ID) {
					t.Errorf("the accounts are %v, want %s", accounts, account.ID)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
