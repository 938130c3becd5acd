package metrics

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/store"
)

// State is what is looked at when somebody asks.
type State struct {
	Ready  func() error
	Store  *store.Store
	Keys   func(ctx context.Context) (map[string]time.Time, error) // when they were made
	Caches []func() map[string]store.CacheStats
	Audit  *audit.Log
	Sinks  func() []Sink // of the audit log
	MFA    []*authn.MFA
	Places func() map[string]Places
	// Decisions are the answers to proxies that ask.
	Decisions func() (allowed, refused, misasked uint64)
}

// Places are for large bodies: so many may be in memory at the same time.
type Places struct{ InUse, Max int }

// Sink is a sink of the audit log, with the figures of package auditsink.
type Sink struct {
	Name              string
	Behind, MaxBehind int64
	Age, MaxAge       time.Duration
	Taken             uint64
	Dropped           uint64
	Failures          uint64
	Refusing          bool
}

// Watch has the metrics tell of a server's state, too. It is called once.
func (m *Metrics) Watch(s State) { m.registry.MustRegister(&state{s}) }

// state is a prometheus.Collector.
type state struct{ State }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("daypass_"+name, help, labels, nil)
}

var (
	ready       = desc("ready", "1 while the database answers, the audit log can be written and no sink of it is too far behind, else 0: what /readyz says.")
	keyCreated  = desc("key_created_timestamp_seconds", "When the newest key of a key set was made, in seconds since 1970.", "key")
	connections = desc("store_connections", "Connections to the database that are in use; on SQLite those that read.")
	maxConns    = desc("store_connections_max", "Connections to the database that there may be; on SQLite those that read.")
	generation  = desc("store_generation", "The count of changes that may have changed who may do what, as far as this process knows.")
	entries     = desc("cache_entries", "Entries of a cache, outdated ones included.", "cache")
	loads       = desc("cache_loads_total", "What a cache did not hold, or not as it is now, and the database was asked for.", "cache")
	lines       = desc("audit_lines_total", "Lines that the audit log has taken.")
	written     = desc("audit_written_bytes_total", "Bytes of lines that the audit log has written.")
	failures    = desc("audit_write_failures_total", "Writes of the audit log that failed.")
	waiting     = desc("audit_waiting_bytes", "Bytes of lines that wait for the next write of the audit log.")
	broken      = desc("audit_broken", "1 while the audit log can't be written and every request is refused, else 0.")
	sinkLag     = desc("audit_sink_lag_bytes", "Bytes of the audit log that a sink has not taken.", "sink")
	sinkMaxLag  = desc("audit_sink_max_lag_bytes", "Bytes beyond which requests are refused because of a sink, or it misses lines.", "sink")
	sinkAge     = desc("audit_sink_lag_seconds", "Age of the oldest line that a sink has been offered and not taken; 0: there is none.", "sink")
	sinkMaxAge  = desc("audit_sink_max_lag_seconds", "Age beyond which requests are refused because of a sink, or it misses lines.", "sink")
	sinkTaken   = desc("audit_sink_lines_total", "Lines that a sink has taken.", "sink")
	sinkDropped = desc("audit_sink_dropped_lines_total", "Lines that a sink misses, as it was too far behind.", "sink")
	sinkFailed  = desc("audit_sink_failures_total", "Attempts to hand lines to a sink that failed.", "sink")
	sinkRefuses = desc("audit_sink_refusing", "1 while every request is refused because a sink is too far behind, else 0.", "sink")
	mfaChecks   = desc("mfa_checks_total", "Checks of token codes.", "outcome")
	places      = desc("body_places_in_use", "Requests with large bodies that are under way.", "kind")
	maxPlaces   = desc("body_places", "Requests with large bodies that may be under way.", "kind")
	decisions   = desc("extauth_decisions_total", "Answers to proxies that ask whether a request may pass.", "decision")
)

// Describe makes state a prometheus.Collector.
func (s *state) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		ready, keyCreated, connections, maxConns, generation, entries, loads, lines, written, failures, waiting, broken,
		sinkLag, sinkMaxLag, sinkAge, sinkMaxAge, sinkTaken, sinkDropped, sinkFailed, sinkRefuses, mfaChecks, places, maxPlaces, decisions,
	} {
		to <- d
	}
}

// Collect makes state a prometheus.Collector.
func (s *state) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	count := func(d *prometheus.Desc, value uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
	}
	s.health(gauge)
	st := s.Store.Stats()
	gauge(connections, float64(st.InUse))
	gauge(maxConns, float64(st.Max))
	gauge(generation, float64(st.Generation))
	for _, caches := range s.Caches {
		for name, c := range caches() {
			gauge(entries, float64(c.Entries), name)
			count(loads, c.Loads, name)
		}
	}
	log := s.Audit.Stats()
	count(lines, log.Lines)
	count(written, log.Written)
	count(failures, log.Failures)
	gauge(waiting, float64(log.Waiting))
	gauge(broken, number(log.Broken))
	for _, sink := range s.Sinks() {
		gauge(sinkLag, float64(sink.Behind), sink.Name)
		gauge(sinkMaxLag, float64(sink.MaxBehind), sink.Name)
		gauge(sinkAge, sink.Age.Seconds(), sink.Name)
		gauge(sinkMaxAge, sink.MaxAge.Seconds(), sink.Name)
		count(sinkTaken, sink.Taken, sink.Name)
		count(sinkDropped, sink.Dropped, sink.Name)
		count(sinkFailed, sink.Failures, sink.Name)
		gauge(sinkRefuses, number(sink.Refusing), sink.Name)
	}
	s.countCodes(count)
	for kind, p := range s.Places() {
		gauge(places, float64(p.InUse), kind)
		gauge(maxPlaces, float64(p.Max), kind)
	}
	allowed, refused, misasked := s.Decisions()
	count(decisions, allowed, "allowed")
	count(decisions, refused, "refused")
	count(decisions, misasked, "misasked")
}

// patience is how long a database may take to say how it is: less than a Prometheus waits.
const patience = 3 * time.Second

// health leaves out what a database that does not answer would have to be asked for.
func (s *state) health(gauge func(d *prometheus.Desc, value float64, labels ...string)) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	gauge(ready, number(s.Ready() == nil))
	keys, err := s.Keys(ctx)
	if err != nil {
		return
	}
	for name, created := range keys {
		gauge(keyCreated, float64(created.Unix()), name)
	}
}

func (s *state) countCodes(count func(d *prometheus.Desc, value uint64, labels ...string)) {
	sum := map[authn.CodeOutcome]uint64{}
	for _, m := range s.MFA {
		for outcome, n := range m.Outcomes() {
			sum[outcome] += n
		}
	}
	for outcome, n := range sum {
		count(mfaChecks, n, outcome.String())
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func buildInfo() prometheus.Collector {
	version, revision := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "daypass_build_info", Help: "1, with what was built.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}
