package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteVirtualMFADeviceInput has the parameters of DeleteVirtualMFADevice (spec section 7).
type DeleteVirtualMFADeviceInput struct {
	SerialNumber string `required:"true" minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]+"`
}

// Permissions is the device.
func (in *DeleteVirtualMFADeviceInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.SerialNumber)
}

// DeleteVirtualMFADevice deletes a virtual device that is assigned to nobody (spec section 7).
func (s *Service) DeleteVirtualMFADevice(ctx context.Context, call aws.Call, in *DeleteVirtualMFADeviceInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		device, err := virtualMFADevice(ctx, tx, call, in.SerialNumber)
		if err != nil {
			return err
		}
		if err := tx.DeleteTags(ctx, device.SerialNumber); err != nil {
			return err
		}
		deleted, err := tx.DeleteMFADevice(ctx, device.SerialNumber)
		if err == nil && deleted == 0 {
			return aws.Errorf(aws.DeleteConflict, "MFA VirtualDevice in use. Must deactivate first.")
		}
		return err
	})
}
