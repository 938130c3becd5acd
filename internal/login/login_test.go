package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/internal/totp"
)

// desk is a person with a device, at a machine of their own, and the server that they log in to.
type desk struct {
	*testenv.Env
	t     *testing.T
	alice testenv.Key
	url   string

	mutex   sync.Mutex
	now     time.Time       // of the person's machine; the server has Env.Now
	answers []func() string // to the prompts, in turn
	asked   []string
	told    []string
	waited  []time.Duration
}

// newDesk has the clocks stand still at the third second of a step. The SDK goes by the machine's real one.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Env: testenv.New(t), t: t}
	d.now = time.Unix(totp.StepAt(time.Now())*30+3, 0).UTC()
	d.Now = d.now
	id, key := d.AddUser("alice")
	d.alice = key
	d.AddMFADevice("alice", id)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", d.serverTime().UTC().Format(http.TimeFormat))
		d.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func (d *desk) clock() time.Time {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.now
}

func (d *desk) serverTime() time.Time {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.Now
}

// pass lets time pass for everybody.
func (d *desk) pass(by time.Duration) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.now, d.Now = d.now.Add(by), d.Now.Add(by)
}

// shown is what the device shows when it is looked at, some steps from now.
func (d *desk) shown(steps int64) func() string {
	return func() string { return d.Code("alice", steps) }
}

func typed(code string) func() string { return func() string { return code } }

func (d *desk) ask(_ context.Context, prompt string) (string, error) {
	answer := func() string { return "" }
	d.mutex.Lock()
	d.asked = append(d.asked, prompt)
	here := len(d.answers) > 0
	if here {
		answer, d.answers = d.answers[0], d.answers[1:]
	}
	d.mutex.Unlock()
	if !here {
		return "", errors.New("nobody answers")
	}
	return answer(), nil
}

func (d *desk) tell(format string, a ...any) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.told = append(d.told, fmt.Sprintf(format, a...))
}

func (d *desk) wait(_ context.Context, until time.Time) error {
	d.mutex.Lock()
	by := until.Sub(d.now)
	d.waited = append(d.waited, by)
	d.mutex.Unlock()
	d.pass(by)
	return nil
}

func (d *desk) cache() *Cache {
	d.t.Helper()
	c, err := openCache(filepath.Join(d.t.TempDir(), "cache"), false)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func (d *desk) config(key testenv.Key) aws.Config {
	return aws.Config{
		Region: testenv.Region, BaseEndpoint: aws.String(d.url), RetryMaxAttempts: 2,
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, key.SessionToken),
	}
}

func (d *desk) login() *Login {
	return &Login{
		Source: Source{Profile: "alice", Config: d.config(d.alice)},
		Cache:  d.cache(), Now: d.clock, Ask: d.ask, Tell: d.tell, Wait: d.wait,
	}
}

// session logs in, with answers to the prompts.
func (d *desk) session(l *Login, answers ...func() string) Session {
	d.t.Helper()
	d.answers = answers
	s, err := l.Session(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	if len(d.answers) > 0 {
		d.t.Errorf("%d answers were not asked for", len(d.answers))
	}
	return s
}

func (d *desk) arn(s Session) string {
	d.t.Helper()
	status, body := d.Call(testenv.Key{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretKey, SessionToken: s.SessionToken}, "sts", "GetCallerIdentity")
	if status != http.StatusOK {
		d.t.Errorf("the session is refused: %s", body)
	}
	_, arn, _ := strings.Cut(body, "<Arn>")
	arn, _, _ = strings.Cut(arn, "</Arn>")
	return arn
}

func (d *desk) toldOnce(text string) {
	d.t.Helper()
	found := 0
	for _, told := range d.told {
		if strings.Contains(told, text) {
			found++
		}
	}
	if found != 1 {
		d.t.Errorf("was told %q %d times, want once: %q", text, found, d.told)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	l := d.login()
	s := d.session(l, d.shown(0))
	if got, want := d.arn(s), "arn:aws:iam::"+testenv.AccountID+":user/alice"; got != want {
		t.Errorf("the session is of %q, want %s", got, want)
	}
	// Alice may not ask IAM: the device is that of her name.
	if s.Device != testenv.Serial("alice") {
		t.Errorf("device %s", s.Device)
	}
	if diff := cmp.Diff([]string{"MFA code of " + testenv.Serial("alice") + ": "}, d.asked); diff != "" {
		t.Errorf("asked (-want +got)\n%s", diff)
	}
	if lives := s.Expiration.Sub(d.now); lives != 12*time.Hour {
		t.Errorf("the session lives for %v", lives)
	}
	if again := d.session(l); again != s {
		t.Error("the second login is another session than the first, which is good")
	}
	if len(d.told) > 0 {
		t.Errorf("told %q", d.told)
	}

	// In its last ten minutes it is not good any more.
	d.pass(12*time.Hour - 10*time.Minute - time.Second)
	if again := d.session(l); again != s {
		t.Error("the session is not used to the end")
	}
	d.pass(time.Second)
	if again := d.session(l, d.shown(0)); again == s {
		t.Error("the session is used in its last ten minutes")
	}
}

// A profile that names the device has the session that was asked for where none did, if it is that device's.
func TestSessionOfFoundDevice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	l := d.login()
	s := d.session(l, d.shown(0))
	l.SerialNumber = testenv.Serial("alice")
	if again := d.session(l); again != s {
		t.Error("the device that was found is asked for another code when a profile names it")
	}
	l.Config.BaseEndpoint = aws.String(d.url + "/")
	if again := d.session(l); again != s {
		t.Error("the session is not found at the same endpoint with a slash")
	}
	l.SerialNumber = "GAHT00000001"
	if _, err := l.Session(t.Context()); err == nil || len(d.asked) != 2 {
		t.Errorf("another device has the session, too: %v, asked %q", err, d.asked)
	}
}

func TestRenew(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	l := d.login()
	l.Duration = 15 * time.Minute
	first := d.session(l, d.shown(0))
	if lives := first.Expiration.Sub(d.now); lives != 15*time.Minute {
		t.Errorf("the session lives for %v", lives)
	}
	d.pass(time.Minute)
	l.Renew = true
	if second := d.session(l, d.shown(0)); second.Expiration.Sub(first.Expiration) != time.Minute {
		t.Errorf("renewed until %v, before %v", second.Expiration, first.Expiration)
	}
}

// A code that was used is known here, and not sent.
func TestUsedCode(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	l := d.login()
	d.session(l, d.shown(0))
	other := *l // of another profile, with the same device
	other.Profile = "alice-too"
	spent := d.Code("alice", 0)
	d.session(&other, typed("12345"), typed(spent), d.shown(0))
	d.toldOnce("The code that the device shows now is used already. The next one comes in 27s.")
	d.toldOnce("A code is six digits.")
	d.toldOnce("This code is used already. Waiting for the next one, 27s.")
	if diff := cmp.Diff([]time.Duration{27 * time.Second}, d.waited); diff != "" {
		t.Errorf("waited (-want +got)\n%s", diff)
	}
}

// A code that somebody else used is known to the server alone.
func TestCodeUsedElsewhere(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	spent := d.Code("alice", 0)
	if status, body := d.Call(d.alice, "sts", "GetSessionToken", "SerialNumber", testenv.Serial("alice"), "TokenCode", spent); status != http.StatusOK {
		t.Fatal(body)
	}
	d.session(d.login(), typed(spent), d.shown(0))
	d.toldOnce("The code was not accepted: mistyped, or used already. Waiting for the next one, 27s.")
	if len(d.waited) != 1 {
		t.Errorf("waited %v", d.waited)
	}
}

// A device waits after five wrong codes. Nobody is led there.
func TestWrongCodes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	wrong := typed("000000")
	d.answers = []func() string{wrong, wrong, wrong, wrong}
	_, err := d.login().Session(t.Context())
	if !client.IsWrongCode(err) || len(d.asked) != 3 {
		t.Errorf("asked %d times: %v", len(d.asked), err)
	}
	if hint := client.Hint(err); !strings.Contains(hint, "used already") || !strings.Contains(hint, "daypass explain ") {
		t.Errorf("hint %q", hint)
	}
}

// What was given beforehand is given once.
func TestOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	l := d.login()
	l.Once = true
	refused := func(code, text, hint string, exit int) {
		t.Helper()
		d.answers = []func() string{typed(code)}
		_, err := l.Session(t.Context())
		err = client.ServiceError(err)
		if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(client.Hint(err), hint) || client.ExitCode(err) != exit {
			t.Errorf("%s: %d, %v, hint %q", code, client.ExitCode(err), err, client.Hint(err))
		}
	}
	refused("12345x", "a token code is six digits", "", client.ExitUsage)
	refused("000000", "invalid MFA one time pass code", "mistyped", client.ExitService)
	d.session(l, d.shown(0))
	l.Renew = true
	refused(d.Code("alice", 0), "the code is used already", "the next one comes in 27s", client.ExitService)
	if len(d.waited) > 0 || len(d.told) > 0 {
		t.Errorf("waited %v, told %q", d.waited, d.told)
	}
	l.Ask = nil
	_, err := l.Session(t.Context())
	if err == nil || client.Hint(err) != "in a terminal: daypass login --profile alice" || client.ExitCode(err) != client.ExitConfiguration {
		t.Errorf("nobody there: %v, hint %q", err, client.Hint(err))
	}
}

func TestDrift(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		drift time.Duration
		told  string
	}{
		{"behind", -47 * time.Second, "this machine's clock is 47s behind the server's: it is "},
		{"ahead", 61 * time.Second, "this machine's clock is 1m1s ahead of the server's: it is "},
		{"a little", 9 * time.Second, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.now = d.now.Add(test.drift)
			d.session(d.login(), d.shown(0))
			if test.told == "" {
				if len(d.told) > 0 {
					t.Errorf("told %q", d.told)
				}
				return
			}
			d.toldOnce(test.told + d.now.Format(time.RFC3339) + " here and " + d.Now.Format(time.RFC3339) + " there")
		})
	}
}

func TestDevice(t *testing.T) {
	t.Parallel()
	const allowed = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListMFADevices","Resource":"*"}}`
	tests := []struct {
		name    string
		devices []string // more than the one of her name
		serial  string   // of the profile
		listed  bool     // alice may ask IAM
		want    string
		err     string
		hint    string
	}{
		{"profile", []string{"GAHT00000001"}, "GAHT00000001", true, "GAHT00000001", "", ""},
		{"IAM", nil, "", true, testenv.Serial("alice"), "", ""},
		{"several", []string{"GAHT00000001"}, "", true, "", "you have several MFA devices: ", "mfa_serial"},
		{"convention", []string{"GAHT00000001"}, "", false, testenv.Serial("alice"), "", ""},
		{"another's, and IAM tells", nil, "GAHT99999999", true, "", "unable to validate MFA code", "GAHT99999999 is not your device; yours: " + testenv.Serial("alice")},
		{"another's", nil, "GAHT99999999", false, "", "unable to validate MFA code", "no device of yours has this serial number"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			id, _ := d.userID()
			for _, serial := range test.devices {
				d.AddHardwareToken(serial, "totp", id)
			}
			if test.listed {
				d.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "list", "PolicyDocument", allowed)
			}
			l := d.login()
			l.SerialNumber = test.serial
			name := "alice"
			if len(test.devices) > 0 && test.want == test.devices[0] {
				name = test.want
			}
			d.answers = []func() string{func() string { return d.Code(name, 0) }}
			s, err := l.Session(t.Context())
			if s.Device != test.want || fmt.Sprint(err) == "<nil>" != (test.err == "") || test.err != "" && !strings.Contains(err.Error(), test.err) {
				t.Errorf("device %q, %v; want %q, %q", s.Device, err, test.want, test.err)
			}
			if hint := client.Hint(err); !strings.Contains(hint, test.hint) {
				t.Errorf("hint %q, want %q", hint, test.hint)
			}
		})
	}
}

func (d *desk) userID() (string, bool) {
	_, body := d.Call(testenv.Root, "iam", "GetUser", "UserName", "alice")
	_, id, _ := strings.Cut(body, "<UserId>")
	id, _, ok := strings.Cut(id, "</UserId>")
	return id, ok
}

func TestNoDevice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, bob := d.AddUser("bob")
	d.Call(testenv.Root, "iam", "PutUserPolicy", "UserName", "bob", "PolicyName", "list", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListMFADevices","Resource":"*"}}`)
	l := d.login()
	l.Config = d.config(bob)
	_, err := l.Session(t.Context())
	if err == nil || client.Hint(err) != "daypass mfa enroll makes one" || len(d.asked) > 0 {
		t.Errorf("asked %q: %v, hint %q", d.asked, err, client.Hint(err))
	}
}

// A key that is no good is told before anybody is asked for a code.
func TestBadKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, change := range map[string]func(*testenv.Key){
		"An error occurred (SignatureDoesNotMatch)": func(k *testenv.Key) { k.SecretAccessKey = strings.Repeat("x", 40) },
		"An error occurred (InvalidClientTokenId)":  func(k *testenv.Key) { k.AccessKeyID = "AKIAAAAAAAAAAAAAAAAA" },
		"those of a session already":                func(k *testenv.Key) { k.SessionToken = "token" },
	} {
		key := d.alice
		change(&key)
		l := d.login()
		l.Config = d.config(key)
		_, err := l.Session(t.Context())
		if err = client.ServiceError(err); err == nil || !strings.Contains(err.Error(), name) || client.Hint(err) == "" {
			t.Errorf("%v, want %s", err, name)
		}
	}
	if len(d.asked) > 0 {
		t.Errorf("asked %q", d.asked)
	}
}

func TestConventional(t *testing.T) {
	t.Parallel()
	for caller, want := range map[string]string{
		"arn:aws:iam::123456789012:user/alice":              "arn:aws:iam::123456789012:mfa/alice",
		"arn:aws-cn:iam::123456789012:user/staff/eu/alice":  "arn:aws-cn:iam::123456789012:mfa/alice",
		"arn:aws:iam::123456789012:root":                    "arn:aws:iam::123456789012:mfa/root-account-mfa-device",
		"arn:aws:sts::123456789012:assumed-role/deploy/run": "",
		"nonsense": "",
	} {
		if got, err := conventional(caller); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", caller, got, err)
		}
	}
}

// Many want a session at once, and one is asked.
func TestOnePrompt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	l := d.login()
	d.answers = []func() string{d.shown(0)}
	const many = 8
	sessions := make([]Session, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			var err error
			if sessions[i], err = l.Session(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, s := range sessions {
		if s != sessions[0] {
			t.Error("not everybody has the same session")
		}
	}
	if len(d.asked) != 1 {
		t.Errorf("asked %d times", len(d.asked))
	}
}

// Who waits for another's prompt can have enough.
func TestInterruptedWait(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.cache()
	unlock, err := c.lock(t.Context(), "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := func() { cancel() }
	if _, err := c.lock(ctx, "x", waiting); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	unlock()
	again, err := c.lock(t.Context(), "x", nil) // who had enough has let go
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerVariable); dir != "" {
		writeForever(dir)
	}
	// The tests say where everything is.
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "AWS_") {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	goleak.VerifyTestMain(m)
}
