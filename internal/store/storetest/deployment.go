package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// member is what is read of an account that seed made.
func member(id string) store.Account {
	return store.Account{AccountID: id, CreatedAt: at(0), Status: store.Active}
}

// testManagementAccount holds that one account at most is the management account, and that it stays active.
func testManagementAccount(t *testing.T, h *harness) {
	ctx := t.Context()
	const management = "333333333333"
	h.absent(t, map[string]func(*store.Tx) error{
		"management account": func(tx *store.Tx) error { _, err := tx.ManagementAccount(ctx); return err },
	})
	h.seed(t)
	insert := func(id string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: id, CreatedAt: at(1), AccountName: "Ops é", Management: 1})
		}
	}
	h.update(t, insert(management))
	h.refuses(t, []refusal{{"another management account", store.ErrExists, insert("444444444444")}})

	status := func(id, status string) store.SetAccountStatusParams {
		return store.SetAccountStatusParams{AccountID: id, Status: status}
	}
	h.update(t, func(tx *store.Tx) error {
		access := store.SetRootAccessParams{RootCredentialsManagement: 1, RootSessions: 1}
		nobody, others := access, access
		access.AccountID, nobody.AccountID, others.AccountID = management, "999999999999", accountA
		return errors.Join(
			changed(1)(tx.SetAccountStatus(ctx, status(accountB, store.Suspended))),
			changed(0)(tx.SetAccountStatus(ctx, status(management, store.Suspended))),
			changed(0)(tx.SetAccountStatus(ctx, status("999999999999", store.Suspended))),
			changed(1)(tx.SetRootAccess(ctx, access)),
			changed(0)(tx.SetRootAccess(ctx, nobody)),
			changed(0)(tx.SetRootAccess(ctx, others)),
		)
	})
	suspended := member(accountB)
	suspended.Status = store.Suspended
	want := store.Account{
		AccountID: management, CreatedAt: at(1), AccountName: "Ops é", Management: 1, Status: store.Active,
		RootCredentialsManagement: 1, RootSessions: 1,
	}
	h.view(t, func(tx *store.Tx) error {
		got, err := tx.ManagementAccount(ctx)
		equal(t, want, got)
		all, err2 := tx.Accounts(ctx)
		equal(t, []store.Account{member(accountA), suspended, want}, all)
		n, err3 := tx.CountAccounts(ctx)
		equal(t, int64(3), n)
		return errors.Join(err, err2, err3)
	})
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.SetAccountStatus(ctx, status(accountB, store.Active))),
			changed(1)(tx.SetRootAccess(ctx, store.SetRootAccessParams{AccountID: management, RootSessions: 1})),
		)
	})
	want.RootCredentialsManagement = 0
	h.view(t, func(tx *store.Tx) error {
		got, err := tx.ManagementAccount(ctx)
		equal(t, want, got)
		again, err2 := tx.Account(ctx, accountB)
		equal(t, member(accountB), again)
		return errors.Join(err, err2)
	})
}

// testFirstAccount holds that of those who find no management account at the same time one makes it, and that the others
// find it when they are run again.
func testFirstAccount(t *testing.T, h *harness) {
	ctx := t.Context()
	closures := make([]func(*store.Tx) error, 16)
	for i := range closures {
		closures[i] = func(tx *store.Tx) error {
			if _, err := tx.ManagementAccount(ctx); !errors.Is(err, store.ErrNotFound) {
				return errors.Join(err, errUnwanted)
			}
			return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: fmt.Sprint(i), Management: 1})
		}
	}
	equal(t, int64(1), h.contest(t, closures...))
}

// testServiceControlPolicies holds that each account has its own, by name, and that a name's document can be replaced.
func testServiceControlPolicies(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	scp := func(account, name, document string, created, updated int) store.ServiceControlPolicy {
		return store.ServiceControlPolicy{
			AccountID: account, PolicyName: name, Document: document, CreatedAt: at(created), UpdatedAt: at(updated),
		}
	}
	put := func(p store.ServiceControlPolicy) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return tx.PutServiceControlPolicy(ctx, store.PutServiceControlPolicyParams(p))
		}
	}
	great := strings.Repeat("ÿ", 10_240)
	for _, p := range []store.ServiceControlPolicy{
		scp(accountA, "b", "{}", 1, 1), scp(accountA, "a", great, 2, 2), scp(accountA, "B", "[]", 3, 3),
		scp(accountB, "b", "other", 4, 4), scp(accountA, "b", "new", 5, 5),
	} {
		h.update(t, put(p))
	}
	h.refuses(t, []refusal{{"a policy of no account", store.ErrInUse, put(scp("999999999999", "b", "{}", 1, 1))}})
	h.view(t, func(tx *store.Tx) error {
		all, err := tx.ServiceControlPolicies(ctx, accountA)
		equal(t, []store.ServiceControlPolicy{
			scp(accountA, "B", "[]", 3, 3), scp(accountA, "a", great, 2, 2), scp(accountA, "b", "new", 1, 5),
		}, all)
		one, err2 := tx.ServiceControlPolicy(ctx, store.ServiceControlPolicyParams{AccountID: accountB, PolicyName: "b"})
		equal(t, scp(accountB, "b", "other", 4, 4), one)
		return errors.Join(err, err2)
	})
	h.update(t, func(tx *store.Tx) error {
		gone := store.DeleteServiceControlPolicyParams{AccountID: accountA, PolicyName: "b"}
		return errors.Join(
			changed(1)(tx.DeleteServiceControlPolicy(ctx, gone)), changed(0)(tx.DeleteServiceControlPolicy(ctx, gone)),
		)
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"deleted": func(tx *store.Tx) error {
			_, err := tx.ServiceControlPolicy(ctx, store.ServiceControlPolicyParams{AccountID: accountA, PolicyName: "b"})
			return err
		},
	})
	h.view(t, func(tx *store.Tx) error {
		others, err := tx.ServiceControlPolicies(ctx, accountB)
		equal(t, 1, len(others))
		none, err2 := tx.ServiceControlPolicies(ctx, "999999999999")
		equal(t, 0, len(none))
		return errors.Join(err, err2)
	})
}

// testRevocations holds that a revocation is never taken back by a later command, and that it is there until it expires.
func testRevocations(t *testing.T, h *harness) {
	ctx := t.Context()
	revocation := func(kind, subject string, issuedBefore int) store.SessionRevocation {
		return store.SessionRevocation{
			Kind: kind, Subject: subject, IssuedBefore: at(issuedBefore), CreatedAt: at(issuedBefore + 1), ExpiresAt: at(issuedBefore + 100),
		}
	}
	put := func(rs ...store.SessionRevocation) {
		t.Helper()
		for _, r := range rs {
			h.update(t, func(tx *store.Tx) error { return tx.PutRevocation(ctx, store.PutRevocationParams(r)) })
		}
	}
	holds := func(now int, want ...store.SessionRevocation) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			got, err := tx.Revocations(ctx, at(now))
			equal(t, want, got)
			return err
		})
	}
	holds(0)
	role, session := revocation(store.RevokedPrincipal, "AROA1", 20), revocation(store.RevokedPrincipal, "AROA1:x", 10)
	account, key := revocation(store.RevokedAccount, accountA, 5), revocation(store.RevokedAccessKey, "AKIA1", 30)
	all := revocation(store.RevokedAll, "", 0)
	put(role, session, account, key, all)
	holds(0, key, account, all, role, session)

	put(revocation(store.RevokedPrincipal, "AROA1", 19), role) // older, and the same: change nothing
	holds(0, key, account, all, role, session)
	role = revocation(store.RevokedPrincipal, "AROA1", 21)
	put(role)
	holds(0, key, account, all, role, session)

	holds(99, key, account, all, role, session)
	holds(100, key, account, role, session) // at its end it is over
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(0)(tx.DeleteExpiredRevocations(ctx, at(99).Time)),
			changed(1)(tx.DeleteExpiredRevocations(ctx, at(100).Time)),
			changed(2)(tx.DeleteExpiredRevocations(ctx, at(110).Time)),
		)
	})
	holds(0, key, role)
	put(revocation(store.RevokedAll, "", -1)) // what is deleted no longer counts
	holds(0, key, revocation(store.RevokedAll, "", -1), role)
}

// testAssertions holds that an assertion is used once until it is forgotten, whatever bytes name it.
func testAssertions(t *testing.T, h *harness) {
	ctx := t.Context()
	names := []struct{ issuer, id string }{
		{"https://idp.example", "_1"},
		{"https://idp.example", "_2"},
		{"https://other.example", "_1"},
		{"ab", "c"},
		{"a", "bc"},
		{"", "abc"},
		{"abc", ""},
		{"", ""},
		{"1|a", "b"},
		{"1", "|ab"}, // no two read alike
		{"a\x00b", "\xff"},
		{"IDP", "a"},
		{"idp", "a"},
		{"idp", "a "},
		{strings.Repeat("é", 5000), strings.Repeat("x", 100_000)},
	}
	use := func(want int64) {
		t.Helper()
		for i, name := range names {
			h.update(t, func(tx *store.Tx) error {
				got, err := tx.UseAssertion(ctx, name.issuer, name.id, at(i+1).Time)
				if err == nil && got != want {
					t.Errorf("%.20q, %.20q: %d uses, want %d", name.issuer, name.id, got, want)
				}
				return err
			})
		}
	}
	use(1)
	use(0)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(0)(tx.DeleteExpiredAssertionUses(ctx, at(0).Time)),
			changed(3)(tx.DeleteExpiredAssertionUses(ctx, at(3).Time)),
			changed(int64(len(names)-3))(tx.DeleteExpiredAssertionUses(ctx, at(len(names)).Time)),
		)
	})
	use(1)
}

// testUses holds that of uses of one assertion at the same time one wins.
func testUses(t *testing.T, h *harness) {
	ctx := t.Context()
	for i := range 5 {
		closures := make([]func(*store.Tx) error, 32)
		for j := range closures {
			closures[j] = func(tx *store.Tx) error {
				n, err := tx.UseAssertion(ctx, "idp", fmt.Sprint("_", i), at(60).Time)
				if err == nil && n == 0 {
					return errUnwanted
				}
				return err
			}
		}
		equal(t, int64(1), h.contest(t, closures...))
	}
}

// deploymentWrites change what concerns accounts as a whole, and sessions.
var deploymentWrites = []write{
	{"SetRootAccess", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.SetRootAccess(ctx, store.SetRootAccessParams{AccountID: accountA, RootSessions: 1}))
	}},
	{"SetAccountStatus", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.SetAccountStatus(ctx, store.SetAccountStatusParams{AccountID: accountB, Status: store.Suspended}))
	}},
	{"PutServiceControlPolicy", func(ctx context.Context, tx *store.Tx) error {
		return tx.PutServiceControlPolicy(ctx, store.PutServiceControlPolicyParams{AccountID: accountB, PolicyName: "p", Document: "{}"})
	}},
	{"DeleteServiceControlPolicy", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteServiceControlPolicy(ctx, store.DeleteServiceControlPolicyParams{AccountID: accountB, PolicyName: "p"}))
	}},
	{"PutRevocation", func(ctx context.Context, tx *store.Tx) error {
		return tx.PutRevocation(ctx, store.PutRevocationParams{Kind: store.RevokedAll, IssuedBefore: at(0)})
	}},
	{"DeleteExpiredRevocations", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteExpiredRevocations(ctx, epoch))
	}},
	{"UseAssertion", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.UseAssertion(ctx, "idp", "_1", epoch))
	}},
	{"DeleteExpiredAssertionUses", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteExpiredAssertionUses(ctx, epoch))
	}},
}
