package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/auditsink"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

// hook is a webhook that can be out of order.
type hook struct {
	broken atomic.Bool
	asked  atomic.Int64
}

func (h *hook) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	h.asked.Add(1)
	if h.broken.Load() {
		w.WriteHeader(http.StatusBadRequest)
	}
}

// withHook is a server whose log goes to the hook, and where it tells of itself.
func withHook(t *testing.T, h *hook, onFailure string) (s *serving, operations string) {
	t.Helper()
	receiver := httptest.NewServer(h)
	t.Cleanup(receiver.Close)
	c := config(t)
	c.AuditSinks = []auditsink.Config{{
		Webhook: &auditsink.Webhook{URL: receiver.URL}, Name: "siem", OnFailure: onFailure, MaxLag: auditsink.Lag{Size: 3000},
	}}
	c.OperationsListen = "127.0.0.1:0"
	s, log := operated(t, c)
	return s, log.address(t, "--operations-listen")
}

// figure is one that the metrics have of the hook.
func (s *serving) figure(t *testing.T, operations, name string) (n float64) {
	t.Helper()
	lines := s.lines(t, operations, "daypass_audit_sink_"+name)
	if len(lines) != 1 {
		t.Fatalf("%s: %q", name, lines)
	}
	if _, err := fmt.Sscanf(lines[0], "daypass_audit_sink_"+name+`{sink="siem"} %g`, &n); err != nil {
		t.Fatalf("%s: %v", lines[0], err)
	}
	return n
}

// A sink that takes nothing holds up no request until it is too far behind. Then nothing is done, until it has caught up.
func TestSinkRefuses(t *testing.T) {
	t.Parallel()
	var h hook
	h.broken.Store(true)
	s, operations := withHook(t, &h, "")
	answered := 0
	await(t, "a refusal", func() bool {
		status, body := whoIs(t, s.Server, testenv.Root)
		if status == http.StatusOK {
			answered++
			return false
		}
		if status != http.StatusInternalServerError || !strings.Contains(body, "<Code>InternalFailure</Code>") || strings.Contains(body, "siem") {
			t.Fatalf("%d %s", status, body)
		}
		return true
	})
	if answered < 3 {
		t.Errorf("%d requests were answered before, and their lines have no 3000 bytes", answered)
	}
	if status := get(t, s.Server, "/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", status)
	}
	if behind, failures := s.figure(t, operations, "lag_bytes"), s.figure(t, operations, "failures_total"); behind <= 3000 || failures == 0 {
		t.Errorf("it is %g bytes behind, and has failed %g times", behind, failures)
	}
	for _, line := range []string{
		`daypass_ready 0`, `daypass_audit_broken 0`,
		`daypass_audit_sink_refusing{sink="siem"} 1`, `daypass_audit_sink_lines_total{sink="siem"} 0`, `daypass_audit_sink_dropped_lines_total{sink="siem"} 0`,
		`daypass_audit_sink_max_lag_bytes{sink="siem"} 3000`, `daypass_audit_sink_max_lag_seconds{sink="siem"} 600`,
	} {
		s.hasLine(t, operations, line)
	}
	h.broken.Store(false)
	await(t, "the end of the refusal", func() bool { return get(t, s.Server, "/readyz") == http.StatusOK })
	if status, body := whoIs(t, s.Server, testenv.Root); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	await(t, "the last line", func() bool { return s.figure(t, operations, "lag_bytes") == 0 })
	s.hasLine(t, operations, `daypass_audit_sink_refusing{sink="siem"} 0`)
	if taken := s.figure(t, operations, "lines_total"); taken <= float64(answered) {
		t.Errorf("the sink has taken %g lines, not more than were answered before", taken)
	}
}

// A sink that may miss lines never does.
func TestSinkDrops(t *testing.T) {
	t.Parallel()
	var h hook
	h.broken.Store(true)
	s, operations := withHook(t, &h, "drop")
	await(t, "a loss", func() bool {
		if status, body := whoIs(t, s.Server, testenv.Root); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		time.Sleep(time.Millisecond)
		return s.figure(t, operations, "dropped_lines_total") > 0
	})
	s.hasLine(t, operations, `daypass_audit_sink_refusing{sink="siem"} 0`)
	if status := get(t, s.Server, "/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: %d", status)
	}
}

// A position that is no good ends the start, before anything is answered.
func TestSinkWithoutPosition(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.AuditSinks = []auditsink.Config{{Stdout: &auditsink.Stdout{}}}
	c.Stdout = new(strings.Builder)
	shut(t, open(t, c))
	path := strings.TrimSuffix(c.AuditFile(), ".jsonl") + ".stdout.position"
	if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), path+" is not what the server made") {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	shut(t, open(t, c))
}

func TestSinksConfig(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/daypass.yaml"
	text := `
audit:
  rotate: {size: 1MiB}
  sinks:
    - stdout: {}
    - syslog: {address: "tls://logs.example.com:6514", facility: auth, app: sts, timeout: 3s, tls: {ca: a, certificate: b, key: c}}
      name: collector
      maxLag: {size: 1MiB, age: 1m}
      onFailure: drop
    - webhook:
        url: https://siem.example.com/in
        format: lines
        authorization: {env: A}
        signingSecret: {env: B}
        batch: 10
        timeout: 5s
        tls: {ca: d}
`
	read := func(text string) ([]auditsink.Config, error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := config(t)
		err := c.ReadFile(path)
		return c.AuditSinks, err
	}
	got, err := read(text)
	want := []auditsink.Config{
		{Stdout: &auditsink.Stdout{}},
		{
			Syslog: &auditsink.Syslog{
				Address: "tls://logs.example.com:6514", Facility: "auth", App: "sts", Timeout: 3 * time.Second,
				TLS: auditsink.TLS{CA: "a", Certificate: "b", Key: "c"},
			},
			Name: "collector", MaxLag: auditsink.Lag{Size: audit.Size(1 << 20), Age: time.Minute}, OnFailure: "drop",
		},
		{Webhook: &auditsink.Webhook{
			URL: "https://siem.example.com/in", Format: "lines", Authorization: auditsink.Variable{Env: "A"}, SigningSecret: auditsink.Variable{Env: "B"},
			Batch: 10, Timeout: 5 * time.Second, TLS: auditsink.TLS{CA: "d"},
		}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	for _, test := range []struct{ old, becomes, want string }{
		{"stdout: {}", "stdout:", "number 1: it is not one of stdout"},
		{"stdout: {}", "stdout: {x: 1}", "field x not found"},
		{"stdout: {}", "stderr: {}", "field stderr not found"},
		{"facility: auth", "facilities: auth", "field facilities not found"},
		{"{env: A}", "Bearer x", "cannot unmarshal"},
		{"size: 1MiB, age: 1m", "size: 1000", "no size"},
		{"drop", "forget", "number 2: onFailure"},
		{"https://siem", "http://siem", "number 3: webhook.url"},
	} {
		if _, err := read(strings.Replace(text, test.old, test.becomes, 1)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.becomes, err)
		}
	}
}
