package server

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/metrics"
	"github.com/daypass/daypass/internal/operation"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/sts"
	"github.com/daypass/daypass/internal/verifierapi"
)

// newMetrics returns nil where nobody would read them.
func newMetrics(c Config) *metrics.Metrics {
	if c.OperationsListen == "" {
		return nil
	}
	services := []string{operation.STS.Name, operation.IAM.Name, verifierapi.Service}
	services = slices.AppendSeq(services, maps.Keys(c.Gateway.Upstreams))
	services = slices.AppendSeq(services, maps.Keys(c.Extauth.Services))
	return metrics.New(services, c.Now, c.Logger)
}

// measured is what the metrics look at beside what the server has.
type measured struct {
	authorizer *authz.Authorizer
	sts        *sts.Service
	iam        *iam.Service
}

// measure has the metrics told of what happens. It comes before the first request.
func (s *Server) measure(of measured) {
	s.audit.Observe = s.observer()
	if s.metrics == nil {
		return
	}
	s.gateway.Watch = s.metrics.Upstream
	s.metrics.Watch(metrics.State{
		Ready: s.readiness, Store: s.store, Keys: s.keyTimes, Audit: s.audit, Sinks: s.sinks, MFA: []*authn.MFA{&of.sts.MFA, &of.iam.MFA},
		Caches: []func() map[string]store.CacheStats{s.api.Authenticator.Caches, of.authorizer.Caches},
		Places: s.places, Decisions: s.extauth.Decisions,
	})
}

// observer is told of every request. It is nil where nobody wants to know.
func (s *Server) observer() func(audit.Event, error) {
	t := s.config.Tracer
	switch {
	case t == nil && s.metrics == nil:
		return nil
	case t == nil:
		return s.metrics.Request
	case s.metrics == nil:
		return t.Request
	}
	return func(e audit.Event, err error) {
		s.metrics.Request(e, err)
		t.Request(e, err)
	}
}

// keyTimes tells when the keys were made that seal now, by the names of their sets.
func (s *Server) keyTimes(ctx context.Context) (map[string]time.Time, error) {
	sets, err := s.store.KeySets(ctx)
	times := make(map[string]time.Time, len(sets))
	for _, set := range sets {
		if sealer, ok := set.Sealer(s.config.Now()); ok {
			times[KeySetName(set.Purpose)] = sealer.CreatedAt
		}
	}
	return times, err
}

func (s *Server) sinks() []metrics.Sink {
	stats := s.auditSinks.Stats()
	all := make([]metrics.Sink, len(stats))
	for i, sink := range stats {
		all[i] = metrics.Sink(sink)
	}
	return all
}

func (s *Server) places() map[string]metrics.Places {
	all := map[string]metrics.Places{}
	for name, p := range map[string]*limit.Places{"signed": s.api.Large, "unsigned": s.api.UnsignedLarge} {
		all[name] = inUse(p)
	}
	verified, unverified := s.gateway.Places()
	all["gateway_verified"], all["gateway_unverified"] = inUse(verified), inUse(unverified)
	return all
}

func inUse(p *limit.Places) metrics.Places {
	now, most := p.InUse()
	return metrics.Places{InUse: now, Max: most}
}

// operationsHandler answers those who watch the server.
func (s *Server) operationsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", s.ready)
	return mux
}
