package auditsink_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/auditsink"
)

// receiver is a server that gets lines. It does what it is told with each request, and is well-behaved after that.
type receiver struct {
	t     *testing.T
	mutex sync.Mutex
	does  []http.HandlerFunc
	asked int
	ids   []string          // of the requests that it took
	lines []string          // in them
	seen  map[string]string // the bodies of all requests, by webhook-id
	last  http.Header
}

func newReceiver(t *testing.T, does ...http.HandlerFunc) *receiver {
	t.Helper()
	return &receiver{t: t, does: does, seen: map[string]string{}}
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	id := request.Header.Get("Webhook-Id")
	r.mutex.Lock()
	if before, again := r.seen[id]; again && before != string(body) {
		r.t.Errorf("%s has two bodies:\n%s\n%s", id, before, body)
	}
	r.seen[id] = string(body)
	r.last = request.Header
	r.asked++
	if len(r.does) > 0 {
		do := r.does[0]
		r.does = r.does[1:]
		r.mutex.Unlock()
		do(w, request)
		return
	}
	defer r.mutex.Unlock()
	r.ids = append(r.ids, id)
	r.lines = append(r.lines, linesOf(r.t, request, body)...)
}

// linesOf reads a body in either form.
func linesOf(t *testing.T, request *http.Request, body []byte) (lines []string) {
	if request.Header.Get("Content-Type") == "application/x-ndjson" {
		return strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
	}
	var records struct{ Records []json.RawMessage }
	if err := json.Unmarshal(body, &records); err != nil {
		t.Errorf("%v: %s", err, body)
	}
	for _, record := range records.Records {
		lines = append(lines, string(record))
	}
	return lines
}

func (r *receiver) taken() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.Clone(r.lines)
}

func (r *receiver) awaitLines(n int) []string {
	r.t.Helper()
	await(r.t, fmt.Sprint(n, " lines"), func() bool { return len(r.taken()) >= n })
	return r.taken()
}

func answer(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}
}

// Whatever a receiver does, every line arrives, in order, and a request that is repeated is the same under the same id.
func TestWebhook(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed to %s", r.URL)
	}))
	defer elsewhere.Close()
	hung := make(chan struct{})
	for _, test := range []struct {
		name string
		does http.HandlerFunc
	}{
		{"nothing", nil},
		{"500", answer(500)},
		{"400", answer(400)},
		{"304", answer(304)},
		{"429", answer(429, "Retry-After", "1")},
		{"503 until a date that is past", answer(503, "Retry-After", "Wed, 04 Mar 2026 00:00:00 GMT")},
		{"503 until nonsense", answer(503, "Retry-After", "-99999999999999999999")},
		{"307", answer(307, "Location", elsewhere.URL)},
		{"302", answer(302, "Location", elsewhere.URL)},
		{"303 to nowhere", answer(303, "Location", "http://%zz\x7f")},
		{"cut connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"silence", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-hung:
			}
		}},
		{"endless answer", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}},
		{"endless header", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }},
		{"slow answer", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			if test.does != nil {
				r.does = []http.HandlerFunc{test.does}
			}
			server := httptest.NewServer(r)
			defer server.Close()
			l := newLogged(t, auditsink.Config{Webhook: &auditsink.Webhook{URL: server.URL + "/a?token=hidden", Batch: 2, Timeout: time.Second}})
			l.record(numbers(1, 5)...)
			wantIDs(t, idsOf(t, r.awaitLines(5)...), numbers(1, 5)...)
			await(t, "the figures", func() bool { return l.stats().Taken == 5 })
			if failures := l.stats().Failures; failures > 1 || (failures == 1) != (test.does != nil) {
				t.Errorf("%d failures", failures)
			}
			if strings.Contains(l.said.String(), "hidden") {
				t.Errorf("the log tells the URL: %s", l.said.String())
			}
		})
	}
	t.Cleanup(func() { close(hung) })
}

// A receiver that comes back after a restart of the server gets what it has missed.
func TestWebhookAfterRestart(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	r.does = slices.Repeat([]http.HandlerFunc{answer(503)}, 1000)
	server := httptest.NewServer(r)
	defer server.Close()
	l := newLogged(t, auditsink.Config{Webhook: &auditsink.Webhook{URL: server.URL, Format: "lines"}})
	l.record("1", "2")
	await(t, "a failure", func() bool { return l.stats().Failures > 0 })
	l.close()
	r.mutex.Lock()
	r.does = nil
	r.mutex.Unlock()
	l.open()
	l.record("3")
	wantIDs(t, idsOf(t, r.awaitLines(3)...), "1", "2", "3")
	feed, _, _ := strings.Cut(r.ids[0], "-")
	if last := r.ids[len(r.ids)-1]; !strings.HasPrefix(last, feed) || !strings.HasSuffix(last, "-3") || len(feed) != 26 {
		t.Errorf("the ids are %q", r.ids)
	}
}

// Over TLS, with a certificate of an authority of its own, what the environment says is sent, and the body is signed.
func TestWebhookAuthenticates(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	t.Setenv("SIEM_AUTHORIZATION", "Bearer hush")
	t.Setenv("SIEM_SECRET", "whsec_"+base64.StdEncoding.EncodeToString(key))
	r := newReceiver(t)
	server := httptest.NewTLSServer(r)
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	hook := auditsink.Webhook{
		URL: server.URL, Authorization: auditsink.Variable{Env: "SIEM_AUTHORIZATION"}, SigningSecret: auditsink.Variable{Env: "SIEM_SECRET"},
	}
	l := newLogged(t, auditsink.Config{Webhook: &hook})
	l.record("1")
	await(t, "a failure", func() bool { return l.stats().Failures > 0 })
	if r.asked > 0 {
		t.Error("a certificate of nobody's is good enough")
	}
	l.close()
	hook.TLS.CA = ca
	l.open()
	r.awaitLines(1)
	mac := hmac.New(sha256.New, key)
	id, at := r.last.Get("Webhook-Id"), r.last.Get("Webhook-Timestamp")
	mac.Write([]byte(id + "." + at + "." + r.seen[id]))
	got := []string{r.last.Get("Authorization"), r.last.Get("Webhook-Signature"), at, r.last.Get("Content-Type")}
	want := []string{"Bearer hush", "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), fmt.Sprint(start.Unix()), "application/json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What the environment or a file should have and has not is a fault at the start.
func TestWebhookWithout(t *testing.T) {
	t.Setenv("BROKEN", "a\nb")
	t.Setenv("SHORT", "whsec_aaaa")
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		hook auditsink.Webhook
		want string
	}{
		{"authorization", auditsink.Webhook{Authorization: auditsink.Variable{Env: "ABSENT"}}, "the environment has no ABSENT"},
		{"two headers", auditsink.Webhook{Authorization: auditsink.Variable{Env: "BROKEN"}}, "BROKEN is not what a header can have"},
		{"secret", auditsink.Webhook{SigningSecret: auditsink.Variable{Env: "ABSENT"}}, "the environment has no ABSENT"},
		{"short secret", auditsink.Webhook{SigningSecret: auditsink.Variable{Env: "SHORT"}}, "SHORT is not whsec_"},
		{"authority", auditsink.Webhook{TLS: auditsink.TLS{CA: empty}}, "has no certificate"},
		{"file", auditsink.Webhook{TLS: auditsink.TLS{CA: empty + ".none"}}, "no such file"},
		{"certificate", auditsink.Webhook{TLS: auditsink.TLS{Certificate: empty, Key: empty}}, "PEM"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLogged(t, auditsink.Config{Stdout: &auditsink.Stdout{}})
			test.hook.URL = "https://127.0.0.1:1"
			_, err := auditsink.Open(l.log, []auditsink.Config{{Webhook: &test.hook}}, auditsink.Options{Now: l.now, Logger: nowhere})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
