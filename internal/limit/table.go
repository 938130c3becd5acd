package limit

import (
	"sync"
	"time"
)

// table holds who is named by a hash to a rate, in memory that never grows.
//
// Of each name it knows one instant: when all that it did would have been done, had it kept to the rate (the theoretical arrival
// time of the generic cell rate algorithm). It is at most a period ahead while the name is within its rate. The instants are in
// a count-min sketch, two rows of slots: a name has one slot in each row, and the earlier of the two is not before its own. So
// nobody gets a try more by sending under many names, and nothing is forgotten to make room. What others pay for a flood of names
// is that one of them may be held to be late when both of its slots are shared with such that are. The hash has a secret seed:
// nobody can choose with whom to share.
type table struct {
	interval, period, penalty int64 // nanoseconds
	slots                     uint64
	shards                    [shards]shard
}

const shards = 16

type shard struct {
	mu   sync.Mutex
	rows [2][]int64 // nanoseconds since 1970
	_    [8]byte    // a cache line for each
}

// newTable returns a table with so many slots in a row of each shard, a power of two up to 1<<16. Who goes beyond the rate is held
// off for the penalty on top of what it has to wait.
func newTable(r Rate, penalty time.Duration, slots int) *table {
	if r == Off {
		return nil
	}
	t := &table{interval: int64(r.Per) / r.N, period: int64(r.Per), penalty: int64(penalty), slots: uint64(slots)} //nolint:gosec // it is positive
	for i := range t.shards {
		t.shards[i].rows = [2][]int64{make([]int64, slots), make([]int64, slots)}
	}
	return t
}

// find returns the shard of a name, and its two slots there. They must be used while the shard is locked.
func (t *table) find(name uint64) (s *shard, first, second *int64) {
	s = &t.shards[name%shards]
	return s, &s.rows[0][name>>8&(t.slots-1)], &s.rows[1][name>>32&(t.slots-1)]
}

// take counts one more, unless that is beyond the rate.
func (t *table) take(name uint64, now time.Time) bool {
	if t == nil {
		return true
	}
	at := now.UnixNano()
	s, first, second := t.find(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	due := max(at, min(*first, *second)) + t.interval
	within := due <= at+t.period
	if !within {
		if t.penalty == 0 {
			return false
		}
		due = at + t.period + t.penalty
	}
	*first, *second = max(*first, due), max(*second, due)
	return within
}

// heldOff reports whether a name pays a penalty.
func (t *table) heldOff(name uint64, now time.Time) bool {
	if t == nil {
		return false
	}
	s, first, second := t.find(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	return min(*first, *second) > now.UnixNano()+t.period
}
