package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// beforeKeyGenerations is the last version of the schema in which a key does not tell its generation.
const beforeKeyGenerations = 17

const oldKey = `insert into access_keys (access_key_id, account_id, status, sealed_secret, created_at)
	values ('%s', '111111111111', 'Active', 'sealed', 1000000)`

// TestKeysOfAnOlderServer holds that keys are found which were there before the database was brought up to date, and on PostgreSQL
// such as a server of before inserts afterwards, for it may still run elsewhere.
func TestKeysOfAnOlderServer(t *testing.T) {
	t.Parallel()
	for name, db := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, options := t.Context(), db.options(t)
			url := strings.TrimPrefix(options.URL, db.cut)
			must(t, store.MigrateTo(ctx, options.URL, beforeKeyGenerations))
			execute(t, db.driver, url, `insert into accounts (account_id, created_at) values ('111111111111', 1000000)`)
			execute(t, db.driver, url, `update generations set generation = 41`)
			execute(t, db.driver, url, fmt.Sprintf(oldKey, "AKIABEFORE"))
			s := open(t, options)
			keys := store.NewCache[string](s.Generation).Among(store.NewAccessKeyIDs(s))
			flooded := func(id string, now time.Time) error {
				for n := range 200 {
					if _, err := look(ctx, s, keys, fmt.Sprintf("AKIANOBODY%d", n), now); !errors.Is(err, store.ErrNotFound) {
						t.Fatal(err)
					}
				}
				_, err := look(ctx, s, keys, id, now)
				return err
			}
			must(t, flooded("AKIABEFORE", epoch))
			if name == "SQLite" {
				return
			}
			for n := range 3 {
				id, now := fmt.Sprintf("AKIAOLDER%d", n), epoch.Add(time.Duration(n+1)*time.Second)
				execute(t, db.driver, url, fmt.Sprintf(oldKey, id))
				execute(t, db.driver, url, `update generations set generation = generation + 1`)
				must(t, flooded(id, now))
			}
		})
	}
}

func look(ctx context.Context, s *store.Store, keys *store.Cache[string], id string, now time.Time) (string, error) {
	return keys.Get(ctx, id, now, func() (status string, err error) {
		err = s.View(ctx, func(tx *store.Tx) error {
			key, err := tx.AccessKey(ctx, id)
			status = key.Status
			return err
		})
		return status, err
	})
}
