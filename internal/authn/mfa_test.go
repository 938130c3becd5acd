package authn_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/testenv"
)

// TestWait holds the throttle: how long a device waits after so many wrong codes in a row. Until a moment before the end
// of the wait a right code is refused; at its end one is taken.
func TestWait(t *testing.T) {
	t.Parallel()
	tests := []struct {
		wrongCodes int
		want       time.Duration
	}{
		{4, 0},
		{5, 30 * time.Second},
		{6, time.Minute},
		{7, 2 * time.Minute},
		{11, 32 * time.Minute},
		{12, time.Hour},
		{13, time.Hour},
		{40, time.Hour},
	}
	for _, tt := range tests {
		e := testenv.New(t)
		userID, _ := e.AddUser("alice")
		e.AddMFADevice("alice", userID)
		try := func(code string) bool {
			call := aws.Call{Now: e.Now, Caller: aws.Caller{Principal: aws.Principal{
				Type: aws.UserPrincipal, AccountID: testenv.AccountID, ID: userID, Path: "/", Name: "alice",
			}}}
			ok, _ := new(authn.MFA).TokenCode(t.Context(), e.Store, call, testenv.Serial("alice"), code)
			return ok
		}
		for range tt.wrongCodes {
			if try("000000") {
				t.Fatal("a wrong code was taken")
			}
			e.Now = e.Now.Add(2 * time.Hour) // longer than any wait: each guess is looked at
		}
		e.Now = e.Now.Add(-2 * time.Hour) // back to the last guess
		if tt.want > 0 {
			e.Now = e.Now.Add(tt.want - time.Microsecond)
			if try(e.Code("alice", 0)) {
				t.Errorf("after %d wrong codes: a code was taken before %s had passed", tt.wrongCodes, tt.want)
			}
			e.Now = e.Now.Add(time.Microsecond)
		}
		if !try(e.Code("alice", 0)) {
			t.Errorf("after %d wrong codes: a right code was refused after %s", tt.wrongCodes, tt.want)
		}
		if try("000000"); !try(e.Code("alice", 1)) {
			t.Errorf("after %d wrong codes: the right code did not clear the count", tt.wrongCodes)
		}
	}
}

// TestOutcomes holds that each way in which a code can be judged is counted as what it is.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	alice, _ := e.AddUser("alice")
	bob, _ := e.AddUser("bob")
	e.AddMFADevice("alice", alice)
	e.AddMFADevice("bob", bob)
	mfa := new(authn.MFA)
	try := func(serial, code string) {
		call := aws.Call{Now: e.Now, Caller: aws.Caller{Principal: aws.Principal{
			Type: aws.UserPrincipal, AccountID: testenv.AccountID, ID: alice, Path: "/", Name: "alice",
		}}}
		_, _ = mfa.TokenCode(t.Context(), e.Store, call, serial, code)
	}
	device := testenv.Serial("alice")
	try("", "") // is no check
	try(device, "")
	try("", "123456")
	try(testenv.Serial("nobody"), "123456")
	try(testenv.Serial("bob"), e.Code("bob", 0))
	try(device, e.Code("alice", 0))
	try(device, e.Code("alice", 0))
	for range 5 {
		try(device, "000000")
	}
	try(device, e.Code("alice", 1))
	want := map[authn.CodeOutcome]uint64{
		authn.CodeIncomplete: 2, authn.CodeDeviceUnknown: 2, authn.CodeAccepted: 1, authn.CodeUsed: 1, authn.CodeWrong: 5, authn.CodeDeviceWaits: 1,
		authn.CodeUnchecked: 0,
	}
	if diff := cmp.Diff(want, mfa.Outcomes()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
