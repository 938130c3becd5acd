package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/daypass/daypass/internal/store"
)

// testTimes holds that an instant comes back in UTC, cut to microseconds, and the zero time as itself.
func testTimes(t *testing.T, h *harness) {
	zone := time.FixedZone("", 3600)
	tests := []struct {
		name      string
		give, get time.Time
	}{
		{"zero", time.Time{}, time.Time{}},
		{"microseconds", epoch, epoch},
		{"nanoseconds", epoch.Add(999), epoch},
		{"another zone", epoch.In(zone), epoch},
		{"before 1970", time.Date(1969, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)},
		{"far off", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
	}
	for _, test := range tests {
		h.update(t, func(tx *store.Tx) error {
			return tx.InsertAccount(t.Context(), store.InsertAccountParams{AccountID: test.name, CreatedAt: store.Time{Time: test.give}})
		})
		h.view(t, func(tx *store.Tx) error {
			account, err := tx.Account(t.Context(), test.name)
			if got := account.CreatedAt.Time; !got.Equal(test.get) || got.Location() != time.UTC {
				t.Errorf("%s: %v, want %v", test.name, got, test.get)
			}
			return err
		})
	}
}

// testSealing holds that a secret is not readable in its row and opens nowhere else.
func testSealing(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertAccessKey(ctx, accessKey("AKIA1", "AIDA1"), secret),
			tx.InsertAccessKey(ctx, accessKey("AKIA2", "AIDA1"), secret),
			tx.InsertMFADevice(ctx, hardware(accountA, "GAHT1"), []byte(secret)),
			tx.InsertMFADevice(ctx, hardware(accountA, "AKIA1"), []byte(secret)), // named as a key is
		)
	})
	h.view(t, func(tx *store.Tx) error {
		key1, err := tx.AccessKey(ctx, "AKIA1")
		key2, err2 := tx.AccessKey(ctx, "AKIA2")
		device, err3 := tx.MFADevice(ctx, "GAHT1")
		namedAsKey, err4 := tx.MFADevice(ctx, "AKIA1")
		if err := errors.Join(err, err2, err3, err4); err != nil {
			return err
		}
		got, err := tx.Secret(ctx, key1)
		equal(t, secret, got)
		seed, err2 := tx.Seed(ctx, device)
		equal(t, secret, string(seed))
		for _, sealed := range [][]byte{key1.SealedSecret, key2.SealedSecret, device.SealedSeed} {
			if bytes.Contains(sealed, []byte(secret[:8])) {
				t.Error("a sealed column shows its secret")
			}
		}
		if bytes.Equal(key1.SealedSecret, key2.SealedSecret) {
			t.Error("equal secrets are sealed alike")
		}

		moved := key1
		moved.SealedSecret = key2.SealedSecret
		changedByte := key1
		changedByte.SealedSecret = bytes.Clone(key1.SealedSecret)
		changedByte.SealedSecret[len(changedByte.SealedSecret)/2] ^= 1
		otherColumn := namedAsKey
		otherColumn.SealedSeed = key1.SealedSecret
		otherTable := key1
		otherTable.SealedSecret = namedAsKey.SealedSeed
		for name, open := range map[string]func() error{
			"moved to another row":    func() error { _, err := tx.Secret(ctx, moved); return err },
			"one changed byte":        func() error { _, err := tx.Secret(ctx, changedByte); return err },
			"a secret taken for seed": func() error { _, err := tx.Seed(ctx, otherColumn); return err },
			"a seed taken for secret": func() error { _, err := tx.Secret(ctx, otherTable); return err },
			"nothing":                 func() error { _, err := tx.Secret(ctx, store.AccessKey{AccessKeyID: "AKIA1"}); return err },
		} {
			if open() == nil {
				t.Errorf("%s: opened", name)
			}
		}
		return errors.Join(err, err2)
	})
}

// testKeysets holds that a purpose has one key set, whoever asks first, and shares it with no other.
func testKeysets(t *testing.T, h *harness) {
	ctx := t.Context()
	other := open(t, h.options)
	var wg sync.WaitGroup
	ids := make([]uint32, 16)
	for i := range ids {
		wg.Go(func() {
			s := h.Store
			if i%2 > 0 {
				s = other
			}
			handle, err := keysAt(ctx, s, "token", epoch)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = handle.KeysetInfo().GetPrimaryKeyId()
		})
	}
	wg.Wait()
	for _, id := range ids {
		equal(t, ids[0], id)
	}

	token, err := keysAt(ctx, h.Store, "token", epoch)
	elsewhere, err2 := keysAt(ctx, h.Store, "elsewhere", epoch)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	sealer, err := aead.New(token)
	opener, err2 := aead.New(elsewhere)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer.Encrypt([]byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := opener.Decrypt(sealed, nil); err == nil {
		t.Error("two purposes share a key")
	}
	if sealed[0] != 1 {
		t.Errorf("sealed begins with %#x, not with Tink's prefix", sealed[0])
	}
}

// keysAt opens a key set, which is then as it is to be used at an instant.
func keysAt(ctx context.Context, s *store.Store, purpose string, now time.Time) (*keyset.Handle, error) {
	ring, err := newRing(ctx, s, purpose, now)
	if err != nil {
		return nil, err
	}
	return ring.At(ctx, now)
}

func newRing(ctx context.Context, s *store.Store, purpose string, now time.Time) (*store.Keyring[*keyset.Handle], error) {
	return store.NewKeyring(ctx, s, purpose, func(h *keyset.Handle) (*keyset.Handle, error) { return h, nil }, now)
}

// testReopen holds that what was stored is there, and opens, when the store is opened again.
func testReopen(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertAccessKey(ctx, accessKey("AKIA1", "AIDA1"), "secret"),
			changed(1)(burn(ctx, tx, 7)),
		)
	})
	if _, err := keysAt(ctx, h.Store, "token", epoch); err != nil {
		t.Fatal(err)
	}
	before := generation(t, h.Store, epoch)
	again := &harness{Store: open(t, h.options)}
	again.view(t, func(tx *store.Tx) error {
		key, err := tx.AccessKey(ctx, "AKIA1")
		secret, err2 := tx.Secret(ctx, key)
		equal(t, "secret", secret)
		device, err3 := tx.MFADevice(ctx, serial("alice"))
		seed, err4 := tx.Seed(ctx, device)
		equal(t, "seed of alice", string(seed))
		equal(t, int64(7), device.LastStep)
		return errors.Join(err, err2, err3, err4)
	})
	equal(t, before, generation(t, again.Store, epoch))
}

// testFirstStarts holds that processes which start at once on a new database make one store of it.
func testFirstStarts(t *testing.T, h *harness) {
	ctx := t.Context()
	options := h.newDatabase(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			s, err := store.Open(ctx, options, epoch)
			if err != nil {
				t.Error(err)
				return
			}
			own := &harness{Store: s}
			id := []string{"1", "2", "3", "4"}[i]
			own.update(t, func(tx *store.Tx) error {
				return errors.Join(
					tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: id}),
					tx.InsertMFADevice(ctx, hardware(id, "GAHT"+id), []byte("seed "+id)),
				)
			})
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	last := &harness{Store: open(t, options)}
	last.view(t, func(tx *store.Tx) error {
		for _, id := range []string{"1", "2", "3", "4"} {
			device, err := tx.MFADevice(ctx, "GAHT"+id)
			if err != nil {
				return err
			}
			seed, err := tx.Seed(ctx, device)
			if err != nil {
				return err
			}
			equal(t, "seed "+id, string(seed))
		}
		return nil
	})
}
