// Package tracing sends OpenTelemetry spans of requests over OTLP/HTTP.
//
// Spans are made when a request is recorded in the audit log, of the laps that its call has kept: nothing of OpenTelemetry is in
// a context, or known below the doors. They wait in a queue of their own; what finds it full is dropped.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
)

// maxCode bounds the code of an error that a backend said.
const maxCode = 128

// Tracer makes spans. It is safe for concurrent use.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	now      func() time.Time
}

// New returns a Tracer that is configured by OpenTelemetry's environment variables: where to send to, how, and which requests. A
// variable that asks for what daypass can't do is an error, as is one that can't be read. What goes wrong later is logged. A
// process has one Tracer, since OpenTelemetry has one place for its troubles.
func New(ctx context.Context, now func() time.Time, logger *slog.Logger) (*Tracer, error) {
	if err := checkEnvironment(); err != nil {
		return nil, err
	}
	troubles := &troubles{logger: logger}
	otel.SetErrorHandler(troubles)
	otel.SetLogger(logr.New(troubles))
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	// What the environment says comes last, and wins.
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "daypass")), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	if err := troubles.atStart(); err != nil {
		return nil, errors.Join(fmt.Errorf("traces: %w", err), provider.Shutdown(ctx))
	}
	return &Tracer{provider, provider.Tracer("github.com/daypass/daypass"), now}, nil
}

// checkEnvironment refuses what would be ignored.
func checkEnvironment() error {
	for _, known := range []struct{ variable, value string }{
		{"OTEL_TRACES_EXPORTER", "otlp"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"},
		{"OTEL_SDK_DISABLED", "false"},
	} {
		if value := os.Getenv(known.variable); value != "" && value != known.value {
			return fmt.Errorf("traces: %s is %q, and can only be %s", known.variable, value, known.value)
		}
	}
	return nil
}

// troubles are those that OpenTelemetry has, which it tells of nowhere else: an otel.ErrorHandler and a logr.LogSink.
type troubles struct {
	logger *slog.Logger
	mu     sync.Mutex
	early  error // until it has started
	begun  bool
}

// Handle takes what went wrong.
func (t *troubles) Handle(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.begun {
		t.logger.Warn("traces are not sent as they should be", "error", err)
		return
	}
	t.early = errors.Join(t.early, err)
}

// atStart is what could not be read of the environment.
func (t *troubles) atStart() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begun = true
	return t.early
}

// Error takes what went wrong, without its values: a part of a header that could not be read may be a secret.
func (t *troubles) Error(err error, message string, _ ...any) {
	t.Handle(fmt.Errorf("%s: %w", message, err))
}

// Enabled says that nobody wants to read what is no error.
func (t *troubles) Enabled(int) bool { return false }

// Init, Info, WithValues and WithName make troubles a logr.LogSink.
func (t *troubles) Init(logr.RuntimeInfo)          {}
func (t *troubles) Info(int, string, ...any)       {}
func (t *troubles) WithValues(...any) logr.LogSink { return t }
func (t *troubles) WithName(string) logr.LogSink   { return t }

// Close sends what waits, as long as ctx allows.
func (t *Tracer) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Request makes the spans of a request that was recorded, or that was not for err. It has been answered or is about to be.
func (t *Tracer) Request(e audit.Event, err error) {
	laps := e.Call.Laps
	if laps == nil { // recorded away from a door
		return
	}
	end := t.now()
	ctx, root := t.tracer.Start(context.Background(), name(&e), trace.WithTimestamp(laps.Began), trace.WithSpanKind(trace.SpanKindServer))
	defer root.End(trace.WithTimestamp(end))
	if !root.IsRecording() {
		return
	}
	describe(root, &e, err)
	var contexts []context.Context
	for _, lap := range laps.All() {
		within := ctx
		if lap.Within >= 0 {
			within = contexts[lap.Within]
		}
		if lap.End.IsZero() {
			lap.End = end
		}
		within, span := t.tracer.Start(within, lap.Name, trace.WithTimestamp(lap.Begin), trace.WithSpanKind(kind(lap)))
		contexts = append(contexts, within)
		defer span.End(trace.WithTimestamp(lap.End))
	}
}

func name(e *audit.Event) string {
	if e.Action == "" {
		return e.Call.Service
	}
	return e.Call.Service + "." + e.Action
}

func kind(lap aws.Lap) trace.SpanKind {
	if lap.Name == "upstream" {
		return trace.SpanKindClient
	}
	return trace.SpanKindInternal
}

// describe says of a request what leads to its line in the audit log, which says the rest.
func describe(root trace.Span, e *audit.Event, err error) {
	root.SetAttributes(
		attribute.String("rpc.system", "aws-api"), attribute.String("rpc.service", e.Call.Service), attribute.String("aws.request_id", e.Call.RequestID),
	)
	if e.Action != "" {
		root.SetAttributes(attribute.String("rpc.method", e.Action))
	}
	switch {
	case err != nil:
		root.SetAttributes(attribute.String("error.type", string(aws.InternalFailure)))
		root.SetStatus(codes.Error, "not recorded")
	case e.Err != nil:
		code := string(e.Err.Code)
		root.SetAttributes(attribute.String("error.type", code[:min(len(code), maxCode)]))
		if isFault(code) {
			root.SetStatus(codes.Error, "")
		}
	}
}

// isFault reports whether a code says that the server, or a backend, is at fault, and not the client.
func isFault(code string) bool {
	switch code {
	case string(aws.InternalFailure), string(aws.ServiceUnavailable), "InternalError":
		return true
	}
	return false
}
