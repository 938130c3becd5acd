package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// The refusals of spec section 7 that several actions share.
var (
	errDeviceInUse = aws.Errorf(aws.EntityAlreadyExists, "MFA Device is already in use.")
	errWrongCodes  = aws.Errorf(aws.InvalidAuthenticationCode, "Authentication code for device is not valid.")
)

func errNoDevice(serialNumber string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "MFA Device with serial number %s does not exist.", serialNumber)
}

// mfaDevice finds a device of the caller's account.
func mfaDevice(ctx context.Context, tx *store.Tx, call aws.Call, serialNumber string) (store.MFADevice, error) {
	device, err := tx.MFADevice(ctx, serialNumber)
	if errors.Is(err, store.ErrNotFound) || err == nil && device.AccountID != call.Caller.AccountID {
		return store.MFADevice{}, errNoDevice(serialNumber)
	}
	return device, err
}

// virtualMFADevice finds a virtual device of the caller's account, for actions that know no other.
func virtualMFADevice(ctx context.Context, tx *store.Tx, call aws.Call, serialNumber string) (store.MFADevice, error) {
	device, err := mfaDevice(ctx, tx, call, serialNumber)
	if err == nil && device.Kind != store.Virtual {
		return store.MFADevice{}, errNoDevice(serialNumber)
	}
	return device, err
}

// mfaDeviceOf finds a device that is assigned to a user. Root, the zero value, has none; any other device does not exist
// for the client.
func mfaDeviceOf(ctx context.Context, tx *store.Tx, call aws.Call, user store.User, serialNumber string) (store.MFADevice, error) {
	device, err := mfaDevice(ctx, tx, call, serialNumber)
	if err == nil && (device.UserID == "" || string(device.UserID) != user.UserID) {
		return store.MFADevice{}, errNoDevice(serialNumber)
	}
	return device, err
}

// updateWithCodes is update for actions that check codes. When fn says that they were wrong, and why, what it wrote is
// kept, so that guesses are counted.
func (s *Service) updateWithCodes(ctx context.Context, fn func(*store.Tx) (wrong, err error)) error {
	var wrong error
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		wrong, err = fn(tx)
		return err
	})
	if err != nil {
		return err
	}
	if s.MFA.Judged(wrong); wrong != nil {
		return errWrongCodes.Because(wrong)
	}
	return nil
}
