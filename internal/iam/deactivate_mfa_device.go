package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeactivateMFADeviceInput has the parameters of DeactivateMFADevice (spec section 7).
type DeactivateMFADeviceInput struct {
	UserName     string `minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	SerialNumber string `required:"true" minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]+"`
}

// Permissions is the user who has the device.
func (in *DeactivateMFADeviceInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// DeactivateMFADevice takes a device from its user, or from the caller when no name is given. The device stays, assigned
// to nobody, and remembers which codes are spent (spec section 7).
func (s *Service) DeactivateMFADevice(ctx context.Context, call aws.Call, in *DeactivateMFADeviceInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		user, err := userOrCaller(ctx, tx, call, in.UserName)
		if err != nil {
			return err
		}
		device, err := mfaDeviceOf(ctx, tx, call, user, in.SerialNumber)
		if err != nil {
			return err
		}
		_, err = tx.UnassignMFADevice(ctx, store.UnassignMFADeviceParams{SerialNumber: device.SerialNumber, UserID: device.UserID})
		return err
	})
}
