package iam

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

const wrongOld = "403 AccessDenied: The old password was incorrect"

func (w *world) changePassword(u User, from, to string) error {
	_, err := w.ChangePassword(w.t.Context(), w.as(u), &ChangePasswordInput{OldPassword: from, NewPassword: to})
	return err
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	check(t, verdict(w.changePassword(alice, first, second)), "404 NoSuchEntity: Login Profile for User alice cannot be found.")
	must(w.CreateLoginProfile(t.Context(), w.root(account), &CreateLoginProfileInput{
		UserName: "alice", Password: first, PasswordResetRequired: true,
	}))(t)
	check(t, verdict(w.changePassword(alice, second, third)), wrongOld)
	check(t, verdict(w.changePassword(alice, first, "short")), "400 PasswordPolicyViolation: Password should have a minimum length of 8")
	check(t, verdict(w.changePassword(alice, first, second)), "ok")
	check(t, verdict(w.changePassword(alice, first, third)), wrongOld)
	profile, _ := w.stored(alice)
	if !w.is(alice, second) || profile.ResetRequired != 0 {
		t.Errorf("after ChangePassword: %+v", profile)
	}
	check(t, answer(w.ChangePassword(t.Context(), w.root(account), &ChangePasswordInput{OldPassword: first, NewPassword: second})),
		"400 InvalidUserType: Only IAM Users can change their own password")
	must(w.DeleteLoginProfile(t.Context(), w.root(account), &DeleteLoginProfileInput{UserName: "alice"}))(t)
	must(w.DeleteUser(t.Context(), w.root(account), &DeleteUserInput{UserName: "alice"}))(t)
	check(t, verdict(w.changePassword(alice, second, third)), "404 NoSuchEntity: The user with name alice cannot be found.")
}

// Who holds a user's access key must not find the password by trying.
func TestGuessesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.password("alice", first)
	guess := func() (judged bool) {
		err := w.changePassword(alice, "wrong", second)
		check(t, verdict(err), wrongOld)
		return errors.Unwrap(err) != nil && strings.Contains(errors.Unwrap(err).Error(), "is wrong")
	}
	for i := range 5 {
		if !guess() {
			t.Errorf("guess %d was not judged", i)
		}
	}
	wait := func(d time.Duration) {
		w.now = w.now.Add(d - time.Second)
		check(t, verdict(w.changePassword(alice, first, second)), wrongOld)
		w.now = w.now.Add(time.Second)
	}
	wait(30 * time.Second)
	if !guess() {
		t.Error("a guess after the wait was not judged")
	}
	wait(time.Minute)
	// A right old password ends it, even if the new one is refused.
	check(t, verdict(w.changePassword(alice, first, "short")), "400 PasswordPolicyViolation: Password should have a minimum length of 8")
	for i := range 4 {
		if !guess() {
			t.Errorf("guess %d after the right password was not judged", i)
		}
	}
	check(t, verdict(w.changePassword(alice, first, second)), "ok")
	for range 6 {
		guess()
	}
	check(t, verdict(w.changePassword(alice, second, third)), wrongOld)
	check(t, w.updatePassword("alice", third), "ok") // by an administrator, who opens it
	check(t, verdict(w.changePassword(alice, third, first)), "ok")
}

// Guesses at the same time are not more than guesses one after the other.
func TestGuessesAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.password("alice", first)
	reasons := make([]string, 16)
	var wg sync.WaitGroup
	for i := range reasons {
		wg.Go(func() { reasons[i] = errors.Unwrap(w.changePassword(alice, "wrong", second)).Error() })
	}
	wg.Wait()
	judged := 0
	for _, reason := range reasons {
		if strings.Contains(reason, "is wrong") {
			judged++
		} else if !strings.Contains(reason, "no old password is taken until 2026-01-15T12:00:40Z") {
			t.Errorf("refused because %s", reason)
		}
	}
	if judged != 5 {
		t.Errorf("%d guesses were judged, want 5", judged)
	}
}

// An old password is right only while it is the present one.
func TestOldPasswordOutdated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.password("alice", first)
	old := must(w.checkOldPassword(t.Context(), w.as(alice), first))(t)
	check(t, w.updatePassword("alice", second), "ok")
	check(t, verdict(w.replacePassword(t.Context(), w.as(alice), old, third)), "409 EntityTemporarilyUnmodifiable: "+
		"The password or the password policy is being changed by another request. Please try again.")
	if !w.is(alice, second) {
		t.Error("the password was changed")
	}
}

// Of two changes from one old password one is made.
func TestChangePasswordAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.user(account, "alice")
	w.password("alice", first)
	answers := map[string]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, to := range []string{second, third} {
		wg.Go(func() {
			got := verdict(w.changePassword(alice, first, to))
			mu.Lock()
			defer mu.Unlock()
			answers[to] = got
		})
	}
	wg.Wait()
	for to, got := range answers {
		if (got == "ok") != w.is(alice, to) {
			t.Errorf("the change to %s was answered %s", to, got)
		}
		if got != "ok" && got != wrongOld && !strings.HasPrefix(got, "409 EntityTemporarilyUnmodifiable: ") {
			t.Errorf("the change to %s was answered %s", to, got)
		}
	}
	if (answers[second] == "ok") == (answers[third] == "ok") {
		t.Errorf("one change of two must be made: %v", answers)
	}
}
