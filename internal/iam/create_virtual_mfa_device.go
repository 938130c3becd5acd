package iam

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

const (
	seedBytes = 40 // 64 characters of base32, as AWS
	// maxSerialNumber is the length of the longest serial number that the other actions take.
	maxSerialNumber = 256
)

// CreateVirtualMFADeviceInput has the parameters of CreateVirtualMFADevice (spec section 7).
type CreateVirtualMFADeviceInput struct {
	Path                 string `minlen:"1" maxlen:"512" pattern:"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)" invalid:"It must begin and end with / and contain only alphanumeric characters and/or / characters."`
	VirtualMFADeviceName string `required:"true" minlen:"1" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Tags                 []Tag  `maxitems:"50"`
}

// Permissions is the device to be created, with its tags.
func (in *CreateVirtualMFADeviceInput) Permissions(call aws.Call) []aws.Permission {
	return withTagging(onNew(in.serialNumber(call)), "iam:TagMFADevice", in.Tags)
}

func (in *CreateVirtualMFADeviceInput) serialNumber(call aws.Call) string {
	return aws.IAMARN(call.Caller.AccountID, "mfa", cmp.Or(in.Path, "/"), in.VirtualMFADeviceName)
}

// CreateVirtualMFADeviceOutput is the new device.
type CreateVirtualMFADeviceOutput struct {
	VirtualMFADevice VirtualMFADevice
}

// VirtualMFADevice is a virtual device in replies. The seed, as base32 text and in a QR code, is shown once, when the
// device is created. User and EnableDate are there while the device is assigned.
type VirtualMFADevice struct {
	SerialNumber     string
	Base32StringSeed []byte `secret:"true"`
	QRCodePNG        []byte `secret:"true"`
	User             *User
	EnableDate       time.Time
	Tags             []Tag
}

// CreateVirtualMFADevice makes a TOTP device with a seed of its own that is assigned to nobody. Names are unique among the
// virtual devices of the account ignoring case, whatever the path (spec section 7).
func (s *Service) CreateVirtualMFADevice(ctx context.Context, call aws.Call, in *CreateVirtualMFADeviceInput) (*CreateVirtualMFADeviceOutput, error) {
	device := store.MFADevice{
		SerialNumber: in.serialNumber(call),
		AccountID:    call.Caller.AccountID,
		Kind:         store.Virtual,
		Algorithm:    store.TOTP,
		Path:         cmp.Or(in.Path, "/"),
		DeviceName:   in.VirtualMFADeviceName,
		NameKey:      store.NameKey(in.VirtualMFADeviceName),
		CreatedAt:    store.Time{Time: call.Now},
	}
	if len(device.SerialNumber) > maxSerialNumber {
		return nil, aws.Errorf(aws.InvalidInput, "The serial number of the MFA device would have more than %d characters.", maxSerialNumber)
	}
	if err := exactCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	seed := make([]byte, seedBytes)
	_, _ = rand.Read(seed) // crypto/rand.Read never fails: it ends the process instead
	secret := base32.StdEncoding.EncodeToString(seed)
	image, err := s.enrolmentImage(ctx, device, secret)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, func(tx *store.Tx) error { return insertVirtualMFADevice(ctx, tx, device, seed, in.Tags) })
	if err != nil {
		return nil, err
	}
	out := &CreateVirtualMFADeviceOutput{VirtualMFADevice: VirtualMFADevice{
		SerialNumber:     device.SerialNumber,
		Base32StringSeed: []byte(secret),
		QRCodePNG:        image,
	}}
	out.VirtualMFADevice.Tags = asGiven(in.Tags)
	return out, nil
}

func insertVirtualMFADevice(ctx context.Context, tx *store.Tx, device store.MFADevice, seed []byte, tags []Tag) error {
	devices, err := tx.CountVirtualMFADevices(ctx, device.AccountID)
	if err != nil {
		return err
	}
	if devices >= maxVirtualMFADevices {
		return errQuota("VirtualMFADevicesPerAccount", maxVirtualMFADevices)
	}
	err = tx.InsertMFADevice(ctx, device, seed)
	if errors.Is(err, store.ErrExists) {
		return aws.Errorf(aws.EntityAlreadyExists, "MFA device already exists.")
	}
	if err != nil {
		return err
	}
	return exactCase.putTags(ctx, tx, device.SerialNumber, tags)
}

// enrolmentImage is a QR code that names the account by its alias, if it has one: it is a person who reads the name. The
// image is drawn between two transactions: it takes long.
func (s *Service) enrolmentImage(ctx context.Context, d store.MFADevice, secret string) ([]byte, error) {
	var alias string
	err := s.view(ctx, func(tx *store.Tx) (err error) {
		alias, err = accountAlias(ctx, tx, d.AccountID)
		return err
	})
	if err != nil {
		return nil, err
	}
	image, err := qrCode(enrolmentAddress(d, cmp.Or(alias, d.AccountID), secret))
	if err != nil {
		return nil, aws.Internal(err)
	}
	return image, nil
}

// enrolmentAddress is what the QR code of a device says, in the words AWS's does (spec section 7). No part of it needs
// escaping: base32 has only letters and digits, and names only characters that may stand in a path.
func enrolmentAddress(d store.MFADevice, account, secret string) string {
	return "otpauth://totp/Amazon%20Web%20Services:" + d.DeviceName + "@" + account +
		"?secret=" + secret + "&issuer=Amazon%20Web%20Services"
}
