package gateway

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/sigv4"
)

// A programmer's fault costs the one request, which its client and the audit log hear of in the service's own words.
func TestPanic(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	log := audit.New(file)
	h := &Handler{Audit: log, Now: time.Now, Logger: slog.New(slog.DiscardHandler)} // whose Authenticator was forgotten
	if err := h.Configure(Config{}); err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"s3", "dynamodb"} {
		u := noUpstream(service)
		u.Region, u.address = "us-east-1", &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
		h.upstreams[service] = u
	}
	front := httptest.NewServer(h)
	defer front.Close()
	want := []string{"InternalError", "InternalFailure", "InternalError"}
	for i, service := range []string{"s3", "dynamodb", "s3"} {
		request := sigv4.Request{Method: http.MethodPost, URI: "/", Host: front.Listener.Addr().String(), Header: http.Header{}}
		if service == "dynamodb" {
			request.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
		}
		signer := sigv4.Signer{AccessKeyID: "AKIAALICEALICEALICEA", SecretAccessKey: "secret", Region: "us-east-1", Service: service}
		if service == "s3" {
			err = signer.SignS3(&request, time.Now(), sigv4.PayloadOf(nil))
		} else {
			err = signer.Sign(&request, time.Now(), sigv4.PayloadOf(nil))
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), request.Method, front.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = request.Header
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusInternalServerError || !strings.Contains(string(body), want[i]) || strings.Contains(string(body), "nil pointer") {
			t.Error(service, response.Status, string(body), err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != len(want) {
		t.Fatal(lines)
	}
	for i, line := range lines {
		var event struct {
			ErrorCode           string
			AdditionalEventData struct{ Reason string }
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.ErrorCode != want[i] || !strings.HasPrefix(event.AdditionalEventData.Reason, "panic: ") {
			t.Error(line, err)
		}
	}
}
