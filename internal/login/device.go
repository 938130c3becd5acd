package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/daypass/daypass/internal/client"
)

// findDevice is the serial number of the caller's MFA device: the profile's, or what IAM says, or, for whoever may not ask
// IAM, what a virtual device is called when it was given its user's name.
func (l *Login) findDevice(ctx context.Context, caller string) (string, error) {
	if l.SerialNumber != "" {
		return l.SerialNumber, nil
	}
	serial, err := l.Listed(ctx)
	if err == nil || ctx.Err() != nil || errors.As(err, new(choiceError)) {
		return serial, err
	}
	return conventional(caller)
}

// choiceError tells that IAM has answered, and there is not one device.
type choiceError struct{ error }

// Listed is the serial number of the one MFA device that IAM lists for the caller.
func (l *Login) Listed(ctx context.Context) (string, error) {
	devices, err := l.devices(ctx)
	if err != nil {
		return "", err
	}
	switch len(devices) {
	case 0:
		return "", client.WithHint(choiceError{errors.New("you have no MFA device that shows codes")}, "daypass mfa enroll makes one")
	case 1:
		return devices[0], nil
	}
	return "", client.WithHint(choiceError{fmt.Errorf("you have several MFA devices: %s", strings.Join(devices, ", "))},
		"choose one with --serial-number, or for good with mfa_serial in the profile")
}

// devices are those of the caller that show codes. GetSessionToken takes no passkeys and security keys.
func (l *Login) devices(ctx context.Context) ([]string, error) {
	service := iam.NewFromConfig(l.Config, func(o *iam.Options) { o.Region = cmp.Or(o.Region, firstRegion) })
	out, err := service.ListMFADevices(ctx, &iam.ListMFADevicesInput{})
	if err != nil {
		return nil, err
	}
	var found []string
	for _, d := range out.MFADevices {
		if serial := aws.ToString(d.SerialNumber); !strings.Contains(serial, ":u2f/") {
			found = append(found, serial)
		}
	}
	return found, nil
}

// conventional is the ARN of the virtual device with the name of a user.
func conventional(caller string) (string, error) {
	parsed, err := arn.Parse(caller)
	if err != nil {
		return "", err
	}
	name := "root-account-mfa-device"
	if parsed.Resource != "root" {
		path, ok := strings.CutPrefix(parsed.Resource, "user/")
		if !ok {
			return "", fmt.Errorf("%s is no user, so that it has no MFA device", caller)
		}
		name = path[strings.LastIndex(path, "/")+1:]
	}
	parsed.Resource = "mfa/" + name
	return parsed.String(), nil
}

// explain adds what only this side knows to a refusal. The server tells the client neither whether a code was wrong or
// used, nor whose a device is.
func (l *Login) explain(ctx context.Context, err error, serialNumber string) error {
	if !client.IsWrongDevice(err) {
		return err
	}
	devices, listErr := l.devices(ctx)
	switch {
	case errors.Is(listErr, context.Canceled):
		return listErr
	case listErr != nil:
		return err
	case len(devices) == 0:
		return client.WithHint(err, "you have no MFA device that shows codes; daypass mfa enroll makes one")
	case !slices.Contains(devices, serialNumber):
		return client.WithHint(err, fmt.Sprintf("%s is not your device; yours: %s", serialNumber, strings.Join(devices, ", ")))
	}
	return err
}
