package storetest

import (
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// testConstraints holds that the database refuses what would make its rows contradict each other, with the error that
// says which way, and that nothing of the refused closure stays.
func testConstraints(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(ctx, user("AIDA2", "/", "bob")),
			tx.InsertAccessKey(ctx, accessKey("AKIA1", "AIDA1"), "secret"),
			tx.InsertMFADevice(ctx, hardware(accountA, "GAHT1"), []byte("seed")),
			changed(1)(tx.AssignMFADevice(ctx, store.AssignMFADeviceParams{
				SerialNumber: "GAHT1", UserID: "AIDA2", EnabledAt: at(4), LastStep: 1,
			})),
			tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDA1", TagKey: "k"}),
		)
	})
	elsewhere := func(u store.InsertUserParams) store.InsertUserParams { u.AccountID = "999999999999"; return u }
	h.refuses(t, []refusal{
		{"the same account", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountA})
		}},
		{"the same user id", store.ErrExists, func(tx *store.Tx) error { return tx.InsertUser(ctx, user("AIDA1", "/", "carol")) }},
		{"the same name in another case and path", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertUser(ctx, user("AIDA3", "/team/", "ALICE"))
		}},
		{"the same access key id", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertAccessKey(ctx, accessKey("AKIA1", "AIDA2"), "secret")
		}},
		{"the same serial number", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertMFADevice(ctx, hardware(accountB, "GAHT1"), []byte("seed"))
		}},
		{"the same device name in another path", store.ErrExists, func(tx *store.Tx) error {
			d := virtual("Alice")
			d.SerialNumber = serial("team/Alice")
			return tx.InsertMFADevice(ctx, d, []byte("seed"))
		}},
		{"the same tag key", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDA1", TagKey: "k"})
		}},
		{"a user of no account", store.ErrInUse, func(tx *store.Tx) error {
			return tx.InsertUser(ctx, elsewhere(user("AIDA3", "/", "carol")))
		}},
		{"a key of no user", store.ErrInUse, func(tx *store.Tx) error {
			return tx.InsertAccessKey(ctx, accessKey("AKIA2", "AIDA9"), "secret")
		}},
		{"a device of no account", store.ErrInUse, func(tx *store.Tx) error {
			return tx.InsertMFADevice(ctx, hardware("999999999999", "GAHT2"), []byte("seed"))
		}},
		{"a device to no user", store.ErrInUse, func(tx *store.Tx) error {
			return changed(1)(tx.AssignMFADevice(ctx, store.AssignMFADeviceParams{
				SerialNumber: serial("alice"), UserID: "AIDA9", EnabledAt: at(4), LastStep: 1,
			}))
		}},
		{"delete a user with a key", store.ErrInUse, func(tx *store.Tx) error { return changed(1)(tx.DeleteUser(ctx, "AIDA1")) }},
		{"delete a user with a device", store.ErrInUse, func(tx *store.Tx) error { return changed(1)(tx.DeleteUser(ctx, "AIDA2")) }},
	})
	empty := map[string]func(*store.Tx) error{
		"secret": func(tx *store.Tx) error { return tx.InsertAccessKey(ctx, accessKey("AKIA3", "AIDA1"), "") },
		"seed":   func(tx *store.Tx) error { return tx.InsertMFADevice(ctx, hardware(accountA, "GAHT3"), nil) },
	}
	for name, fn := range empty {
		if err := h.Update(ctx, fn); err == nil {
			t.Errorf("an empty %s was stored", name)
		}
	}
}

// testCase holds that identifiers are compared byte by byte and names without regard to case.
func testCase(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(ctx, user("aida1", "/", "Bob")),
			tx.InsertAccessKey(ctx, accessKey("AKIAX", "AIDA1"), "upper"),
			tx.InsertAccessKey(ctx, accessKey("akiax", "aida1"), "lower"),
			tx.InsertMFADevice(ctx, hardware(accountA, "GAHTA"), []byte("upper")),
			tx.InsertMFADevice(ctx, hardware(accountB, "gahta"), []byte("lower")),
			tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDA1", TagKey: "k"}),
			tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDA1", TagKey: "K"}),
		)
	})
	h.view(t, func(tx *store.Tx) error {
		bob, err := byName(ctx, tx, accountA, "bOB")
		equal(t, "Bob", bob.UserName)
		equal(t, "aida1", bob.UserID)
		lower, err2 := tx.AccessKey(ctx, "akiax")
		secret, err3 := tx.Secret(ctx, lower)
		equal(t, "lower", secret)
		device, err4 := tx.MFADevice(ctx, "gahta")
		seed, err5 := tx.Seed(ctx, device)
		equal(t, "lower", string(seed))
		keys, err6 := tx.UserAccessKeys(ctx, "AIDA1")
		equal(t, []string{"AKIAX"}, accessKeyIDs(keys))
		return errors.Join(err, err2, err3, err4, err5, err6)
	})
	for _, id := range []string{"AKIAx", "AKIAX ", "AKIA_", "AKIA%"} {
		err := h.View(ctx, func(tx *store.Tx) error { _, err := tx.AccessKey(ctx, id); return err })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v, want ErrNotFound", id, err)
		}
	}
}
