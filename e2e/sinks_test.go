package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// rsyslog is Debian's syslog server. It takes messages over TCP and over TLS, and writes each of the ways into a file.
type rsyslog struct {
	t         *testing.T
	path, dir string
	tcp, tls  string // addresses
	ca        string // of the certificate

	process *exec.Cmd
}

const rsyslogConfig = `
global(workDirectory="DIR" maxMessageSize="1m"
  defaultNetstreamDriverCAFile="CERT" defaultNetstreamDriverCertFile="CERT" defaultNetstreamDriverKeyFile="KEY")
module(load="imtcp")
template(name="whole" type="string" string="%pri% %app-name% %msgid% %structured-data% %msg%\n")
ruleset(name="plain") { action(type="omfile" file="DIR/tcp" template="whole" asyncWriting="off" flushOnTXEnd="on") }
ruleset(name="secured") { action(type="omfile" file="DIR/tls" template="whole" asyncWriting="off" flushOnTXEnd="on") }
input(type="imtcp" address="127.0.0.1" port="TCP" ruleset="plain")
input(type="imtcp" address="127.0.0.1" port="TLS" ruleset="secured"
  streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
`

func newRsyslog(t *testing.T) *rsyslog {
	t.Helper()
	r := &rsyslog{t: t, path: need(t, "rsyslogd"), dir: t.TempDir(), tcp: freeAddress(t), tls: freeAddress(t)}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca, keyFile := writePEM(t, certify(t, key, "127.0.0.1"))
	r.ca = ca
	port := func(address string) string { _, port, _ := net.SplitHostPort(address); return port }
	text := strings.NewReplacer("DIR", r.dir, "CERT", ca, "KEY", keyFile, `"TCP"`, `"`+port(r.tcp)+`"`, `"TLS"`, `"`+port(r.tls)+`"`).Replace(rsyslogConfig)
	if err := os.WriteFile(filepath.Join(r.dir, "rsyslog.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.process != nil {
			r.end(syscall.SIGTERM)
		}
	})
	return r
}

func (r *rsyslog) launch() {
	r.t.Helper()
	r.process = exec.Command(r.path, "-n", "-f", filepath.Join(r.dir, "rsyslog.conf"), "-i", filepath.Join(r.dir, "pid"))
	log, err := os.OpenFile(filepath.Join(r.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	defer log.Close()
	r.process.Stdout, r.process.Stderr = log, log
	if err := r.process.Start(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rsyslog) end(signal os.Signal) {
	r.t.Helper()
	_ = r.process.Process.Signal(signal)
	_ = r.process.Wait()
	r.process = nil
}

// text is what it has written of the messages that came one way.
func (r *rsyslog) text(way string) string {
	text, err := os.ReadFile(filepath.Join(r.dir, way))
	if err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	return string(text)
}

// lines are the lines of the audit log in it.
func (r *rsyslog) lines(way string) (lines []string) {
	for message := range strings.Lines(r.text(way)) {
		header, line, _ := strings.Cut(strings.TrimSuffix(message, "\n"), " {")
		if !strings.HasPrefix(header, `134 daypass audit [meta sequenceId="`) {
			r.t.Fatalf("rsyslog has the message %q", message)
		}
		lines = append(lines, "{"+line)
	}
	return lines
}

// webhook is a receiver that can be out of order.
type webhook struct {
	t      *testing.T
	server *httptest.Server

	mutex  sync.Mutex
	broken http.HandlerFunc // what it does instead of taking lines; nil: it takes them
	texts  []string         // bodies and headers
	got    []string         // lines
	ids    []string
}

func newWebhook(t *testing.T) *webhook {
	t.Helper()
	w := &webhook{t: t}
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	return w
}

func (w *webhook) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // a server that was killed
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.texts = append(w.texts, fmt.Sprint(r.Header), string(body))
	if w.broken != nil {
		w.broken(answer, r)
		return
	}
	var records struct{ Records []json.RawMessage }
	if err := json.Unmarshal(body, &records); err != nil {
		w.t.Errorf("%v: %s", err, body)
	}
	for _, record := range records.Records {
		w.got = append(w.got, string(record))
	}
	w.ids = append(w.ids, r.Header.Get("Webhook-Id"))
}

func (w *webhook) does(broken http.HandlerFunc) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.broken = broken
}

func (w *webhook) lines() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Clone(w.got)
}

// stdoutLines are the lines of the audit log that all processes have written to standard output.
func (s *server) stdoutLines() (lines []string) {
	for _, r := range s.runs {
		for line := range strings.Lines(r.stdout.String()) {
			if strings.HasPrefix(line, "{") && strings.HasSuffix(line, "\n") {
				lines = append(lines, strings.TrimSuffix(line, "\n"))
			}
		}
	}
	return lines
}

// auditLines are the lines of the audit log, in all its files.
func (s *server) auditLines() (lines []string) {
	s.t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.config.DataDir, "audit-*.jsonl"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, path := range append(paths, filepath.Join(s.config.DataDir, "audit.jsonl")) {
		text, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a server that runs may be about to begin it
			s.t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// wantAll holds what a sink got to the log: every line, in order. It may go back, at so many seams at most.
func wantAll(t *testing.T, what string, log, got []string, seams int) {
	t.Helper()
	place := map[string]int{}
	for i, line := range log {
		place[line] = i
	}
	next, back := 0, 0
	for i, line := range got {
		at, known := place[line]
		switch {
		case !known:
			t.Fatalf("%s: line %d of %d is not in the log: %s", what, i+1, len(got), line)
		case at > next:
			t.Fatalf("%s: lines %d to %d of the log are missing", what, next+1, at)
		case i > 0 && at != place[got[i-1]]+1:
			back++
		}
		next = max(next, at+1)
	}
	if next < len(log) {
		t.Errorf("%s: of %d lines, the last %d are missing", what, len(log), len(log)-next)
	}
	if back > seams {
		t.Errorf("%s: it goes back %d times, want %d at most", what, back, seams)
	}
	t.Logf("%s: %d lines, %d of them again", what, len(got), len(got)-len(log))
}

// startWithSinks starts a server with every kind of sink.
func startWithSinks(t *testing.T, collector *rsyslog, hook *webhook, environment ...string) *server {
	t.Helper()
	settings := filepath.Join(t.TempDir(), "daypass.yaml")
	text := fmt.Sprintf(`
audit:
  rotate: {size: 8KiB}
  sinks:
    - stdout: {}
    - syslog: {address: "tcp://%s"}
    - syslog: {address: "tls://%s", tls: {ca: %s}}
      name: syslog-tls
    - webhook: {url: "%s/in", batch: 7, timeout: 1s, authorization: {env: SIEM_AUTHORIZATION}, signingSecret: {env: SIEM_SECRET}}
`, collector.tcp, collector.tls, collector.ca, hook.server.URL)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, config{Environment: append(environment, "DAYPASS_CONFIG="+settings,
		"SIEM_AUTHORIZATION=Bearer "+siemToken, "SIEM_SECRET="+siemSecret)})
}

const (
	siemToken  = "the-token-of-the-siem"
	siemSecret = "whsec_c2lnbmluZy1zZWNyZXQtb2YtdGhlLXNpZW0="
)

// Every line reaches every sink in order, whatever fails: a syslog server that is away, then restarted, a webhook that
// refuses, hangs and leads elsewhere, and the server, which is killed in the middle of it and rotates its files meanwhile.
func TestSinks(t *testing.T) {
	t.Parallel()
	collector, hook := newRsyslog(t), newWebhook(t)
	hook.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	s := startWithSinks(t, collector, hook)
	ask := func(n int) {
		t.Helper()
		for i := range n {
			_, err := s.iam(s.root).GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String(fmt.Sprint(i))})
			wantRefusal(t, err, "NoSuchEntity", "")
		}
	}
	ask(10)
	collector.launch()
	ask(10)
	hook.does(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	ask(10)
	hook.does(func(http.ResponseWriter, *http.Request) { time.Sleep(1100 * time.Millisecond) }) // longer than timeout
	ask(10)
	await(t, "line of what was asked so far", func() bool { return len(s.auditLines()) >= 40 })
	ask(10)
	s.kill()
	s.launch()
	hook.does(nil)
	ask(10)
	s.awaitSinks(collector, hook)
	collector.end(syscall.SIGTERM)
	ask(10)
	collector.launch()
	ask(10)
	s.awaitSinks(collector, hook)
	s.stop()

	log := s.auditLines()
	if len(log) < 70 { // a kill takes the lines of the last milliseconds from the log itself: at most those of ten requests here
		t.Errorf("the log has %d lines of 80", len(log))
	}
	wantAll(t, "standard output", log, s.stdoutLines(), 1)
	wantAll(t, "syslog over TCP", log, collector.lines("tcp"), 3)
	wantAll(t, "syslog over TLS", log, collector.lines("tls"), 3)
	wantAll(t, "webhook", log, hook.lines(), 1)
	if output, err := s.command("audit", "verify").CombinedOutput(); err != nil {
		t.Errorf("daypass audit verify: %v\n%s", err, output)
	}
}

// awaitSinks waits until every sink has the last line.
func (s *server) awaitSinks(collector *rsyslog, hook *webhook) {
	s.t.Helper()
	last := func(lines []string) string {
		if len(lines) == 0 {
			return ""
		}
		return lines[len(lines)-1]
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		want := last(s.auditLines())
		missing := ""
		for what, lines := range map[string][]string{
			"stdout": s.stdoutLines(), "tcp": collector.lines("tcp"), "tls": collector.lines("tls"), "webhook": hook.lines(),
		} {
			if last(lines) != want {
				missing = what
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(collector.dir, "log"))
			s.t.Fatalf("%s lacks %s\n%s%s", missing, want, s.runs[len(s.runs)-1].stderr.String(), log)
		}
	}
}

// Who reads standard output may go away without taking the server along.
func TestStandardOutputWithoutReader(t *testing.T) {
	t.Parallel()
	settings := filepath.Join(t.TempDir(), "daypass.yaml")
	if err := os.WriteFile(settings, []byte("audit: {sinks: [{stdout: {}}]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	s := start(t, config{Environment: []string{"DAYPASS_CONFIG=" + settings}, Stdout: writer})
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	const failure = "a sink of the audit log takes no lines; what comes waits in the log"
	for deadline := time.Now().Add(patience); !strings.Contains(s.runs[0].stderr.String(), failure); time.Sleep(pause) {
		if _, err := s.sts(s.root).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody notices:\n%s", &s.runs[0].stderr)
		}
	}
	if _, err := s.sts(s.root).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
		t.Error(err)
	}
}

// No secret, code, token or assertion reaches a sink, nor what daypass itself is known by there.
func TestSinksHoldNoSecrets(t *testing.T) {
	t.Parallel()
	collector, hook, issuer, corp := newRsyslog(t), newWebhook(t), newIssuer(t), newIDP(t, corpName)
	collector.launch()
	s := startWithSinks(t, collector, hook, privateIssuers, "SSL_CERT_FILE="+issuer.certificate)
	s.secret("the token for the webhook", siemToken)
	s.secret("the secret that signs for the webhook", siemSecret)

	alice := enrol(t, s, "alice")
	for _, code := range []string{alice.code, alice.code, "000000"} { // right, spent, wrong
		answer, err := s.sts(alice.credentials).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{SerialNumber: &alice.serial, TokenCode: &code})
		if err == nil {
			s.credentialsOf(answer.Credentials)
		}
	}
	_, federated := s.register(issuer)
	s.createWebRole("web", federated, issuer, "alice")
	token := issuer.idToken("alice", "daypass")
	if _, err := s.webIdentity("web", token); err != nil {
		t.Error(err)
	}
	_, err := s.webIdentity("web", token[:len(token)-4]+"AAAA")
	wantRefusal(t, err, "InvalidIdentityToken", "")
	if _, err := s.iam(s.root).CreateSAMLProvider(t.Context(), &iam.CreateSAMLProviderInput{
		Name: aws.String("corp"), SAMLMetadataDocument: aws.String(corp.ask("metadata")),
	}); err != nil {
		t.Fatal(err)
	}
	s.createTrustingRole("staff", trust(`{"Federated":"`+corpARN+`"}`, "{}", "sts:AssumeRoleWithSAML"))
	response := corp.response([]string{"staff"}, nil, nil)
	if _, err := s.saml("staff", response); err != nil {
		t.Error(err)
	}
	if _, err := s.saml("staff", response); err == nil { // spent
		t.Error("an assertion is good twice")
	}
	s.awaitSinks(collector, hook)
	s.stop()

	log := s.auditLines()
	wantAll(t, "standard output", log, s.stdoutLines(), 0)
	wantAll(t, "webhook", log, hook.lines(), 0)
	outputs := map[string]string{
		"syslog over TCP": collector.text("tcp"), "syslog over TLS": collector.text("tls"),
		"webhook": strings.ReplaceAll(strings.Join(hook.texts, "\n"), "Bearer "+siemToken, ""), // where it belongs
	}
	for name, text := range outputs {
		if len(text) < 10000 {
			t.Errorf("%s has %d bytes only", name, len(text))
		}
		for _, what := range s.secrets.in(text) {
			t.Errorf("%s holds %s", name, what)
		}
	}
}
