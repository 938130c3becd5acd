package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/store"
)

func resourcePolicy(account, service, resource, document string, created, updated int) store.ResourcePolicy {
	return store.ResourcePolicy{
		AccountID: account, Service: service, Resource: resource, Document: document, CreatedAt: at(created), UpdatedAt: at(updated),
	}
}

func putResourcePolicies(ctx context.Context, policies ...store.ResourcePolicy) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		for _, p := range policies {
			if err := tx.PutResourcePolicy(ctx, store.PutResourcePolicyParams(p)); err != nil {
				return err
			}
		}
		return nil
	}
}

// testResourcePolicies holds that each resource of a service in an account has one policy at most, under its name to the byte.
func testResourcePolicies(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	great := strings.Repeat("ÿ", 20<<10)
	h.update(t, putResourcePolicies(
		ctx,
		resourcePolicy(accountA, "s3", "b", "{}", 1, 1), resourcePolicy(accountA, "s3", "a", great, 2, 2),
		resourcePolicy(accountA, "s3", "B", "[]", 3, 3), resourcePolicy(accountA, "sqs", "b", "queue", 4, 4),
		resourcePolicy(accountB, "s3", "b", "other", 5, 5), resourcePolicy(accountA, "s3", "b", "new", 6, 6),
	))
	h.refuses(t, []refusal{
		{"a policy of no account", store.ErrInUse, putResourcePolicies(ctx, resourcePolicy("999999999999", "s3", "b", "{}", 1, 1))},
	})
	mine := []store.ResourcePolicy{
		resourcePolicy(accountA, "s3", "B", "[]", 3, 3), resourcePolicy(accountA, "s3", "a", great, 2, 2),
		resourcePolicy(accountA, "s3", "b", "new", 1, 6), resourcePolicy(accountA, "sqs", "b", "queue", 4, 4),
	}
	key := func(account, service, resource string) store.ResourcePolicyParams {
		return store.ResourcePolicyParams{AccountID: account, Service: service, Resource: resource}
	}
	h.view(t, func(tx *store.Tx) error {
		all, err := tx.ResourcePolicies(ctx, accountA)
		equal(t, mine, all)
		one, err2 := tx.ResourcePolicy(ctx, key(accountB, "s3", "b"))
		equal(t, resourcePolicy(accountB, "s3", "b", "other", 5, 5), one)
		none, err3 := tx.ResourcePolicies(ctx, "999999999999")
		equal(t, 0, len(none))
		return errors.Join(err, err2, err3)
	})
	h.update(t, func(tx *store.Tx) error {
		gone := store.DeleteResourcePolicyParams(key(accountA, "s3", "b"))
		return errors.Join(
			changed(1)(tx.DeleteResourcePolicy(ctx, gone)), changed(0)(tx.DeleteResourcePolicy(ctx, gone)),
			changed(0)(tx.DeleteResourcePolicy(ctx, store.DeleteResourcePolicyParams(key(accountB, "sqs", "b")))),
		)
	})
	absent := map[string]func(*store.Tx) error{}
	for name, of := range map[string]store.ResourcePolicyParams{
		"deleted": key(accountA, "s3", "b"), "another case": key(accountA, "s3", "A"), "another service": key(accountA, "sqs", "a"),
		"another account": key(accountB, "s3", "a"), "a prefix": key(accountA, "s3", ""), "a pattern": key(accountA, "s3", "%"),
	} {
		absent[name] = func(tx *store.Tx) error { _, err := tx.ResourcePolicy(ctx, of); return err }
	}
	h.absent(t, absent)
	h.view(t, func(tx *store.Tx) error {
		left, err := tx.ResourcePolicies(ctx, accountA)
		equal(t, slices.Delete(mine, 2, 3), left)
		others, err2 := tx.ResourcePolicies(ctx, accountB)
		equal(t, 1, len(others))
		return errors.Join(err, err2)
	})
}

// testResourcePolicyTexts holds that names and documents come back as they were, in the order of bytes.
func testResourcePolicyTexts(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	of := func(texts []string) (policies []store.ResourcePolicy) {
		for _, text := range texts {
			policies = append(policies, resourcePolicy(accountA, "s3", text, text, 1, 1))
		}
		return policies
	}
	h.update(t, putResourcePolicies(ctx, of(shuffled(kept))...))
	h.view(t, func(tx *store.Tx) error {
		got, err := tx.ResourcePolicies(ctx, accountA)
		equal(t, of(slices.Sorted(slices.Values(kept))), got)
		return err
	})
}

var resourcePolicyWrites = []write{
	{"PutResourcePolicy", func(ctx context.Context, tx *store.Tx) error {
		return putResourcePolicies(ctx, resourcePolicy(accountA, "s3", "b", "{}", 1, 1))(tx)
	}},
	{"DeleteResourcePolicy", func(ctx context.Context, tx *store.Tx) error {
		return changed(1)(tx.DeleteResourcePolicy(ctx, store.DeleteResourcePolicyParams{AccountID: accountA, Service: "s3", Resource: "b"}))
	}},
}
