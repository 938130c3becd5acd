package store

import (
	"context"
	"errors"
	"testing"
)

// TestWaitOfTheSkipped shows that an update whose closure was skipped, because its context had ended, never takes the
// commit of its group for its own. Which of the two it hears of first is chance, so it is asked many times.
func TestWaitOfTheSkipped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 100 {
		u := newUpdate(ctx)
		u.done <- nil
		err := u.wait(func(transaction) error {
			t.Error("the closure ran")
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("wait = %v", err)
		}
	}
}
