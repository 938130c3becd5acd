package auditsink_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/auditsink"
	"github.com/daypass/daypass/internal/aws"
)

var start = time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)

// logged is a log with sinks, which can be closed and opened again.
type logged struct {
	t       *testing.T
	options audit.Options
	configs []auditsink.Config
	stdout  stream
	late    atomic.Int64 // how much later than start it is
	said    buffer

	log   *audit.Log
	sinks *auditsink.Sinks
}

// newLogged returns an open log whose sinks are fed.
func newLogged(t *testing.T, configs ...auditsink.Config) *logged {
	t.Helper()
	if err := auditsink.Validate(configs); err != nil {
		t.Fatal(err)
	}
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	key, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	l := &logged{t: t, configs: configs}
	l.options = audit.Options{
		Path: filepath.Join(t.TempDir(), "audit.jsonl"), Key: key, Feeds: auditsink.Names(configs), Now: l.now,
	}
	l.open()
	t.Cleanup(l.close)
	return l
}

func (l *logged) now() time.Time { return start.Add(time.Duration(l.late.Load())) }

func (l *logged) open() {
	l.t.Helper()
	var err error
	if l.log, err = audit.Open(l.options); err != nil {
		l.t.Fatal(err)
	}
	l.sinks, err = auditsink.Open(l.log, l.configs, auditsink.Options{
		Stdout: &l.stdout, Now: l.now, Logger: slog.New(slog.NewTextHandler(&l.said, nil)),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.sinks.Start()
}

// close ends it, within the time that the sinks get.
func (l *logged) close() {
	l.t.Helper()
	if l.log == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := l.log.Flush(); err != nil {
		l.t.Error(err)
	}
	if err := l.sinks.Close(ctx); err != nil {
		l.t.Error(err)
	}
	if err := l.log.Close(); err != nil {
		l.t.Error(err)
	}
	l.log = nil
}

// record records requests, told apart by their ids.
func (l *logged) record(ids ...string) {
	l.t.Helper()
	for _, id := range ids {
		if err := l.log.Record(event(id)); err != nil {
			l.t.Fatal(err)
		}
	}
}

func event(id string) audit.Event {
	return audit.Event{Action: "GetCallerIdentity", ReadOnly: true, Call: aws.Call{
		Service: "sts", Region: "us-east-1", RequestID: id, Now: start, UserAgent: "test",
	}}
}

func (l *logged) stats() auditsink.Stats {
	l.t.Helper()
	return l.sinks.Stats()[0]
}

// await waits for what has to come.
func await(t *testing.T, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !there(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func numbers(from, to int) (ids []string) {
	for i := from; i <= to; i++ {
		ids = append(ids, fmt.Sprint(i))
	}
	return ids
}

// idsOf reads lines.
func idsOf(t *testing.T, lines ...string) (ids []string) {
	t.Helper()
	for _, line := range lines {
		var r audit.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Errorf("%v: %q", err, line)
		}
		ids = append(ids, r.RequestID)
	}
	return ids
}

func wantIDs(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// buffer can be read while others write.
type buffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

// stream is a standard output that blocks or fails as a test has it.
type stream struct {
	buffer

	gate  sync.Mutex // held: writes block
	fault atomic.Pointer[error]
}

// Write writes half of the text where it fails.
func (s *stream) Write(p []byte) (int, error) {
	s.gate.Lock()
	defer s.gate.Unlock()
	if err := s.fault.Load(); err != nil {
		n, _ := s.buffer.Write(p[:len(p)/2])
		return n, *err
	}
	return s.buffer.Write(p)
}

func (s *stream) lines() []string {
	text := s.String()
	if text == "" {
		return nil
	}
	return strings.Split(text[:max(strings.LastIndexByte(text, '\n'), 0)], "\n")
}

var errGone = errors.New("broken pipe")

func TestConfig(t *testing.T) {
	t.Parallel()
	syslog := func(s auditsink.Syslog) []auditsink.Config { return []auditsink.Config{{Syslog: &s}} }
	webhook := func(w auditsink.Webhook) []auditsink.Config { return []auditsink.Config{{Webhook: &w}} }
	out := &auditsink.Stdout{}
	for _, test := range []struct {
		name    string
		configs []auditsink.Config
		want    string // in the error; empty: there is none
	}{
		{"none", nil, ""},
		{"all", []auditsink.Config{
			{Stdout: out, OnFailure: "drop", MaxLag: auditsink.Lag{Size: 1, Age: 1}},
			{Stdout: out, Name: "other"},
			{Syslog: &auditsink.Syslog{Address: "tls://[::1]:6514", Facility: "auth", App: "a", TLS: auditsink.TLS{CA: "ca.pem"}}, OnFailure: "refuse"},
			{Webhook: &auditsink.Webhook{URL: "https://example.com/x?y", Format: "lines", Batch: 1000, Authorization: auditsink.Variable{Env: "A"}}},
		}, ""},
		{"nothing in it", []auditsink.Config{{}}, "number 1: it is not one of"},
		{"two in one", []auditsink.Config{{Stdout: out}, {Stdout: out, Syslog: &auditsink.Syslog{}}}, "number 2: it is not one of"},
		{"two of a name", []auditsink.Config{{Stdout: out}, {Stdout: out}}, "two are called stdout"},
		{"name that is a path", []auditsink.Config{{Stdout: out, Name: "../x"}}, "other characters"},
		{"name that is too long", []auditsink.Config{{Stdout: out, Name: strings.Repeat("x", 33)}}, "more than 32"},
		{"negative age", []auditsink.Config{{Stdout: out, MaxLag: auditsink.Lag{Age: -1}}}, "age is negative"},
		{"unknown failure", []auditsink.Config{{Stdout: out, OnFailure: "ignore"}}, "neither refuse nor drop"},
		{"tcp", syslog(auditsink.Syslog{Address: "tcp://10.0.0.1:514"}), ""},
		{"unix", syslog(auditsink.Syslog{Address: "unix:///dev/log"}), ""},
		{"udp", syslog(auditsink.Syslog{Address: "udp://10.0.0.1:514"}), "UDP loses messages"},
		{"no address", syslog(auditsink.Syslog{}), "is not such as"},
		{"no port", syslog(auditsink.Syslog{Address: "tcp://10.0.0.1"}), "is not such as"},
		{"more than an address", syslog(auditsink.Syslog{Address: "tcp://10.0.0.1:514/x"}), "is not such as"},
		{"unix with a host", syslog(auditsink.Syslog{Address: "unix://dev/log"}), "is not such as"},
		{"unreadable address", syslog(auditsink.Syslog{Address: "tcp://%zz"}), "can't be read"},
		{"facility", syslog(auditsink.Syslog{Address: "tcp://x:1", Facility: "local8"}), "facility"},
		{"app with a blank", syslog(auditsink.Syslog{Address: "tcp://x:1", App: "a b"}), "syslog.app"},
		{"syslog's timeout", syslog(auditsink.Syslog{Address: "tcp://x:1", Timeout: -1}), "timeout is negative"},
		{"tls without tls", syslog(auditsink.Syslog{Address: "tcp://x:1", TLS: auditsink.TLS{CA: "x"}}), "tls://"},
		{"certificate without key", syslog(auditsink.Syslog{Address: "tls://x:1", TLS: auditsink.TLS{Certificate: "x"}}), "both certificate and key"},
		{"http here", webhook(auditsink.Webhook{URL: "http://127.0.0.1:1/"}), ""},
		{"http elsewhere", webhook(auditsink.Webhook{URL: "http://10.0.0.1/"}), "https://"},
		{"http to a name", webhook(auditsink.Webhook{URL: "http://localhost.example.com/"}), "https://"},
		{"no url", webhook(auditsink.Webhook{}), "begin with https://"},
		{"no host", webhook(auditsink.Webhook{URL: "https:///x"}), "begin with https://"},
		{"unreadable url", webhook(auditsink.Webhook{URL: "https://%zz"}), "can't be read"},
		{"password", webhook(auditsink.Webhook{URL: "https://a:b@example.com"}), "from the environment"},
		{"fragment", webhook(auditsink.Webhook{URL: "https://example.com/#a"}), "fragment"},
		{"format", webhook(auditsink.Webhook{URL: "https://example.com", Format: "xml"}), "neither records nor lines"},
		{"batch", webhook(auditsink.Webhook{URL: "https://example.com", Batch: 1001}), "1 to 1000"},
		{"webhook's timeout", webhook(auditsink.Webhook{URL: "https://example.com", Timeout: -1}), "timeout is negative"},
		{"tls for http", webhook(auditsink.Webhook{URL: "http://[::1]", TLS: auditsink.TLS{CA: "x"}}), "https://"},
		{"variable", webhook(auditsink.Webhook{URL: "https://example.com", Authorization: auditsink.Variable{Env: "A-B"}}), "authorization.env"},
		{"own variable", webhook(auditsink.Webhook{URL: "https://example.com", SigningSecret: auditsink.Variable{Env: "DAYPASS_X"}}), "signingSecret.env"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := auditsink.Validate(test.configs)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func TestStdout(t *testing.T) {
	t.Parallel()
	l := newLogged(t, auditsink.Config{Stdout: &auditsink.Stdout{}})
	l.record(numbers(1, 5)...)
	l.close()
	wantIDs(t, idsOf(t, l.stdout.lines()...), numbers(1, 5)...)
	l.open()
	l.record("6")
	await(t, "the line", func() bool { return len(l.stdout.lines()) == 6 })
	wantIDs(t, idsOf(t, l.stdout.lines()...), numbers(1, 6)...)
	await(t, "the figures", func() bool {
		return l.stats() == auditsink.Stats{Name: "stdout", MaxBehind: 64 << 20, MaxAge: 10 * time.Minute, Taken: 1}
	})
}

// A write that fails in the middle of a line leaves a torn line, and no other line is lost or torn with it.
func TestStdoutThatFails(t *testing.T) {
	t.Parallel()
	l := newLogged(t, auditsink.Config{Stdout: &auditsink.Stdout{}})
	l.stdout.fault.Store(&errGone)
	l.record("1")
	await(t, "a failure", func() bool { return l.stats().Failures > 0 })
	l.stdout.fault.Store(nil)
	await(t, "the line", func() bool { return l.stats().Taken == 1 })
	lines := l.stdout.lines()
	wantIDs(t, idsOf(t, lines[len(lines)-1]), "1")
	if said := l.said.String(); !strings.Contains(said, "takes no lines") || !strings.Contains(said, "takes lines again") {
		t.Errorf("the log says %s", said)
	}
}

// A pipe that nobody reads holds up no request before the bound is met; then everything is refused until somebody reads.
func TestStdoutThatIsBlocked(t *testing.T) {
	t.Parallel()
	l := newLogged(t, auditsink.Config{Stdout: &auditsink.Stdout{}, MaxLag: auditsink.Lag{Size: 4000}})
	l.stdout.gate.Lock()
	l.record("1")
	await(t, "an offer", func() bool { return l.stats().Behind > 0 })
	if err := l.log.Err(); err != nil {
		t.Errorf("a single line is too much: %v", err)
	}
	l.record(numbers(2, 20)...)
	await(t, "the refusal", func() bool { return l.log.Err() != nil })
	if err := l.log.Err(); !strings.Contains(err.Error(), "the sink stdout is ") || !l.stats().Refusing {
		t.Error(err)
	}
	l.record("21") // what is refused is recorded
	l.stdout.gate.Unlock()
	await(t, "the end of the refusal", func() bool { return l.log.Err() == nil })
	l.close()
	wantIDs(t, idsOf(t, l.stdout.lines()...), numbers(1, 21)...)
}

// A log that can't be read is a failure of the sink, and everything is refused until it can be read.
func TestLogThatIsAway(t *testing.T) {
	t.Parallel()
	l := newLogged(t, auditsink.Config{Stdout: &auditsink.Stdout{}})
	l.close()
	l.options.Rotation.Size = 1
	l.open()
	l.stdout.gate.Lock()
	l.record("1")
	await(t, "a line that waits", func() bool { return l.stats().Behind > 0 })
	for _, id := range []string{"2", "3"} { // each begins a file
		l.record(id)
		if err := l.log.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	directory := filepath.Dir(l.options.Path)
	if err := os.Rename(directory, directory+".away"); err != nil {
		t.Fatal(err)
	}
	l.stdout.gate.Unlock()
	await(t, "the refusal", func() bool { return l.log.Err() != nil })
	await(t, "a failure", func() bool { return l.stats().Failures > 0 })
	if err := os.Rename(directory+".away", directory); err != nil {
		t.Fatal(err)
	}
	await(t, "the end of the refusal", func() bool { return l.log.Err() == nil })
	await(t, "the lines", func() bool { return l.stats().Behind == 0 })
	wantIDs(t, idsOf(t, l.stdout.lines()...), numbers(1, 3)...)
}

// The end of the server does not wait for ever, and the next one goes on where this one stood.
func TestEndWhileBlocked(t *testing.T) {
	t.Parallel()
	l := newLogged(t, auditsink.Config{Stdout: &auditsink.Stdout{}})
	l.stdout.gate.Lock()
	l.record("1", "2")
	l.close()
	l.stdout.gate.Unlock()
	await(t, "the abandoned write", func() bool { return len(l.stdout.lines()) == 2 })
	l.open()
	await(t, "the lines once more", func() bool { return len(l.stdout.lines()) == 4 })
	wantIDs(t, idsOf(t, l.stdout.lines()...), "1", "2", "1", "2")
}

// How old the oldest line may become is a bound of its own.
func TestAge(t *testing.T) {
	t.Parallel()
	l := newLogged(t, auditsink.Config{Stdout: &auditsink.Stdout{}, MaxLag: auditsink.Lag{Age: time.Minute}})
	l.stdout.fault.Store(&errGone)
	l.record("1")
	l.late.Store(int64(time.Minute))
	await(t, "two failures", func() bool { return l.stats().Failures > 1 })
	if err := l.log.Err(); err != nil || l.stats().Age != time.Minute {
		t.Errorf("a minute is not more than a minute: %v, %v", err, l.stats())
	}
	l.late.Store(int64(time.Minute + time.Second))
	await(t, "the refusal", func() bool { return l.log.Err() != nil })
	if err := l.log.Err(); !strings.Contains(err.Error(), "is 1m1s behind, more than maxLag.age") {
		t.Error(err)
	}
	l.close()
	l.stdout.fault.Store(nil)
	l.open() // which finds an old line, and hands it over
	await(t, "the end of the refusal", func() bool { return l.stats().Taken == 1 && l.log.Err() == nil })
}

// With drop, lines that are too much are left out, the oldest first, and counted.
func TestDrop(t *testing.T) {
	t.Parallel()
	l := newLogged(t, auditsink.Config{Stdout: &auditsink.Stdout{}, OnFailure: "drop", MaxLag: auditsink.Lag{Size: 1000}})
	l.stdout.fault.Store(&errGone)
	l.record(numbers(1, 10)...)
	await(t, "a loss", func() bool { return l.stats().Dropped > 0 && l.stats().Behind <= 1000 })
	if err := l.log.Err(); err != nil {
		t.Error(err)
	}
	l.record("11")
	l.stdout.fault.Store(nil)
	await(t, "lines", func() bool { return l.stats().Taken > 0 && l.stats().Behind == 0 })
	s := l.stats()
	if s.Taken+s.Dropped != 11 {
		t.Errorf("%+v", s)
	}
	lines := l.stdout.lines()
	from := len(lines) - int(s.Taken)
	wantIDs(t, idsOf(t, lines[from:]...), numbers(int(s.Dropped)+1, 11)...)
	if said := l.said.String(); !strings.Contains(said, "lines are left out") || !strings.Contains(said, fmt.Sprint("left_out=", s.Dropped)) {
		t.Errorf("the log says %s", said)
	}
}
