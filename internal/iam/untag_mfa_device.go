package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UntagMFADeviceInput has the parameters of UntagMFADevice (aws-iam section 11).
type UntagMFADeviceInput struct {
	SerialNumber string   `required:"true" minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]+"`
	TagKeys      []string `required:"true" minlen:"1" maxlen:"128" maxitems:"50" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
}

// Permissions is the device to lose tags.
func (in *UntagMFADeviceInput) Permissions(aws.Call) []aws.Permission {
	return givenTagKeys(onARN(in.SerialNumber), in.TagKeys)
}

// UntagMFADevice takes tags from a virtual device, by their keys (aws-iam sections 2.5 and 11).
func (s *Service) UntagMFADevice(ctx context.Context, call aws.Call, in *UntagMFADeviceInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		device, err := virtualMFADevice(ctx, tx, call, in.SerialNumber)
		if err != nil {
			return err
		}
		return exactCase.removeTags(ctx, tx, device.SerialNumber, in.TagKeys)
	})
}
