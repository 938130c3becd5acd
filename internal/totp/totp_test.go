package totp_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/totp"
)

// seed is the secret of the test vectors of RFC 4226 and RFC 6238.
var seed = []byte("12345678901234567890")

// RFC 4226, appendix D.
func TestHOTPVectors(t *testing.T) {
	t.Parallel()
	for counter, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got := totp.Code(seed, int64(counter)); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
}

// RFC 6238, appendix B, for SHA-1. The vectors have eight digits: six digits are the last six of them.
func TestTOTPVectors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		seconds, step int64
		code          string
	}{
		{59, 0x1, "94287082"},
		{1111111109, 0x23523EC, "07081804"},
		{1111111111, 0x23523ED, "14050471"},
		{1234567890, 0x273EF07, "89005924"},
		{2000000000, 0x3F940AA, "69279037"},
		{20000000000, 0x27BC86AA, "65353130"},
	} {
		step := totp.StepAt(time.Unix(test.seconds, 999_999_999))
		if step != test.step {
			t.Errorf("second %d is in step %#x, want %#x", test.seconds, step, test.step)
		}
		if got := totp.Code(seed, step); got != test.code[2:] {
			t.Errorf("second %d: %s, want %s", test.seconds, got, test.code[2:])
		}
	}
}

func TestStepAt(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int64]int64{0: 0, 29: 0, 30: 1, 59: 1, 60: 2} {
		// The zone of a time does not change its step.
		at := time.Unix(seconds, 0).In(time.FixedZone("", 3600*5+17))
		if got := totp.StepAt(at); got != want {
			t.Errorf("second %d is in step %d, want %d", seconds, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	code := totp.Code
	tests := []struct {
		name        string
		given       string
		first, last int64
		want        int64 // -1: no match
	}{
		{"alone", code(seed, 7), 7, 7, 7},
		{"first of three", code(seed, 7), 7, 9, 7},
		{"middle of three", code(seed, 8), 7, 9, 8},
		{"last of three", code(seed, 9), 7, 9, 9},
		{"one before", code(seed, 6), 7, 9, -1},
		{"one behind", code(seed, 10), 7, 9, -1},
		{"highest of two that match", code(seed, 2394), 2386, 2394, 2394},
		{"lower of two that match", code(seed, 2394), 2386, 2393, 2386},
		{"higher of two that match", code(seed, 2394), 2387, 2394, 2394},
		{"counter 0", code(seed, 0), 0, 0, 0},
		{"range from below 0", code(seed, 0), math.MinInt64, 0, 0},
		{"counter below 0", code(seed, -1), -3, 9, -1},
		{"range below 0", code(seed, -1), -3, -1, -1},
		{"empty range", code(seed, 7), 8, 7, -1},
		{"no code", "", 0, 9, -1},
		{"five digits", code(seed, 7)[:5], 0, 9, -1},
		{"seven digits", code(seed, 7) + "0", 0, 9, -1},
		{"blank", " " + code(seed, 7), 0, 9, -1},
		{"other digits", "１６２５８３", 0, 9, -1}, // counter 7's, in full-width digits
		{"without the leading zero", "59152", 2, 2, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := totp.Match(seed, test.given, test.first, test.last)
			checkMatch(t, got, ok, test.want)
		})
	}
}

func checkMatch(t *testing.T, got int64, ok bool, want int64) {
	t.Helper()
	switch {
	case want < 0 && (ok || got != 0):
		t.Errorf("%d, %v, want no match", got, ok)
	case want >= 0 && (!ok || got != want):
		t.Errorf("%d, %v, want %d", got, ok, want)
	}
}

// A code matches its own counter and no other. That is true of the first counters of these seeds; among a million it
// can't be.
func TestMatchOtherCounter(t *testing.T) {
	t.Parallel()
	for _, seed := range []string{"12345678901234567890", "another seed of 40 bytes, as IAM makes it", "0123456789abcdef"} {
		t.Run(fmt.Sprint(len(seed)), func(t *testing.T) {
			t.Parallel()
			const n = 80
			for owner := range int64(n) {
				given := totp.Code([]byte(seed), owner)
				for counter := range int64(n) {
					if _, ok := totp.Match([]byte(seed), given, counter, counter); ok != (owner == counter) {
						t.Errorf("the code of counter %d, asked about %d: %v", owner, counter, ok)
					}
				}
			}
		})
	}
}

func TestMatchOtherSeed(t *testing.T) {
	t.Parallel()
	if got, ok := totp.Match([]byte("12345678901234567891"), totp.Code(seed, 7), 0, 100); ok {
		t.Errorf("the code of another seed matches at counter %d", got)
	}
}
