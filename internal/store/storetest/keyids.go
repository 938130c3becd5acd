package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// finder finds access keys as authn does, and counts what the database is asked.
type finder struct {
	*store.Store
	keys  *store.Cache[string] // the user of a key
	views atomic.Int64
	asked int // for ids that nobody has
}

// newFinder opens the database once more.
func newFinder(t *testing.T, o store.Options) *finder {
	t.Helper()
	f := &finder{}
	o.Watch = func(w store.Work, _ int) func(error) {
		if w == store.Viewing {
			f.views.Add(1)
		}
		return func(error) {}
	}
	f.Store = open(t, o)
	f.keys = store.NewCache[string](f.Generation).Among(store.NewAccessKeyIDs(f.Store))
	f.views.Store(0)
	return f
}

func (f *finder) find(ctx context.Context, id string, now time.Time) (user string, err error) {
	return f.keys.Get(ctx, id, now, func() (user string, err error) {
		err = f.View(ctx, func(tx *store.Tx) error {
			key, err := tx.AccessKey(ctx, id)
			if err != nil {
				return err
			}
			_, err = tx.ActiveAccount(ctx, key.AccountID)
			user = string(key.UserID)
			return err
		})
		return user, err
	})
}

// has reports whether a key is found.
func (f *finder) has(t *testing.T, id string, now time.Time) bool {
	t.Helper()
	user, err := f.find(t.Context(), id, now)
	if err != nil && !errors.Is(err, store.ErrNotFound) || err == nil && user != "AIDA1" {
		t.Errorf("%s: %q, %v", id, user, err)
	}
	return err == nil
}

// flood asks for ids that nobody has, a new one each time, and returns how often the database was asked for that.
func (f *finder) flood(t *testing.T, n int, now time.Time) (views int64) {
	t.Helper()
	before := f.views.Load()
	for range n {
		f.asked++
		if id := fmt.Sprintf("AKIANOBODY%06d", f.asked); f.has(t, id, now) {
			t.Errorf("%s is found", id)
		}
	}
	return f.views.Load() - before
}

// free is how many looks for keys that are not there go into the database each second.
const free = 100

func (h *harness) insertKeys(t *testing.T, ids ...string) {
	t.Helper()
	h.update(t, func(tx *store.Tx) error {
		for _, id := range ids {
			if err := tx.InsertAccessKey(t.Context(), accessKey(id, "AIDA1"), "secret"); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *harness) deleteKey(t *testing.T, id string) {
	t.Helper()
	h.update(t, func(tx *store.Tx) error { return changed(1)(tx.DeleteAccessKey(t.Context(), id)) })
}

// testUnknownKeys holds that a flood of unknown ids asks the database the free looks, and then nothing but what every process asks
// each second; and that what is seldom asked for is looked up.
func testUnknownKeys(t *testing.T, h *harness) {
	h.seed(t)
	f := newFinder(t, h.options)
	const generation, read = 1, 1
	for i, tt := range []struct {
		n, views int64
	}{
		{50, generation + 50}, {50, 50}, {1, read}, {10_000, 0},
	} {
		if views := f.flood(t, int(tt.n), epoch); views != tt.views {
			t.Errorf("%d: %d unknown ids are looked for %d times, want %d", i, tt.n, views, tt.views)
		}
	}
	later := epoch.Add(time.Second / 2)
	if views := f.flood(t, 10_000, later); views != free/2 {
		t.Errorf("half a second later %d looks, want %d", views, free/2)
	}
	later = epoch.Add(time.Hour)
	if views := f.flood(t, 10_000, later); views != generation+free {
		t.Errorf("an hour later %d looks, want %d", views, generation+free)
	}
	h.insertKeys(t, "AKIA1") // what was inserted is read once
	if views := f.flood(t, 10_000, later.Add(time.Second)); views != generation+free+read {
		t.Errorf("after a change %d looks, want %d", views, generation+free+read)
	}
	if views := f.flood(t, 10_000, epoch); views > generation+free {
		t.Errorf("with a clock that goes back %d looks", views)
	}
}

// testKeysInFlood holds that a key is found from the moment on at which it is inserted, and not after it was deleted, in the process
// that did that, however much is asked for that is not there.
func testKeysInFlood(t *testing.T, h *harness) {
	h.seed(t)
	h.insertKeys(t, "AKIA1")
	f := newFinder(t, h.options)
	here := &harness{Store: f.Store}
	f.flood(t, 2*free, epoch)
	if !f.has(t, "AKIA1", epoch) {
		t.Error("the key that was there is not found")
	}
	for i, id := range []string{"AKIA2", "AKIAIMPORTED", "AKIA3"} {
		if f.flood(t, 1, epoch); f.has(t, id, epoch) {
			t.Errorf("%s is found before it is there", id)
		}
		here.insertKeys(t, id)
		if i != 1 { // with the flood before it and without
			f.flood(t, 1, epoch)
		}
		if !f.has(t, id, epoch) {
			t.Errorf("%s is not found", id)
		}
	}
	here.deleteKey(t, "AKIA2")
	if f.has(t, "AKIA2", epoch) {
		t.Error("the key that was deleted is found")
	}
	here.insertKeys(t, "AKIA2") // an operator may bring it back
	if !f.has(t, "AKIA2", epoch) {
		t.Error("the key that was inserted again is not found")
	}
	if err := here.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.InsertAccessKey(t.Context(), accessKey("AKIA4", "AIDA1"), "secret"), errors.New("refused"))
	}); err == nil || f.has(t, "AKIA4", epoch) {
		t.Errorf("the key that was not kept is found, or: %v", err)
	}
	here.insertKeys(t, "AKIA4")
	if !f.has(t, "AKIA4", epoch) {
		t.Error("the key that was kept the second time is not found")
	}
}

// testKeysOfOthers holds that a key which another process has inserted is found at once, and in a flood within the second in which
// all changes are seen.
func testKeysOfOthers(t *testing.T, h *harness) {
	h.seed(t)
	f := newFinder(t, h.options)
	f.flood(t, free-1, epoch)
	h.insertKeys(t, "AKIA1")
	if !f.has(t, "AKIA1", epoch) {
		t.Error("a key of another process is not found, of which few are asked for")
	}
	f.flood(t, free, epoch) // from here on the ids are read
	h.insertKeys(t, "AKIA2", "AKIA3")
	h.deleteKey(t, "AKIA1")
	soon := epoch.Add(time.Second - 1)
	f.flood(t, free, soon)
	f.has(t, "AKIA2", soon) // or not: what matters is that it is not kept
	later := epoch.Add(time.Second)
	f.flood(t, 2*free, later)
	for id, want := range map[string]bool{"AKIA1": false, "AKIA2": true, "AKIA3": true} {
		if f.has(t, id, later) != want {
			t.Errorf("a second later %s is found: %t", id, !want)
		}
	}
	later = later.Add(time.Hour)
	f.flood(t, free/2, later)
	h.insertKeys(t, "AKIA4")
	if !f.has(t, "AKIA4", later) {
		t.Error("after a flood, a key of another process is not found, of which few are asked for")
	}
}

// testGoneKeys holds that a key which is gone, and one of a disabled account, are looked for once: an attacker may know their ids.
func testGoneKeys(t *testing.T, h *harness) {
	h.seed(t)
	h.insertKeys(t, "AKIAGONE")
	h.update(t, func(tx *store.Tx) error {
		key := accessKey("AKIADISABLED", "")
		key.AccountID = accountB
		return tx.InsertAccessKey(t.Context(), key, "secret")
	})
	f := newFinder(t, h.options)
	f.flood(t, 2*free, epoch)
	here := &harness{Store: f.Store}
	here.deleteKey(t, "AKIAGONE")
	account := func(status string) {
		here.update(t, func(tx *store.Tx) error {
			return changed(1)(tx.SetAccountStatus(t.Context(), store.SetAccountStatusParams{AccountID: accountB, Status: status}))
		})
	}
	account(store.Suspended)
	f.flood(t, 1, epoch)
	before := f.views.Load()
	for range 1000 {
		_, gone := f.find(t.Context(), "AKIAGONE", epoch)
		_, disabled := f.find(t.Context(), "AKIADISABLED", epoch)
		if gone != store.ErrNotFound || !errors.Is(disabled, store.ErrNotFound) || disabled == store.ErrNotFound {
			t.Fatalf("%v; %v", gone, disabled)
		}
	}
	if views := f.views.Load() - before; views != 2 {
		t.Errorf("they are looked for %d times, want 2", views)
	}
	account(store.Active)
	if _, err := f.find(t.Context(), "AKIADISABLED", epoch); err != nil {
		t.Errorf("the key of the account that was enabled: %v", err)
	}
}

// testManyKeys holds that none is left out where more are read than fit into one answer of the database.
func testManyKeys(t *testing.T, h *harness) {
	h.seed(t)
	ids := make([]string, 2150)
	for i := range ids {
		ids[i] = fmt.Sprintf("AKIA%016d", i*7919%len(ids)) // in no order
	}
	h.insertKeys(t, ids[:1000]...) // of one generation, exactly what fits
	h.insertKeys(t, ids[1000:2100]...)
	f := newFinder(t, h.options)
	for range 2 {
		f.flood(t, 2*free, epoch)
		for _, id := range ids[:2100] {
			if !f.has(t, id, epoch) {
				t.Fatalf("%s is not found", id)
			}
		}
	}
	for _, id := range ids[2100:] {
		h.insertKeys(t, id)
	}
	later := epoch.Add(time.Second)
	f.flood(t, 2*free, later)
	for _, id := range ids {
		if !f.has(t, id, later) {
			t.Fatalf("%s is not found", id)
		}
	}
}

// testKeysAtOnce inserts, deletes and looks at the same time, in a flood: whoever has inserted a key finds it.
func testKeysAtOnce(t *testing.T, h *harness) {
	h.seed(t)
	f := newFinder(t, h.options)
	here := &harness{Store: f.Store}
	ctx, cancel := context.WithCancel(t.Context())
	var flood, insert sync.WaitGroup
	for i := range 2 {
		flood.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if _, err := f.find(t.Context(), fmt.Sprintf("AKIANOBODY%dX%d", i, n), epoch); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("nobody's key: %v", err)
					return
				}
			}
		})
	}
	for i := range 4 {
		insert.Go(func() {
			for n := range 20 {
				id := fmt.Sprintf("AKIA%dX%d", i, n/2) // each twice
				here.insertKeys(t, id)
				if !f.has(t, id, epoch) {
					t.Errorf("%s is not found", id)
				}
				here.deleteKey(t, id)
				if f.has(t, id, epoch) {
					t.Errorf("%s is found", id)
				}
			}
		})
	}
	insert.Wait()
	cancel()
	flood.Wait()
}
