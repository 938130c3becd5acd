// Package testenv runs a whole server inside a test: a real store in a temporary directory, a clock that stands still
// until it is told, and an account with a root key.
package testenv

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/gateway"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/storetest"
	"github.com/daypass/daypass/internal/totp"
	"github.com/daypass/daypass/sigv4"
)

// What every Env begins with.
const (
	AccountID = "123456789012"
	Region    = "us-east-1"
	PublicURL = "https://daypass.test"
)

// Root is the root key of the account.
var Root = Key{AccessKeyID: "AKIARZPUZDIKAROOTKEY", SecretAccessKey: "root-secret-root-secret-root-secret-root"}

// Start is when the clock of an Env begins to stand still.
var Start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Env is a server in a test.
type Env struct {
	Handler http.Handler
	Extauth *extauth.Decider
	Store   *store.Store // a second handle on the server's database
	DataDir string
	Now     time.Time
	t       testing.TB
	close   func() error
}

// Key is what a request is signed with.
type Key struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}

// unlimited are the limits of an Env, unless an Option sets others: what a test sends within the standing second is its own matter.
var unlimited = limit.Config{
	Requests: limit.Requests{Account: limit.Off, Key: limit.Off},
	Data:     limit.Requests{Account: limit.Off, Key: limit.Off},
	Failures: limit.Failures{Address: limit.Off},
}

// Option changes the configuration of an Env's server.
type Option func(*server.Config)

// Gateway puts backends behind an Env's server.
func Gateway(c gateway.Config) Option { return func(s *server.Config) { s.Gateway = c } }

// New starts a server that lives as long as the test.
func New(t testing.TB, options ...Option) *Env {
	t.Helper()
	e := &Env{DataDir: filepath.Join(t.TempDir(), "data"), Now: Start, t: t}
	config := server.Config{
		DataDir:             e.DataDir,
		AccountID:           AccountID,
		PublicURL:           PublicURL,
		RootAccessKeyID:     Root.AccessKeyID,
		RootSecretAccessKey: Root.SecretAccessKey,
		Limits:              unlimited,
		Now:                 func() time.Time { return e.Now },
		Logger:              slog.New(slog.NewTextHandler(testWriter{t}, nil)),
	}
	for _, o := range options {
		o(&config)
	}
	if config.Database == "" {
		storetest.SQLite(t, filepath.Join(config.DataDir, "daypass.db"))
	}
	ctx := context.Background()
	s, err := server.New(ctx, config)
	e.must(err)
	e.close = sync.OnceValue(s.Close)
	t.Cleanup(e.Close)
	_, err = s.Bootstrap(ctx)
	e.must(err)
	e.Handler, e.Extauth = s.Handler(), s.Extauth()
	e.Store, err = server.OpenStore(ctx, config)
	e.must(err)
	t.Cleanup(func() { e.must(e.Store.Close()) })
	return e
}

// Close closes the server before the test ends: what it had to write is then written.
func (e *Env) Close() { e.must(e.close()) }

// In is the same server for a part of the test: a fuzz target must not use the test that it is in.
func (e *Env) In(t testing.TB) *Env {
	part := *e
	part.t = t
	return &part
}

func (e *Env) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// testWriter sends the server's log to the test's.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

// Request returns a signed form POST. The service is sts or iam.
func (e *Env) Request(key Key, service, form string) *http.Request {
	e.t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader(form))
	r.Host = "daypass.test"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	e.Sign(r, key, service, form)
	return r
}

// Sign signs a request with this body at the time of the clock.
func (e *Env) Sign(r *http.Request, key Key, service, body string) {
	e.t.Helper()
	signer := sigv4.Signer{
		AccessKeyID:     key.AccessKeyID,
		SecretAccessKey: key.SecretAccessKey,
		SessionToken:    key.SessionToken,
		Region:          Region,
		Service:         service,
	}
	signed := sigv4.Request{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header}
	e.must(signer.Sign(&signed, e.Now, sigv4.PayloadOf([]byte(body))))
}

// Do performs a request and returns the answer and its body.
func (e *Env) Do(r *http.Request) (*http.Response, string) {
	e.t.Helper()
	recorder := httptest.NewRecorder()
	e.Handler.ServeHTTP(recorder, r)
	response := recorder.Result()
	body, err := io.ReadAll(response.Body)
	e.must(err)
	e.must(response.Body.Close())
	return response, string(body)
}

// Call performs a signed action, its parameters given as name and value in turn, and returns status and body.
func (e *Env) Call(key Key, service, action string, parameters ...string) (int, string) {
	e.t.Helper()
	version := map[string]string{"sts": "2011-06-15", "iam": "2010-05-08"}[service]
	form := url.Values{"Action": {action}, "Version": {version}}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	response, body := e.Do(e.Request(key, service, form.Encode()))
	return response.StatusCode, body
}

// AddUser makes a user with an access key, without going by way of the API. The name also makes ids and secrets, so that
// answers can be compared with golden files.
func (e *Env) AddUser(name string) (userID string, key Key) {
	e.t.Helper()
	tail := strings.ToUpper(strings.Repeat(name, 16))[:16]
	userID = "AIDA" + tail + "A"
	key = Key{AccessKeyID: "AKIA" + tail, SecretAccessKey: strings.Repeat(name+"+", 40)[:40]}
	ctx := context.Background()
	at := store.Time{Time: e.Now}
	e.must(e.Store.Update(ctx, func(tx *store.Tx) error {
		err := tx.InsertUser(ctx, store.InsertUserParams{
			UserID: userID, AccountID: AccountID, Path: "/", UserName: name, NameKey: store.NameKey(name), CreatedAt: at,
		})
		if err != nil {
			return err
		}
		return tx.InsertAccessKey(ctx, store.AccessKey{
			AccessKeyID: key.AccessKeyID, AccountID: AccountID, UserID: store.UserID(userID), Status: store.Active, CreatedAt: at,
		}, key.SecretAccessKey)
	}))
	return userID, key
}

// Serial is the serial number of the virtual MFA device of a name.
func Serial(name string) string { return aws.IAMARN(AccountID, "mfa", "/", name) }

// AddMFADevice makes a virtual device of a name and gives it to a user, or to nobody if the user id is empty. Its seed
// is made of the name: see Code.
func (e *Env) AddMFADevice(name, userID string) {
	e.t.Helper()
	e.addDevice(store.MFADevice{
		SerialNumber: Serial(name), Kind: store.Virtual, Algorithm: store.TOTP, DeviceName: name, NameKey: store.NameKey(name),
	}, name, userID)
}

// AddHardwareToken makes a hardware device of a serial number; its seed is made of that.
func (e *Env) AddHardwareToken(serialNumber, algorithm, userID string) {
	e.t.Helper()
	e.addDevice(store.MFADevice{
		SerialNumber: serialNumber, Kind: store.Hardware, Algorithm: algorithm, DeviceName: serialNumber, NameKey: serialNumber,
	}, serialNumber, userID)
}

func (e *Env) addDevice(d store.MFADevice, seedName, userID string) {
	e.t.Helper()
	ctx := context.Background()
	d.AccountID, d.Path, d.CreatedAt = AccountID, "/", store.Time{Time: e.Now}
	e.must(e.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.InsertMFADevice(ctx, d, seed(seedName)); err != nil || userID == "" {
			return err
		}
		_, err := tx.AssignMFADevice(ctx, store.AssignMFADeviceParams{
			SerialNumber: d.SerialNumber, UserID: store.UserID(userID), EnabledAt: d.CreatedAt, LastStep: 0,
		})
		return err
	}))
}

// Code is what a device shows some steps after (or, if negative, before) now.
func (e *Env) Code(name string, steps int64) string {
	return totp.Code(seed(name), totp.StepAt(e.Now)+steps)
}

// CounterCode is what a HOTP device shows at a counter.
func CounterCode(serialNumber string, counter int64) string {
	return totp.Code(seed(serialNumber), counter)
}

func seed(name string) []byte { return []byte(strings.Repeat(name+"-", 20)[:20]) }
