package server_test

import (
	"encoding/xml"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/pgtest"
	"github.com/daypass/daypass/internal/testenv"
)

// sessionFor gets a session of 36 hours, or tells the refusal.
func sessionFor(t *testing.T, e *testenv.Env, key testenv.Key) (testenv.Key, error) {
	t.Helper()
	status, body := e.Call(key, "sts", "GetSessionToken", "DurationSeconds", "129600")
	if status != http.StatusOK {
		return testenv.Key{}, errors.New(body)
	}
	var answer struct {
		ID     string `xml:"GetSessionTokenResult>Credentials>AccessKeyId"`
		Secret string `xml:"GetSessionTokenResult>Credentials>SecretAccessKey"`
		Token  string `xml:"GetSessionTokenResult>Credentials>SessionToken"`
	}
	if err := xml.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	return testenv.Key{AccessKeyID: answer.ID, SecretAccessKey: answer.Secret, SessionToken: answer.Token}, nil
}

func getSession(t *testing.T, e *testenv.Env, key testenv.Key) testenv.Key {
	t.Helper()
	session, err := sessionFor(t, e, key)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// outcome is what a server says to a session: the code of its refusal, or OK.
func outcome(e *testenv.Env, session testenv.Key) string {
	status, body := e.Call(session, "sts", "GetCallerIdentity")
	if status == http.StatusOK {
		return "OK"
	}
	_, code, _ := strings.Cut(body, "<Code>")
	code, _, _ = strings.Cut(code, "</Code>")
	return code
}

// pair are two servers on one database, the clock of the second ahead by some time.
type pair struct {
	a, b *testenv.Env
	skew time.Duration
}

func (p pair) set(at time.Time) { p.a.Now, p.b.Now = at, at.Add(p.skew) }

func newPair(t *testing.T, database string, skew time.Duration) pair {
	t.Helper()
	on := func(c *server.Config) { c.Database = database }
	a := testenv.New(t, on)
	b := testenv.New(t, on, func(c *server.Config) { c.SealingKey = "file:" + filepath.Join(a.DataDir, "sealing.key") })
	p := pair{a, b, skew}
	p.set(testenv.Start)
	return p
}

// A session of one server is good at the other throughout a rotation, until it expires, however their clocks differ.
func TestSessionsAcrossRotation(t *testing.T) {
	t.Parallel()
	var postgres pgtest.Server
	t.Cleanup(postgres.Stop)
	for name, database := range map[string]func(testing.TB) string{
		"SQLite":     func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "shared.db") },
		"PostgreSQL": postgres.Database,
	} {
		for _, skew := range []time.Duration{0, 5 * time.Minute, -5 * time.Minute} {
			t.Run(name+" "+skew.String(), func(t *testing.T) {
				p := newPair(t, database(t), skew)
				_, alice := p.a.AddUser("alice")
				p.set(testenv.Start.Add(time.Second)) // the second has heard of her
				rotated := testenv.Start.Add(time.Hour)
				p.set(rotated)
				first := getSession(t, p.b, alice)
				done, err := server.RotateKeys(t.Context(), p.a.Store, server.KeyRotation{Set: "session-tokens", Ahead: server.DefaultKeyAhead}, rotated)
				if err != nil || !done.SealsFrom.Equal(rotated.Add(10*time.Minute)) {
					t.Fatal(done, err)
				}
				var last testenv.Key // that the old key has sealed, at the server whose clock is behind
				takeover := 10*time.Minute + max(0, -skew)
				for _, after := range []time.Duration{
					time.Second, time.Minute, 10*time.Minute - 5*time.Minute, 10*time.Minute - time.Second, 10 * time.Minute, 10*time.Minute + time.Second,
					takeover - time.Second, takeover, 15*time.Minute + time.Second, time.Hour,
				} {
					p.set(rotated.Add(after))
					ofA, ofB := getSession(t, p.a, alice), getSession(t, p.b, alice)
					if after == takeover-time.Second {
						last = ofB
					}
					for what, got := range map[string]string{
						"a's at a": outcome(p.a, ofA), "a's at b": outcome(p.b, ofA), "b's at a": outcome(p.a, ofB), "b's at b": outcome(p.b, ofB),
						"an older one at a": outcome(p.a, first), "an older one at b": outcome(p.b, first),
					} {
						if got != "OK" {
							t.Errorf("%v after the rotation, %s: %s", after, what, got)
						}
					}
				}
				// It began by the clock of the second.
				end := rotated.Add(takeover - time.Second + skew + 36*time.Hour)
				for _, e := range []*testenv.Env{p.a, p.b} {
					e.Now = end.Add(-time.Second)
					if got := outcome(e, last); got != "OK" {
						t.Errorf("a second before its end the last session under the old key is %s", got)
					}
					e.Now = end
					if got := outcome(e, last); got != "ExpiredToken" {
						t.Errorf("at its end the last session under the old key is %s", got)
					}
				}
			})
		}
	}
}

// A key in wrong hands is worth nothing once it is withdrawn: at once where it is known, within a second elsewhere.
func TestWithdrawnTokenKeys(t *testing.T) {
	t.Parallel()
	p := newPair(t, "sqlite:"+filepath.Join(t.TempDir(), "shared.db"), 0)
	_, alice := p.a.AddUser("alice")
	p.set(testenv.Start.Add(time.Second))
	session := getSession(t, p.a, alice)
	if got := outcome(p.b, session); got != "OK" {
		t.Fatal(got)
	}
	done, err := server.RotateKeys(t.Context(), p.a.Store, server.KeyRotation{Set: "session-tokens", Ahead: time.Hour, Withdraw: true}, p.a.Now)
	if err != nil || !done.SealsFrom.Equal(p.a.Now) {
		t.Fatal(done, err)
	}
	p.set(testenv.Start.Add(2 * time.Second))
	for _, e := range []*testenv.Env{p.a, p.b} {
		if got := outcome(e, session); got != "InvalidClientTokenId" {
			t.Errorf("a session under a withdrawn key is %s", got)
		}
		if got := outcome(p.b, getSession(t, e, alice)); got != "OK" {
			t.Errorf("a new session is %s", got)
		}
	}
}

func TestRotateKeysRefusals(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	for _, test := range []struct {
		rotation server.KeyRotation
		want     string
	}{
		{server.KeyRotation{Set: "tokens"}, `there is no key set "tokens": there are session-tokens, authorization-messages, audit-log and rest`},
		{server.KeyRotation{}, `there is no key set ""`},
		{server.KeyRotation{Set: "rest", Withdraw: true}, "can't be withdrawn"},
		{server.KeyRotation{Set: "audit-log", Withdraw: true}, "can't be withdrawn"},
		{server.KeyRotation{Set: "session-tokens", Ahead: -1}, "known ahead for 0 to 720h0m0s, not -1ns"},
		{server.KeyRotation{Set: "session-tokens", Ahead: 721 * time.Hour}, "not 721h0m0s"},
	} {
		before, err := e.Store.KeySets(t.Context())
		_, rotateErr := server.RotateKeys(t.Context(), e.Store, test.rotation, e.Now)
		after, err2 := e.Store.KeySets(t.Context())
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if rotateErr == nil || !strings.Contains(rotateErr.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.rotation, rotateErr, test.want)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%+v: (-before +after)\n%s", test.rotation, diff)
		}
	}
}

// keysOf counts the keys of each set.
func keysOf(t *testing.T, st *store.Store) map[string]int {
	t.Helper()
	sets, err := st.KeySets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, set := range sets {
		count[server.KeySetName(set.Purpose)] = len(set.Keys)
	}
	return count
}

// Keys of tokens are replaced when they are old, by one of those who notice, and deleted when the last that they have sealed is over.
func TestMaintainKeys(t *testing.T) {
	t.Parallel()
	const month = 30 * 24 * time.Hour
	e := testenv.New(t)
	for _, step := range []struct {
		name     string
		after    time.Duration
		interval time.Duration
		rotates  int64 // sets
		want     int   // keys of session tokens afterwards
	}{
		{"young", month - time.Second, month, 0, 1},
		{"never", 100 * month, 0, 0, 1},
		{"old", month, month, 2, 2},
		{"a moment later", month + time.Second, month, 0, 2},
		{"before the end of the old", month + 10*time.Minute + 36*time.Hour + 15*time.Minute - time.Second, month, 0, 2},
		{"after the end of the old", month + 10*time.Minute + 36*time.Hour + 15*time.Minute, month, 0, 1},
		{"old again", 2 * month, month, 2, 2},
	} {
		now := testenv.Start.Add(step.after)
		var rotated atomic.Int64
		var wg sync.WaitGroup
		for range 4 { // servers
			wg.Go(func() {
				sets, err := server.MaintainKeys(t.Context(), e.Store, step.interval, now)
				if err != nil {
					t.Error(err)
				}
				rotated.Add(int64(len(sets)))
			})
		}
		wg.Wait()
		if rotated.Load() != step.rotates {
			t.Errorf("%s: %d sets got a new key, want %d", step.name, rotated.Load(), step.rotates)
		}
		want := map[string]int{"session-tokens": step.want, "authorization-messages": step.want, "audit-log": 1, "rest": 1}
		if diff := cmp.Diff(want, keysOf(t, e.Store)); diff != "" {
			t.Errorf("%s: keys (-want +got)\n%s", step.name, diff)
		}
	}
}

// A server looks after its keys when it starts.
func TestServeMaintainsKeys(t *testing.T) {
	t.Parallel()
	c := config(t)
	shut(t, open(t, c))
	c.TokenKeyRotation = time.Hour
	c.Now = func() time.Time { return testenv.Start.Add(time.Hour) }
	s := open(t, c)
	running := serve(t, s)
	st, err := server.OpenExistingStore(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for keysOf(t, st)["session-tokens"] < 2 { // until the test's own time is over
		time.Sleep(time.Millisecond)
	}
	running.stop()
	if err := errors.Join(<-running.ended, st.Close()); err != nil {
		t.Error(err)
	}
	shut(t, s)
}

// A server goes on through a rotation of everything that it can go on through.
func TestRotateEverything(t *testing.T) {
	t.Parallel()
	e := testenv.New(t, func(c *server.Config) { c.EncodedAuthorizationMessages = true })
	_, alice := e.AddUser("alice")
	session := getSession(t, e, alice)
	for _, set := range []string{"session-tokens", "authorization-messages", "audit-log", "rest"} {
		done, err := server.RotateKeys(t.Context(), e.Store, server.KeyRotation{Set: set}, e.Now)
		if err != nil || set == "rest" && done.Resealed < 2 { // alice's key and root's
			t.Fatal(set, done, err)
		}
	}
	e.Now = e.Now.Add(time.Second)
	if got := outcome(e, session); got != "OK" {
		t.Errorf("the session is %s", got)
	}
	if got := outcome(e, alice); got != "OK" { // whose secret is read anew
		t.Errorf("the key of the user is %s", got)
	}
	e.Close()
	c := server.Config{DataDir: e.DataDir, Now: func() time.Time { return e.Now }, Logger: slog.New(slog.DiscardHandler)}
	again := open(t, c) // which seals the chain with the new key
	ask(t, again)
	shut(t, again)
	v, err := server.VerifyAuditLog(t.Context(), e.Store, c, audit.Head{})
	if err != nil || len(v.Findings) > 0 {
		t.Errorf("the audit log: %v, %v", v.Findings, err)
	}
}

// ask has a server write a line into its audit log.
func ask(t *testing.T, s *server.Server) {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, signed(t, "http://daypass.test", testenv.Root, "sts", "GetCallerIdentity", nil))
	if w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
