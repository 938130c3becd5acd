package iam

import (
	"context"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// EnableMFADeviceInput has the parameters of EnableMFADevice (spec section 7).
type EnableMFADeviceInput struct {
	UserName            string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	SerialNumber        string `required:"true" minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]+"`
	AuthenticationCode1 string `required:"true" minlen:"6" maxlen:"6" pattern:"[\\d]+" secret:"true"`
	AuthenticationCode2 string `required:"true" minlen:"6" maxlen:"6" pattern:"[\\d]+" secret:"true"`
}

// Permissions is the user who gets the device.
func (in *EnableMFADeviceInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// EnableMFADevice assigns a device to a user when two consecutive codes of it are right; both are then spent, and those a
// device spent for an earlier user stay so (spec section 7).
func (s *Service) EnableMFADevice(ctx context.Context, call aws.Call, in *EnableMFADeviceInput) (*query.NoResult, error) {
	return nil, s.updateWithCodes(ctx, func(tx *store.Tx) (wrong, err error) {
		user, err := namedUser(ctx, tx, call, in.UserName)
		if err != nil {
			return nil, err
		}
		device, err := mfaDevice(ctx, tx, call, in.SerialNumber)
		if err != nil {
			return nil, err
		}
		if err := checkAssignable(ctx, tx, device, store.UserID(user.UserID)); err != nil {
			return nil, err
		}
		counter, wrong, err := authn.ConsecutiveCodes(ctx, tx, device, in.AuthenticationCode1, in.AuthenticationCode2, call.Now, authn.EnableReach)
		if err != nil || wrong != nil {
			return wrong, err
		}
		assigned, err := tx.AssignMFADevice(ctx, store.AssignMFADeviceParams{
			SerialNumber: device.SerialNumber,
			UserID:       store.UserID(user.UserID),
			EnabledAt:    store.Time{Time: call.Now},
			LastStep:     counter,
		})
		if err == nil && assigned == 0 {
			return authn.ErrSpent, nil
		}
		return nil, err
	})
}

func checkAssignable(ctx context.Context, tx *store.Tx, device store.MFADevice, user store.UserID) error {
	if device.UserID != "" {
		return errDeviceInUse
	}
	devices, err := tx.UserMFADevices(ctx, user)
	if err != nil {
		return err
	}
	if len(devices) >= maxUserMFADevices {
		return errQuota("MFADevicesPerUser", maxUserMFADevices)
	}
	return nil
}
