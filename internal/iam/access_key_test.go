package iam

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

func TestCreateAccessKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "Alice")
	for _, test := range []struct {
		name     string
		call     aws.Call
		userName string
		want     string // UserName of the reply
		ownerID  store.UserID
	}{
		{"root for a user", w.root(account), "alice", "Alice", store.UserID(alice.UserId)},
		{"a user for itself", w.as(alice), "", "Alice", store.UserID(alice.UserId)},
		{"root for itself", w.root(account), "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := must(w.CreateAccessKey(t.Context(), test.call, &CreateAccessKeyInput{UserName: test.userName}))(t).AccessKey
			want := AccessKey{test.want, got.AccessKeyId, "Active", got.SecretAccessKey, start}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if of, ok := aws.AccountOfAccessKeyID(got.AccessKeyId); !ok || of != account || !strings.HasPrefix(got.AccessKeyId, "AKIA") {
				t.Errorf("key id %s is of account %s", got.AccessKeyId, of)
			}
			w.change(func(ctx context.Context, tx *store.Tx) error {
				key, err := tx.AccessKey(ctx, got.AccessKeyId)
				if err != nil {
					return err
				}
				secret, err := tx.Secret(ctx, key)
				if secret != got.SecretAccessKey || len(secret) != 40 || key.UserID != test.ownerID || key.AccountID != account || key.Status != store.Active {
					t.Errorf("stored key: %+v", key)
				}
				return err
			})
		})
	}
}

func TestAccessKeyRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	alice, bob := w.user(account, "alice"), w.user(account, "bob")
	w.user(foreign, "mallory")
	aliceKey, bobKey := w.key(root, "alice"), w.key(root, "bob")
	rootKey, foreignRootKey, malloryKey := w.key(root, ""), w.key(w.root(foreign), ""), w.key(w.root(foreign), "mallory")
	noKey := func(id string) string {
		return "404 NoSuchEntity: The Access Key with id " + id + " cannot be found."
	}
	noUser := func(name string) string {
		return "404 NoSuchEntity: The user with name " + name + " cannot be found."
	}

	for _, test := range []struct {
		name          string
		call          aws.Call
		userName, key string
		want          string
	}{
		{"unknown key", root, "alice", "AKIAIOSFODNN7EXAMPLE", noKey("AKIAIOSFODNN7EXAMPLE")},
		{"unknown user", root, "nobody", aliceKey, noUser("nobody")},
		{"user of another account", root, "mallory", malloryKey, noUser("mallory")},
		{"another user's key", root, "bob", aliceKey, noKey(aliceKey)},
		{"a user's key without its name, by root", root, "", aliceKey, noKey(aliceKey)},
		{"another user's key, by a user", w.as(bob), "", aliceKey, noKey(aliceKey)},
		{"root's key, by a user", w.as(bob), "", rootKey, noKey(rootKey)},
		{"root's key under a user's name", root, "alice", rootKey, noKey(rootKey)},
		{"another account's root key", root, "", foreignRootKey, noKey(foreignRootKey)},
		{"a key of another account", root, "alice", malloryKey, noKey(malloryKey)},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, answer(w.UpdateAccessKey(t.Context(), test.call, &UpdateAccessKeyInput{
				UserName: test.userName, AccessKeyId: test.key, Status: "Inactive",
			})), test.want)
			check(t, answer(w.DeleteAccessKey(t.Context(), test.call, &DeleteAccessKeyInput{
				UserName: test.userName, AccessKeyId: test.key,
			})), test.want)
		})
	}
	w.change(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []string{aliceKey, bobKey, rootKey, foreignRootKey, malloryKey} {
			if key, err := tx.AccessKey(ctx, id); err != nil || key.Status != store.Active {
				t.Errorf("key %s after refusals: %+v, %v", id, key, err)
			}
		}
		return nil
	})

	check(t, answer(w.UpdateAccessKey(ctx, root, &UpdateAccessKeyInput{UserName: "alice", AccessKeyId: aliceKey, Status: "Expired"})),
		"400 InvalidInput: The status of an access key cannot be set to Expired.")
	for _, name := range []string{"nobody", "mallory"} {
		check(t, answer(w.CreateAccessKey(ctx, root, &CreateAccessKeyInput{UserName: name})), noUser(name))
		check(t, answer(w.ListAccessKeys(ctx, root, &ListAccessKeysInput{UserName: name})), noUser(name))
	}
	must(w.DeleteAccessKey(ctx, w.as(alice), &DeleteAccessKeyInput{AccessKeyId: aliceKey}))(t)
	check(t, answer(w.DeleteAccessKey(ctx, w.as(alice), &DeleteAccessKeyInput{AccessKeyId: aliceKey})), noKey(aliceKey))
	must(w.DeleteAccessKey(ctx, root, &DeleteAccessKeyInput{AccessKeyId: rootKey}))(t)
}

func TestAccessKeyQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.root(account)
	w.user(account, "alice")
	const third = "409 LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"
	for _, owner := range []string{"alice", ""} {
		first := w.key(root, owner)
		w.key(root, owner)
		must(w.UpdateAccessKey(t.Context(), root, &UpdateAccessKeyInput{UserName: owner, AccessKeyId: first, Status: "Inactive"}))(t)
		check(t, answer(w.CreateAccessKey(t.Context(), root, &CreateAccessKeyInput{UserName: owner})), third)
		must(w.DeleteAccessKey(t.Context(), root, &DeleteAccessKeyInput{UserName: owner, AccessKeyId: first}))(t)
		w.key(root, owner)
	}
}

func TestConcurrentAccessKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.root(account)
	w.user(account, "alice")
	w.key(root, "alice")
	const callers = 8
	answers := make([]string, callers)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			answers[i] = answer(w.CreateAccessKey(t.Context(), root, &CreateAccessKeyInput{UserName: "alice"}))
		})
	}
	group.Wait()
	counts := map[string]int{}
	for _, a := range answers {
		counts[a]++
	}
	want := map[string]int{"ok": 1, "409 LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2": callers - 1}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUpdateAndListAccessKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	alice := w.user(account, "Alice")
	older := w.key(w.root(account), "alice")
	w.now = w.now.Add(time.Microsecond)
	newer := w.key(w.root(account), "alice")
	list := func(call aws.Call, name string) []AccessKeyMetadata {
		out := must(w.ListAccessKeys(ctx, call, &ListAccessKeysInput{UserName: name}))(t)
		if out.IsTruncated || out.Marker != "" {
			t.Errorf("truncated: %+v", out)
		}
		return out.AccessKeyMetadata
	}
	want := []AccessKeyMetadata{{"Alice", older, "Active", start}, {"Alice", newer, "Active", w.now}}
	for _, status := range []string{"Inactive", "Inactive", "Active"} {
		must(w.UpdateAccessKey(ctx, w.root(account), &UpdateAccessKeyInput{UserName: "ALICE", AccessKeyId: older, Status: status}))(t)
		want[0].Status = status
		if diff := cmp.Diff(want, list(w.root(account), "alice")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(want, list(w.as(alice), "")); diff != "" {
		t.Errorf("by the user (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]AccessKeyMetadata{}, list(w.root(account), "")); diff != "" {
		t.Errorf("of root (-want +got):\n%s", diff)
	}
	rootKey := w.key(w.root(account), "")
	if diff := cmp.Diff([]AccessKeyMetadata{{"", rootKey, "Active", w.now}}, list(w.root(account), "")); diff != "" {
		t.Errorf("of root (-want +got):\n%s", diff)
	}
}

func TestGetAccessKeyLastUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	alice := w.user(account, "alice")
	aliceKey, rootKey, foreignKey := w.key(root, "alice"), w.key(root, ""), w.key(w.root(foreign), "")
	get := func(id string) *GetAccessKeyLastUsedOutput {
		return must(w.GetAccessKeyLastUsed(ctx, root, &GetAccessKeyLastUsedInput{AccessKeyId: id}))(t)
	}
	never := AccessKeyLastUsed{ServiceName: "N/A", Region: "N/A"}
	if diff := cmp.Diff(&GetAccessKeyLastUsedOutput{"alice", never}, get(aliceKey)); diff != "" {
		t.Errorf("never used (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&GetAccessKeyLastUsedOutput{"", never}, get(rootKey)); diff != "" {
		t.Errorf("root's, never used (-want +got):\n%s", diff)
	}
	used := start.Add(time.Hour)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		return tx.TouchAccessKey(ctx, aliceKey, used, "sts", "eu-west-1")
	})
	if diff := cmp.Diff(&GetAccessKeyLastUsedOutput{"alice", AccessKeyLastUsed{used, "sts", "eu-west-1"}}, get(aliceKey)); diff != "" {
		t.Errorf("used (-want +got):\n%s", diff)
	}
	for _, id := range []string{"AKIAIOSFODNN7EXAMPLE", foreignKey} {
		check(t, answer(w.GetAccessKeyLastUsed(ctx, root, &GetAccessKeyLastUsedInput{AccessKeyId: id})),
			"403 AccessDenied: User: arn:aws:iam::111111111111:root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key "+id)
		check(t, answer(w.GetAccessKeyLastUsed(ctx, w.as(alice), &GetAccessKeyLastUsedInput{AccessKeyId: id})),
			"403 AccessDenied: User: arn:aws:iam::111111111111:user/alice is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key "+id)
	}
}
