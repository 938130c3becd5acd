package auditsink

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"time"
)

const (
	firstPause = 200 * time.Millisecond
	maxPause   = 30 * time.Second
	// maxRetryAfter is how long a receiver may ask us to wait.
	maxRetryAfter = 2 * time.Minute
)

// laterError is a refusal of a receiver that says when to try again.
type laterError struct {
	error

	after time.Duration
}

func (e *laterError) Unwrap() error { return e.error }

// backoff is how long to wait after an attempt that failed, the first being number 0: the second half of it is left to
// chance, so that servers that have lost the same receiver don't come back to it together.
func backoff(attempt int, err error) time.Duration {
	wait := min(firstPause<<min(attempt, 20), maxPause)
	wait = wait/2 + upTo(wait/2)
	if later, ok := errors.AsType[*laterError](err); ok {
		wait = max(wait, min(later.after, maxRetryAfter))
	}
	return wait
}

func upTo(d time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(d)+1))
	if err != nil {
		panic("internal error: no randomness: " + err.Error())
	}
	return time.Duration(n.Int64())
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
