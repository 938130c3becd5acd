package server

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// However many ask how the database is, it is asked once in an interval, whatever it says. Time is the bubble's.
func TestLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l look
		errAway := errors.New("away")
		for _, want := range []error{nil, errAway, nil} {
			var looks, heard atomic.Int64
			var asking sync.WaitGroup
			for range 100 {
				asking.Go(func() {
					isNew, err := l.take(time.Now, func(context.Context) error {
						looks.Add(1)
						return want
					})
					if isNew {
						heard.Add(1)
					}
					if !errors.Is(err, want) {
						t.Errorf("the database says %v, who asks hears %v", want, err)
					}
				})
			}
			asking.Wait()
			if looks.Load() != 1 || heard.Load() != 1 {
				t.Errorf("%d looks, of which %d hear, want one", looks.Load(), heard.Load())
			}
			time.Sleep(lookInterval)
		}
		begin := time.Now()
		hang := func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		if _, err := l.take(time.Now, hang); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != lookPatience {
			t.Errorf("a database that hangs: %v after %s", err, time.Since(begin))
		}
		if isNew, err := l.take(time.Now, hang); isNew || err == nil {
			t.Errorf("who waited for that look looks again: %v", err)
		}
	})
}
