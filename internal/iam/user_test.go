package iam

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
)

func TestCreateUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := &CreateUserInput{UserName: "Alice", Path: "/team//a/", Tags: tags("Zone=1 dept=")}
	got := must(w.CreateUser(t.Context(), w.root(account), in))(t).User
	if !strings.HasPrefix(got.UserId, "AIDA") || len(got.UserId) != 21 {
		t.Errorf("UserId %q", got.UserId)
	}
	want := User{
		Path: "/team//a/", UserName: "Alice", UserId: got.UserId, Arn: "arn:aws:iam::111111111111:user/team//a/Alice",
		CreateDate: start, Tags: []Tag{{"Zone", text("1")}, {"dept", text("")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CreateUser (-want +got):\n%s", diff)
	}
	for _, name := range []string{"Alice", "aLICE"} {
		read := must(w.GetUser(t.Context(), w.root(account), &GetUserInput{UserName: name}))(t).User
		if diff := cmp.Diff(want, read); diff != "" {
			t.Errorf("GetUser %s (-want +got):\n%s", name, diff)
		}
	}
	plain := w.user(account, "bob")
	if plain.Path != "/" || plain.Arn != "arn:aws:iam::111111111111:user/bob" || plain.Tags != nil {
		t.Errorf("a user without path and tags: %+v", plain)
	}
	if elsewhere := w.user(foreign, "alice"); elsewhere.Arn != "arn:aws:iam::222222222222:user/alice" {
		t.Errorf("the same name in another account: %+v", elsewhere)
	}
}

func TestCreateUserRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(account, "bob")
	long := strings.Repeat("x", 64)
	for _, test := range []struct {
		name string
		in   CreateUserInput
		want string
	}{
		{"the name is taken", CreateUserInput{UserName: "bob"}, "409 EntityAlreadyExists: User with name bob already exists."},
		{"in another case and path", CreateUserInput{UserName: "BOB", Path: "/x/"}, "409 EntityAlreadyExists: User with name BOB already exists."},
		{
			"a boundary that is no policy",
			CreateUserInput{UserName: long, PermissionsBoundary: "arn:aws:iam::111111111111:not_a_policy/invalid"},
			"400 InvalidInput: ARN arn:aws:iam::111111111111:not_a_policy/invalid is not valid.",
		},
		{
			"a boundary that is no ARN",
			CreateUserInput{UserName: long, PermissionsBoundary: "longpolicynamebutnoarn"},
			"400 InvalidInput: ARN longpolicynamebutnoarn is not valid.",
		},
		{
			"a boundary of another service",
			CreateUserInput{UserName: long, PermissionsBoundary: "arn:aws:s3::111111111111:policy/invalid"},
			"400 InvalidInput: ARN arn:aws:s3::111111111111:policy/invalid is not valid.",
		},
		{
			"a boundary in a region",
			CreateUserInput{UserName: long, PermissionsBoundary: "arn:aws:iam:us-east-1:111111111111:policy/p"},
			"400 InvalidInput: ARN arn:aws:iam:us-east-1:111111111111:policy/p is not valid.",
		},
		{
			"a boundary of another partition",
			CreateUserInput{UserName: long, PermissionsBoundary: "arn:aws-cn:iam::111111111111:policy/p"},
			"400 InvalidInput: ARN arn:aws-cn:iam::111111111111:policy/p is not valid.",
		},
		{
			"a boundary of no account",
			CreateUserInput{UserName: long, PermissionsBoundary: "arn:aws:iam::1111:policy/invalid"},
			"400 InvalidInput: ARN arn:aws:iam::1111:policy/invalid is not valid.",
		},
		{
			"a boundary that does not exist",
			CreateUserInput{UserName: long, PermissionsBoundary: "arn:aws:iam::111111111111:policy/p"},
			"404 NoSuchEntity: Scope ARN: arn:aws:iam::111111111111:policy/p does not exist or is not attachable.",
		},
		{
			"a boundary of AWS that does not exist",
			CreateUserInput{UserName: long, PermissionsBoundary: "arn:aws:iam::aws:policy/NoSuchAccess"},
			"404 NoSuchEntity: Scope ARN: arn:aws:iam::aws:policy/NoSuchAccess does not exist or is not attachable.",
		},
		{
			"one tag key in two cases",
			CreateUserInput{UserName: long, Tags: tags("a=1 b=1 A=2")},
			"400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
		},
		{
			"a reserved tag key",
			CreateUserInput{UserName: long, Tags: tags("b=1 AWS:x=2")},
			"400 InvalidInput: Tag keys and values that start with aws: are reserved for system use.",
		},
		{
			"a reserved tag value",
			CreateUserInput{UserName: long, Tags: tags("b=aws:x")},
			"400 InvalidInput: Tag keys and values that start with aws: are reserved for system use.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, answer(w.CreateUser(t.Context(), w.root(account), &test.in)), test.want)
		})
	}
	if got := userNames(w, account, ""); got != "bob" {
		t.Errorf("users after refusals: %s", got)
	}
}

func TestCreateUserQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		for i := range maxUsers - 1 {
			name := fmt.Sprintf("u%d", i)
			if err := tx.InsertUser(ctx, store.InsertUserParams{UserID: name, AccountID: account, Path: "/", UserName: name, NameKey: name}); err != nil {
				return err
			}
		}
		return nil
	})
	w.user(account, "last")
	check(t, answer(w.CreateUser(t.Context(), w.root(account), &CreateUserInput{UserName: "one-more"})),
		"409 LimitExceeded: Cannot exceed quota for UsersPerAccount: 5000")
	w.user(foreign, "one-more")
}

func TestGetUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.user(foreign, "mallory")
	root := must(w.GetUser(t.Context(), w.root(account), &GetUserInput{}))(t).User
	if diff := cmp.Diff(User{UserId: account, Arn: "arn:aws:iam::111111111111:root", CreateDate: start}, root); diff != "" {
		t.Errorf("root without a name (-want +got):\n%s", diff)
	}
	self := must(w.GetUser(t.Context(), w.as(alice), &GetUserInput{}))(t).User
	if diff := cmp.Diff(alice, self); diff != "" {
		t.Errorf("a user without a name (-want +got):\n%s", diff)
	}
	check(t, answer(w.GetUser(t.Context(), w.root(account), &GetUserInput{UserName: "Nobody"})),
		"404 NoSuchEntity: The user with name Nobody cannot be found.")
	check(t, answer(w.GetUser(t.Context(), w.root(account), &GetUserInput{UserName: "mallory"})),
		"404 NoSuchEntity: The user with name mallory cannot be found.")
	must(w.DeleteUser(t.Context(), w.root(account), &DeleteUserInput{UserName: "alice"}))(t)
	check(t, answer(w.GetUser(t.Context(), w.as(alice), &GetUserInput{})),
		"404 NoSuchEntity: The user with name alice cannot be found.")
}

func TestListUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, u := range []string{"/ Charlie", "/a/ bob", "/ab/ Dora", "/~/ eve", "/ alice"} {
		path, name, _ := strings.Cut(u, " ")
		must(w.CreateUser(t.Context(), w.root(account), &CreateUserInput{UserName: name, Path: path, Tags: tags("k=v")}))(t)
	}
	w.user(foreign, "mallory")
	for _, test := range []struct{ prefix, want string }{
		{"", "alice bob Charlie Dora eve"},
		{"/", "alice bob Charlie Dora eve"},
		{"/a", "bob Dora"},
		{"/a/", "bob"},
		{"/~", "eve"},
		{"/A", ""},
		{"/\x7f", ""},
	} {
		if got := userNames(w, account, test.prefix); got != test.want {
			t.Errorf("PathPrefix %q: %q, want %q", test.prefix, got, test.want)
		}
	}
	out := must(w.ListUsers(t.Context(), w.root(foreign), &ListUsersInput{PathPrefix: "/none"}))(t)
	if diff := cmp.Diff(&ListUsersOutput{Users: []User{}}, out); diff != "" {
		t.Errorf("no users (-want +got):\n%s", diff)
	}
	for _, u := range must(w.ListUsers(t.Context(), w.root(account), &ListUsersInput{}))(t).Users {
		if u.Tags != nil || u.Arn != "arn:aws:iam::111111111111:user"+u.Path+u.UserName || u.UserId == "" || !u.CreateDate.Equal(start) {
			t.Errorf("listed user: %+v", u)
		}
	}
}

func TestListUsersDefaultsTo100(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		for i := range 1001 {
			name := fmt.Sprintf("u%04d", i)
			if err := tx.InsertUser(ctx, store.InsertUserParams{UserID: name, AccountID: account, Path: "/", UserName: name, NameKey: name}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, test := range []struct {
		maxItems int32
		want     int
	}{{0, 100}, {1, 1}, {1000, 1000}} {
		out := must(w.ListUsers(t.Context(), w.root(account), &ListUsersInput{MaxItems: test.maxItems}))(t)
		if len(out.Users) != test.want || !out.IsTruncated || out.Marker == "" {
			t.Errorf("MaxItems %d: %d users, truncated %v, marker %q", test.maxItems, len(out.Users), out.IsTruncated, out.Marker)
		}
	}
}

func userNames(w *world, accountID, prefix string) string {
	var names []string
	for _, u := range must(w.ListUsers(w.t.Context(), w.root(accountID), &ListUsersInput{PathPrefix: prefix}))(w.t).Users {
		names = append(names, u.UserName)
	}
	return strings.Join(names, " ")
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	alice := must(w.CreateUser(ctx, root, &CreateUserInput{UserName: "alice", Path: "/team/", Tags: tags("a=1")}))(t).User
	w.key(root, "alice")
	w.user(account, "bob")
	w.user(foreign, "mallory")
	for _, test := range []struct {
		name               string
		in                 UpdateUserInput
		want, wantPathName string
	}{
		{"nothing", UpdateUserInput{UserName: "alice"}, "ok", "/team/alice"},
		{"the name", UpdateUserInput{UserName: "alice", NewUserName: "Ann"}, "ok", "/team/Ann"},
		{"the spelling", UpdateUserInput{UserName: "ann", NewUserName: "ANN"}, "ok", "/team/ANN"},
		{"the path", UpdateUserInput{UserName: "Ann", NewPath: "/x/"}, "ok", "/x/ANN"},
		{"both", UpdateUserInput{UserName: "Ann", NewPath: "/", NewUserName: "alice2"}, "ok", "/alice2"},
		{"to itself", UpdateUserInput{UserName: "alice2", NewPath: "/", NewUserName: "alice2"}, "ok", "/alice2"},
		{
			"to a name that is taken",
			UpdateUserInput{UserName: "alice2", NewPath: "/y/", NewUserName: "BOB"},
			"409 EntityAlreadyExists: User with name BOB already exists.", "/alice2",
		},
		{"to a name of another account", UpdateUserInput{UserName: "alice2", NewUserName: "mallory"}, "ok", "/mallory"},
		{"a name that is free again", UpdateUserInput{UserName: "alice"}, "404 NoSuchEntity: The user with name alice cannot be found.", "/mallory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, answer(w.UpdateUser(ctx, root, &test.in)), test.want)
			got := must(w.GetUser(ctx, w.as(alice), &GetUserInput{}))(t).User
			if got.Path+got.UserName != test.wantPathName || got.Arn != "arn:aws:iam::111111111111:user"+test.wantPathName {
				t.Errorf("the user afterwards: %+v", got)
			}
			if got.UserId != alice.UserId || !got.CreateDate.Equal(alice.CreateDate) || len(got.Tags) != 1 {
				t.Errorf("lost on the way: %+v", got)
			}
		})
	}
	keys := must(w.ListAccessKeys(ctx, root, &ListAccessKeysInput{UserName: "mallory"}))(t).AccessKeyMetadata
	if len(keys) != 1 || keys[0].UserName != "mallory" {
		t.Errorf("keys under the new name: %+v", keys)
	}
	check(t, answer(w.UpdateUser(ctx, w.root(foreign), &UpdateUserInput{UserName: "bob", NewUserName: "x"})),
		"404 NoSuchEntity: The user with name bob cannot be found.")
	if got := userNames(w, account, ""); got != "bob mallory" {
		t.Errorf("users in the end: %s", got)
	}
}

func TestConcurrentRename(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const users = 8
	answers := make([]string, users)
	for i := range users {
		w.user(account, fmt.Sprintf("u%d", i))
	}
	var group sync.WaitGroup
	for i := range users {
		group.Go(func() {
			in := &UpdateUserInput{UserName: fmt.Sprintf("u%d", i), NewUserName: "prize"}
			answers[i] = answer(w.UpdateUser(t.Context(), w.root(account), in))
		})
	}
	group.Wait()
	counts := map[string]int{}
	for _, a := range answers {
		counts[a]++
	}
	if diff := cmp.Diff(map[string]int{"ok": 1, "409 EntityAlreadyExists: User with name prize already exists.": users - 1}, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.user(foreign, "mallory")
	alice := must(w.CreateUser(ctx, root, &CreateUserInput{UserName: "alice", Tags: tags("a=1 b=2")}))(t).User
	keyID := w.key(root, "alice")
	phone := w.virtual(account, "phone")
	check(t, verdict(phone.enable("alice", 0, 1)), "ok")

	group := w.group(account, "group")
	w.member("group", "alice")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AttachPolicy(ctx, store.AttachPolicyParams{EntityID: alice.UserId, PolicyARN: "arn:aws:iam::aws:policy/P", AccountID: account}); err != nil {
			return err
		}
		if err := tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: alice.UserId, PolicyName: "p", Document: "{}"}); err != nil {
			return err
		}
		if err := tx.InsertFormerPassword(ctx, store.InsertFormerPasswordParams{UserID: alice.UserId, PasswordHash: "x", ChangedAt: store.Time{Time: start}}); err != nil {
			return err
		}
		return tx.InsertLoginProfile(ctx, store.InsertLoginProfileParams{UserID: alice.UserId, PasswordHash: "x"})
	})

	const keysFirst = "409 DeleteConflict: Cannot delete entity, must delete access keys first."
	const deviceFirst = "409 DeleteConflict: Cannot delete entity, must delete MFA device first."
	del := func(name string) string { return answer(w.DeleteUser(ctx, root, &DeleteUserInput{UserName: name})) }
	check(t, del("nobody"), "404 NoSuchEntity: The user with name nobody cannot be found.")
	check(t, del("mallory"), "404 NoSuchEntity: The user with name mallory cannot be found.")
	check(t, del("alice"), "409 DeleteConflict: Cannot delete entity, must detach all policies first.")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.DetachPolicy(ctx, store.DetachPolicyParams{EntityID: alice.UserId, PolicyARN: "arn:aws:iam::aws:policy/P"})
		return err
	})
	check(t, del("alice"), "409 DeleteConflict: Cannot delete entity, must delete policies first.")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.DeleteInlinePolicy(ctx, store.DeleteInlinePolicyParams{EntityID: alice.UserId, PolicyName: "p"})
		return err
	})
	check(t, del("alice"), keysFirst)
	must(w.UpdateAccessKey(ctx, root, &UpdateAccessKeyInput{UserName: "alice", AccessKeyId: keyID, Status: "Inactive"}))(t)
	check(t, del("alice"), keysFirst)
	must(w.DeleteAccessKey(ctx, root, &DeleteAccessKeyInput{UserName: "alice", AccessKeyId: keyID}))(t)
	check(t, del("alice"), "409 DeleteConflict: Cannot delete entity, must delete login profile first.")
	w.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.DeleteLoginProfile(ctx, alice.UserId)
		return err
	})
	check(t, del("alice"), deviceFirst)
	if got := must(w.GetUser(ctx, root, &GetUserInput{UserName: "alice"}))(t).User; len(got.Tags) != 2 {
		t.Errorf("tags after refusals: %v", got.Tags)
	}
	check(t, verdict(phone.deactivate("alice")), "ok")
	check(t, del("alice"), "409 DeleteConflict: Cannot delete entity, must remove users from group first.")
	must(w.RemoveUserFromGroup(ctx, root, &RemoveUserFromGroupInput{GroupName: group.GroupName, UserName: "alice"}))(t)
	check(t, del("ALICE"), "ok")
	check(t, del("alice"), "404 NoSuchEntity: The user with name alice cannot be found.")

	again := w.user(account, "alice")
	if again.UserId == alice.UserId {
		t.Error("a new user got the id of the old one")
	}
	w.change(func(ctx context.Context, tx *store.Tx) error {
		left, err := tx.Tags(ctx, alice.UserId)
		if len(left) > 0 {
			t.Errorf("tags of the deleted user: %v", left)
		}
		if err != nil {
			return err
		}
		passwords, err := tx.FormerPasswords(ctx, store.FormerPasswordsParams{UserID: alice.UserId, Limit: 10})
		if len(passwords) > 0 {
			t.Errorf("passwords of the deleted user: %v", passwords)
		}
		return err
	})
}
