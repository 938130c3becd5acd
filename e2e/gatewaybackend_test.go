package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// backend is a service that stands behind the gateway.
type backend struct {
	service, url string
	account      string        // that owns what is in it; accountID when empty
	timeout      time.Duration // a minute when zero
}

// gateway is a server with backends.
type gateway struct {
	*server
	key credentials // that its backends know it by
}

// startGateway starts a server in front of backends. Nothing that it writes may hold the key that they know it by.
func startGateway(t *testing.T, backends ...backend) gateway {
	t.Helper()
	key := credentials{AccessKeyId: "AKIABACKENDOFE2E", SecretAccessKey: rand.Text()}
	lines := []string{"gateway:", "  upstreams:"}
	for _, b := range backends {
		lines = append(lines, fmt.Sprintf("    %s: { url: %q, region: %s, account: %q, credentials: { env: BACKEND }, timeout: %v }",
			b.service, b.url, region, b.account, cmp.Or(b.timeout, time.Minute)))
	}
	path := filepath.Join(t.TempDir(), "daypass.yaml")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, config{Environment: []string{
		"DAYPASS_CONFIG=" + path, "BACKEND_ACCESS_KEY_ID=" + key.AccessKeyId, "BACKEND_SECRET_ACCESS_KEY=" + key.SecretAccessKey,
	}})
	s.secret("the secret key of the backends", key.SecretAccessKey)
	return gateway{s, key}
}

// in returns the same gateway for a subtest.
func (g gateway) in(t *testing.T) gateway { return gateway{g.server.in(t), g.key} }

// startNodeBackend starts one of the backends of gateway/backend.mjs, until the test's end, and returns its URL.
func startNodeBackend(t *testing.T, name string) string {
	t.Helper()
	needGatewayPackages(t)
	command := exec.Command(need(t, "node"), "gateway/backend.mjs", name)
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	var stderr buffer
	command.Stderr = &stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, &stderr)
		}
	})
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, &stderr)
	}
	return strings.TrimSpace(url)
}

// needGatewayPackages wants the packages that e2e/gateway needs.
func needGatewayPackages(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("gateway/node_modules"); err != nil {
		lacking(t, err.Error())
	}
}

// received is a request as a backend got it.
type received struct {
	Method, URI string
	Header      http.Header
	Body        string
}

// recorder is a backend that checks the gateway's signature with another's code, keeps what it is asked, and gives the
// answers that the test wants.
type recorder struct {
	*httptest.Server
	t *testing.T

	mutex    sync.Mutex
	key      credentials // of the gateway; without one, signatures are not checked
	answers  map[string]answer
	requests []received
}

// answer is how a service answers.
type answer func(http.ResponseWriter, received)

// answering is an answer that is always the same.
func answering(contentType, body string) answer {
	return func(w http.ResponseWriter, _ received) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

// startRecorder starts a recorder, until the test's end, and a gateway with it as the backend of services.
func startRecorder(t *testing.T, answers map[string]answer) (gateway, *recorder) {
	t.Helper()
	r := &recorder{t: t, answers: answers}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	var backends []backend
	for service := range answers {
		backends = append(backends, backend{service: service, url: r.URL})
	}
	g := startGateway(t, backends...)
	r.expect(g.key)
	return g, r
}

// expect has the recorder take the signatures of a key from now on, or all.
func (r *recorder) expect(key credentials) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.key = key
}

// asked returns what the recorder was asked since the last time.
func (r *recorder) asked() []received {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	requests := r.requests
	r.requests = nil
	return requests
}

// wantNothingAsked checks that a refusal was the gateway's own.
func (r *recorder) wantNothingAsked(t *testing.T) {
	t.Helper()
	if requests := r.asked(); len(requests) > 0 {
		t.Errorf("the backend was asked %+v", requests)
	}
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		r.t.Error(err)
	}
	parts := authorization.FindStringSubmatch(q.Header.Get("Authorization"))
	if parts == nil {
		r.t.Errorf("Authorization is %q", q.Header.Get("Authorization"))
		return
	}
	got := received{q.Method, q.RequestURI, q.Header, string(body)}
	r.mutex.Lock()
	key, answer := r.key, r.answers[parts[3]]
	r.requests = append(r.requests, got)
	r.mutex.Unlock()
	if key.AccessKeyId != "" {
		if err := verify(q, body, key, parts[3]); err != nil {
			r.t.Errorf("%s %s: %v", q.Method, q.RequestURI, err)
		}
	}
	answer(w, got)
}

var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$`)

// verify signs the request again, with the SDK's code, and compares. Nothing but what HTTP itself needs may be unsigned.
func verify(q *http.Request, body []byte, key credentials, service string) error {
	parts := authorization.FindStringSubmatch(q.Header.Get("Authorization"))
	if parts[1] != key.AccessKeyId || parts[2] != region {
		return fmt.Errorf("Authorization is %q, want one of %s in %s", parts[0], key.AccessKeyId, region)
	}
	at, err := time.Parse("20060102T150405Z", q.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(at).Abs() > patience {
		return fmt.Errorf("X-Amz-Date is %q", q.Header.Get("X-Amz-Date"))
	}
	again, err := http.NewRequest(q.Method, "http://"+q.Host+q.RequestURI, bytes.NewReader(body))
	if err != nil {
		return err
	}
	again.Host, again.ContentLength = q.Host, 0
	signed := strings.Split(parts[4], ";")
	for name, values := range q.Header {
		switch lower := strings.ToLower(name); {
		case slices.Contains(signed, lower) && lower != "content-length":
			again.Header[name] = values
		case !slices.Contains([]string{"authorization", "accept-encoding", "content-length", "x-amz-content-sha256"}, lower):
			return fmt.Errorf("the header %s is not signed", name)
		}
	}
	if slices.Contains(signed, "content-length") {
		again.ContentLength = int64(len(body))
	}
	sum := sha256.Sum256(body)
	sdkKey := aws.Credentials{AccessKeyID: key.AccessKeyId, SecretAccessKey: key.SecretAccessKey, SessionToken: key.SessionToken}
	if err := v4.NewSigner().SignHTTP(q.Context(), sdkKey, again, hex.EncodeToString(sum[:]), service, region, at); err != nil {
		return err
	}
	if got, want := signatureIn(q.Header), signatureIn(again.Header); got != want {
		return fmt.Errorf("the signature is %s, want %s: %s", got, want, again.Header.Get("Authorization"))
	}
	return nil
}

func signatureIn(header http.Header) string {
	_, signature, _ := strings.Cut(header.Get("Authorization"), "Signature=")
	return signature
}
