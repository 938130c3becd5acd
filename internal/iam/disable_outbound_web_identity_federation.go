package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/webidentity"
)

// DisableOutboundWebIdentityFederationInput has no parameters.
type DisableOutboundWebIdentityFederationInput struct{}

// Permissions is not about a resource.
func (in *DisableOutboundWebIdentityFederationInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// DisableOutboundWebIdentityFederation ends the account's being an issuer. Its documents are gone from then on (spec section
// 5.11).
func (s *Service) DisableOutboundWebIdentityFederation(ctx context.Context, call aws.Call, _ *DisableOutboundWebIdentityFederationInput) (*query.NoResult, error) {
	err := s.Issuers.Disable(ctx, call.Caller.AccountID)
	if errors.Is(err, webidentity.ErrDisabled) {
		return nil, errFeatureDisabled
	}
	return nil, aws.ClientError(err)
}

var errFeatureDisabled = aws.Errorf(aws.FeatureDisabled, "Outbound web identity federation is disabled for your account.")
