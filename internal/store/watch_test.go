package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
)

// watched is what a store's Watch was told.
type watched struct {
	mu      sync.Mutex
	works   []string // but commits, which end before or after their updates
	commits int
}

func (w *watched) watch(work store.Work, updates int) func(error) {
	return func(fault error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if work == store.Committing && updates > 0 && fault == nil {
			w.commits++
			return
		}
		said := work.String()
		if fault != nil {
			said += " failed"
		}
		w.works = append(w.works, said)
	}
}

func (w *watched) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	said := w.works
	w.works = nil
	return said
}

// A Watch hears of faults of the database, and not of what closures refuse or a client has given up.
func TestWatch(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(testing.TB) store.Options{"SQLite": newSQLite, "PostgreSQL": newPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &watched{}
			o := options(t)
			o.Watch = w.watch
			s, err := store.Open(t.Context(), o, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			errRefused := errors.New("refused")
			account := func(tx *store.Tx) error {
				return tx.InsertAccount(t.Context(), store.InsertAccountParams{AccountID: "111111111111"})
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			w.take()
			steps := []struct {
				name string
				do   func() error
				fail bool
				want []string
			}{
				{"view", func() error { return s.View(t.Context(), func(*store.Tx) error { return nil }) }, false, []string{"view"}},
				{"view that refuses", func() error { return s.View(t.Context(), func(*store.Tx) error { return errRefused }) }, true, []string{"view"}},
				{"nothing found", func() error {
					return s.View(t.Context(), func(tx *store.Tx) error { _, err := tx.User(t.Context(), "x"); return err })
				}, true, []string{"view"}},
				{"update", func() error { return s.Update(t.Context(), account) }, false, []string{"update"}},
				{"constraint", func() error { return s.Update(t.Context(), account) }, true, []string{"update"}},
				{"update that refuses", func() error { return s.Update(t.Context(), func(*store.Tx) error { return errRefused }) }, true, []string{"update"}},
				{"a client that has gone", func() error { return s.Update(gone, account) }, true, []string{"update"}},
				{"closed", func() error { return errors.Join(s.Close(), s.View(t.Context(), func(*store.Tx) error { return nil })) }, true, []string{"view failed"}},
				{"update of what is closed", func() error { return s.Update(t.Context(), account) }, true, []string{"update failed"}},
			}
			for _, step := range steps {
				if err := step.do(); (err != nil) != step.fail {
					t.Errorf("%s: %v", step.name, err)
				}
				if diff := cmp.Diff(step.want, w.take()); diff != "" {
					t.Errorf("%s (-want +got)\n%s", step.name, diff)
				}
			}
			if (w.commits > 0) != (name == "SQLite") { // closed, it commits no more
				t.Errorf("%d commits", w.commits)
			}
		})
	}
}
