// Package metrics tells Prometheus what the server does and how it stands.
//
// What a client sends is never a label as it came. Services are those that are configured, actions those that a table knows,
// outcomes AWS's codes: all else is "other". No label names an account, a user, a key or an address, so that whoever may read
// the metrics learns of none.
package metrics

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

const (
	// maxActions bounds the actions of a service that are labels. STS and IAM have fewer; of EC2, with more than 700, those
	// count that are used first.
	maxActions = 200
	// scrapesAtOnce and scrapeTimeout bound what readers of the metrics cost.
	scrapesAtOnce = 4
	scrapeTimeout = 10 * time.Second
)

const (
	other     = "other"
	succeeded = "success"
)

// seconds are the classic buckets of durations, for a Prometheus that does not ask for native histograms: 25 us is less than
// any request takes, 10 s more than a request to STS may.
var seconds = []float64{
	25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10,
}

// Metrics are the figures of one server, in a registry of their own.
type Metrics struct {
	registry *prometheus.Registry
	now      func() time.Time
	logger   *slog.Logger

	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	series    atomic.Pointer[map[series]*request] // replaced, never changed
	adding    sync.Mutex
	actions   map[string]map[string]bool // by configured service; under adding

	work      *prometheus.HistogramVec
	faults    *prometheus.CounterVec
	groups    prometheus.Histogram
	upstreams *prometheus.HistogramVec
	unasked   *prometheus.CounterVec
}

// series is what of a request makes its series.
type series struct{ service, action, outcome string }

// request is where requests of a series are counted.
type request struct {
	count    prometheus.Counter
	duration prometheus.Observer
}

// New returns the metrics of a server that answers for these services. The clock is the one that requests are timed by.
func New(services []string, now func() time.Time, logger *slog.Logger) *Metrics {
	m := &Metrics{
		registry: prometheus.NewPedanticRegistry(), now: now, logger: logger, actions: make(map[string]map[string]bool, len(services)),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daypass_requests_total",
			Help: `Requests by what the audit log says of them: the outcome is "success", a code that daypass sends, or "other".`,
		}, []string{"service", "action", "outcome"}),
		durations: newDurations("daypass_request_duration_seconds",
			"Time from a request's head, or the end of its body if that took a second or more, to its line in the audit log.", "service", "action"),
		work:   newDurations("daypass_store_duration_seconds", "Time that work of the database took, with the wait for its turn.", "work"),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daypass_store_faults_total", Help: "Work that the database did not do."}, []string{"work"}),
		groups: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "daypass_store_commit_updates", Help: "Updates that share a commit, on SQLite.", Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128},
		}),
		upstreams: newDurations("daypass_upstream_duration_seconds",
			"Time from a request to a backend of the gateway, its body included, to the head of its answer.", "service"),
		unasked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daypass_upstream_failures_total", Help: "Requests to backends of the gateway that had no answer. Clients that have gone do not count.",
		}, []string{"service"}),
	}
	m.series.Store(&map[series]*request{})
	for _, service := range services {
		m.actions[service] = map[string]bool{}
	}
	for _, work := range []store.Work{store.Viewing, store.Updating, store.Committing} {
		m.faults.WithLabelValues(work.String())
	}
	m.registry.MustRegister(
		m.requests, m.durations, m.work, m.faults, m.groups, m.upstreams, m.unasked, buildInfo(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func newDurations(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: seconds,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
	}, labels)
}

// Handler answers a Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(m.logger.Handler(), slog.LevelWarn), MaxRequestsInFlight: scrapesAtOnce, Timeout: scrapeTimeout,
		EnableOpenMetrics: true,
	})
}

// Request counts a request as it is recorded in the audit log. One that could not be recorded was not answered.
func (m *Metrics) Request(e audit.Event, err error) {
	s := series{e.Call.Service, e.Action, succeeded}
	switch {
	case err != nil:
		s.outcome = string(aws.InternalFailure)
	case e.Err != nil:
		s.outcome = string(e.Err.Code)
	}
	r, ok := (*m.series.Load())[s]
	if !ok {
		r = m.add(s)
	}
	r.count.Inc()
	r.duration.Observe(m.now().Sub(e.Call.Now).Seconds())
}

// add makes a series. What is none of its own is counted where others like it are: it comes here each time.
func (m *Metrics) add(s series) *request {
	m.adding.Lock()
	defer m.adding.Unlock()
	s = m.bounded(s)
	all := *m.series.Load()
	if r, ok := all[s]; ok {
		return r
	}
	r := &request{m.requests.WithLabelValues(s.service, s.action, s.outcome), m.durations.WithLabelValues(s.service, s.action)}
	all = maps.Clone(all)
	all[s] = r
	m.series.Store(&all)
	return r
}

func (m *Metrics) bounded(s series) series {
	actions, configured := m.actions[s.service]
	switch {
	case !configured:
		s.service, s.action = other, other
	case s.action == "", !actions[s.action] && len(actions) >= maxActions:
		s.action = other
	default:
		actions[s.action] = true
	}
	if !outcomes[s.outcome] {
		s.outcome = other
	}
	return s
}

// outcomes are the words for how a request ended.
var outcomes = knownOutcomes()

func knownOutcomes() map[string]bool {
	known := map[string]bool{succeeded: true}
	for code := range aws.Codes() {
		known[string(code)] = true
	}
	for _, code := range []string{ // that the doors to other services say in the services' words
		"InternalError", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed", "AuthFailure", "UnrecognizedClientException",
		"InvalidSignatureException", "IncompleteSignatureException", "MissingAuthenticationTokenException", "NotImplemented", "EntityTooLarge",
		"NoSuchKey", "NoSuchBucket", "SlowDown", "AccessDeniedException", "UnauthorizedOperation", "ThrottlingException",
	} {
		known[code] = true
	}
	return known
}

// Store is a store.Watch.
func (m *Metrics) Store(w store.Work, updates int) (done func(fault error)) {
	begin := m.now()
	return func(fault error) {
		m.work.WithLabelValues(w.String()).Observe(m.now().Sub(begin).Seconds())
		if w == store.Committing {
			m.groups.Observe(float64(updates))
		}
		if fault != nil {
			m.faults.WithLabelValues(w.String()).Inc()
		}
	}
}

// Upstream watches requests to a backend of the gateway. Services are configured ones.
func (m *Metrics) Upstream(service string) (done func(err error)) {
	begin := m.now()
	failures := m.unasked.WithLabelValues(service)
	return func(err error) {
		switch {
		case err == nil:
			m.upstreams.WithLabelValues(service).Observe(m.now().Sub(begin).Seconds())
		case !errors.Is(err, context.Canceled):
			failures.Inc()
		}
	}
}
