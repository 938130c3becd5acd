package aws_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
)

func TestLaps(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	seconds := 0
	l := aws.NewLaps(func() time.Time { seconds++; return at(start, seconds-1) })
	identify := l.Begin("identify")
	identify()
	perform := l.Begin("perform")
	decide := l.Begin("decide")
	decide()
	perform()
	l.Begin("answer") // is under way
	want := []aws.Lap{
		{Name: "identify", Begin: at(start, 1), End: at(start, 2), Within: -1},
		{Name: "perform", Begin: at(start, 3), End: at(start, 6), Within: -1},
		{Name: "decide", Begin: at(start, 4), End: at(start, 5), Within: 1},
		{Name: "answer", Begin: at(start, 7), Within: -1},
	}
	if diff := cmp.Diff(want, l.All()); diff != "" || !l.Began.Equal(start) {
		t.Errorf("began %s (-want +got)\n%s", l.Began, diff)
	}
	for range 1000 {
		l.Begin("decide")()
	}
	if n := len(l.All()); n != 64 {
		t.Errorf("%d laps are kept", n)
	}
}

func at(start time.Time, seconds int) time.Time {
	return start.Add(time.Duration(seconds) * time.Second)
}

// Not parallel: it counts allocations.
func TestNoLaps(t *testing.T) {
	var l *aws.Laps
	if n := testing.AllocsPerRun(100, func() { l.Begin("identify")() }); n > 0 || l.All() != nil {
		t.Errorf("%v allocations, %v", n, l.All())
	}
}
