package limit

import (
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// takes says how many of n are taken at an instant.
func takes(t *table, name uint64, n int, at time.Time) int {
	taken := 0
	for range n {
		if t.take(name, at) {
			taken++
		}
	}
	return taken
}

func TestTake(t *testing.T) {
	t.Parallel()
	table := newTable(Rate{10, time.Second}, 0, 8)
	at := start
	for i, step := range []struct {
		later    time.Duration
		n, taken int
	}{
		{0, 15, 10}, // all at once
		{0, 5, 0},
		{99 * time.Millisecond, 1, 0},
		{time.Millisecond, 2, 1}, // as time goes by; what was refused does not count
		{250 * time.Millisecond, 5, 2},
		{50 * time.Millisecond, 5, 1},
		{time.Hour, 100, 10},      // no more than a period's, however long it was quiet
		{-30 * time.Minute, 1, 0}, // a clock that goes back gives nothing
		{30*time.Minute + time.Second, 100, 10},
	} {
		at = at.Add(step.later)
		if taken := takes(table, 1<<40|7<<8|3, step.n, at); taken != step.taken {
			t.Errorf("step %d: %d of %d, want %d", i, taken, step.n, step.taken)
		}
	}
}

// Who goes beyond the rate is held off for the penalty, and is soon held off again if it goes on.
func TestPenalty(t *testing.T) {
	t.Parallel()
	const name = 5
	table := newTable(Rate{10, time.Minute}, 30*time.Second, 8)
	if takes(table, name, 10, start) != 10 || table.heldOff(name, start) {
		t.Error("held off within the rate")
	}
	if table.take(name, start) || !table.heldOff(name, start) || !table.heldOff(name, start.Add(30*time.Second-1)) {
		t.Error("not held off")
	}
	end := start.Add(30 * time.Second)
	if table.heldOff(name, end) {
		t.Error("held off for more than the penalty")
	}
	if table.take(name, end) || !table.heldOff(name, end) {
		t.Error("as many again, before they were forgotten")
	}
	if later := end.Add(2 * time.Hour); takes(table, name, 11, later) != 10 {
		t.Error("held something against it for ever")
	}
}

// Of two that share a slot, neither pays for the other.
func TestSharedSlot(t *testing.T) {
	t.Parallel()
	table := newTable(Rate{10, time.Second}, 0, 8)
	busy, quiet, both := uint64(1<<32|1<<8), uint64(2<<32|1<<8), uint64(2<<32|1<<8)
	for range 100 {
		table.take(busy, start)
	}
	if taken := takes(table, quiet, 20, start); taken != 10 {
		t.Errorf("%d beside another", taken)
	}
	if taken := takes(table, both, 1, start); taken != 0 {
		t.Error("the same name has other slots")
	}
	if taken := takes(table, busy, 1, start); taken != 0 {
		t.Error("another's requests gave it one more")
	}
}

// A flood of names neither grows the table nor makes it forget anybody.
func TestFlood(t *testing.T) {
	t.Parallel()
	table := newTable(Rate{10, time.Minute}, time.Minute, 1<<10)
	seed := maphash.MakeSeed()
	name := func(i int) uint64 { return maphash.String(seed, fmt.Sprint(i)) }
	takes(table, name(-1), 11, start)
	for i := range 100_000 {
		table.take(name(i), start)
	}
	if !table.heldOff(name(-1), start) {
		t.Error("a flood gave somebody new tries")
	}
}

// A thousand networks that are held off hardly touch others.
func TestInnocent(t *testing.T) {
	t.Parallel()
	table := newTable(Rate{10, time.Minute}, time.Minute, 1<<12)
	seed := maphash.MakeSeed()
	for i := range 1000 {
		takes(table, maphash.String(seed, fmt.Sprint("bad", i)), 11, start)
	}
	suffer := 0
	for i := range 10_000 {
		if table.heldOff(maphash.String(seed, fmt.Sprint("good", i)), start) {
			suffer++
		}
	}
	if suffer > 20 { // 2.3 are expected
		t.Errorf("%d of 10,000 are held off for others", suffer)
	}
}

// However many take at once, no more than the rate is taken.
func TestTakeAtOnce(t *testing.T) {
	t.Parallel()
	table := newTable(Rate{1000, time.Second}, 0, 8)
	var taken atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { taken.Add(int64(takes(table, 77, 500, start))) })
	}
	all.Wait()
	if taken.Load() != 1000 {
		t.Errorf("%d of 1000", taken.Load())
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	table := newTable(Off, time.Minute, 8)
	if takes(table, 1, 1_000_000, start) != 1_000_000 || table.heldOff(1, start) {
		t.Error("off is a limit")
	}
}
