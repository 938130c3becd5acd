package iam

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListMFADevicesInput has the parameters of ListMFADevices (spec section 7).
type ListMFADevicesInput struct {
	UserName string `minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the user whose devices are listed.
func (in *ListMFADevicesInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// ListMFADevicesOutput is one page of devices.
type ListMFADevicesOutput struct {
	MFADevices  []MFADevice
	IsTruncated bool
	Marker      string
}

// MFADevice is a device of a user.
type MFADevice struct {
	UserName     string
	SerialNumber string
	EnableDate   time.Time
}

// ListMFADevices returns the devices of a user, or of the caller when no name is given, by serial number; root has none
// (spec section 7, aws-iam sections 2.3 and 2.4).
func (s *Service) ListMFADevices(ctx context.Context, call aws.Call, in *ListMFADevicesInput) (*ListMFADevicesOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListMFADevices", call.Caller.ID, store.NameKey(in.UserName))
	if err != nil {
		return nil, err
	}
	var user store.User
	var devices []store.MFADevice
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		if user, err = userOrCaller(ctx, tx, call, in.UserName); err != nil {
			return err
		}
		devices, err = tx.UserMFADevices(ctx, store.UserID(user.UserID))
		return err
	})
	if err != nil {
		return nil, err
	}
	devices, marker := cut(page, devices, bySerialNumber)
	out := &ListMFADevicesOutput{MFADevices: make([]MFADevice, len(devices)), IsTruncated: marker != "", Marker: marker}
	for i, device := range devices {
		out.MFADevices[i] = MFADevice{user.UserName, device.SerialNumber, device.EnabledAt.Time}
	}
	return out, nil
}

func bySerialNumber(d store.MFADevice) string { return d.SerialNumber }
