package iam

import (
	"context"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// ResyncMFADeviceInput has the parameters of ResyncMFADevice (spec section 7).
type ResyncMFADeviceInput struct {
	UserName            string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	SerialNumber        string `required:"true" minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]+"`
	AuthenticationCode1 string `required:"true" minlen:"6" maxlen:"6" pattern:"[\\d]+" secret:"true"`
	AuthenticationCode2 string `required:"true" minlen:"6" maxlen:"6" pattern:"[\\d]+" secret:"true"`
}

// Permissions is the user who has the device.
func (in *ResyncMFADeviceInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// ResyncMFADevice looks for two consecutive codes of a user's device in a wide range and remembers where the device's
// clock or counter stands. It never goes back behind a code that was spent (spec section 7).
func (s *Service) ResyncMFADevice(ctx context.Context, call aws.Call, in *ResyncMFADeviceInput) (*query.NoResult, error) {
	return nil, s.updateWithCodes(ctx, func(tx *store.Tx) (wrong, err error) {
		user, err := namedUser(ctx, tx, call, in.UserName)
		if err != nil {
			return nil, err
		}
		device, err := mfaDeviceOf(ctx, tx, call, user, in.SerialNumber)
		if err != nil {
			return nil, err
		}
		counter, wrong, err := authn.ConsecutiveCodes(ctx, tx, device, in.AuthenticationCode1, in.AuthenticationCode2, call.Now, authn.ResyncReach)
		if err != nil || wrong != nil {
			return wrong, err
		}
		updated, err := tx.ResyncMFADevice(ctx, store.ResyncMFADeviceParams{
			SerialNumber: device.SerialNumber,
			LastStep:     counter,
			Drift:        authn.Drift(device, counter, call.Now),
		})
		if err == nil && updated == 0 {
			return authn.ErrSpent, nil
		}
		return nil, err
	})
}
