package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListVirtualMFADevicesInput has the parameters of ListVirtualMFADevices (spec section 7).
type ListVirtualMFADevicesInput struct {
	AssignmentStatus string `enum:"Assigned,Unassigned,Any"`
	Marker           string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems         int32  `min:"1" max:"1000"`
}

// Permissions is all MFA devices.
func (in *ListVirtualMFADevicesInput) Permissions(call aws.Call) []aws.Permission {
	return onAll(call, "mfa")
}

// ListVirtualMFADevicesOutput is one page of devices.
type ListVirtualMFADevicesOutput struct {
	VirtualMFADevices []VirtualMFADevice
	IsTruncated       bool
	Marker            string
}

// ListVirtualMFADevices returns the account's virtual devices by serial number, without seed, QR code and tags; those
// assigned to a user come with that user (spec section 7).
func (s *Service) ListVirtualMFADevices(ctx context.Context, call aws.Call, in *ListVirtualMFADevicesInput) (*ListVirtualMFADevicesOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListVirtualMFADevices", call.Caller.AccountID, in.AssignmentStatus)
	if err != nil {
		return nil, err
	}
	var devices []store.MFADevice
	var users []store.User
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		devices, err = virtualMFADevices(ctx, tx, in.AssignmentStatus, store.VirtualMFADevicesParams{
			AccountID: call.Caller.AccountID, AfterSerialNumber: page.after, MaxItems: page.fetch(),
		})
		if err != nil || len(devices) == 0 {
			return err
		}
		users, err = tx.VirtualMFADeviceUsers(ctx, store.VirtualMFADeviceUsersParams{
			AccountID:         call.Caller.AccountID,
			FirstSerialNumber: devices[0].SerialNumber,
			LastSerialNumber:  devices[len(devices)-1].SerialNumber,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	devices, marker := cut(page, devices, bySerialNumber)
	return &ListVirtualMFADevicesOutput{
		VirtualMFADevices: withUsers(devices, users), IsTruncated: marker != "", Marker: marker,
	}, nil
}

func virtualMFADevices(ctx context.Context, tx *store.Tx, assignmentStatus string, p store.VirtualMFADevicesParams) ([]store.MFADevice, error) {
	switch assignmentStatus {
	case "Assigned":
		return tx.AssignedVirtualMFADevices(ctx, store.AssignedVirtualMFADevicesParams(p))
	case "Unassigned":
		return tx.UnassignedVirtualMFADevices(ctx, store.UnassignedVirtualMFADevicesParams(p))
	default:
		return tx.VirtualMFADevices(ctx, p)
	}
}

// withUsers gives each device the one of the users who has it.
func withUsers(devices []store.MFADevice, users []store.User) []VirtualMFADevice {
	byID := make(map[store.UserID]*User, len(users))
	for _, row := range users {
		user := newUser(row)
		byID[store.UserID(row.UserID)] = &user
	}
	out := make([]VirtualMFADevice, len(devices))
	for i, d := range devices {
		out[i] = VirtualMFADevice{SerialNumber: d.SerialNumber, EnableDate: d.EnabledAt.Time, User: byID[d.UserID]}
	}
	return out
}
