package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// TagMFADeviceInput has the parameters of TagMFADevice (aws-iam section 11).
type TagMFADeviceInput struct {
	SerialNumber string `required:"true" minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]+"`
	Tags         []Tag  `required:"true" maxitems:"50"`
}

// Permissions is the device to be tagged.
func (in *TagMFADeviceInput) Permissions(aws.Call) []aws.Permission {
	return givenTags(onARN(in.SerialNumber), in.Tags)
}

// TagMFADevice adds tags to a virtual device, or changes those it has (aws-iam sections 2.5 and 11).
func (s *Service) TagMFADevice(ctx context.Context, call aws.Call, in *TagMFADeviceInput) (*query.NoResult, error) {
	if err := exactCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	return nil, s.update(ctx, func(tx *store.Tx) error {
		device, err := virtualMFADevice(ctx, tx, call, in.SerialNumber)
		if err != nil {
			return err
		}
		return exactCase.putTags(ctx, tx, device.SerialNumber, in.Tags)
	})
}
