package api_test

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/api"
	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/testenv"
)

// A programmer's fault costs the one request: its client and the audit log hear of it, and what it was is for the operator.
func TestPanic(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	log := audit.New(file)
	whole := e.Handler
	e.Handler = &api.Handler{Audit: log, Now: func() time.Time { return e.Now }, Logger: slog.New(slog.DiscardHandler)} // Authenticator was forgotten
	for range 2 {
		status, body := e.Call(testenv.Root, "sts", "GetCallerIdentity")
		if status != http.StatusInternalServerError || !strings.Contains(body, "<Code>InternalFailure</Code>") || strings.Contains(body, "nil pointer") {
			t.Error(status, body)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), `"errorCode":"InternalFailure"`) != 2 || strings.Count(string(text), `"reason":"panic: `) != 2 {
		t.Error(string(text), err)
	}
	e.Handler = whole
	if status, body := e.Call(testenv.Root, "sts", "GetCallerIdentity"); status != http.StatusOK {
		t.Error(status, body)
	}
}
