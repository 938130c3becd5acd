package iam

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetMFADeviceInput has the parameters of GetMFADevice (spec section 7).
type GetMFADeviceInput struct {
	SerialNumber string `required:"true" minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]+"`
	UserName     string `minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
}

// Permissions is the user who has the device.
func (in *GetMFADeviceInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// GetMFADeviceOutput is the device. One that is assigned to nobody has neither UserName nor EnableDate.
type GetMFADeviceOutput struct {
	UserName     string
	SerialNumber string
	EnableDate   time.Time
}

// GetMFADevice returns a device of a user, or of the caller when no name is given. Root, which has no devices, gets any
// device of its account then. AWS answers for FIDO keys only; here the devices are virtual or hardware (spec section 7).
func (s *Service) GetMFADevice(ctx context.Context, call aws.Call, in *GetMFADeviceInput) (*GetMFADeviceOutput, error) {
	var out *GetMFADeviceOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		user, err := userOrCaller(ctx, tx, call, in.UserName)
		if err != nil {
			return err
		}
		device, err := mfaDevice(ctx, tx, call, in.SerialNumber)
		if err != nil {
			return err
		}
		switch {
		case user.UserID == "" && device.UserID != "":
			if user, err = tx.User(ctx, string(device.UserID)); err != nil {
				return err
			}
		case user.UserID != string(device.UserID):
			return errNoDevice(in.SerialNumber)
		}
		out = &GetMFADeviceOutput{UserName: user.UserName, SerialNumber: device.SerialNumber, EnableDate: device.EnabledAt.Time}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
