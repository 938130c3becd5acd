package storetest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

func signingKey(account, id string, second int) store.WebIdentityKey {
	return store.WebIdentityKey{AccountID: account, KeyID: id, Algorithm: "RS256", CreatedAt: at(second), SignsFrom: at(second + 10)}
}

// testWebIdentity takes an issuer and its signing keys through their life.
func testWebIdentity(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	const secret = "a private key in its own form"
	issuer := func(account, uuid string) store.InsertWebIdentityIssuerParams {
		return store.InsertWebIdentityIssuerParams{AccountID: account, IssuerUUID: uuid, CreatedAt: at(1)}
	}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertWebIdentityIssuer(ctx, issuer(accountA, "uuid-a")),
			tx.InsertWebIdentityIssuer(ctx, issuer(accountB, "uuid-b")),
			tx.InsertWebIdentityKey(ctx, signingKey(accountA, "2", 1), []byte(secret)),
			tx.InsertWebIdentityKey(ctx, signingKey(accountA, "1", 2), []byte(secret)),
			tx.InsertWebIdentityKey(ctx, signingKey(accountB, "2", 1), []byte(secret)), // another account's key of the same id
		)
	})
	h.refuses(t, []refusal{
		{"another issuer of the account", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertWebIdentityIssuer(ctx, issuer(accountA, "uuid-c"))
		}},
		{"the uuid of another account", store.ErrExists, func(tx *store.Tx) error {
			err := tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: "333333333333"})
			return errors.Join(err, tx.InsertWebIdentityIssuer(ctx, issuer("333333333333", "uuid-a")))
		}},
		{"an issuer of no account", store.ErrInUse, func(tx *store.Tx) error {
			return tx.InsertWebIdentityIssuer(ctx, issuer("999999999999", "uuid-c"))
		}},
		{"a key of no issuer", store.ErrInUse, func(tx *store.Tx) error {
			return tx.InsertWebIdentityKey(ctx, signingKey("999999999999", "1", 1), []byte(secret))
		}},
		{"the same key id", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertWebIdentityKey(ctx, signingKey(accountA, "1", 3), []byte(secret))
		}},
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"issuer of another uuid": func(tx *store.Tx) error { _, err := tx.WebIdentityIssuerByUUID(ctx, "UUID-A"); return err },
		"issuer of no account":   func(tx *store.Tx) error { _, err := tx.WebIdentityIssuer(ctx, "999999999999"); return err },
	})
	h.view(t, func(tx *store.Tx) error {
		byAccount, err := tx.WebIdentityIssuer(ctx, accountA)
		byUUID, err2 := tx.WebIdentityIssuerByUUID(ctx, "uuid-a")
		equal(t, store.WebIdentityIssuer{AccountID: accountA, IssuerUUID: "uuid-a", Enabled: 1, CreatedAt: at(1)}, byAccount)
		equal(t, byAccount, byUUID)
		return errors.Join(err, err2, checkSigningKeys(t, tx, secret))
	})
	enable := func(on int64) func(*store.Tx) (int64, error) {
		return func(tx *store.Tx) (int64, error) {
			return tx.EnableWebIdentityIssuer(ctx, store.EnableWebIdentityIssuerParams{AccountID: accountA, Enabled: on})
		}
	}
	for _, step := range []struct{ on, changes int64 }{{1, 0}, {0, 1}, {0, 0}, {1, 1}} {
		h.update(t, func(tx *store.Tx) error { return changed(step.changes)(enable(step.on)(tx)) })
	}
	testRetirement(t, h)
}

// checkSigningKeys holds that keys come by age, and that a sealed one opens in its own row only.
func checkSigningKeys(t *testing.T, tx *store.Tx, secret string) error {
	t.Helper()
	keys, err := tx.WebIdentityKeys(t.Context(), accountA)
	others, err2 := tx.WebIdentityKeys(t.Context(), accountB)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	equal(t, []string{"2", "1"}, keyIDs(keys))
	opened, err := tx.SigningKey(t.Context(), keys[0])
	equal(t, secret, string(opened))
	if bytes.Contains(keys[0].SealedKey, []byte(secret[:8])) {
		t.Error("a sealed key shows itself")
	}
	for name, sealed := range map[string][]byte{"another row's": keys[1].SealedKey, "another account's": others[0].SealedKey} {
		moved := keys[0]
		moved.SealedKey = sealed
		if _, err := tx.SigningKey(t.Context(), moved); err == nil {
			t.Errorf("%s key opens", name)
		}
	}
	return err
}

// testRetirement holds that a key's end only ever comes nearer, and that keys go when it is there.
func testRetirement(t *testing.T, h *harness) {
	t.Helper()
	ctx := t.Context()
	steps := []struct {
		retire, remove int // seconds; 0: not done
		want           []int
	}{
		{retire: 60, want: []int{60, 60}},
		{retire: 90, want: []int{60, 60}},
		{retire: 30, want: []int{30, 30}},
		{remove: 29, want: []int{30, 30}},
		{remove: 30, want: nil},
	}
	for _, step := range steps {
		h.update(t, func(tx *store.Tx) (err error) {
			if step.retire > 0 {
				_, err = tx.RetireWebIdentityKeys(ctx, store.RetireWebIdentityKeysParams{AccountID: accountA, PublishedUntil: at(step.retire)})
			} else {
				_, err = tx.DeleteRetiredWebIdentityKeys(ctx, store.DeleteRetiredWebIdentityKeysParams{AccountID: accountA, PublishedUntil: at(step.remove)})
			}
			return err
		})
		h.view(t, func(tx *store.Tx) error {
			keys, err := tx.WebIdentityKeys(ctx, accountA)
			equal(t, len(step.want), len(keys))
			for i, key := range keys {
				equal(t, at(step.want[i]), key.PublishedUntil)
			}
			others, err2 := tx.WebIdentityKeys(ctx, accountB)
			equal(t, []string{"2"}, keyIDs(others))
			equal(t, store.Time{}, others[0].PublishedUntil)
			return errors.Join(err, err2)
		})
	}
}

func keyIDs(keys []store.WebIdentityKey) (ids []string) {
	for _, key := range keys {
		ids = append(ids, key.KeyID)
	}
	return ids
}

var webIdentityWrites = []write{
	{"InsertWebIdentityIssuer", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertWebIdentityIssuer(ctx, store.InsertWebIdentityIssuerParams{AccountID: accountA, IssuerUUID: "uuid"})
	}},
	{"EnableWebIdentityIssuer", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.EnableWebIdentityIssuer(ctx, store.EnableWebIdentityIssuerParams{AccountID: accountA}))
	}},
	{"InsertWebIdentityKey", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertWebIdentityKey(ctx, signingKey(accountA, "1", 1), []byte("key"))
	}},
	{"RetireWebIdentityKeys", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.RetireWebIdentityKeys(ctx, store.RetireWebIdentityKeysParams{AccountID: accountA, PublishedUntil: at(1)}))
	}},
	{"DeleteRetiredWebIdentityKeys", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteRetiredWebIdentityKeys(ctx, store.DeleteRetiredWebIdentityKeysParams{AccountID: accountA, PublishedUntil: at(1)}))
	}},
}
