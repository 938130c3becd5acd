package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// contest runs closures at once, each of which may refuse with errUnwanted, and returns how many were kept.
func (h *harness) contest(t *testing.T, closures ...func(*store.Tx) error) (kept int64) {
	t.Helper()
	var n atomic.Int64
	var wg sync.WaitGroup
	for _, fn := range closures {
		wg.Go(func() {
			switch err := h.Update(t.Context(), fn); {
			case err == nil:
				n.Add(1)
			case !errors.Is(err, errUnwanted):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return n.Load()
}

// refusing makes errUnwanted of an error that says what is expected of one who comes too late.
func refusing(err error, expected ...error) error {
	for _, e := range expected {
		if errors.Is(err, e) {
			return errUnwanted
		}
	}
	return err
}

// testLastAttachment holds that a policy is not deleted by one who saw it attached nowhere while another, who saw that it
// exists, attaches it: no foreign key says so, for AWS's policies have no row.
func testLastAttachment(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	for i := range 8 {
		id, name := fmt.Sprint("ANPA", i), fmt.Sprint("p", i)
		arn := "arn:aws:iam::" + accountA + ":policy/" + name
		exists := func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.PolicyByName(ctx, store.PolicyByNameParams{AccountID: accountA, NameKey: name})
			return refusing(err, store.ErrNotFound)
		}
		h.update(t, func(tx *store.Tx) error { return tx.InsertPolicy(ctx, managed(accountA, id, "/", name)) })
		kept := h.contest(t, func(tx *store.Tx) error {
			n, err := tx.CountPolicyAttachments(ctx, store.CountPolicyAttachmentsParams{AccountID: accountA, PolicyARN: arn})
			if err == nil && n > 0 {
				err = errUnwanted
			}
			if err != nil {
				return err
			}
			return changed(1)(tx.DeletePolicy(ctx, id))
		}, func(tx *store.Tx) error {
			if err := exists(ctx, tx); err != nil {
				return err
			}
			return tx.AttachPolicy(ctx, attach("AIDA1", arn))
		})
		equal(t, int64(1), kept)
	}
}

// testVersions holds that versions which are made at once have numbers of their own, and that a count of five holds.
func testVersions(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seedAll(t) // with version 1
	create := func(tx *store.Tx) error {
		versions, err := tx.PolicyVersions(ctx, "ANPA1")
		if err == nil && len(versions) >= 5 {
			err = errUnwanted
		}
		if err != nil {
			return err
		}
		p, err := tx.PolicyByName(ctx, store.PolicyByNameParams{AccountID: accountA, NameKey: "read"})
		if err != nil {
			return err
		}
		next := p.LastVersion + 1
		if err := tx.InsertPolicyVersion(ctx, version("ANPA1", next)); err != nil {
			return err
		}
		return changed(1)(tx.UpdatePolicy(ctx, store.UpdatePolicyParams{PolicyID: "ANPA1", DefaultVersion: 1, LastVersion: next}))
	}
	equal(t, int64(4), h.contest(t, create, create, create, create, create, create))
	h.view(t, func(tx *store.Tx) error {
		versions, err := tx.PolicyVersions(ctx, "ANPA1")
		for i, v := range versions {
			equal(t, int64(5-i), v.Version)
		}
		equal(t, 5, len(versions))
		return err
	})
}

// testOneName holds that of those who take a name at once one gets it: a new user, a renamed one, an alias.
func testOneName(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	h.update(t, func(tx *store.Tx) error { return tx.InsertUser(ctx, user("AIDA2", "/", "bob")) })
	insert := func(i int) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return refusing(tx.InsertUser(ctx, user(fmt.Sprint("AIDAN", i), "/", "Carol")), store.ErrExists)
		}
	}
	rename := func(id string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			n, err := tx.RenameUser(ctx, store.RenameUserParams{UserID: id, Path: "/", UserName: "CAROL", NameKey: "carol"})
			return refusing(changed(1)(n, err), store.ErrExists)
		}
	}
	equal(t, int64(1), h.contest(t, insert(1), rename("AIDA1"), insert(2), rename("AIDA2"), insert(3)))
	alias := func(account string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			n, err := tx.SetAccountAlias(ctx, store.SetAccountAliasParams{AccountID: account, Alias: "acme"})
			return refusing(changed(1)(n, err), store.ErrExists)
		}
	}
	equal(t, int64(1), h.contest(t, alias(accountA), alias(accountB)))
}

// testLastMember holds that a user joins no group that goes away at the same time, and that upserts and memberships which
// are the same do not get into each other's way.
func testLastMember(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	for i := range 8 {
		id := fmt.Sprint("AGPA", i)
		join := func(tx *store.Tx) error {
			err := tx.AddGroupMember(ctx, store.AddGroupMemberParams{GroupID: id, UserID: "AIDA1"})
			return refusing(err, store.ErrInUse)
		}
		h.update(t, func(tx *store.Tx) error { return tx.InsertGroup(ctx, group(accountA, id, "/", id)) })
		kept := h.contest(t, join, func(tx *store.Tx) error {
			n, err := tx.DeleteGroup(ctx, id)
			return refusing(changed(1)(n, err), store.ErrInUse)
		})
		equal(t, int64(1), kept)
	}
	h.update(t, func(tx *store.Tx) error { return tx.InsertGroup(ctx, group(accountA, "AGPAX", "/", "x")) })
	same := func(tx *store.Tx) error {
		return errors.Join(
			tx.AddGroupMember(ctx, store.AddGroupMemberParams{GroupID: "AGPAX", UserID: "AIDA1"}),
			tx.AttachPolicy(ctx, attach("AIDA1", adminARN)),
			tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: "AIDA1", PolicyName: "p", Document: "{}"}),
			tx.PutPasswordPolicy(ctx, store.PutPasswordPolicyParams{AccountID: accountA}),
		)
	}
	equal(t, int64(6), h.contest(t, same, same, same, same, same, same))
}
