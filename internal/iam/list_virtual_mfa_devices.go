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

// Resource is all MFA devices.
func (in *ListVirtualMFADevicesInput) Resource(call aws.Call) aws.Resource {
	return listResource(call, "mfa")
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
	var out *ListVirtualMFADevicesOutput
	err = s.view(ctx, func(tx *store.Tx) error {
		devices, err := virtualMFADevices(ctx, tx, in.AssignmentStatus, store.VirtualMFADevicesParams{
			AccountID: call.Caller.AccountID, AfterSerialNumber: page.after, MaxItems: page.fetch(),
		})
		if err != nil {
			return err
		}
		devices, marker := cut(page, devices, bySerialNumber)
		out = &ListVirtualMFADevicesOutput{
			VirtualMFADevices: make([]VirtualMFADevice, len(devices)), IsTruncated: marker != "", Marker: marker,
		}
		for i, device := range devices {
			if out.VirtualMFADevices[i], err = withUser(ctx, tx, device); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
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

func withUser(ctx context.Context, tx *store.Tx, d store.MFADevice) (VirtualMFADevice, error) {
	out := VirtualMFADevice{SerialNumber: d.SerialNumber, EnableDate: d.EnabledAt.Time}
	if d.UserID == "" {
		return out, nil
	}
	row, err := tx.User(ctx, string(d.UserID))
	user := newUser(row)
	out.User = &user
	return out, err
}
