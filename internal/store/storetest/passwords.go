package storetest

import (
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// testLoginProfiles takes a user's password through its life.
func testLoginProfiles(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(ctx, userIn(accountB, "AIDA2", "/", "alice")),
			tx.InsertLoginProfile(ctx, store.InsertLoginProfileParams{
				UserID: "AIDA1", PasswordHash: "$argon2id$1", ResetRequired: 1, CreatedAt: at(1), ChangedAt: at(2),
			}),
			tx.InsertLoginProfile(ctx, store.InsertLoginProfileParams{UserID: "AIDA2", PasswordHash: "$argon2id$b", CreatedAt: at(1)}),
		)
	})
	want := store.LoginProfile{
		UserID: "AIDA1", PasswordHash: "$argon2id$1", ResetRequired: 1, CreatedAt: at(1), ChangedAt: at(2),
	}
	then := func(change func(*store.Tx) (int64, error), apply func()) {
		t.Helper()
		h.update(t, func(tx *store.Tx) error { return changed(1)(change(tx)) })
		apply()
		h.view(t, func(tx *store.Tx) error {
			got, err := tx.LoginProfile(ctx, "AIDA1")
			equal(t, want, got)
			all, err2 := tx.AccountLoginProfiles(ctx, accountA)
			equal(t, []store.LoginProfile{want}, all)
			return errors.Join(err, err2)
		})
	}
	then(func(tx *store.Tx) (int64, error) {
		return tx.RecordWrongPassword(ctx, store.RecordWrongPasswordParams{UserID: "AIDA1", WrongPasswords: 5, LockedUntil: at(60)})
	}, func() { want.WrongPasswords, want.LockedUntil = 5, at(60) })
	then(func(tx *store.Tx) (int64, error) {
		return tx.SetPasswordReset(ctx, store.SetPasswordResetParams{UserID: "AIDA1"})
	}, func() { want.ResetRequired = 0 }) // and whoever guesses still waits
	then(func(tx *store.Tx) (int64, error) {
		return tx.SetPassword(ctx, store.SetPasswordParams{
			UserID: "AIDA1", PasswordHash: "$argon2id$2", ResetRequired: 1, ChangedAt: at(9),
		})
	}, func() {
		want.PasswordHash, want.ResetRequired, want.ChangedAt = "$argon2id$2", 1, at(9)
		want.WrongPasswords, want.LockedUntil = 0, store.Time{}
	})
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.DeleteLoginProfile(ctx, "AIDA1")),
			changed(0)(tx.DeleteLoginProfile(ctx, "AIDA1")),
			changed(0)(tx.SetPassword(ctx, store.SetPasswordParams{UserID: "AIDA1"})),
			changed(0)(tx.SetPasswordReset(ctx, store.SetPasswordResetParams{UserID: "AIDA1"})),
			changed(0)(tx.RecordWrongPassword(ctx, store.RecordWrongPasswordParams{UserID: "AIDA1"})),
		)
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"login profile": func(tx *store.Tx) error { _, err := tx.LoginProfile(ctx, "AIDA1"); return err },
	})
	h.view(t, func(tx *store.Tx) error {
		all, err := tx.AccountLoginProfiles(ctx, accountA)
		equal(t, 0, len(all))
		all, err2 := tx.AccountLoginProfiles(ctx, accountB)
		equal(t, 1, len(all))
		return errors.Join(err, err2)
	})
}

// testFormerPasswords holds that former passwords come newest first, as many as are asked for, and that the old ones can be
// forgotten.
func testFormerPasswords(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	former := func(userID string, second int) store.InsertFormerPasswordParams {
		return store.InsertFormerPasswordParams{UserID: userID, PasswordHash: "$argon2id$", ChangedAt: at(second)}
	}
	h.update(t, func(tx *store.Tx) error {
		err := tx.InsertUser(ctx, user("AIDA2", "/", "bob"))
		for _, second := range []int{9, 11, 7, 100, 8} {
			err = errors.Join(err, tx.InsertFormerPassword(ctx, former("AIDA1", second)))
		}
		return errors.Join(err, tx.InsertFormerPassword(ctx, former("AIDA2", 9)))
	})
	holds := func(userID string, limit int32, want ...int) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			rows, err := tx.FormerPasswords(ctx, store.FormerPasswordsParams{UserID: userID, Limit: limit})
			var expected []store.FormerPassword
			for _, second := range want {
				expected = append(expected, store.FormerPassword(former(userID, second)))
			}
			equal(t, expected, rows)
			return err
		})
	}
	holds("AIDA1", 24, 100, 11, 9, 8, 7)
	holds("AIDA1", 2, 100, 11)
	holds("AIDA1", 0)
	h.update(t, func(tx *store.Tx) error {
		return tx.DeleteFormerPasswords(ctx, store.DeleteFormerPasswordsParams{UserID: "AIDA1", ChangedAt: at(9)})
	})
	holds("AIDA1", 24, 100, 11, 9) // that of the instant itself stays
	h.update(t, func(tx *store.Tx) error { return tx.DeleteAllFormerPasswords(ctx, "AIDA1") })
	holds("AIDA1", 24)
	holds("AIDA2", 24, 9)
}

// testPasswordPolicies holds that an account has one password policy, and that to put another replaces all of it.
func testPasswordPolicies(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	strict := store.PasswordPolicy{
		AccountID: accountA, MinimumLength: 14, RequireSymbols: 1, RequireNumbers: 1, RequireUppercase: 1, RequireLowercase: 1,
		AllowUsersChange: 1, MaxAge: 90, ReusePrevention: 24, HardExpiry: 1,
	}
	lax := store.PasswordPolicy{AccountID: accountA, MinimumLength: 6, HardExpiry: -1}
	other := store.PasswordPolicy{AccountID: accountB, MinimumLength: 8}
	for _, p := range []store.PasswordPolicy{other, strict, lax, strict} {
		h.update(t, func(tx *store.Tx) error { return tx.PutPasswordPolicy(ctx, store.PutPasswordPolicyParams(p)) })
		h.view(t, func(tx *store.Tx) error {
			got, err := tx.PasswordPolicy(ctx, p.AccountID)
			equal(t, p, got)
			return err
		})
	}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.DeletePasswordPolicy(ctx, accountA)),
			changed(0)(tx.DeletePasswordPolicy(ctx, accountA)),
		)
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"password policy": func(tx *store.Tx) error { _, err := tx.PasswordPolicy(ctx, accountA); return err },
	})
	h.view(t, func(tx *store.Tx) error {
		got, err := tx.PasswordPolicy(ctx, accountB)
		equal(t, other, got)
		return err
	})
}
