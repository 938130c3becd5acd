package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/totp"
)

// Enrolment is how a user gets a virtual MFA device.
type Enrolment struct {
	Config   aws.Config
	Cache    *Cache
	Now      func() time.Time
	UserName string // empty: the caller
	Device   string // name of the device; empty: the user's

	// Show shows the new device to a person, who is asked for two codes then. Nil: the codes are computed.
	Show func(NewDevice) error
	// Ask asks for a code. It is there when Show is.
	Ask  func(ctx context.Context, prompt string) (string, error)
	Tell func(format string, a ...any)
	// Keep keeps the seed before the device is enabled, so that none is enabled that nobody has. Nil: the person does.
	Keep func(NewDevice) error
	// Forget is the opposite of Keep, for what was kept of a device that was not enabled then.
	Forget func(NewDevice) error
}

// NewDevice is a virtual MFA device that is not yet enabled.
type NewDevice struct {
	SerialNumber string
	Seed         string // base32
	Address      string // otpauth://, for a QR code
}

// Enroll creates the device and enables it. A device that was not enabled is deleted again.
func (e *Enrolment) Enroll(ctx context.Context) (_ NewDevice, err error) {
	region := func(o *sts.Options) { o.Region = cmp.Or(o.Region, firstRegion) }
	identity, err := sts.NewFromConfig(e.Config, region).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return NewDevice{}, err
	}
	user := e.UserName
	if user == "" {
		if user, err = userName(aws.ToString(identity.Arn)); err != nil {
			return NewDevice{}, err
		}
	}
	// What the server takes for the time decides which codes are good.
	ahead := time.Duration(0)
	if server, ok := awsmiddleware.GetServerTime(identity.ResultMetadata); ok {
		ahead = server.Sub(e.Now()).Round(time.Second)
	}
	service := iam.NewFromConfig(e.Config, func(o *iam.Options) { o.Region = cmp.Or(o.Region, firstRegion) })
	d, err := e.create(ctx, service, aws.ToString(identity.Account), cmp.Or(e.Device, user))
	if err != nil {
		return NewDevice{}, err
	}
	kept := false
	defer func() {
		if err != nil {
			err = errors.Join(err, e.undo(context.WithoutCancel(ctx), service, d, kept))
		}
	}()
	if e.Keep != nil {
		if err := e.Keep(d); err != nil {
			return NewDevice{}, err
		}
		kept = true
	}
	if e.Show == nil {
		return d, e.enableComputed(ctx, service, d, user, e.Now().Add(ahead))
	}
	if err := e.Show(d); err != nil {
		return NewDevice{}, err
	}
	return d, e.enableAsked(ctx, service, d, user)
}

func userName(caller string) (string, error) {
	parsed, err := arn.Parse(caller)
	if err != nil {
		return "", err
	}
	path, ok := strings.CutPrefix(parsed.Resource, "user/")
	if !ok {
		return "", client.WithHint(client.WithExitCode(fmt.Errorf("%s is no user", caller), client.ExitUsage),
			"say whose device it is to be with --user-name")
	}
	return path[strings.LastIndex(path, "/")+1:], nil
}

func (e *Enrolment) create(ctx context.Context, service *iam.Client, account, name string) (NewDevice, error) {
	out, err := service.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String(name)})
	if errors.As(err, new(*types.EntityAlreadyExistsException)) {
		return NewDevice{}, client.WithHint(err, "there is a device of this name: choose another with --device-name, or delete it (aws iam delete-virtual-mfa-device)")
	}
	if err != nil {
		return NewDevice{}, err
	}
	seed := string(out.VirtualMFADevice.Base32StringSeed)
	return NewDevice{aws.ToString(out.VirtualMFADevice.SerialNumber), seed, SeedAddress(account, name, seed)}, nil
}

// undo is for a device that nobody can use.
func (e *Enrolment) undo(ctx context.Context, service *iam.Client, d NewDevice, kept bool) error {
	_, err := service.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: aws.String(d.SerialNumber)})
	if err == nil && kept {
		err = e.Forget(d)
	}
	return err
}

func (e *Enrolment) enableComputed(ctx context.Context, service *iam.Client, d NewDevice, user string, at time.Time) error {
	seed, err := ParseSeed(d.Seed)
	if err != nil {
		return err
	}
	step := totp.StepAt(at)
	return e.enable(ctx, service, d, user, totp.Code(seed, step-1), totp.Code(seed, step))
}

func (e *Enrolment) enableAsked(ctx context.Context, service *iam.Client, d NewDevice, user string) error {
	for n := 1; ; n++ {
		first, err := e.askCode(ctx, "A code that the device shows: ")
		if err != nil {
			return err
		}
		second, err := e.askCode(ctx, "The next one: ")
		if err != nil {
			return err
		}
		err = e.enable(ctx, service, d, user, first, second)
		var refusal smithy.APIError
		if err == nil || n == maxCodes || !errors.As(err, &refusal) || refusal.ErrorCode() != "InvalidAuthenticationCode" {
			return err
		}
		e.Tell("These are not two codes of the device, one after the other. Once more.")
	}
}

func (e *Enrolment) askCode(ctx context.Context, prompt string) (string, error) {
	for {
		code, err := e.Ask(ctx, prompt)
		if err != nil || sixDigits.MatchString(code) {
			return code, err
		}
		e.Tell("A code is six digits.")
	}
}

func (e *Enrolment) enable(ctx context.Context, service *iam.Client, d NewDevice, user, first, second string) error {
	at := e.Now()
	_, err := service.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: aws.String(user), SerialNumber: aws.String(d.SerialNumber),
		AuthenticationCode1: aws.String(first), AuthenticationCode2: aws.String(second),
	}, func(o *iam.Options) { o.RetryMaxAttempts = 1 })
	if err != nil {
		return err
	}
	return e.Cache.spend(device{Source{Config: e.Config}.Endpoint(), d.SerialNumber}, spent{second, at})
}
