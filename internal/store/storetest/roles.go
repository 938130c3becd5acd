package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// boundary is the ARN of a policy that limits users and roles.
const boundary = "arn:aws:iam::" + accountA + ":policy/limit"

// testRoles takes a role through its life.
func testRoles(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertRole(ctx, role(accountA, "AROA1", "/", "Deploy")),
			tx.InsertRole(ctx, role(accountB, "AROA2", "/", "deploy")),
		)
	})
	want := store.Role{
		RoleID: "AROA1", AccountID: accountA, Path: "/", RoleName: "Deploy", NameKey: "deploy", Description: "describes",
		MaxSessionDuration: 3600, TrustPolicy: "{}", CreatedAt: at(1),
	}
	holds := func() {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			byID, err := tx.Role(ctx, "AROA1")
			equal(t, want, byID)
			named, err2 := roleByName(ctx, tx, "dEPLOY")
			equal(t, want, named)
			n, err3 := tx.CountRoles(ctx, accountA)
			equal(t, int64(1), n)
			return errors.Join(err, err2, err3)
		})
	}
	holds()
	h.update(t, func(tx *store.Tx) error {
		return changed(1)(tx.UpdateRole(ctx, store.UpdateRoleParams{RoleID: "AROA1", MaxSessionDuration: 43200}))
	})
	want.Description, want.MaxSessionDuration = "", 43200
	holds()
	h.update(t, func(tx *store.Tx) error {
		return changed(1)(tx.SetRoleTrustPolicy(ctx, store.SetRoleTrustPolicyParams{RoleID: "AROA1", TrustPolicy: `{"a":1}`}))
	})
	want.TrustPolicy = `{"a":1}`
	holds()
	for _, arn := range []string{boundary, ""} {
		h.update(t, func(tx *store.Tx) error {
			return changed(1)(tx.SetRoleBoundary(ctx, store.SetRoleBoundaryParams{RoleID: "AROA1", BoundaryARN: arn}))
		})
		want.BoundaryARN = arn
		holds()
	}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.TouchRole(ctx, "AROA1", at(10).Time, "eu-west-1"),
			tx.TouchRole(ctx, "AROA1", at(9).Time, "us-east-1"), // earlier: changes nothing
		)
	})
	want.LastUsedAt, want.LastUsedRegion = at(10), "eu-west-1"
	holds()
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.DeleteRole(ctx, "AROA1")),
			tx.TouchRole(ctx, "AROA1", at(11).Time, "eu-west-1"), // of a role that is gone
			changed(0)(tx.DeleteRole(ctx, "AROA1")),
			changed(0)(tx.UpdateRole(ctx, store.UpdateRoleParams{RoleID: "AROA1"})),
			changed(0)(tx.SetRoleTrustPolicy(ctx, store.SetRoleTrustPolicyParams{RoleID: "AROA1"})),
			changed(0)(tx.SetRoleBoundary(ctx, store.SetRoleBoundaryParams{RoleID: "AROA1", BoundaryARN: boundary})),
		)
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"by id":   func(tx *store.Tx) error { _, err := tx.Role(ctx, "AROA1"); return err },
		"by name": func(tx *store.Tx) error { _, err := roleByName(ctx, tx, "deploy"); return err },
	})
	h.view(t, func(tx *store.Tx) error {
		other, err := tx.Role(ctx, "AROA2") // nothing of the above was about this one
		equal(t, store.Role{
			RoleID: "AROA2", AccountID: accountB, Path: "/", RoleName: "deploy", NameKey: "deploy", Description: "describes",
			MaxSessionDuration: 3600, TrustPolicy: "{}", CreatedAt: at(1),
		}, other)
		return err
	})
}

func role(account, id, path, name string) store.InsertRoleParams {
	return store.InsertRoleParams{
		RoleID: id, AccountID: account, Path: path, RoleName: name, NameKey: store.NameKey(name), Description: "describes",
		MaxSessionDuration: 3600, TrustPolicy: "{}", CreatedAt: at(1),
	}
}

func roleByName(ctx context.Context, tx *store.Tx, name string) (store.Role, error) {
	return tx.RoleByName(ctx, store.RoleByNameParams{AccountID: accountA, NameKey: store.NameKey(name)})
}
