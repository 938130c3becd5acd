package server_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

// examined are the verdicts by subject. Where a subject has several findings, the worst counts.
func examined(t *testing.T, c server.Config) (verdicts map[string]server.Verdict, text string) {
	t.Helper()
	worse := map[server.Verdict]int{server.Fine: 0, server.Warning: 1, server.Failure: 2}
	verdicts = map[string]server.Verdict{}
	for _, f := range server.Examine(t.Context(), c) {
		text += string(f.Verdict) + " " + f.Subject + ": " + f.Text + "\n"
		if v, ok := verdicts[f.Subject]; !ok || worse[f.Verdict] > worse[v] {
			verdicts[f.Subject] = f.Verdict
		}
	}
	return verdicts, text
}

// TestExamine breaks one thing after the other, and sees that this one is named.
func TestExamine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil   func(t *testing.T, c *server.Config)
		subject string
		verdict server.Verdict
		text    string
	}{
		"nothing":              {func(*testing.T, *server.Config) {}, "sealing key", server.Fine, "opens all "},
		"a directory for all":  {func(t *testing.T, c *server.Config) { chmod(t, c.DataDir, 0o777) }, "data directory", server.Failure, "chmod go-w"},
		"a log for all":        {func(t *testing.T, c *server.Config) { chmod(t, c.AuditFile(), 0o644) }, "data directory", server.Failure, "audit.jsonl"},
		"no directory":         {func(_ *testing.T, c *server.Config) { c.DataDir += "-none" }, "data directory", server.Failure, "no such file"},
		"a database elsewhere": {func(_ *testing.T, c *server.Config) { c.Database = filepath.Join(c.DataDir, "other.db") }, "database", server.Failure, "no such file"},
		"no database server": {
			func(_ *testing.T, c *server.Config) { c.Database = "postgres://127.0.0.1:1/none" }, "database", server.Failure, "refused",
		},
		"no sealing key": {
			func(t *testing.T, c *server.Config) { remove(t, filepath.Join(c.DataDir, "sealing.key")) }, "sealing key", server.Failure, "sealing.key",
		},
		"another's sealing key": {func(t *testing.T, c *server.Config) {
			other := config(t)
			started(t, other)
			key, err := os.ReadFile(filepath.Join(other.DataDir, "sealing.key"))
			if err == nil {
				err = os.WriteFile(filepath.Join(c.DataDir, "sealing.key"), key, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "sealing key", server.Failure, "does not open"},
		"old keys": {func(_ *testing.T, c *server.Config) {
			c.TokenKeyRotation = 30 * 24 * time.Hour
			c.Now = func() time.Time { return testenv.Start.AddDate(0, 2, 0) }
		}, "keys of session-tokens", server.Warning, "should have been replaced"},
		"a clock of last year": {
			func(_ *testing.T, c *server.Config) {
				c.Now = func() time.Time { return testenv.Start.AddDate(-1, 0, 0) }
			}, "clock", server.Failure, "from the server's",
		},
		"no server":    {func(_ *testing.T, c *server.Config) { c.Listen = "127.0.0.1:1" }, "server", server.Warning, "nobody answers"},
		"no backend":   {func(_ *testing.T, c *server.Config) { backendAt(c, "http://127.0.0.1:1") }, "backend of s3", server.Failure, "refused"},
		"bad settings": {func(_ *testing.T, c *server.Config) { c.AccountID = "1" }, "configuration", server.Failure, "not 12 digits"},
		"a backend that is": {func(t *testing.T, c *server.Config) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
			backendAt(c, "http://"+listener.Addr().String())
		}, "backend of s3", server.Fine, "takes connections"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(t)
			s := serve(t, started(t, c))
			c.Listen = s.address
			tt.spoil(t, &c)
			verdicts, text := examined(t, c)
			if verdicts[tt.subject] != tt.verdict || !strings.Contains(text, tt.text) {
				t.Errorf("want %s of %s and %q in\n%s", tt.verdict, tt.subject, tt.text, text)
			}
			if name == "nothing" && (strings.Count(text, string(server.Failure)+" ") != 1 || verdicts["clock"] != server.Failure) {
				t.Errorf("only the clock of the test is wrong, but\n%s", text)
			}
			s.stop()
			if err := <-s.ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func backendAt(c *server.Config, url string) {
	c.Gateway.Upstreams = map[string]gateway.Upstream{"s3": {URL: url}}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// TestExamineChangesNothing holds that no file is made or changed, and no row.
func TestExamineChangesNothing(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.DataDir = filepath.Join(t.TempDir(), "none")
	examined(t, c)
	if _, err := os.Stat(c.DataDir); !os.IsNotExist(err) {
		t.Errorf("the directory is there: %v", err)
	}
	c = config(t)
	started(t, c)
	before := generation(t, c)
	examined(t, c)
	if after := generation(t, c); after != before {
		t.Errorf("the generation was %d and is %d", before, after)
	}
}

func generation(t *testing.T, c server.Config) uint64 {
	t.Helper()
	st, err := server.OpenExistingStore(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	n, err := st.Generation(context.Background(), testenv.Start)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
