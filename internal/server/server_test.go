package server_test

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

// patience is how long a test waits for what happens by itself. Only a broken server comes near it.
const patience = 30 * time.Second

// config is of a server on a new data directory whose clock stands still.
func config(t *testing.T) server.Config {
	t.Helper()
	return server.Config{
		DataDir: filepath.Join(t.TempDir(), "data"),
		Now:     func() time.Time { return testenv.Start },
		Logger:  slog.New(slog.DiscardHandler),
	}
}

// beside is one more server on the SQLite database of another. What they share beside it is the sealing key.
func beside(t *testing.T, dataDir string) func(*server.Config) {
	t.Helper()
	return func(c *server.Config) {
		key, err := os.ReadFile(filepath.Join(dataDir, "sealing.key"))
		if err == nil {
			err = os.Mkdir(c.DataDir, 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(c.DataDir, "sealing.key"), key, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		c.Database = "sqlite:" + filepath.Join(dataDir, "daypass.db")
	}
}

// open makes a server, whose Close is left to the test.
func open(t *testing.T, c server.Config) *server.Server {
	t.Helper()
	s, err := server.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func shut(t *testing.T, s *server.Server) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func bootstrap(t *testing.T, s *server.Server) server.Account {
	t.Helper()
	account, err := s.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// started returns a server with an account whose root key is testenv.Root. It is closed when the test ends.
func started(t *testing.T, c server.Config) *server.Server {
	t.Helper()
	c.AccountID, c.RootAccessKeyID, c.RootSecretAccessKey = testenv.AccountID, testenv.Root.AccessKeyID, testenv.Root.SecretAccessKey
	s := open(t, c)
	t.Cleanup(func() { shut(t, s) })
	bootstrap(t, s)
	return s
}

var versions = map[string]string{"sts": "2011-06-15", "iam": "2010-05-08"}

// signed returns a form POST that root signed.
func signed(t *testing.T, target string, key testenv.Key, service, action string, parameters url.Values) *http.Request {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {versions[service]}}
	for name, values := range parameters {
		form[name] = values
	}
	body := form.Encode()
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, target+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	signer := sigv4.Signer{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey, Region: "us-east-1", Service: service}
	request := sigv4.Request{Method: r.Method, URI: "/", Host: r.Host, Header: r.Header}
	if err := signer.Sign(&request, testenv.Start, sigv4.PayloadOf([]byte(body))); err != nil {
		t.Fatal(err)
	}
	r.RequestURI = "/" // as a server has it
	return r
}

// answer is the status and body that a handler gives.
func answer(t *testing.T, handler http.Handler, r *http.Request) (int, string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return recorder.Code, recorder.Body.String()
}

// whoIs asks a server who a key belongs to.
func whoIs(t *testing.T, s *server.Server, key testenv.Key) (int, string) {
	t.Helper()
	return answer(t, s.Handler(), signed(t, "http://daypass.test", key, "sts", "GetCallerIdentity", nil))
}

func get(t *testing.T, s *server.Server, target string) int {
	t.Helper()
	status, _ := answer(t, s.Handler(), httptest.NewRequest(http.MethodGet, target, http.NoBody))
	return status
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := started(t, config(t))
	for target, want := range map[string]int{
		"/healthz": http.StatusOK,
		"/readyz":  http.StatusOK,
		// Only these two: all else is the endpoint's to refuse.
		"/healthz/":    http.StatusNotFound,
		"/readyz/x":    http.StatusNotFound,
		"/healthz?x":   http.StatusNotFound,
		"//readyz":     http.StatusNotFound,
		"/x/../readyz": http.StatusNotFound,
		"/":            http.StatusForbidden,
	} {
		if got := get(t, s, target); got != want {
			t.Errorf("GET %s: %d, want %d", target, got, want)
		}
	}
}

func TestNotReadyWithoutStore(t *testing.T) {
	t.Parallel()
	s := open(t, config(t))
	bootstrap(t, s)
	shut(t, s)
	if got := get(t, s, "/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("/readyz of a closed server: %d", got)
	}
	if got := get(t, s, "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz of a closed server: %d", got)
	}
}

// What can't be recorded is not done.
func TestNotReadyWithoutAudit(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a file that is always full")
	}
	c := config(t)
	if err := os.Mkdir(c.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(c.DataDir, "audit.jsonl")); err != nil {
		t.Fatal(err)
	}
	c.AccountID, c.RootAccessKeyID, c.RootSecretAccessKey = testenv.AccountID, testenv.Root.AccessKeyID, testenv.Root.SecretAccessKey
	s := open(t, c)
	bootstrap(t, s)
	if got := get(t, s, "/readyz"); got != http.StatusOK {
		t.Fatalf("/readyz before anything was recorded: %d", got)
	}
	if status, body := whoIs(t, s, testenv.Root); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	await(t, "the server to notice", func() bool { return get(t, s, "/readyz") == http.StatusServiceUnavailable })
	if got := get(t, s, "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz: %d", got)
	}
	create := signed(t, "http://daypass.test", testenv.Root, "iam", "CreateUser", url.Values{"UserName": {"alice"}})
	if status, body := answer(t, s.Handler(), create); status != http.StatusInternalServerError || !strings.Contains(body, "<Code>InternalFailure</Code>") {
		t.Errorf("CreateUser: %d %s", status, body)
	}
	if status, body := answer(t, s.Handler(), httptest.NewRequest(http.MethodGet, "/", http.NoBody)); status != http.StatusInternalServerError {
		t.Errorf("a request that is refused: %d %s", status, body)
	}
	if err := s.Close(); err == nil {
		t.Error("Close says nothing of the lines that it could not write")
	}
	if err := os.Remove(filepath.Join(c.DataDir, "audit.jsonl")); err != nil {
		t.Fatal(err)
	}
	again := open(t, c)
	defer shut(t, again)
	find := signed(t, "http://daypass.test", testenv.Root, "iam", "GetUser", url.Values{"UserName": {"alice"}})
	if status, body := answer(t, again.Handler(), find); status != http.StatusNotFound {
		t.Errorf("the user whose creation failed: %d %s", status, body)
	}
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// The last use of a key is written down when the server closes, at the latest.
func TestCloseWritesLastUse(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.RootAccessKeyID, c.RootSecretAccessKey = testenv.Root.AccessKeyID, testenv.Root.SecretAccessKey
	lastUse := func(s *server.Server) string {
		t.Helper()
		r := signed(t, "http://daypass.test", testenv.Root, "iam", "GetAccessKeyLastUsed", url.Values{"AccessKeyId": {testenv.Root.AccessKeyID}})
		status, body := answer(t, s.Handler(), r)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		return body
	}
	first := open(t, c)
	bootstrap(t, first)
	if body := lastUse(first); !strings.Contains(body, "<ServiceName>N/A</ServiceName>") || strings.Contains(body, "<LastUsedDate>") {
		t.Errorf("before any use was written: %s", body)
	}
	if status, body := whoIs(t, first, testenv.Root); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	shut(t, first)

	second := open(t, c)
	defer shut(t, second)
	body := lastUse(second)
	for _, want := range []string{"<ServiceName>sts</ServiceName>", "<Region>us-east-1</Region>", "<LastUsedDate>2026-01-02T03:04:05Z</LastUsedDate>"} {
		if !strings.Contains(body, want) {
			t.Errorf("after the server was closed %s is missing: %s", want, body)
		}
	}
}

// So is the last use of a role: when its sessions are used, not when they are asked for, and not by who only claims to have one.
func TestCloseWritesLastUseOfRole(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	_, alice := env.AddUser("alice")
	for _, name := range []string{"used", "unused", "forged"} {
		status, body := env.Call(testenv.Root, "iam", "CreateRole", "RoleName", name,
			"AssumeRolePolicyDocument", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}`)
		if status != http.StatusOK {
			t.Fatal(body)
		}
		status, body = env.Call(alice, "sts", "AssumeRole", "RoleArn", "arn:aws:iam::123456789012:role/"+name, "RoleSessionName", "me")
		if status != http.StatusOK {
			t.Fatal(body)
		}
		key := testenv.Key{AccessKeyID: element(body, "AccessKeyId"), SecretAccessKey: element(body, "SecretAccessKey"), SessionToken: element(body, "SessionToken")}
		env.Now = env.Now.Add(time.Minute)
		switch name {
		case "used": // a denial is a use
			env.Call(key, "iam", "ListUsers")
		case "forged":
			key.SecretAccessKey = "x"
			env.Call(key, "iam", "ListUsers")
		}
	}
	env.Close()
	for name, want := range map[string]store.Role{
		"used":   {LastUsedAt: store.Time{Time: testenv.Start.Add(time.Minute)}, LastUsedRegion: testenv.Region},
		"unused": {}, "forged": {},
	} {
		if err := env.Store.View(t.Context(), func(tx *store.Tx) error {
			role, err := tx.RoleByName(t.Context(), store.RoleByNameParams{AccountID: testenv.AccountID, NameKey: name})
			if role.LastUsedAt != want.LastUsedAt || role.LastUsedRegion != want.LastUsedRegion {
				t.Errorf("%s: %s in %q", name, role.LastUsedAt, role.LastUsedRegion)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func element(body, name string) string {
	_, rest, _ := strings.Cut(body, "<"+name+">")
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return text
}

// Nobody but the owner may read what a server keeps, whatever it is.
func TestModes(t *testing.T) {
	t.Parallel()
	c := config(t)
	s := started(t, c)
	if status, body := whoIs(t, s, testenv.Root); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	files := map[string]bool{}
	err := filepath.WalkDir(c.DataDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		files[entry.Name()] = true
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700 | fs.ModeDir
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sealing.key", "daypass.db", "daypass.db-wal", "audit.jsonl"} {
		if !files[name] {
			t.Errorf("there is no %s in %v", name, files)
		}
	}
}

// Two servers share a database. What one takes away the other refuses a second later, and not much after.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	first := testenv.New(t)
	second := testenv.New(t, beside(t, first.DataDir))
	_, alice := first.AddUser("alice")
	who := func(e *testenv.Env) int {
		t.Helper()
		status, _ := e.Call(alice, "sts", "GetCallerIdentity")
		return status
	}
	if a, b := who(first), who(second); a != http.StatusOK || b != http.StatusOK {
		t.Fatalf("alice gets %d and %d", a, b)
	}
	status, body := first.Call(testenv.Root, "iam", "UpdateAccessKey", "UserName", "alice", "AccessKeyId", alice.AccessKeyID, "Status", "Inactive")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	if got := who(first); got != http.StatusForbidden {
		t.Errorf("the server that deactivated the key: %d", got)
	}
	second.Now = second.Now.Add(time.Second)
	if got := who(second); got != http.StatusForbidden {
		t.Errorf("the other server, a second later: %d", got)
	}
	status, body = second.Call(testenv.Root, "iam", "UpdateAccessKey", "UserName", "alice", "AccessKeyId", alice.AccessKeyID, "Status", "Active")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	first.Now = first.Now.Add(time.Second)
	if a, b := who(first), who(second); a != http.StatusOK || b != http.StatusOK {
		t.Errorf("alice gets %d and %d after the key is active again", a, b)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T, *server.Config){
		"account id": func(_ *testing.T, c *server.Config) { c.AccountID = "1" },
		"database":   func(_ *testing.T, c *server.Config) { c.Database = "mysql://localhost/x" },
		"data directory that is a file": func(t *testing.T, c *server.Config) {
			if err := os.WriteFile(c.DataDir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"sealing key that others may read": func(t *testing.T, c *server.Config) {
			shut(t, open(t, *c))
			if err := os.Chmod(filepath.Join(c.DataDir, "sealing.key"), 0o640); err != nil {
				t.Fatal(err)
			}
		},
		"audit log that is a directory": func(t *testing.T, c *server.Config) {
			if err := os.MkdirAll(filepath.Join(c.DataDir, "audit.jsonl"), 0o700); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(t)
			prepare(t, &c)
			s, err := server.New(t.Context(), c)
			if err == nil || s != nil {
				t.Errorf("New = %v, %v", s, err)
			}
		})
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Regions = []string{"eu-central-1"}
	if status, body := whoIs(t, started(t, c), testenv.Root); status != http.StatusForbidden {
		t.Errorf("a signature for us-east-1: %d %s", status, body)
	}
	c = config(t)
	c.Regions = []string{"eu-central-1", "us-east-1"}
	if status, body := whoIs(t, started(t, c), testenv.Root); status != http.StatusOK {
		t.Errorf("a signature for us-east-1: %d %s", status, body)
	}
}
