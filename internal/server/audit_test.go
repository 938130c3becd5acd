package server_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/testenv"
)

// verified is what became of the audit log of a server that is down.
func verified(t *testing.T, c server.Config, head audit.Head) audit.Verification {
	t.Helper()
	st, err := server.OpenExistingStore(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, st)
	v, err := server.VerifyAuditLog(t.Context(), st, c, head)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func closeStore(t *testing.T, st *store.Store) {
	t.Helper()
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

// recorded runs a server that gets some requests, and ends.
func recorded(t *testing.T, c server.Config, requests int) {
	t.Helper()
	s := open(t, c)
	defer shut(t, s)
	bootstrap(t, s)
	for range requests {
		if status, body := whoIs(t, s, testenv.Root); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
	}
}

// The database remembers where the log ended.
func TestAuditLogIsVerified(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.AccountID, c.RootAccessKeyID, c.RootSecretAccessKey = testenv.AccountID, testenv.Root.AccessKeyID, testenv.Root.SecretAccessKey
	recorded(t, c, 1)
	first := verified(t, c, audit.Head{})
	log, chain := readAudit(t, c)
	recorded(t, c, 2)
	v := verified(t, c, first.Last)
	if len(v.Findings)+len(v.Notes) > 0 || v.Lines != 3 {
		t.Errorf("%+v", v)
	}
	writeAudit(t, c, log, chain) // as it was
	if v := verified(t, c, audit.Head{}); !strings.Contains(strings.Join(v.Findings, "\n"), "the end of audit.jsonl is cut off") {
		t.Errorf("the log ends early: %+v", v)
	}
	recorded(t, c, 1) // which must not go on there, as if nothing had been
	if v := verified(t, c, audit.Head{}); !strings.Contains(strings.Join(v.Findings, "\n"), "a new chain begins") {
		t.Errorf("the log ended early before the start: %+v", v)
	}
	removeAll(t, c)
	recorded(t, c, 1)
	if v := verified(t, c, audit.Head{}); !strings.Contains(strings.Join(v.Findings, "\n"), "nothing of it is left") {
		t.Errorf("the log was removed before the start: %+v", v)
	}
}

// Another server's log is no business of this one's.
func TestAuditLogOfAnotherServer(t *testing.T) {
	t.Parallel()
	c := config(t)
	recorded(t, c, 0)
	other := config(t)
	beside(t, c.DataDir)(&other)
	s := open(t, other)
	if status, _ := whoIs(t, s, testenv.Root); status != http.StatusForbidden {
		t.Errorf("a key of nobody's is answered %d", status)
	}
	shut(t, s)
	if v := verified(t, other, audit.Head{}); len(v.Findings) > 0 || v.Lines != 1 || len(v.Elsewhere) > 1 {
		t.Errorf("%+v", v)
	}
}

func readAudit(t *testing.T, c server.Config) (log, chain []byte) {
	t.Helper()
	log, err := os.ReadFile(c.AuditFile())
	if err != nil {
		t.Fatal(err)
	}
	if chain, err = os.ReadFile(c.AuditFile() + ".chain"); err != nil {
		t.Fatal(err)
	}
	return log, chain
}

func writeAudit(t *testing.T, c server.Config, log, chain []byte) {
	t.Helper()
	for path, data := range map[string][]byte{c.AuditFile(): log, c.AuditFile() + ".chain": chain} {
		if err := os.WriteFile(path, bytes.Clone(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func removeAll(t *testing.T, c server.Config) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(c.DataDir, "audit*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// The janitor does not wait for the end to note where the log is.
func TestAuditLogIsAnchoredAtStart(t *testing.T) {
	t.Parallel()
	c := config(t)
	s := open(t, c)
	defer shut(t, s)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { served <- s.Serve(ctx, listener) }()
	st, err := server.OpenStore(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, st)
	await(t, "the row", func() bool {
		var rows []store.AuditLog
		err := st.View(t.Context(), func(tx *store.Tx) (err error) {
			rows, err = tx.AuditLogs(t.Context())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows) == 1
	})
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
