package iam

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/storetest"
	"github.com/daypass/daypass/internal/totp"
)

const (
	account = "111111111111"
	foreign = "222222222222"
)

var start = time.Date(2026, 1, 15, 12, 0, 10, 0, time.UTC)

// world is a service on a database of its own, with two accounts and a clock that stands until a test moves it.
type world struct {
	*Service
	t   *testing.T
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "daypass.db")
	storetest.SQLite(t, path)
	s, err := store.Open(t.Context(), store.Options{URL: path, SealingKey: storetest.KeyFile(t)}, start)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{Service: &Service{Store: s, Authorizer: authz.New(s)}, t: t, now: start}
	w.change(func(ctx context.Context, tx *store.Tx) error {
		at := store.Time{Time: start}
		return errors.Join(
			tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: account, CreatedAt: at, Management: 1}),
			tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: foreign, CreatedAt: at}),
			tx.PutServiceControlPolicy(ctx, store.PutServiceControlPolicyParams{
				AccountID: foreign, PolicyName: "FullAWSAccess", Document: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, CreatedAt: at,
			}),
		)
	})
	return w
}

// change writes to the database behind the service's back.
func (w *world) change(fn func(context.Context, *store.Tx) error) {
	w.t.Helper()
	ctx := w.t.Context()
	if err := w.Store.Update(ctx, func(tx *store.Tx) error { return fn(ctx, tx) }); err != nil {
		w.t.Fatal(err)
	}
}

// root is a call of an account's root at the present instant.
func (w *world) root(accountID string) aws.Call {
	return aws.Call{Now: w.now, Caller: aws.Caller{Principal: aws.Principal{
		Type: aws.RootPrincipal, AccountID: accountID, ID: accountID,
	}}}
}

// as is a call of a user of the account.
func (w *world) as(u User) aws.Call {
	return aws.Call{Now: w.now, Caller: aws.Caller{Principal: aws.Principal{
		Type: aws.UserPrincipal, AccountID: account, ID: u.UserId, Path: u.Path, Name: u.UserName,
	}}}
}

// user makes a user in an account.
func (w *world) user(accountID, name string) User {
	w.t.Helper()
	return must(w.CreateUser(w.t.Context(), w.root(accountID), &CreateUserInput{UserName: name}))(w.t).User
}

// key makes an access key; the name may be empty for the caller's own.
func (w *world) key(call aws.Call, userName string) string {
	w.t.Helper()
	return must(w.CreateAccessKey(w.t.Context(), call, &CreateAccessKeyInput{UserName: userName}))(w.t).AccessKey.AccessKeyId
}

// device is an MFA device in somebody's hand.
type device struct {
	*world
	serial  string
	seed    []byte
	counter func() int64 // of the code that it shows now
}

func (w *world) virtual(accountID, name string) *device {
	w.t.Helper()
	out := must(w.CreateVirtualMFADevice(w.t.Context(), w.root(accountID), &CreateVirtualMFADeviceInput{VirtualMFADeviceName: name}))(w.t)
	seed, err := base32.StdEncoding.DecodeString(string(out.VirtualMFADevice.Base32StringSeed))
	if err != nil {
		w.t.Fatal(err)
	}
	return &device{w, out.VirtualMFADevice.SerialNumber, seed, func() int64 { return totp.StepAt(w.now) }}
}

func (w *world) hardware(serial, algorithm string) *device {
	w.t.Helper()
	seed := []byte("12345678901234567890")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertMFADevice(ctx, store.MFADevice{
			SerialNumber: serial, AccountID: account, Kind: store.Hardware, Algorithm: algorithm,
			Path: "/", DeviceName: serial, NameKey: store.NameKey(serial), CreatedAt: store.Time{Time: start},
		}, seed)
	})
	return &device{w, serial, seed, func() int64 { return totp.StepAt(w.now) }}
}

// code is the code that comes after the one shown now by so many.
func (d *device) code(after int64) string { return totp.Code(d.seed, d.counter()+after) }

// enable enables the device with two codes that come after the one shown now by so many.
func (d *device) enable(userName string, first, second int64) error {
	_, err := d.EnableMFADevice(d.t.Context(), d.root(account), &EnableMFADeviceInput{
		UserName: userName, SerialNumber: d.serial, AuthenticationCode1: d.code(first), AuthenticationCode2: d.code(second),
	})
	return err
}

func (d *device) resync(userName string, first, second int64) error {
	_, err := d.ResyncMFADevice(d.t.Context(), d.root(account), &ResyncMFADeviceInput{
		UserName: userName, SerialNumber: d.serial, AuthenticationCode1: d.code(first), AuthenticationCode2: d.code(second),
	})
	return err
}

func (d *device) deactivate(userName string) error {
	_, err := d.DeactivateMFADevice(d.t.Context(), d.root(account), &DeactivateMFADeviceInput{UserName: userName, SerialNumber: d.serial})
	return err
}

// must returns what an action answered, and ends the test if it refused.
func must[T any](out T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// answer is an action's answer as a client reads it: "ok", or status, code and message.
func answer[T any](_ T, err error) string { return verdict(err) }

func verdict(err error) string {
	if err == nil {
		return "ok"
	}
	var e *aws.Error
	if !errors.As(err, &e) {
		return "not an aws.Error: " + err.Error()
	}
	return fmt.Sprintf("%d %s: %s", e.Status(), e.Code, e.Message)
}

func check(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func text(s string) *string { return &s }

// tags reads "a=1 b=" as tags.
func tags(s string) []Tag {
	var list []Tag
	for _, field := range strings.Fields(s) {
		k, v, _ := strings.Cut(field, "=")
		list = append(list, Tag{Key: k, Value: &v})
	}
	return list
}
