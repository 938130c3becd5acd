package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/metrics"
	"github.com/daypass/daypass/internal/store"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newMetrics(now func() time.Time) *metrics.Metrics {
	return metrics.New([]string{"sts", "s3"}, now, slog.New(slog.DiscardHandler))
}

func standing() time.Time { return start }

func BenchmarkRequest(b *testing.B) {
	m := newMetrics(time.Now)
	success := audit.Event{Call: aws.Call{Service: "sts", Now: time.Now()}, Action: "GetSessionToken"}
	refused := success
	refused.Err = aws.Errorf(aws.AccessDenied, "no")
	for name, e := range map[string]audit.Event{"success": success, "refused": refused} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Call.Now = time.Now()
				m.Request(e, nil)
			}
		})
	}
	b.Run("clock", func(b *testing.B) { // what of the above is the benchmark's own
		for b.Loop() {
			success.Call.Now = time.Now()
		}
	})
}

// scrape returns the lines of the exposition that begin with a prefix.
func scrape(t *testing.T, m *metrics.Metrics, prefix string) []string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var found []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, prefix) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// Whatever is in an event, the series are bounded, and name nobody.
func TestBounds(t *testing.T) {
	t.Parallel()
	m := newMetrics(standing)
	for i := range 1000 {
		m.Request(audit.Event{Call: aws.Call{Service: fmt.Sprintf("service%d", i)}, Action: "GetSessionToken"}, nil)
		m.Request(audit.Event{Call: aws.Call{Service: "sts"}, Err: &aws.Error{Code: aws.Code(fmt.Sprintf("Code%d", i))}}, nil)
		m.Request(audit.Event{Call: aws.Call{Service: "s3"}, Action: fmt.Sprintf("Action%d", i)}, nil)
	}
	if got := scrape(t, m, "daypass_requests_total"); len(got) != 1+1+200+1 {
		t.Errorf("%d series", len(got))
	}
	for _, want := range []string{
		`daypass_requests_total{action="other",outcome="success",service="other"} 1000`,
		`daypass_requests_total{action="other",outcome="other",service="sts"} 1000`,
		`daypass_requests_total{action="other",outcome="success",service="s3"} 800`,
		`daypass_requests_total{action="Action0",outcome="success",service="s3"} 1`,
	} {
		if got := scrape(t, m, want); len(got) != 1 {
			t.Errorf("no %s", want)
		}
	}
}

// What a backend or the database does is told apart from what a client gave up.
func TestWork(t *testing.T) {
	t.Parallel()
	now := start
	m := newMetrics(func() time.Time { return now })
	for _, err := range []error{nil, errors.New("refused"), context.Canceled} {
		done := m.Upstream("s3")
		now = now.Add(3 * time.Second)
		done(err)
	}
	done := m.Store(store.Committing, 7)
	now = now.Add(30 * time.Millisecond)
	done(nil)
	m.Store(store.Updating, 1)(errors.New("disk full"))
	for _, want := range []string{
		`daypass_upstream_duration_seconds_count{service="s3"} 1`,
		`daypass_upstream_duration_seconds_sum{service="s3"} 3`,
		`daypass_upstream_failures_total{service="s3"} 1`,
		`daypass_store_commit_updates_sum 7`,
		`daypass_store_duration_seconds_bucket{work="commit",le="0.025"} 0`,
		`daypass_store_duration_seconds_bucket{work="commit",le="0.05"} 1`,
		`daypass_store_faults_total{work="commit"} 0`,
		`daypass_store_faults_total{work="update"} 1`,
	} {
		if got := scrape(t, m, want); len(got) != 1 {
			t.Errorf("no %s", want)
		}
	}
}

// Requests of many clients at the same time are all counted, whichever of them makes a series.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	m := newMetrics(standing)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for i := range 100 {
				m.Request(audit.Event{Call: aws.Call{Service: "s3"}, Action: fmt.Sprintf("Action%d", i)}, nil)
			}
		})
	}
	clients.Wait()
	lines := scrape(t, m, "daypass_requests_total")
	for _, line := range lines {
		if !strings.HasSuffix(line, " 8") {
			t.Error(line)
		}
	}
	if len(lines) != 100 {
		t.Errorf("%d series", len(lines))
	}
}
