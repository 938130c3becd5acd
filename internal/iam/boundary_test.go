package iam

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
)

const boundaryARN = "arn:aws:iam::111111111111:policy/team/Limit"

// boundaryPolicy makes the managed policy of an account whose ARN ends in policy/team/Limit.
func (w *world) boundaryPolicy(accountID string) {
	w.t.Helper()
	w.change(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertPolicy(ctx, store.InsertPolicyParams{
			PolicyID: "ANPA" + accountID, AccountID: accountID, Path: "/team/", PolicyName: "Limit", NameKey: "limit",
		})
	})
}

func TestUserPermissionsBoundary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.boundaryPolicy(account)
	in := &CreateUserInput{UserName: "Alice", PermissionsBoundary: boundaryARN}
	created := must(w.CreateUser(ctx, root, in))(t).User
	bound := &PermissionsBoundary{PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: boundaryARN}
	current := func() *PermissionsBoundary {
		return must(w.GetUser(ctx, root, &GetUserInput{UserName: "alice"}))(t).User.PermissionsBoundary
	}
	if diff := cmp.Diff([]*PermissionsBoundary{bound, bound}, []*PermissionsBoundary{created.PermissionsBoundary, current()}); diff != "" {
		t.Errorf("created, read (-want +got):\n%s", diff)
	}
	for _, u := range must(w.ListUsers(ctx, root, &ListUsersInput{}))(t).Users {
		if u.PermissionsBoundary != nil {
			t.Errorf("a list has the boundary: %+v", u)
		}
	}
	del := func(name string) string {
		return answer(w.DeleteUserPermissionsBoundary(ctx, root, &DeleteUserPermissionsBoundaryInput{UserName: name}))
	}
	put := func(name, arn string) string {
		return answer(w.PutUserPermissionsBoundary(ctx, root, &PutUserPermissionsBoundaryInput{UserName: name, PermissionsBoundary: arn}))
	}
	check(t, del("ALICE"), "ok")
	if got := current(); got != nil {
		t.Errorf("deleted, and still %+v", got)
	}
	check(t, del("alice"), "404 NoSuchEntity: The permissions boundary of the user with name Alice cannot be found.")
	check(t, del("nobody"), "404 NoSuchEntity: The user with name nobody cannot be found.")
	check(t, put("alice", boundaryARN), "ok")
	check(t, put("alice", boundaryARN), "ok")
	if diff := cmp.Diff(bound, current()); diff != "" {
		t.Errorf("put (-want +got):\n%s", diff)
	}
	check(t, answer(w.DeleteUser(ctx, root, &DeleteUserInput{UserName: "alice"})), "ok") // a boundary does not hold it
}

func TestPutUserPermissionsBoundaryRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.boundaryPolicy(account)
	w.boundaryPolicy(foreign)
	w.user(account, "alice")
	w.user(foreign, "mallory")
	const notThere = " does not exist or is not attachable."
	for _, test := range []struct{ name, user, arn, want string }{
		{"no such user", "mallory", boundaryARN, "404 NoSuchEntity: The user with name mallory cannot be found."},
		{"no policy's ARN", "alice", "arn:aws:iam::111111111111:user/team/Limit", "400 InvalidInput: ARN arn:aws:iam::111111111111:user/team/Limit is not valid."},
		{"another path", "alice", "arn:aws:iam::111111111111:policy/Limit", "404 NoSuchEntity: Scope ARN: arn:aws:iam::111111111111:policy/Limit" + notThere},
		{"another spelling", "alice", "arn:aws:iam::111111111111:policy/team/limit", "404 NoSuchEntity: Scope ARN: arn:aws:iam::111111111111:policy/team/limit" + notThere},
		{"another account's", "alice", "arn:aws:iam::222222222222:policy/team/Limit", "404 NoSuchEntity: Scope ARN: arn:aws:iam::222222222222:policy/team/Limit" + notThere},
		{"not AWS's", "alice", "arn:aws:iam::aws:policy/team/Limit", "404 NoSuchEntity: Scope ARN: arn:aws:iam::aws:policy/team/Limit" + notThere},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := &PutUserPermissionsBoundaryInput{UserName: test.user, PermissionsBoundary: test.arn}
			check(t, answer(w.PutUserPermissionsBoundary(t.Context(), w.root(account), in)), test.want)
		})
	}
}
