package store

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"
)

// TestCache holds what the cache promises: a value is used again only while nothing says that it may be outdated.
func TestCache(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_000_000, 0)
	tests := []struct {
		name      string
		later     time.Duration
		changed   bool // the store has changed since
		wantLoads int
	}{
		{"at once", 0, false, 1},
		{"much later", time.Hour, false, 1},
		{"after a change", 0, true, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var generation uint64
			loads := 0
			c := NewCache[int](counter(&generation))
			load := func() (int, error) { loads++; return loads, nil }
			if v, err := c.Get(t.Context(), "k", start, load); v != 1 || err != nil {
				t.Fatalf("first get: %d, %v", v, err)
			}
			if tt.changed {
				generation++
			}
			if v, err := c.Get(t.Context(), "k", start.Add(tt.later), load); v != tt.wantLoads || err != nil || loads != tt.wantLoads {
				t.Errorf("second get: %d, %v after %d loads, want %d", v, err, loads, tt.wantLoads)
			}
		})
	}
}

// counter is a store whose generation a test sets.
func counter(generation *uint64) func(context.Context, time.Time) (uint64, error) {
	return func(context.Context, time.Time) (uint64, error) { return *generation, nil }
}

// TestCacheNeedsGeneration shows that nothing is used, and nothing loaded, when the store can't say what holds.
func TestCacheNeedsGeneration(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	c := NewCache[int](func(context.Context, time.Time) (uint64, error) { return 0, broken })
	load := func() (int, error) { t.Error("loaded"); return 0, nil }
	if _, err := c.Get(t.Context(), "k", time.Unix(0, 0), load); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// TestCacheChangeDuringLoad shows that what was read while the store changed is not kept: it may be from before.
func TestCacheChangeDuringLoad(t *testing.T) {
	t.Parallel()
	var generation uint64
	c := NewCache[string](counter(&generation))
	now := time.Unix(1_000_000, 0)
	_, _ = c.Get(t.Context(), "k", now, func() (string, error) {
		generation++ // committed after the load began
		return "old", nil
	})
	if v, _ := c.Get(t.Context(), "k", now, func() (string, error) { return "new", nil }); v != "new" {
		t.Errorf("got %q", v)
	}
}

// TestCacheKeepsNoAbsence shows that an error is never kept, and that it takes with it what was kept before.
func TestCacheKeepsNoAbsence(t *testing.T) {
	t.Parallel()
	var generation uint64
	c := NewCache[int](counter(&generation))
	now := time.Unix(1_000_000, 0)
	absent := errors.New("absent")
	fail := func() (int, error) { return 0, absent }
	if _, err := c.Get(t.Context(), "k", now, fail); !errors.Is(err, absent) {
		t.Fatal(err)
	}
	if v, err := c.Get(t.Context(), "k", now, func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
	generation++
	if _, err := c.Get(t.Context(), "k", now, fail); !errors.Is(err, absent) {
		t.Errorf("the old value was used again: %v", err)
	}
	if len(c.entries) != 0 {
		t.Errorf("%d entries are left", len(c.entries))
	}
}

// TestCacheIsBounded fills the cache beyond its bound.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	for bound, c := range map[int]*Cache[int]{
		maxEntries: NewCache[int](counter(new(uint64))),
		2000:       NewCache[int](counter(new(uint64))).Bounded(2000),
		100:        NewCache[int](counter(new(uint64))).Bounded(100),
	} {
		now := time.Unix(1_000_000, 0)
		most := 0
		for i := range bound + 1000 {
			_, _ = c.Get(t.Context(), strconv.Itoa(i), now, func() (int, error) { return i, nil })
			most = max(most, len(c.entries))
		}
		if most > bound || len(c.entries) < bound/2 {
			t.Errorf("%d entries at the end and %d before, at most %d are wanted", len(c.entries), most, bound)
		}
	}
}

// TestCacheDropsOutdated shows that what is outdated goes although nobody asks for it again.
func TestCacheDropsOutdated(t *testing.T) {
	t.Parallel()
	var generation uint64
	c := NewCache[int](counter(&generation))
	now := time.Unix(1_000_000, 0)
	for i := range 100 * minSweep {
		if i%minSweep == 0 {
			generation++
		}
		_, _ = c.Get(t.Context(), strconv.Itoa(i), now, func() (int, error) { return i, nil })
	}
	if len(c.entries) > 4*minSweep {
		t.Errorf("%d entries, of which %d can be good", len(c.entries), minSweep)
	}
	if v, err := c.Get(t.Context(), strconv.Itoa(100*minSweep-1), now, nil); v != 100*minSweep-1 || err != nil {
		t.Errorf("a good entry is gone: %d, %v", v, err)
	}
}
