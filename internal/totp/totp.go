// Package totp answers one question: does this code match this seed, and at which counter? A counter is a time step for
// a TOTP device (RFC 6238: SHA-1, six digits, 30 seconds) and an event counter for a HOTP device (RFC 4226). The package
// knows no clock and remembers nothing: whether a counter may still be used is for its caller to say, by the range it
// asks about.
package totp

import (
	"crypto/subtle"
	"encoding/base32"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// stepSeconds is the length of a TOTP time step.
const stepSeconds = 30

var (
	base32Encoding = base32.StdEncoding.WithPadding(base32.NoPadding)
	options        = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
)

// StepAt is the time step that holds t.
func StepAt(t time.Time) int64 { return t.Unix() / stepSeconds }

// Code is the six-digit code of a seed at a counter.
func Code(seed []byte, counter int64) string {
	return code(base32Encoding.EncodeToString(seed), counter)
}

func code(secret string, counter int64) string {
	c, err := hotp.GenerateCodeCustom(secret, uint64(counter), options) //nolint:gosec // counters are never negative: ranges are cut at 0
	if err != nil {
		panic("internal error: the base32 text of a seed does not decode: " + err.Error())
	}
	return c
}

// Match looks for the code among the counters from first to last, both included, and returns the highest it matches.
// Every counter is tried whether or not one has matched, so that the time taken does not tell which.
func Match(seed []byte, given string, first, last int64) (counter int64, ok bool) {
	secret := base32Encoding.EncodeToString(seed)
	for c := max(first, 0); c <= last; c++ {
		if equal(code(secret, c), given) {
			counter, ok = c, true
		}
	}
	return counter, ok
}

// MatchConsecutive looks for two consecutive codes, the earlier with a counter from first to last, both included, and
// returns the counter of the later code. Of several matches it returns the one nearest to prefer.
func MatchConsecutive(seed []byte, earlier, later string, first, last, prefer int64) (counter int64, ok bool) {
	secret := base32Encoding.EncodeToString(seed)
	first = max(first, 0)
	if last < first {
		return 0, false
	}
	current := code(secret, first)
	for c := first; c <= last; c++ {
		next := code(secret, c+1)
		if equal(current, earlier) && equal(next, later) && (!ok || distance(c+1, prefer) < distance(counter, prefer)) {
			counter, ok = c+1, true
		}
		current = next
	}
	return counter, ok
}

func equal(want, given string) bool {
	return subtle.ConstantTimeCompare([]byte(want), []byte(given)) == 1
}

func distance(a, b int64) int64 {
	if a < b {
		return b - a
	}
	return a - b
}
