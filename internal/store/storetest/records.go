package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// testRecords writes one record of each kind, reads it back whole, changes it and deletes it.
func testRecords(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertAccessKey(ctx, accessKey("AKIA2", "AIDA1"), "secret 2"),
			tx.InsertAccessKey(ctx, accessKey("AKIA1", "AIDA1"), "secret 1"),
			tx.InsertAccessKey(ctx, accessKey("AKIAROOT", ""), "secret of root"),
			tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDA1", TagKey: "a", TagValue: ""}),
			tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDA1", TagKey: "B", TagValue: "1"}),
			tx.InsertTag(ctx, store.InsertTagParams{ResourceID: "AIDA2", TagKey: "a", TagValue: "2"}),
			changed(1)(tx.SetAccessKeyStatus(ctx, store.SetAccessKeyStatusParams{AccessKeyID: "AKIA2", Status: store.Inactive})),
			tx.TouchAccessKey(ctx, "AKIA2", at(10).Time, "sts", "eu-west-1"),
			tx.TouchAccessKey(ctx, "AKIA2", at(9).Time, "iam", "us-east-1"), // earlier: changes nothing
		)
	})
	inserted := int64(generation(t, h.Store, epoch))
	h.view(t, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, accountA)
		equal(t, member(accountA), account)
		accounts, err2 := tx.Accounts(ctx)
		equal(t, []store.Account{member(accountA), member(accountB)}, accounts)

		alice := store.User{
			UserID: "AIDA1", AccountID: accountA, Path: "/", UserName: "alice", NameKey: "alice", CreatedAt: at(1),
		}
		byID, err3 := tx.User(ctx, "AIDA1")
		equal(t, alice, byID)
		named, err4 := byName(ctx, tx, accountA, "alice")
		equal(t, alice, named)
		users, err5 := tx.CountUsers(ctx, accountA)
		equal(t, int64(1), users)

		key, err6 := tx.AccessKey(ctx, "AKIA2")
		want := accessKey("AKIA2", "AIDA1")
		want.Status, want.SealedSecret = store.Inactive, key.SealedSecret
		want.LastUsedAt, want.LastUsedService, want.LastUsedRegion = at(10), "sts", "eu-west-1"
		want.Generation = inserted
		equal(t, want, key)
		keys, err7 := tx.UserAccessKeys(ctx, "AIDA1")
		equal(t, []string{"AKIA1", "AKIA2"}, accessKeyIDs(keys))
		keys, err8 := tx.RootAccessKeys(ctx, accountA)
		equal(t, []string{"AKIAROOT"}, accessKeyIDs(keys))
		keys, err9 := tx.UserAccessKeys(ctx, "") // no user, not "those of no user"
		equal(t, []string(nil), accessKeyIDs(keys))

		tags, err10 := tx.Tags(ctx, "AIDA1")
		equal(t, []store.Tag{
			{ResourceID: "AIDA1", TagKey: "B", TagValue: "1"},
			{ResourceID: "AIDA1", TagKey: "a", TagValue: ""},
		}, tags)
		return errors.Join(err, err2, err3, err4, err5, err6, err7, err8, err9, err10)
	})
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.DeleteAccessKey(ctx, "AKIA1")),
			changed(0)(tx.DeleteAccessKey(ctx, "AKIA1")),
			changed(1)(tx.DeleteAccessKey(ctx, "AKIA2")),
			tx.DeleteTags(ctx, "AIDA1"),
			changed(1)(tx.DeleteUser(ctx, "AIDA1")),
			changed(0)(tx.SetAccessKeyStatus(ctx, store.SetAccessKeyStatusParams{AccessKeyID: "AKIA2", Status: store.Active})),
			tx.TouchAccessKey(ctx, "AKIA2", at(11).Time, "sts", "eu-west-1"), // of a key that is gone
		)
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"account":      func(tx *store.Tx) error { _, err := tx.Account(ctx, "999999999999"); return err },
		"user":         func(tx *store.Tx) error { _, err := tx.User(ctx, "AIDA1"); return err },
		"user by name": func(tx *store.Tx) error { _, err := byName(ctx, tx, accountA, "alice"); return err },
		"access key":   func(tx *store.Tx) error { _, err := tx.AccessKey(ctx, "AKIA2"); return err },
		"MFA device":   func(tx *store.Tx) error { _, err := tx.MFADevice(ctx, serial("bob")); return err },
	})
	h.view(t, func(tx *store.Tx) error {
		tags, err := tx.Tags(ctx, "AIDA1")
		equal(t, 0, len(tags))
		others, err2 := tx.Tags(ctx, "AIDA2")
		equal(t, 1, len(others))
		return errors.Join(err, err2)
	})
}

// testDevices takes an MFA device through its life.
func testDevices(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	device := func() (d store.MFADevice) {
		h.view(t, func(tx *store.Tx) (err error) { d, err = tx.MFADevice(ctx, serial("alice")); return err })
		return d
	}
	want := virtual("alice")
	want.SealedSeed, want.LastStep = device().SealedSeed, -1
	equal(t, want, device())

	assign := store.AssignMFADeviceParams{SerialNumber: serial("alice"), UserID: "AIDA1", EnabledAt: at(5), LastStep: 100}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.RecordWrongCode(ctx, store.RecordWrongCodeParams{
				SerialNumber: serial("alice"), WrongCodes: 5, LockedUntil: at(60),
			})),
			changed(1)(tx.AssignMFADevice(ctx, assign)), // forgets the wrong codes
			changed(0)(tx.AssignMFADevice(ctx, assign)), // somebody has it
		)
	})
	want.UserID, want.EnabledAt, want.LastStep = "AIDA1", at(5), 100
	equal(t, want, device())

	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(0)(burn(ctx, tx, 100)),
			changed(1)(tx.RecordWrongCode(ctx, store.RecordWrongCodeParams{
				SerialNumber: serial("alice"), WrongCodes: 6, LockedUntil: at(120),
			})),
		)
	})
	want.WrongCodes, want.LockedUntil = 6, at(120)
	equal(t, want, device())

	h.update(t, func(tx *store.Tx) error { return changed(1)(burn(ctx, tx, 101)) })
	want.LastStep, want.WrongCodes, want.LockedUntil = 101, 0, store.Time{}
	equal(t, want, device())

	h.update(t, func(tx *store.Tx) error {
		resync := store.ResyncMFADeviceParams{SerialNumber: serial("alice"), LastStep: 101, Drift: -7}
		later := store.ResyncMFADeviceParams{SerialNumber: serial("alice"), LastStep: 102, Drift: -7}
		return errors.Join(
			changed(0)(tx.ResyncMFADevice(ctx, resync)),
			changed(1)(tx.ResyncMFADevice(ctx, later)),
			changed(0)(tx.DeleteMFADevice(ctx, serial("alice"))), // somebody has it
			changed(0)(tx.UnassignMFADevice(ctx, store.UnassignMFADeviceParams{SerialNumber: serial("alice"), UserID: "AIDA2"})),
			changed(1)(tx.UnassignMFADevice(ctx, store.UnassignMFADeviceParams{SerialNumber: serial("alice"), UserID: "AIDA1"})),
		)
	})
	want.UserID, want.EnabledAt, want.LastStep, want.Drift = "", store.Time{}, 102, -7
	equal(t, want, device())

	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(0)(tx.AssignMFADevice(ctx, assign)), // with a step that is spent
			changed(1)(tx.DeleteMFADevice(ctx, serial("alice"))),
			changed(0)(burn(ctx, tx, 200)),
		)
	})
}

// burn spends a step of the device that seed made.
func burn(ctx context.Context, tx *store.Tx, step int64) (int64, error) {
	return tx.BurnMFAStep(ctx, store.BurnMFAStepParams{SerialNumber: serial("alice"), LastStep: step})
}

func byName(ctx context.Context, tx *store.Tx, accountID, name string) (store.User, error) {
	return tx.UserByName(ctx, store.UserByNameParams{AccountID: accountID, NameKey: store.NameKey(name)})
}

func accessKeyIDs(keys []store.AccessKey) (ids []string) {
	for _, k := range keys {
		ids = append(ids, k.AccessKeyID)
	}
	return ids
}
