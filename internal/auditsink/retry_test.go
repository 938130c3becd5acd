package auditsink

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	now := time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)
	w := &webhook{now: func() time.Time { return now }}
	later := func(after string) error {
		return w.refused(&http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {after}}})
	}
	for _, test := range []struct {
		name          string
		attempt       int
		err           error
		least, atMost time.Duration
	}{
		{"first", 0, failed, 100 * time.Millisecond, 200 * time.Millisecond},
		{"fourth", 3, failed, 800 * time.Millisecond, 1600 * time.Millisecond},
		{"ninth", 8, failed, 15 * time.Second, 30 * time.Second},
		{"millionth", 1e6, failed, 15 * time.Second, 30 * time.Second},
		{"seconds", 0, later("7"), 7 * time.Second, 7 * time.Second},
		{"fewer seconds than without", 8, later("1"), 15 * time.Second, 30 * time.Second},
		{"date", 0, later("Wed, 04 Mar 2026 05:07:07 GMT"), time.Minute, time.Minute},
		{"too many seconds", 0, later("86400"), 2 * time.Minute, 2 * time.Minute},
		{"seconds that overflow", 0, later("9223372036854775807"), 2 * time.Minute, 2 * time.Minute},
		{"date too far", 0, later("Wed, 04 Mar 2099 05:07:07 GMT"), 2 * time.Minute, 2 * time.Minute},
		{"negative", 0, later("-5"), 100 * time.Millisecond, 200 * time.Millisecond},
		{"date that is past", 0, later("Wed, 04 Mar 2020 05:07:07 GMT"), 100 * time.Millisecond, 200 * time.Millisecond},
		{"nonsense", 0, later("soon"), 100 * time.Millisecond, 200 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := backoff(test.attempt, test.err); got < test.least || got > test.atMost {
				t.Errorf("%s, want %s to %s", got, test.least, test.atMost)
			}
		})
	}
}
