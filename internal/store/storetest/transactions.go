package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// errUnwanted is the error of closures that fail on purpose.
var errUnwanted = errors.New("unwanted")

// testBurns holds that a step is spent once: of 32 attempts at the same time one wins, step after step.
func testBurns(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	for step := range int64(5) {
		var winners atomic.Int64
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				var n int64
				err := h.Update(ctx, func(tx *store.Tx) (err error) {
					n, err = burn(ctx, tx, step)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				winners.Add(n)
			})
		}
		wg.Wait()
		equal(t, int64(1), winners.Load())
	}
}

// testWriteSkew holds that a closure which counts and then inserts counts right: PostgreSQL runs it again when another
// one inserted meanwhile.
func testWriteSkew(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	var inserted atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			err := h.Update(ctx, func(tx *store.Tx) error {
				keys, err := tx.UserAccessKeys(ctx, "AIDA1")
				if err != nil {
					return err
				}
				if len(keys) >= 2 {
					return errUnwanted
				}
				return tx.InsertAccessKey(ctx, accessKey(fmt.Sprint("AKIA", i), "AIDA1"), "secret")
			})
			switch {
			case err == nil:
				inserted.Add(1)
			case !errors.Is(err, errUnwanted):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, int64(2), inserted.Load())
}

// testCounter holds that what a closure read is still so when it writes, even when it hides the database's error.
func testCounter(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			err := h.Update(ctx, func(tx *store.Tx) error {
				device, err := tx.MFADevice(ctx, serial("alice"))
				if err != nil {
					return errUnwanted
				}
				_, err = tx.RecordWrongCode(ctx, store.RecordWrongCodeParams{
					SerialNumber: serial("alice"), WrongCodes: device.WrongCodes + 1,
				})
				if err != nil {
					return errUnwanted
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h.view(t, func(tx *store.Tx) error {
		device, err := tx.MFADevice(ctx, serial("alice"))
		equal(t, int64(12), device.WrongCodes)
		return err
	})
}

// testIsolation holds that updates at the same time each keep or lose their own changes.
func testIsolation(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	var wg sync.WaitGroup
	for i := range 48 {
		wg.Go(func() {
			err := h.Update(ctx, func(tx *store.Tx) error {
				if err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: fmt.Sprint(i)}); err != nil {
					return err
				}
				switch i % 3 {
				case 1:
					return errUnwanted
				case 2:
					return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountA})
				}
				return nil
			})
			if want := []error{nil, errUnwanted, store.ErrExists}[i%3]; !errors.Is(err, want) {
				t.Errorf("closure %d: %v, want %v", i, err, want)
			}
		})
	}
	wg.Wait()
	h.view(t, func(tx *store.Tx) error {
		for i := range 48 {
			_, err := tx.Account(ctx, fmt.Sprint(i))
			if kept := err == nil; kept != (i%3 == 0) {
				t.Errorf("closure %d: kept %t (%v)", i, kept, err)
			}
		}
		return nil
	})
}

// testFailedStatement holds that a statement's failure is the end of the transaction: not one that a closure can go on
// after, and not one that it can hide.
func testFailedStatement(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	again := store.InsertAccountParams{AccountID: accountA}
	hidden := func(tx *store.Tx) error {
		if err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: "1"}); err != nil {
			return err
		}
		if err := tx.InsertAccount(ctx, again); !errors.Is(err, store.ErrExists) {
			t.Errorf("%v, want ErrExists", err)
		}
		if err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: "2"}); err == nil {
			t.Error("a write after a failure succeeded")
		}
		if _, err := tx.Accounts(ctx); err == nil {
			t.Error("a read of many after a failure succeeded")
		}
		if _, err := tx.Account(ctx, accountA); err == nil {
			t.Error("a read of one after a failure succeeded")
		}
		return nil
	}
	if err := h.Update(ctx, hidden); !errors.Is(err, store.ErrExists) {
		t.Errorf("%v, want ErrExists", err)
	}
	renamed := func(tx *store.Tx) error {
		if tx.InsertAccount(ctx, again) != nil {
			return errUnwanted
		}
		return nil
	}
	if err := h.Update(ctx, renamed); !errors.Is(err, errUnwanted) {
		t.Errorf("%v, want the closure's own error", err)
	}
	h.update(t, func(tx *store.Tx) error { // a row that is not there is no failure
		if _, err := tx.Account(ctx, "1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
		return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: "3"})
	})
	h.view(t, func(tx *store.Tx) error {
		accounts, err := tx.Accounts(ctx)
		equal(t, 3, len(accounts))
		return err
	})
}

// testLeaving holds that a closure which panics or leaves its goroutine does so in its caller, and changes nothing.
func testLeaving(t *testing.T, h *harness) {
	ctx := t.Context()
	leave := func(how func()) (recovered any) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { recovered = recover() }()
			_ = h.Update(ctx, func(tx *store.Tx) error {
				if err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountA}); err != nil {
					return err
				}
				how()
				return nil
			})
			t.Error("Update returned")
		}()
		<-done
		return recovered
	}
	equal(t, any("a panic"), leave(func() { panic("a panic") }))
	equal(t, nil, leave(runtime.Goexit))
	h.update(t, func(tx *store.Tx) error { // both are gone, and updates go on
		return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountA})
	})
}

// testContexts holds that an update whose context has ended does not begin, and that one whose context ends on the way is
// kept whole or not at all and disturbs no other.
func testContexts(t *testing.T, h *harness) {
	ctx := t.Context()
	ended, end := context.WithCancel(ctx)
	end()
	for range 50 { // who is ready first is a matter of chance
		err := h.Update(ended, func(*store.Tx) error { t.Error("a closure ran"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Update: %v", err)
		}
	}
	ending, end := context.WithCancel(ctx)
	err := h.View(ending, func(tx *store.Tx) error {
		end()
		_, err := tx.Accounts(ending)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("View: %v", err)
	}

	errs := make([]error, 24)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			ending, end := context.WithCancel(ctx)
			defer end()
			errs[i] = h.Update(ending, func(tx *store.Tx) error {
				if i%2 > 0 {
					end()
				}
				return errors.Join(
					tx.InsertAccount(ending, store.InsertAccountParams{AccountID: fmt.Sprint(i, " first")}),
					tx.InsertAccount(ending, store.InsertAccountParams{AccountID: fmt.Sprint(i, " second")}),
				)
			})
		})
	}
	wg.Wait()
	h.view(t, func(tx *store.Tx) error {
		for i, err := range errs {
			if i%2 == 0 && err != nil {
				t.Errorf("update %d: %v", i, err)
			}
			_, first := tx.Account(ctx, fmt.Sprint(i, " first"))
			_, second := tx.Account(ctx, fmt.Sprint(i, " second"))
			if (err == nil) != (first == nil) || (err == nil) != (second == nil) {
				t.Errorf("update %d answered %v; its rows: %v, %v", i, err, first, second)
			}
		}
		return nil
	})
}

// testViews holds that a view can't write and sees one state from its first read to its last.
func testViews(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	for name, write := range map[string]func(*store.Tx) error{
		"insert": func(tx *store.Tx) error {
			return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: "1"})
		},
		"burn": func(tx *store.Tx) error { return changed(0)(burn(ctx, tx, 1)) },
	} {
		if err := h.View(ctx, write); err == nil {
			t.Errorf("%s: a view wrote", name)
		}
	}
	h.view(t, func(tx *store.Tx) error {
		before, err := tx.Accounts(ctx)
		h.update(t, func(tx *store.Tx) error {
			return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: "1"})
		})
		after, err2 := tx.Accounts(ctx)
		equal(t, before, after)
		return errors.Join(err, err2)
	})
	h.view(t, func(tx *store.Tx) error {
		_, err := tx.Account(ctx, "1")
		return err
	})
}

// testGeneration holds that whatever may change who may do what is seen in the generation when Update returns, and that
// the writes of everyday requests are not.
func testGeneration(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error { return tx.InsertAccessKey(ctx, accessKey("AKIA1", "AIDA1"), "secret") })
	quiet := func(tx *store.Tx) error {
		_, err := burn(ctx, tx, 1)
		_, err2 := tx.RecordWrongCode(ctx, store.RecordWrongCodeParams{SerialNumber: serial("alice"), WrongCodes: 1})
		return errors.Join(err, err2, tx.TouchAccessKey(ctx, "AKIA1", epoch, "sts", "eu-west-1"))
	}
	status := func(tx *store.Tx) error {
		return changed(1)(tx.SetAccessKeyStatus(ctx, store.SetAccessKeyStatusParams{AccessKeyID: "AKIA1", Status: store.Inactive}))
	}
	both := func(first, second func(*store.Tx) error) func(*store.Tx) error {
		return func(tx *store.Tx) error { return errors.Join(first(tx), second(tx)) }
	}
	tests := []struct {
		name  string
		grows bool
		fn    func(*store.Tx) error
	}{
		{"nothing", false, func(*store.Tx) error { return nil }},
		{"a read", false, func(tx *store.Tx) error { _, err := tx.AccessKey(ctx, "AKIA1"); return err }},
		{"everyday writes", false, quiet},
		{"a change", true, status},
		{"everyday writes and a change", true, both(quiet, status)},
		{"a change and everyday writes", true, both(status, quiet)},
		{"a device assigned", true, func(tx *store.Tx) error {
			return changed(1)(tx.AssignMFADevice(ctx, store.AssignMFADeviceParams{
				SerialNumber: serial("alice"), UserID: "AIDA1", LastStep: 50,
			}))
		}},
		{"a key deleted", true, func(tx *store.Tx) error { return changed(1)(tx.DeleteAccessKey(ctx, "AKIA1")) }},
		{"a change undone", false, func(tx *store.Tx) error {
			return errors.Join(tx.InsertAccessKey(ctx, accessKey("AKIA1", ""), "secret"), errUnwanted)
		}},
	}
	for _, test := range tests {
		before := generation(t, h.Store, epoch)
		if err := h.Update(ctx, test.fn); err != nil && !errors.Is(err, errUnwanted) {
			t.Errorf("%s: %v", test.name, err)
		}
		if grown := generation(t, h.Store, epoch) > before; grown != test.grows {
			t.Errorf("%s: the generation grew: %t, want %t", test.name, grown, test.grows)
		}
	}
	before := generation(t, h.Store, epoch)
	h.view(t, func(tx *store.Tx) error { _, err := tx.Accounts(ctx); return err })
	equal(t, before, generation(t, h.Store, epoch))
}

// testForeignGeneration holds that a change of one process is seen by another within a second, and not for free: what is
// asked again before that costs no look at the database.
func testForeignGeneration(t *testing.T, h *harness) {
	ctx := t.Context()
	other := open(t, h.options)
	before := generation(t, other, epoch)
	h.seed(t)
	equal(t, before, generation(t, other, epoch.Add(time.Second-1)))
	after := generation(t, other, epoch.Add(time.Second))
	if after <= before {
		t.Errorf("a second after a change the generation is %d, as before", after)
	}
	equal(t, generation(t, h.Store, epoch), after)
	h.update(t, func(tx *store.Tx) error { return tx.InsertAccessKey(ctx, accessKey("AKIA1", "AIDA1"), "secret") })
	if got := generation(t, other, epoch); got <= after { // a clock that went back is no reason to wait
		t.Errorf("after the clock went back the generation is %d, as before", got)
	}
}

func generation(t *testing.T, s *store.Store, now time.Time) uint64 {
	t.Helper()
	g, err := s.Generation(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// testClose holds that a closed store does nothing, and says so.
func testClose(t *testing.T, h *harness) {
	ctx := t.Context()
	s, err := store.Open(ctx, h.options, epoch)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(ctx); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil { // again
		t.Error(err)
	}
	never := func(*store.Tx) error { t.Error("a closure ran"); return nil }
	if s.Update(ctx, never) == nil {
		t.Error("Update after Close")
	}
	if s.View(ctx, never) == nil {
		t.Error("View after Close")
	}
	if s.Ping(ctx) == nil {
		t.Error("Ping after Close")
	}
}
