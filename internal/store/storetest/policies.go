package storetest

import (
	"errors"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// testPolicies takes a managed policy and its versions through their life.
func testPolicies(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertPolicy(ctx, managed(accountA, "ANPA1", "/team/", "Read")),
			tx.InsertPolicyVersion(ctx, version("ANPA1", 1)),
			tx.InsertPolicy(ctx, managed(accountA, "ANPA2", "/", "Write")),
			tx.InsertPolicyVersion(ctx, version("ANPA2", 1)),
			tx.InsertPolicy(ctx, managed(accountB, "ANPA3", "/", "read")),
			tx.InsertPolicyVersion(ctx, version("ANPA3", 1)),
		)
	})
	want := store.Policy{
		PolicyID: "ANPA1", AccountID: accountA, Path: "/team/", PolicyName: "Read", NameKey: "read", Description: "describes",
		DefaultVersion: 1, LastVersion: 1, CreatedAt: at(1), UpdatedAt: at(2),
	}
	byName := store.PolicyByNameParams{AccountID: accountA, NameKey: "read"}
	holds := func(policies, versionsInUse int64) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			got, err := tx.PolicyByName(ctx, byName)
			equal(t, want, got)
			n, err2 := tx.CountPolicies(ctx, accountA)
			equal(t, policies, n)
			n, err3 := tx.CountPolicyVersionsInUse(ctx, accountA)
			equal(t, versionsInUse, n)
			return errors.Join(err, err2, err3)
		})
	}
	holds(2, 2)
	h.update(t, func(tx *store.Tx) error {
		update := store.UpdatePolicyParams{PolicyID: "ANPA1", DefaultVersion: 10, LastVersion: 10, UpdatedAt: at(3)}
		return errors.Join(
			tx.InsertPolicyVersion(ctx, version("ANPA1", 10)),
			tx.InsertPolicyVersion(ctx, version("ANPA1", 9)),
			tx.InsertPolicyVersion(ctx, version("ANPA1", 2)),
			changed(1)(tx.UpdatePolicy(ctx, update)),
		)
	})
	want.DefaultVersion, want.LastVersion, want.UpdatedAt = 10, 10, at(3)
	holds(2, 5)
	numbers := func(want ...int64) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			versions, err := tx.PolicyVersions(ctx, "ANPA1")
			var got []int64
			for _, v := range versions {
				got = append(got, v.Version)
			}
			equal(t, want, got)
			return err
		})
	}
	numbers(10, 9, 2, 1) // by number: as text 10 would be before 2
	h.view(t, func(tx *store.Tx) error {
		v, err := tx.PolicyVersion(ctx, store.PolicyVersionParams{PolicyID: "ANPA1", Version: 9})
		equal(t, store.PolicyVersion{PolicyID: "ANPA1", Version: 9, Document: "{}", CreatedAt: at(2)}, v)
		return err
	})

	nine := store.DeletePolicyVersionParams{PolicyID: "ANPA1", Version: 9}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.DeletePolicyVersion(ctx, nine)),
			changed(0)(tx.DeletePolicyVersion(ctx, nine)),
		)
	})
	numbers(10, 2, 1)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.DeletePolicyVersions(ctx, "ANPA1"),
			changed(1)(tx.DeletePolicy(ctx, "ANPA1")),
			changed(0)(tx.DeletePolicy(ctx, "ANPA1")),
			changed(0)(tx.UpdatePolicy(ctx, store.UpdatePolicyParams{PolicyID: "ANPA1"})),
			tx.DeletePolicyVersions(ctx, "ANPA1"),
		)
	})
	numbers()
	h.absent(t, map[string]func(*store.Tx) error{
		"policy": func(tx *store.Tx) error { _, err := tx.PolicyByName(ctx, byName); return err },
		"version": func(tx *store.Tx) error {
			_, err := tx.PolicyVersion(ctx, store.PolicyVersionParams{PolicyID: "ANPA1", Version: 10})
			return err
		},
	})
	want = store.Policy{
		PolicyID: "ANPA2", AccountID: accountA, Path: "/", PolicyName: "Write", NameKey: "write", Description: "describes",
		DefaultVersion: 1, LastVersion: 1, CreatedAt: at(1), UpdatedAt: at(2),
	}
	byName.NameKey = "write"
	holds(1, 1)
}

// testInlinePolicies holds that an inline policy is replaced by another of its name, which is a matter of case, and that a
// user's policies are nobody else's.
func testInlinePolicies(t *testing.T, h *harness) {
	ctx := t.Context()
	put := func(entity, name, document string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: entity, PolicyName: name, Document: document})
		}
	}
	for _, step := range []func(*store.Tx) error{
		put("AIDA1", "b", "1"), put("AIDA1", "a", "2"), put("AIDA1", "B", "3"), put("AGPA1", "b", "4"), put("AIDA1", "b", "5"),
	} {
		h.update(t, step)
	}
	holds := func(entity string, want ...store.InlinePolicy) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			got, err := tx.InlinePolicies(ctx, entity)
			equal(t, want, got)
			return err
		})
	}
	inline := func(entity, name, document string) store.InlinePolicy {
		return store.InlinePolicy{EntityID: entity, PolicyName: name, Document: document}
	}
	holds("AIDA1", inline("AIDA1", "B", "3"), inline("AIDA1", "a", "2"), inline("AIDA1", "b", "5"))
	holds("AGPA1", inline("AGPA1", "b", "4"))
	holds("AROA1")
	h.view(t, func(tx *store.Tx) error {
		got, err := tx.InlinePolicy(ctx, store.InlinePolicyParams{EntityID: "AIDA1", PolicyName: "b"})
		equal(t, inline("AIDA1", "b", "5"), got)
		return err
	})
	b := store.DeleteInlinePolicyParams{EntityID: "AIDA1", PolicyName: "b"}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(changed(1)(tx.DeleteInlinePolicy(ctx, b)), changed(0)(tx.DeleteInlinePolicy(ctx, b)))
	})
	holds("AIDA1", inline("AIDA1", "B", "3"), inline("AIDA1", "a", "2"))
	holds("AGPA1", inline("AGPA1", "b", "4"))
	h.absent(t, map[string]func(*store.Tx) error{
		"inline policy": func(tx *store.Tx) error { _, err := tx.InlinePolicy(ctx, store.InlinePolicyParams(b)); return err },
	})
}

func managed(account, id, path, name string) store.InsertPolicyParams {
	return store.InsertPolicyParams{
		PolicyID: id, AccountID: account, Path: path, PolicyName: name, NameKey: store.NameKey(name), Description: "describes",
		DefaultVersion: 1, LastVersion: 1, CreatedAt: at(1), UpdatedAt: at(2),
	}
}

func version(policyID string, number int64) store.InsertPolicyVersionParams {
	return store.InsertPolicyVersionParams{PolicyID: policyID, Version: number, Document: "{}", CreatedAt: at(2)}
}
