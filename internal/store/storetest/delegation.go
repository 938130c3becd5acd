package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
)

func delegation(account, id, workflow string) store.InsertDelegationRequestParams {
	return store.InsertDelegationRequestParams{
		RequestID: id, RequestorAccount: account, WorkflowID: workflow, Description: "to look around", RequestMessage: "please",
		RedirectTo: "https://vendor.example/", TemplateARN: boundary, Parameters: "[]", PermissionPolicy: "{}", SessionDuration: 900,
		OnlySendByOwner: 1, State: store.DelegationUnassigned, CreatedAt: at(1), UpdatedAt: at(1), ExpiresAt: at(100),
	}
}

// testDelegation takes requests for delegation through their life.
func testDelegation(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertDelegationRequest(ctx, delegation(accountA, "c", "w1")),
			tx.InsertDelegationRequest(ctx, delegation(accountA, "a", "w2")),
			tx.InsertDelegationRequest(ctx, delegation(accountA, "b", "w3")),
			tx.InsertDelegationRequest(ctx, delegation(accountB, "d", "w1")), // another account's workflow of the same id
		)
	})
	h.refuses(t, []refusal{
		{"the same id", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertDelegationRequest(ctx, delegation(accountB, "a", "w9"))
		}},
		{"the same workflow", store.ErrExists, func(tx *store.Tx) error {
			return tx.InsertDelegationRequest(ctx, delegation(accountA, "e", "w1"))
		}},
		{"of no account", store.ErrInUse, func(tx *store.Tx) error {
			return tx.InsertDelegationRequest(ctx, delegation("999999999999", "e", "w1"))
		}},
	})
	h.absent(t, map[string]func(*store.Tx) error{
		"another spelling": func(tx *store.Tx) error { _, err := tx.DelegationRequest(ctx, "A"); return err },
		"a text that is not kept": func(tx *store.Tx) error {
			_, err := tx.DelegationRequest(ctx, "a\x00")
			return err
		},
	})
	changes := testDelegationChanges(t, h)
	h.view(t, func(tx *store.Tx) error {
		row, err := tx.DelegationRequest(ctx, "b")
		equal(t, changes, row)
		count, err2 := tx.CountDelegationRequests(ctx, accountA)
		equal(t, int64(3), count)
		return errors.Join(err, err2)
	})
	testDelegationLists(t, h)
	for _, step := range []struct {
		second  int
		deleted int64
	}{{99, 0}, {100, 3}, {199, 0}, {200, 1}} {
		h.update(t, func(tx *store.Tx) error {
			return changed(step.deleted)(tx.DeleteExpiredDelegationRequests(ctx, at(step.second).Time))
		})
	}
}

// testDelegationChanges holds that a change stores each member that may change, and no other, of one request.
func testDelegationChanges(t *testing.T, h *harness) store.DelegationRequest {
	t.Helper()
	ctx := t.Context()
	var want store.DelegationRequest
	h.update(t, func(tx *store.Tx) (err error) {
		if want, err = tx.DelegationRequest(ctx, "b"); err != nil {
			return err
		}
		want.OwnerAccount, want.OwnerID, want.OwnerARN = accountB, "AIDA2", "arn:bob"
		want.ApproverID, want.ApproverARN, want.ApproverKeyID, want.ApproverSourceIdentity = "AIDA1", "arn:alice", "AKIA1", "Ada"
		want.Notes, want.RejectionReason, want.State = "notes", "reason", store.DelegationFinalized
		want.UpdatedAt, want.ExpiresAt, want.SentAt = at(2), at(200), at(3)
		return tx.SaveDelegationRequest(ctx, want)
	})
	h.view(t, func(tx *store.Tx) error {
		other, err := tx.DelegationRequest(ctx, "a")
		equal(t, store.DelegationUnassigned, other.State)
		return err
	})
	err := h.Update(ctx, func(tx *store.Tx) error {
		return tx.SaveDelegationRequest(ctx, store.DelegationRequest{RequestID: "none"})
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a request that is not there is saved: %v", err)
	}
	return want
}

// testDelegationLists holds that an account's requests are those that have an owner there, by id, in pages.
func testDelegationLists(t *testing.T, h *harness) {
	t.Helper()
	ctx := t.Context()
	h.update(t, func(tx *store.Tx) error {
		var errs []error
		for id, owner := range map[string][3]string{"a": {accountB, "AIDA1", "arn:alice"}, "c": {accountB, "", ""}, "d": {accountB, "AIDA2", "arn:bob"}} {
			row, err := tx.DelegationRequest(ctx, id)
			row.OwnerAccount, row.OwnerID, row.OwnerARN = owner[0], owner[1], owner[2]
			errs = append(errs, err, tx.SaveDelegationRequest(ctx, row))
		}
		return errors.Join(errs...)
	})
	for _, test := range []struct {
		account, after, owner string
		most                  int32
		want                  []string
	}{
		{accountB, "", "", 9, []string{"a", "b", "d"}},
		{accountB, "", "", 2, []string{"a", "b"}},
		{accountB, "b", "", 2, []string{"d"}},
		{accountB, "", "arn:bob", 9, []string{"b", "d"}},
		{accountB, "", "arn:%", 9, nil},
		{accountA, "", "", 9, nil},
		{"", "", "", 9, nil},
	} {
		h.view(t, func(tx *store.Tx) error {
			rows, err := tx.OwnedDelegationRequests(ctx, store.OwnedDelegationRequestsParams{
				OwnerAccount: test.account, AfterRequestID: test.after, OwnerARN: test.owner, MaxItems: test.most,
			})
			var got []string
			for _, row := range rows {
				got = append(got, row.RequestID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", test, diff)
			}
			return err
		})
	}
}

var delegationWrites = []write{
	{"InsertDelegationRequest", func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertDelegationRequest(ctx, delegation(accountA, "a", "w"))
	}},
	{"SaveDelegationRequest", func(ctx context.Context, tx *store.Tx) error {
		return tx.SaveDelegationRequest(ctx, store.DelegationRequest{RequestID: "a"})
	}},
	{"DeleteExpiredDelegationRequests", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteExpiredDelegationRequests(ctx, at(100).Time))
	}},
}
