package login

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/internal/totp"
)

// enrolment is of a new user's, by root.
func (d *desk) enrolment() *Enrolment {
	d.t.Helper()
	d.AddUser("carol")
	return &Enrolment{Config: d.config(testenv.Root), Cache: d.cache(), Now: d.clock, UserName: "carol", Ask: d.ask, Tell: d.tell}
}

func (d *desk) enabled(serial string) bool {
	d.t.Helper()
	_, body := d.Call(testenv.Root, "iam", "ListMFADevices", "UserName", "carol")
	return strings.Contains(body, "<SerialNumber>"+serial+"</SerialNumber>")
}

func (d *desk) exists(serial string) bool {
	d.t.Helper()
	_, body := d.Call(testenv.Root, "iam", "ListVirtualMFADevices")
	return strings.Contains(body, "<SerialNumber>"+serial+"</SerialNumber>")
}

func TestEnrollAsked(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	e := d.enrolment()
	var seed []byte
	e.Show = func(n NewDevice) error {
		var err error
		seed, err = ParseSeed(n.Address)
		return err
	}
	code := func(steps int64) func() string {
		return func() string { return totp.Code(seed, totp.StepAt(d.clock())+steps) }
	}
	d.answers = []func() string{code(0), typed("12345"), code(0), code(-1), code(0)}
	got, err := e.Enroll(t.Context())
	if err != nil || got.SerialNumber != testenv.Serial("carol") || !d.enabled(got.SerialNumber) {
		t.Errorf("%v, %v", got.SerialNumber, err)
	}
	d.toldOnce("These are not two codes of the device, one after the other. Once more.")
	d.toldOnce("A code is six digits.")
	if last, err := e.Cache.spent(device{d.url, got.SerialNumber}); last.Code != code(0)() || err != nil {
		t.Errorf("the second code is not noted as used: %v, %v", last, err)
	}
}

// The codes are computed for the server's time.
func TestEnrollComputed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	e := d.enrolment()
	d.now = d.now.Add(-7 * time.Minute)
	kept := NewDevice{}
	e.Device, e.Keep = "carols-own", func(n NewDevice) error { kept = n; return nil }
	got, err := e.Enroll(t.Context())
	if err != nil || got != kept || !d.enabled(testenv.Serial("carols-own")) {
		t.Errorf("%v, %v", got.SerialNumber, err)
	}
}

// Nothing is left of a device that was not enabled.
func TestEnrollFails(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*desk, *Enrolment){
		"no codes":   func(d *desk, _ *Enrolment) { d.answers = nil },
		"wrong ones": func(d *desk, _ *Enrolment) { d.answers = sixTimes(typed("000000")) },
		"not shown":  func(_ *desk, e *Enrolment) { e.Show = func(NewDevice) error { return errors.New("no") } },
		"not kept":   func(_ *desk, e *Enrolment) { e.Keep = func(NewDevice) error { return errors.New("no") } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			e := d.enrolment()
			forgotten := false
			e.Show, e.Keep = func(NewDevice) error { return nil }, func(NewDevice) error { return nil }
			e.Forget = func(NewDevice) error { forgotten = true; return nil }
			spoil(d, e)
			if _, err := e.Enroll(t.Context()); err == nil {
				t.Error("it is enabled")
			}
			if d.exists(testenv.Serial("carol")) || forgotten == (name == "not kept") { // what was there before stays
				t.Errorf("the device is there: %t; forgotten: %t", d.exists(testenv.Serial("carol")), forgotten)
			}
		})
	}
}

func sixTimes(f func() string) []func() string { return []func() string{f, f, f, f, f, f} }

func TestEnrollRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	e := d.enrolment()
	e.UserName = ""
	if _, err := e.Enroll(t.Context()); err == nil || !strings.HasSuffix(err.Error(), ":root is no user") {
		t.Errorf("%v", err)
	}
	e.UserName, e.Device = "carol", "alice"
	if _, err := e.Enroll(t.Context()); err == nil || !strings.Contains(err.Error(), "EntityAlreadyExists") || !d.exists(testenv.Serial("alice")) {
		t.Errorf("%v", err)
	}
}
