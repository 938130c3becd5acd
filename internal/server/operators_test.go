package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

// logged is a server's log that can be read while it is written.
type logged struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

// address is where the server says that it listens by a setting.
func (l *logged) address(t *testing.T, setting string) string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(l.lines.Bytes()) {
		var said struct{ Setting, Address string }
		if err := json.Unmarshal(line, &said); err != nil {
			t.Fatal(err)
		}
		if said.Setting == setting {
			return said.Address
		}
	}
	t.Fatalf("nothing listens by %s:\n%s", setting, &l.lines)
	return ""
}

// operated is a server that answers clients and operators, until the test ends.
func operated(t *testing.T, c server.Config) (*serving, *logged) {
	t.Helper()
	log := &logged{}
	c.Logger = slog.New(slog.NewJSONHandler(log, nil))
	s := started(t, c)
	if err := s.ListenBeside(t.Context()); err != nil {
		t.Fatal(err)
	}
	run := serve(t, s)
	t.Cleanup(func() {
		run.stop()
		if err := <-run.ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return run, log
}

func (s *serving) get(t *testing.T, target string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return s.ask(r)
}

// lines are those of the metrics that begin with a name.
func (s *serving) lines(t *testing.T, address, name string) []string {
	t.Helper()
	r := s.get(t, "http://"+address+"/metrics")
	if r.status != http.StatusOK {
		t.Fatalf("/metrics: %+v", r)
	}
	var found []string
	for line := range strings.Lines(r.body) {
		if strings.HasPrefix(line, name+"{") || strings.HasPrefix(line, name+" ") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func (s *serving) hasLine(t *testing.T, address, line string) {
	t.Helper()
	name, _, _ := strings.Cut(line, "{")
	name, _, _ = strings.Cut(name, " ")
	if found := s.lines(t, address, name); !slices.Contains(found, line) {
		t.Errorf("no %s among\n%s", line, strings.Join(found, "\n"))
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.OperationsListen = "127.0.0.1:0"
	s, log := operated(t, c)
	operations := log.address(t, "--operations-listen")

	endpoint := "http://" + s.address
	forged := testenv.Key{AccessKeyID: testenv.Root.AccessKeyID, SecretAccessKey: strings.Repeat("x", 40)}
	stranger := testenv.Key{AccessKeyID: "AKIASTRANGERSTRANGER", SecretAccessKey: strings.Repeat("x", 40)}
	for _, r := range []*http.Request{
		signed(t, endpoint, testenv.Root, "sts", "GetCallerIdentity", nil),
		signed(t, endpoint, testenv.Root, "iam", "CreateUser", url.Values{"UserName": {"metrics-alice"}}),
		signed(t, endpoint, testenv.Root, "iam", "GetUser", url.Values{"UserName": {"nobody"}}),
		signed(t, endpoint, testenv.Root, "sts", "NoSuchAction", nil),
		signed(t, endpoint, testenv.Root, "s3", "ListBuckets", nil),
		signed(t, endpoint, forged, "sts", "GetCallerIdentity", nil),
		signed(t, endpoint, stranger, "sts", "GetCallerIdentity", nil),
		signed(t, endpoint, testenv.Root, "sts", "GetSessionToken", url.Values{"SerialNumber": {"arn:aws:iam::123456789012:mfa/x"}, "TokenCode": {"123456"}}),
	} {
		if answered := s.ask(r); answered.err != nil {
			t.Fatal(answered.err)
		}
	}
	for _, line := range []string{
		`daypass_requests_total{action="GetCallerIdentity",outcome="success",service="sts"} 1`,
		`daypass_requests_total{action="CreateUser",outcome="success",service="iam"} 1`,
		`daypass_requests_total{action="GetUser",outcome="NoSuchEntity",service="iam"} 1`,
		`daypass_requests_total{action="other",outcome="InvalidAction",service="sts"} 1`,
		`daypass_requests_total{action="other",outcome="SignatureDoesNotMatch",service="sts"} 2`, // s3 is not among the services
		`daypass_requests_total{action="other",outcome="InvalidClientTokenId",service="sts"} 1`,
		`daypass_requests_total{action="GetSessionToken",outcome="AccessDenied",service="sts"} 1`,
		`daypass_request_duration_seconds_count{action="CreateUser",service="iam"} 1`,
		`daypass_mfa_checks_total{outcome="unknown_device"} 1`,
		`daypass_mfa_checks_total{outcome="accepted"} 0`,
		`daypass_store_faults_total{work="update"} 0`,
		`daypass_ready 1`,
		`daypass_audit_broken 0`,
		`daypass_audit_lines_total 8`,
		`daypass_body_places{kind="signed"} 8`,
		`daypass_body_places_in_use{kind="signed"} 0`,
		`daypass_key_created_timestamp_seconds{key="session-tokens"} 1.767323045e+09`,
	} {
		s.hasLine(t, operations, line)
	}
	for _, name := range []string{
		"daypass_build_info", "daypass_cache_entries", "daypass_cache_loads_total", "daypass_store_generation", "daypass_store_commit_updates_count",
		"daypass_store_connections_max", "daypass_extauth_decisions_total", "go_goroutines", "process_resident_memory_bytes",
	} {
		if len(s.lines(t, operations, name)) == 0 && (runtime.GOOS == "linux" || !strings.HasPrefix(name, "process_")) {
			t.Errorf("no %s", name)
		}
	}
	// Nobody is named by them.
	body := s.get(t, "http://"+operations+"/metrics").body
	for _, name := range []string{
		testenv.AccountID, testenv.Root.AccessKeyID, testenv.Root.SecretAccessKey, stranger.AccessKeyID, "metrics-alice", "NoSuchAction", "127.0.0.1",
	} {
		if strings.Contains(body, name) {
			t.Errorf("the metrics have %q", name)
		}
	}
}

// The two endpoints have nothing of each other.
func TestMetricsAreApart(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.OperationsListen = "127.0.0.1:0"
	s, log := operated(t, c)
	operations := log.address(t, "--operations-listen")
	for _, path := range []string{"/metrics", "//metrics", "/x/../metrics", "/debug/pprof/", "/oidc/../metrics"} {
		if r := s.get(t, "http://"+s.address+path); r.status < 400 && r.status != http.StatusFound || strings.Contains(r.body, "daypass_") {
			t.Errorf("GET %s of the endpoint: %+v", path, r)
		}
	}
	for path, want := range map[string]int{
		"/metrics": http.StatusOK, "/healthz": http.StatusOK, "/readyz": http.StatusOK,
		"/": http.StatusNotFound, "/debug/pprof/": http.StatusNotFound, "/debug/pprof/heap": http.StatusNotFound,
	} {
		if r := s.get(t, "http://"+operations+path); r.status != want {
			t.Errorf("GET %s for operators: %+v, want %d", path, r, want)
		}
	}
	r := signed(t, "http://"+operations, testenv.Root, "sts", "GetCallerIdentity", nil)
	if r := s.ask(r); r.status != http.StatusNotFound {
		t.Errorf("GetCallerIdentity for operators: %+v", r)
	}
}

// A server that can't write its audit log says so, in figures too.
func TestMetricsOfBrokenLog(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a file that is always full")
	}
	c := config(t)
	c.OperationsListen = "127.0.0.1:0"
	if err := os.Mkdir(c.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(c.DataDir, "audit.jsonl")); err != nil {
		t.Fatal(err)
	}
	c.AccountID, c.RootAccessKeyID, c.RootSecretAccessKey = testenv.AccountID, testenv.Root.AccessKeyID, testenv.Root.SecretAccessKey
	log := &logged{}
	c.Logger = slog.New(slog.NewJSONHandler(log, nil))
	server := open(t, c)
	bootstrap(t, server)
	if err := server.ListenBeside(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := serve(t, server)
	operations := log.address(t, "--operations-listen")
	whoIs(t, server, testenv.Root)
	await(t, "the server to notice", func() bool { return get(t, server, "/readyz") == http.StatusServiceUnavailable })
	whoIs(t, server, testenv.Root)
	s.hasLine(t, operations, `daypass_ready 0`)
	s.hasLine(t, operations, `daypass_audit_broken 1`)
	s.hasLine(t, operations, `daypass_requests_total{action="GetCallerIdentity",outcome="InternalFailure",service="sts"} 1`)
	if lines := s.lines(t, operations, "daypass_audit_write_failures_total"); len(lines) != 1 || strings.HasSuffix(lines[0], " 0") {
		t.Errorf("failures of writes: %q", lines)
	}
	if r := s.get(t, "http://"+operations+"/readyz"); r.status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %+v", r)
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("Serve = %v", err)
	}
	if err := server.Close(); err == nil {
		t.Error("Close says nothing of the lines that were not written")
	}
}

// A port that is taken is an error before anything is served, and what was opened is let go of.
func TestOperatorsPortIsTaken(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.OperationsListen = "127.0.0.1:0"
	_, log := operated(t, c)
	second := config(t)
	second.OperationsListen = log.address(t, "--operations-listen")
	err := started(t, second).ListenBeside(context.Background())
	if err == nil || !strings.HasPrefix(err.Error(), "--operations-listen: ") {
		t.Errorf("ListenBeside = %v", err)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.PprofListen = "127.0.0.1:0"
	s, log := operated(t, c)
	profiles := log.address(t, "--pprof-listen")
	for path, want := range map[string]int{
		"/debug/pprof/": http.StatusOK, "/debug/pprof/heap": http.StatusOK, "/debug/pprof/goroutine?debug=1": http.StatusOK,
		"/debug/pprof/profile?seconds=1": http.StatusOK, "/debug/pprof/symbol": http.StatusOK, "/debug/pprof/trace?seconds=0.01": http.StatusOK,
		"/debug/pprof/cmdline": http.StatusNotFound, "/debug/pprof/nothing": http.StatusNotFound, "/": http.StatusNotFound,
		"/metrics": http.StatusNotFound,
	} {
		if r := s.get(t, "http://"+profiles+path); r.status != want {
			t.Errorf("GET %s: %d %.100s, want %d", path, r.status, r.body, want)
		}
	}
	r := signed(t, "http://"+profiles, testenv.Root, "sts", "GetCallerIdentity", nil)
	r.Method, r.URL.Path, r.Host = http.MethodGet, "/debug/pprof/heap", "rebound.example.com:6060"
	if r := s.ask(r); r.status != http.StatusForbidden {
		t.Errorf("a page under its own name gets %d", r.status)
	}
}

// Who may reach another address than the machine's own learns nothing of the process.
func TestProfilesStayHere(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		":6060", "0.0.0.0:6060", "[::]:6060", "192.0.2.1:6060", "localhost:6060", "example.com:6060", "127.0.0.1", "127.1:6060", "[::ffff:192.0.2.1]:6060",
	} {
		c := config(t)
		c.PprofListen = address
		if err := c.Validate(); err == nil {
			t.Errorf("%s is taken", address)
		}
	}
	for _, address := range []string{"", "127.0.0.1:6060", "[::1]:6060", "127.0.0.53:0"} {
		c := config(t)
		c.PprofListen = address
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
