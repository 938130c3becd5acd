package totp_test

import (
	"testing"

	"github.com/daypass/daypass/internal/totp"
)

func TestMatchConsecutive(t *testing.T) {
	t.Parallel()
	pair := func(earlier, later int64) [2]string {
		return [2]string{totp.Code(seed, earlier), totp.Code(seed, later)}
	}
	tests := []struct {
		name                string
		codes               [2]string
		first, last, prefer int64
		want                int64 // -1: no match
	}{
		{"alone", pair(7, 8), 7, 7, 7, 8},
		{"first of the range", pair(7, 8), 7, 99, 50, 8},
		{"last of the range", pair(99, 100), 7, 99, 50, 100},
		{"counter 0", pair(0, 1), 0, 9, 5, 1},
		{"range from below 0", pair(0, 1), -9, 9, -9, 1},
		{"one before the range", pair(6, 7), 7, 99, 50, -1},
		{"one behind the range", pair(100, 101), 7, 99, 50, -1},
		{"counters on both sides of 0", pair(-1, 0), -9, 9, 0, -1},
		{"range below 0", pair(-2, -1), -9, -1, -1, -1},
		{"empty range", pair(7, 8), 8, 7, 7, -1},
		{"later code first", pair(8, 7), 0, 99, 50, -1},
		{"same code twice", pair(7, 7), 0, 99, 50, -1},
		{"one left out", pair(7, 9), 0, 99, 50, -1},
		{"earlier code wrong", pair(42, 8), 0, 40, 7, -1},
		{"later code wrong", pair(7, 42), 0, 40, 7, -1},
		{"no codes", [2]string{}, 0, 99, 50, -1},
		{"no later code", [2]string{totp.Code(seed, 7), ""}, 0, 99, 50, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := totp.MatchConsecutive(seed, test.codes[0], test.codes[1], test.first, test.last, test.prefer)
			checkMatch(t, got, ok, test.want)
		})
	}
}

// Two pairs of consecutive codes that are alike are rare: these were searched for.
func TestMatchConsecutiveNearest(t *testing.T) {
	t.Parallel()
	const low, high = 175808837, 175810403 // counters of the earlier codes
	earlier, later := totp.Code(seed, low), totp.Code(seed, low+1)
	if earlier != totp.Code(seed, high) || later != totp.Code(seed, high+1) {
		t.Fatal("the two pairs are not alike")
	}
	const middle = (low + high + 2) / 2 // of the counters of the later codes
	tests := []struct {
		name                      string
		first, last, prefer, want int64
	}{
		{"at the lower", low, high, low + 1, low + 1},
		{"at the higher", low, high, high + 1, high + 1},
		{"below both", low, high, 0, low + 1},
		{"above both", low, high, high + 1000, high + 1},
		{"just below the middle", low, high, middle - 1, low + 1},
		{"just above the middle", low, high, middle + 1, high + 1},
		{"the nearer out of range", low, high - 1, high + 1, low + 1},
		{"the nearer below the range", low + 1, high, low + 1, high + 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := totp.MatchConsecutive(seed, earlier, later, test.first, test.last, test.prefer)
			checkMatch(t, got, ok, test.want)
		})
	}
}
