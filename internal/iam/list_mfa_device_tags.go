package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListMFADeviceTagsInput has the parameters of ListMFADeviceTags (aws-iam section 11).
type ListMFADeviceTagsInput struct {
	SerialNumber string `required:"true" minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]+"`
	Marker       string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems     int32  `min:"1" max:"1000"`
}

// Permissions is the device.
func (in *ListMFADeviceTagsInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.SerialNumber)
}

// ListMFADeviceTagsOutput is one page of tags.
type ListMFADeviceTagsOutput struct{ TagPage }

// ListMFADeviceTags returns the tags of a virtual device by key (aws-iam sections 2.4 and 11).
func (s *Service) ListMFADeviceTags(ctx context.Context, call aws.Call, in *ListMFADeviceTagsInput) (*ListMFADeviceTagsOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListMFADeviceTags", in.SerialNumber)
	if err != nil {
		return nil, err
	}
	var out ListMFADeviceTagsOutput
	err = s.view(ctx, func(tx *store.Tx) error {
		device, err := virtualMFADevice(ctx, tx, call, in.SerialNumber)
		if err != nil {
			return err
		}
		out.TagPage, err = tagsPage(ctx, tx, page, device.SerialNumber)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
