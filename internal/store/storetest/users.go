package storetest

import (
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// testUsers holds what can be changed of a user: path and name, and the boundary.
func testUsers(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	bounded := user("AIDA2", "/", "bob")
	bounded.BoundaryARN = boundary
	h.update(t, func(tx *store.Tx) error { return tx.InsertUser(ctx, bounded) })
	bob := store.User{
		UserID: "AIDA2", AccountID: accountA, Path: "/", UserName: "bob", NameKey: "bob", CreatedAt: at(1), BoundaryARN: boundary,
	}
	holds := func() {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			got, err := byName(ctx, tx, accountA, bob.UserName)
			equal(t, bob, got)
			return err
		})
	}
	holds()
	for _, name := range []string{"BOB", "Robert"} {
		h.update(t, func(tx *store.Tx) error {
			return changed(1)(tx.RenameUser(ctx, store.RenameUserParams{
				UserID: "AIDA2", Path: "/team/", UserName: name, NameKey: store.NameKey(name),
			}))
		})
		bob.Path, bob.UserName, bob.NameKey = "/team/", name, store.NameKey(name)
		holds()
	}
	h.absent(t, map[string]func(*store.Tx) error{
		"the old name": func(tx *store.Tx) error { _, err := byName(ctx, tx, accountA, "bob"); return err },
	})
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.SetUserBoundary(ctx, store.SetUserBoundaryParams{UserID: "AIDA2"})),
			changed(0)(tx.SetUserBoundary(ctx, store.SetUserBoundaryParams{UserID: "AIDA9", BoundaryARN: boundary})),
			changed(0)(tx.RenameUser(ctx, store.RenameUserParams{UserID: "AIDA9", UserName: "x", NameKey: "x"})),
		)
	})
	bob.BoundaryARN = ""
	holds()
}
