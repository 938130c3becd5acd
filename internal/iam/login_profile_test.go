package iam

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// Passwords that the default rules take.
const (
	first  = "Correct-Horse-1"
	second = "Correct-Horse-2"
	third  = "Correct-Horse-3"
)

// password gives a user of the account the first password.
func (w *world) password(userName, text string) {
	w.t.Helper()
	must(w.CreateLoginProfile(w.t.Context(), w.root(account), &CreateLoginProfileInput{UserName: userName, Password: text}))(w.t)
}

func (w *world) setPolicy(in UpdateAccountPasswordPolicyInput) {
	w.t.Helper()
	must(w.UpdateAccountPasswordPolicy(w.t.Context(), w.root(account), &in))(w.t)
}

func (w *world) updatePassword(userName, text string) string {
	return answer(w.UpdateLoginProfile(w.t.Context(), w.root(account), &UpdateLoginProfileInput{UserName: userName, Password: text}))
}

// stored is a user's login profile and former passwords as they are in the database.
func (w *world) stored(u User) (profile store.LoginProfile, former []store.FormerPassword) {
	w.t.Helper()
	w.change(func(ctx context.Context, tx *store.Tx) (err error) {
		if profile, err = tx.LoginProfile(ctx, u.UserId); err != nil {
			return err
		}
		former, err = tx.FormerPasswords(ctx, store.FormerPasswordsParams{UserID: u.UserId, Limit: 1000})
		return err
	})
	return profile, former
}

// is reports whether a user has this password.
func (w *world) is(u User, text string) bool {
	w.t.Helper()
	profile, _ := w.stored(u)
	return must(w.passwords.Matches(w.t.Context(), profile.PasswordHash, text))(w.t)
}

func TestLoginProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "Alice")
	w.user(foreign, "alice")
	in := &CreateLoginProfileInput{UserName: "ALICE", Password: first, PasswordResetRequired: true}
	made := must(w.CreateLoginProfile(t.Context(), w.root(account), in))(t).LoginProfile
	want := LoginProfile{UserName: "Alice", CreateDate: start, PasswordResetRequired: true}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("CreateLoginProfile (-want +got):\n%s", diff)
	}
	w.now = start.Add(time.Hour)
	check(t, w.updatePassword("alice", second), "ok")
	get := func(call aws.Call, name string) LoginProfile {
		return must(w.GetLoginProfile(t.Context(), call, &GetLoginProfileInput{UserName: name}))(t).LoginProfile
	}
	if diff := cmp.Diff(want, get(w.as(alice), "")); diff != "" {
		t.Errorf("GetLoginProfile of the caller (-want +got):\n%s", diff)
	}
	if !w.is(alice, second) || w.is(alice, first) {
		t.Error("the password was not changed")
	}
	no := false
	must(w.UpdateLoginProfile(t.Context(), w.root(account), &UpdateLoginProfileInput{UserName: "alice", PasswordResetRequired: &no}))(t)
	want.PasswordResetRequired = false
	if diff := cmp.Diff(want, get(w.root(account), "alice")); diff != "" {
		t.Errorf("after UpdateLoginProfile (-want +got):\n%s", diff)
	}
	check(t, answer(w.UpdateLoginProfile(t.Context(), w.root(account), &UpdateLoginProfileInput{UserName: "alice"})), "ok")
	if !w.is(alice, second) {
		t.Error("an empty update changed the password")
	}
	must(w.DeleteLoginProfile(t.Context(), w.as(alice), &DeleteLoginProfileInput{}))(t)
	const none = "404 NoSuchEntity: Login Profile for User Alice cannot be found."
	check(t, answer(w.DeleteLoginProfile(t.Context(), w.root(account), &DeleteLoginProfileInput{UserName: "alice"})), none)
	check(t, w.updatePassword("alice", third), none)
	check(t, answer(w.UpdateLoginProfile(t.Context(), w.root(account), &UpdateLoginProfileInput{UserName: "alice"})), none)
	w.password("alice", third)
	check(t, answer(w.DeleteUser(t.Context(), w.root(account), &DeleteUserInput{UserName: "alice"})),
		"409 DeleteConflict: Cannot delete entity, must delete login profile first.")
	must(w.DeleteLoginProfile(t.Context(), w.root(account), &DeleteLoginProfileInput{UserName: "alice"}))(t)
	check(t, answer(w.DeleteUser(t.Context(), w.root(account), &DeleteUserInput{UserName: "alice"})), "ok")
}

func TestLoginProfileOfAnotherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(account, "alice")
	w.password("alice", first)
	other := w.root(foreign)
	const gone = "404 NoSuchEntity: The user with name alice cannot be found."
	check(t, answer(w.CreateLoginProfile(t.Context(), other, &CreateLoginProfileInput{UserName: "alice", Password: second})), gone)
	check(t, answer(w.GetLoginProfile(t.Context(), other, &GetLoginProfileInput{UserName: "alice"})), gone)
	check(t, answer(w.UpdateLoginProfile(t.Context(), other, &UpdateLoginProfileInput{UserName: "alice", Password: second})), gone)
	check(t, answer(w.DeleteLoginProfile(t.Context(), other, &DeleteLoginProfileInput{UserName: "alice"})), gone)
}

// Former passwords are told apart by when they were set, and a clock may stand still.
func TestFormerPasswords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.setPolicy(UpdateAccountPasswordPolicyInput{PasswordReusePrevention: 2})
	w.password("alice", first)
	const used = "400 PasswordPolicyViolation: Password should not be one of the passwords used before"
	for _, test := range []struct{ text, want string }{
		{first, used}, {second, "ok"}, {first, used}, {second, used}, {third, "ok"}, {first, "ok"}, {third, used}, {second, "ok"},
	} {
		check(t, w.updatePassword("alice", test.text), test.want)
	}
	must(w.DeleteLoginProfile(t.Context(), w.root(account), &DeleteLoginProfileInput{UserName: "alice"}))(t)
	again := &CreateLoginProfileInput{UserName: "alice", Password: second}
	check(t, answer(w.CreateLoginProfile(t.Context(), w.root(account), again)), used)
	again.Password = third
	check(t, answer(w.CreateLoginProfile(t.Context(), w.root(account), again)), "ok")
	profile, former := w.stored(alice)
	if len(former) != 5 || !profile.ChangedAt.After(former[0].ChangedAt.Time) {
		t.Errorf("%d former passwords, the last of %s, before that of %s", len(former), former[0].ChangedAt, profile.ChangedAt)
	}
	w.setPolicy(UpdateAccountPasswordPolicyInput{})
	check(t, w.updatePassword("alice", third), "ok")
}

// As many former passwords are kept as a policy can ask for, whatever the present one says.
func TestFormerPasswordsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.password("alice", first)
	w.change(func(ctx context.Context, tx *store.Tx) error {
		for i := range 40 {
			err := tx.InsertFormerPassword(ctx, store.InsertFormerPasswordParams{
				UserID: alice.UserId, PasswordHash: "none", ChangedAt: store.Time{Time: start.Add(-time.Duration(i+1) * time.Hour)},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	check(t, w.updatePassword("alice", second), "ok")
	_, former := w.stored(alice)
	if len(former) != 24 || !former[0].ChangedAt.Equal(start) || !former[23].ChangedAt.Equal(start.Add(-23*time.Hour)) {
		t.Errorf("%d former passwords from %s to %s", len(former), former[0].ChangedAt, former[len(former)-1].ChangedAt)
	}
}

// A password that was judged by what is no longer so is not stored.
func TestPasswordJudgedTooEarly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.password("alice", first)
	row := store.User{UserID: alice.UserId, AccountID: account, UserName: "alice"}
	for _, step := range []struct {
		name      string
		interfere func()
	}{
		{"another password", func() { check(t, w.updatePassword("alice", third), "ok") }},
		{"another policy", func() { w.setPolicy(UpdateAccountPasswordPolicyInput{MinimumPasswordLength: 30}) }}, // last: it binds the others too
	} {
		transactions := 0
		err := w.setPassword(t.Context(), w.root(account), newPassword{
			text: second,
			find: func(ctx context.Context, tx *store.Tx) (passwordState, error) {
				st, err := withPassword(ctx, tx, row)
				transactions++
				return st, err
			},
			write: func(context.Context, *store.Tx, passwordState, string, store.Time) error {
				t.Errorf("%s: the password was stored", step.name)
				return nil
			},
		}.after(step.interfere))
		if transactions != 2 {
			t.Errorf("%s: %d transactions", step.name, transactions)
		}
		check(t, verdict(err), "409 EntityTemporarilyUnmodifiable: "+
			"The password or the password policy is being changed by another request. Please try again.")
	}
}

// after does something else between the two transactions, the first time that find was called.
func (p newPassword) after(interfere func()) newPassword {
	find, calls := p.find, 0
	p.find = func(ctx context.Context, tx *store.Tx) (passwordState, error) {
		st, err := find(ctx, tx)
		if calls++; calls == 1 {
			interfere()
		}
		return st, err
	}
	return p
}
