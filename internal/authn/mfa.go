package authn

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/totp"
)

// The texts of spec section 3.4; the blanks in them are AWS's.
var (
	errHalfMFA = aws.Errorf(aws.AccessDenied,
		"MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	errForeignDevice = aws.Errorf(aws.AccessDenied,
		"MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	errWrongCode = aws.Errorf(aws.AccessDenied,
		"MultiFactorAuthentication failed with invalid MFA one time pass code. ")
)

// For the operator.
var (
	errNoDevice       = errors.New("no such MFA device")
	errOthersDevice   = errors.New("the MFA device is not the caller's")
	errUsedBefore     = errors.New("the code was used before")
	errWrong          = errors.New("the code is wrong")
	errNotConsecutive = errors.New("the codes are not two consecutive ones that the device shows now and were not used before")
	// ErrSpent is the reason to give when a concurrent request was faster in using the same codes.
	ErrSpent = errors.New("the code was used by a concurrent request")
)

// waitError is why a device refuses every code.
type waitError string

func (e waitError) Error() string { return string(e) }

const (
	// driftSteps is how many time steps a device's clock may be off, either way, beyond the drift a resync stored.
	driftSteps = 1
	// hotpLookAhead is how many codes a HOTP device may have shown that were never sent (RFC 4226 section 7.4).
	hotpLookAhead = 10
	// resyncSteps is how far ResyncMFADevice looks for a TOTP device's clock, either way: one hour.
	resyncSteps = 120
	// resyncLookAhead is how far two consecutive codes are looked for ahead of a HOTP device's counter.
	resyncLookAhead = 1000

	freeWrongCodes = 4 // the fifth wrong code makes the device wait
	firstWait      = 30 * time.Second
	longestWait    = time.Hour
)

// MFA judges token codes, and counts how. The zero MFA is ready, and safe for concurrent use.
type MFA struct{ outcomes [outcomes]atomic.Uint64 }

// CodeOutcome is how token codes were judged.
type CodeOutcome int

// The outcomes of a check.
const (
	CodeAccepted CodeOutcome = iota
	CodeIncomplete
	CodeDeviceUnknown // also somebody else's
	CodeDeviceWaits
	CodeUsed
	CodeWrong
	CodeUnchecked // for a fault of the server
	outcomes
)

func (o CodeOutcome) String() string {
	return [outcomes]string{"accepted", "incomplete", "unknown_device", "device_waits", "used", "wrong", "fault"}[o]
}

// Outcomes tells how often each outcome has been.
func (m *MFA) Outcomes() map[CodeOutcome]uint64 {
	all := make(map[CodeOutcome]uint64, outcomes)
	for o := range outcomes {
		all[o] = m.outcomes[o].Load()
	}
	return all
}

// Judged counts a check: err is nil, what TokenCode returns, or the reason of ConsecutiveCodes.
func (m *MFA) Judged(err error) { m.outcomes[outcomeOf(err)].Add(1) }

func outcomeOf(err error) CodeOutcome {
	switch {
	case err == nil:
		return CodeAccepted
	case errors.Is(err, errHalfMFA):
		return CodeIncomplete
	case errors.Is(err, errNoDevice), errors.Is(err, errOthersDevice):
		return CodeDeviceUnknown
	case errors.Is(err, errUsedBefore), errors.Is(err, ErrSpent):
		return CodeUsed
	case errors.Is(err, errWrong), errors.Is(err, errNotConsecutive):
		return CodeWrong
	}
	if _, ok := errors.AsType[waitError](err); ok {
		return CodeDeviceWaits
	}
	return CodeUnchecked
}

// TokenCode checks the MFA parameters of a request: SerialNumber and TokenCode, both empty when the caller gave none. It
// reports whether the caller has authenticated with MFA. A code that is accepted is burned before this returns: no
// request, of any action and on any node, gets it accepted again. Wrong codes count against the device and make it wait
// (spec section 3.4).
func (m *MFA) TokenCode(ctx context.Context, st *store.Store, call aws.Call, serialNumber, tokenCode string) (bool, error) {
	if serialNumber == "" && tokenCode == "" {
		return false, nil
	}
	err := errHalfMFA
	if serialNumber != "" && tokenCode != "" {
		err = spend(ctx, st, call, serialNumber, tokenCode)
	}
	if err != nil {
		m.Judged(err)
		return false, err
	}
	m.Judged(nil)
	return true, nil
}

// spend is apart from TokenCode because its closure puts the call on the heap, which calls without MFA need not pay for.
func spend(ctx context.Context, st *store.Store, call aws.Call, serialNumber, tokenCode string) *aws.Error {
	defer call.Laps.Begin("spend code")()
	var refusal *aws.Error
	err := st.Update(ctx, func(tx *store.Tx) error {
		var err error
		refusal, err = spendCode(ctx, tx, call, serialNumber, tokenCode)
		return err
	})
	if err != nil {
		return aws.Internal(err)
	}
	return refusal
}

// spendCode burns the code's step, or says why not. A refusal is no error: what it wrote down must be committed.
func spendCode(ctx context.Context, tx *store.Tx, call aws.Call, serialNumber, tokenCode string) (*aws.Error, error) {
	device, err := tx.MFADevice(ctx, serialNumber)
	if errors.Is(err, store.ErrNotFound) {
		return errForeignDevice.Because(errNoDevice), nil
	}
	if err != nil {
		return nil, err
	}
	if call.Caller.Type != aws.UserPrincipal || string(device.UserID) != call.Caller.ID {
		return errForeignDevice.Because(errOthersDevice), nil
	}
	if wait := waiting(device, call.Now); wait != nil {
		return errWrongCode.Because(wait), nil
	}
	seed, err := tx.Seed(ctx, device)
	if err != nil {
		return nil, err
	}
	first, last := codeWindow(device, call.Now)
	if counter, ok := totp.Match(seed, tokenCode, max(first, device.LastStep+1), last); ok {
		burned, err := tx.BurnMFAStep(ctx, store.BurnMFAStepParams{SerialNumber: serialNumber, LastStep: counter})
		if err != nil || burned == 1 {
			return nil, err
		}
		return errWrongCode.Because(ErrSpent), nil
	}
	if _, ok := totp.Match(seed, tokenCode, min(first, device.LastStep), min(last, device.LastStep)); ok {
		// A spent code is no guess: a client that calls twice with one code must not lock its own device.
		return errWrongCode.Because(errUsedBefore), nil
	}
	return errWrongCode.Because(errWrong), countWrongCode(ctx, tx, device, call.Now)
}

// codeWindow is the range of counters whose codes a device may show at an instant.
func codeWindow(d store.MFADevice, now time.Time) (first, last int64) {
	if d.Algorithm == store.HOTP {
		return d.LastStep + 1, d.LastStep + hotpLookAhead
	}
	step := totp.StepAt(now) + d.Drift
	return step - driftSteps, step + driftSteps
}

// Reach says how far from a device's expected counter two consecutive codes are looked for.
type Reach int

// The two calls that take two consecutive codes (spec section 7).
const (
	EnableReach Reach = iota + 1 // both codes must be such as the device may show now, or showed one step before
	ResyncReach                  // an hour either way
)

// ConsecutiveCodes looks for two consecutive, unspent codes of a device, and returns the counter of the later one. When
// there are none, wrong says why, for the operator, and a wrong code is counted against the device: the caller must then
// let the transaction commit. A device that waits after too many wrong codes is refused unchecked.
func ConsecutiveCodes(ctx context.Context, tx *store.Tx, d store.MFADevice, code1, code2 string, now time.Time, reach Reach) (counter int64, wrong, err error) {
	if wait := waiting(d, now); wait != nil {
		return 0, wait, nil
	}
	seed, err := tx.Seed(ctx, d)
	if err != nil {
		return 0, nil, err
	}
	first, last, prefer := pairWindow(d, now, reach)
	counter, ok := totp.MatchConsecutive(seed, code1, code2, max(first, d.LastStep+1), last, prefer)
	if !ok {
		return 0, errNotConsecutive, countWrongCode(ctx, tx, d, now)
	}
	return counter, nil, nil
}

// pairWindow is the range of the earlier code's counter, and the likeliest counter of the later code.
func pairWindow(d store.MFADevice, now time.Time, reach Reach) (first, last, prefer int64) {
	if d.Algorithm == store.HOTP {
		return d.LastStep + 1, d.LastStep + resyncLookAhead, d.LastStep + 2
	}
	if reach == ResyncReach {
		step := totp.StepAt(now)
		return step - resyncSteps, step + resyncSteps, step
	}
	step := totp.StepAt(now) + d.Drift
	return step - driftSteps - 1, step + driftSteps - 1, step
}

// Drift is what ResyncMFADevice stores for a device whose later code has this counter at this instant, in steps.
func Drift(d store.MFADevice, counter int64, now time.Time) int64 {
	if d.Algorithm == store.HOTP {
		return 0
	}
	return counter - totp.StepAt(now)
}

// waiting says until when a device refuses every code, nil if it does not.
func waiting(d store.MFADevice, now time.Time) error {
	if now.Before(d.LockedUntil.Time) {
		return waitError(fmt.Sprintf("the MFA device waits until %s after %d wrong codes", d.LockedUntil.UTC().Format(time.RFC3339), d.WrongCodes))
	}
	return nil
}

// LockedUntil makes guessing slow: until when no guess is taken after so many wrong ones in a row, zero when another may be
// made at once. The fifth has to be waited for, and each further one doubles the wait. At the ceiling somebody who holds
// the user's key gets 24 guesses a day.
func LockedUntil(wrong int64, now time.Time) time.Time {
	if wrong <= freeWrongCodes {
		return time.Time{}
	}
	if doublings := wrong - freeWrongCodes - 1; doublings < 7 { // 30 s x 2^7 is beyond the ceiling
		return now.Add(firstWait << doublings)
	}
	return now.Add(longestWait)
}

func countWrongCode(ctx context.Context, tx *store.Tx, d store.MFADevice, now time.Time) error {
	wrong := d.WrongCodes + 1
	_, err := tx.RecordWrongCode(ctx, store.RecordWrongCodeParams{
		SerialNumber: d.SerialNumber, WrongCodes: wrong, LockedUntil: store.Time{Time: LockedUntil(wrong, now)},
	})
	return err
}
