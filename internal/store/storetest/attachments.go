package storetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// The policies of these tests: AWS's have no row anywhere.
const (
	readARN  = "arn:aws:iam::" + accountA + ":policy/Read"
	adminARN = "arn:aws:iam::aws:policy/AdministratorAccess"
)

func attach(entity, arn string) store.AttachPolicyParams {
	return store.AttachPolicyParams{EntityID: entity, PolicyARN: arn, AccountID: accountA}
}

// testAttachments holds that a policy is attached once, however often that is asked, and is counted so in its account.
func testAttachments(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	elsewhere := attach("AIDB1", adminARN)
	elsewhere.AccountID = accountB
	for _, a := range []store.AttachPolicyParams{
		attach("AIDA1", readARN), attach("AIDA1", adminARN), attach("AGPA1", adminARN), attach("AROA1", adminARN), elsewhere,
		attach("AIDA1", adminARN), // again
	} {
		h.update(t, func(tx *store.Tx) error { return tx.AttachPolicy(ctx, a) })
	}
	h.update(t, func(tx *store.Tx) error { // again, twice in one closure
		return errors.Join(tx.AttachPolicy(ctx, attach("AGPA1", adminARN)), tx.AttachPolicy(ctx, attach("AGPA1", adminARN)))
	})
	holds := func(entity string, want ...string) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			got, err := tx.AttachedPolicies(ctx, entity)
			equal(t, want, got)
			return err
		})
	}
	counts := func(account string, want map[string]int64) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			rows, err := tx.CountAttachments(ctx, account)
			got := map[string]int64{}
			for _, row := range rows {
				got[row.PolicyARN] = row.Attachments
			}
			equal(t, want, got)
			equal(t, len(want), len(rows))
			for _, arn := range []string{readARN, adminARN, "arn:aws:iam::aws:policy/administratoraccess", ""} {
				n, err2 := tx.CountPolicyAttachments(ctx, store.CountPolicyAttachmentsParams{AccountID: account, PolicyARN: arn})
				equal(t, want[arn], n)
				err = errors.Join(err, err2)
			}
			return err
		})
	}
	holds("AIDA1", readARN, adminARN) // a digit is before a letter
	holds("AGPA1", adminARN)
	holds("aida1")
	counts(accountA, map[string]int64{readARN: 1, adminARN: 3})
	counts(accountB, map[string]int64{adminARN: 1})

	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			changed(1)(tx.DetachPolicy(ctx, store.DetachPolicyParams{EntityID: "AIDA1", PolicyARN: adminARN})),
			changed(0)(tx.DetachPolicy(ctx, store.DetachPolicyParams{EntityID: "AIDA1", PolicyARN: adminARN})),
			changed(0)(tx.DetachPolicy(ctx, store.DetachPolicyParams{EntityID: "AROA1", PolicyARN: readARN})),
		)
	})
	holds("AIDA1", readARN)
	counts(accountA, map[string]int64{readARN: 1, adminARN: 2})
	counts(accountB, map[string]int64{adminARN: 1})
}

// testBoundaries holds that users and roles are counted together by the policy that bounds them, in their account only.
func testBoundaries(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t) // alice has no boundary
	boundedUser := func(account, id, arn string) store.InsertUserParams {
		u := userIn(account, id, "/", id)
		u.BoundaryARN = arn
		return u
	}
	boundedRole := func(id, arn string) store.InsertRoleParams {
		r := role(accountA, id, "/", id)
		r.BoundaryARN = arn
		return r
	}
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(ctx, boundedUser(accountA, "AIDA2", boundary)),
			tx.InsertUser(ctx, boundedUser(accountA, "AIDA3", boundary)),
			tx.InsertUser(ctx, boundedUser(accountB, "AIDB1", adminARN)),
			tx.InsertRole(ctx, boundedRole("AROA1", boundary)),
			tx.InsertRole(ctx, boundedRole("AROA2", adminARN)),
			tx.InsertRole(ctx, boundedRole("AROA3", "")),
		)
	})
	h.view(t, func(tx *store.Tx) error {
		var errs []error
		for account, want := range map[string][]store.CountBoundariesRow{
			accountA: {{BoundaryARN: boundary, Uses: 3}, {BoundaryARN: adminARN, Uses: 1}},
			accountB: {{BoundaryARN: adminARN, Uses: 1}},
		} {
			rows, err := tx.CountBoundaries(ctx, account)
			slices.SortFunc(rows, func(a, b store.CountBoundariesRow) int { return cmp.Compare(a.BoundaryARN, b.BoundaryARN) })
			equal(t, want, rows)
			errs = append(errs, err)
			for _, row := range want {
				n, err := tx.CountPolicyBoundaries(ctx, store.CountPolicyBoundariesParams{AccountID: account, BoundaryARN: row.BoundaryARN})
				equal(t, row.Uses, n)
				errs = append(errs, err)
			}
		}
		n, err := tx.CountPolicyBoundaries(ctx, store.CountPolicyBoundariesParams{AccountID: accountB, BoundaryARN: boundary})
		equal(t, int64(0), n)
		return errors.Join(append(errs, err)...)
	})
}
