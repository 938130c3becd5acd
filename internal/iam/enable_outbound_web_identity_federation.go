package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/webidentity"
)

// EnableOutboundWebIdentityFederationInput has no parameters.
type EnableOutboundWebIdentityFederationInput struct{}

// Permissions is not about a resource.
func (in *EnableOutboundWebIdentityFederationInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// EnableOutboundWebIdentityFederationOutput is the account's issuer.
type EnableOutboundWebIdentityFederationOutput struct {
	IssuerIdentifier string
}

// EnableOutboundWebIdentityFederation makes the account an OpenID Connect issuer, at the URL that it had before if it was one
// (spec section 5.11).
func (s *Service) EnableOutboundWebIdentityFederation(ctx context.Context, call aws.Call, _ *EnableOutboundWebIdentityFederationInput) (*EnableOutboundWebIdentityFederationOutput, error) {
	issuer, err := s.Issuers.Enable(ctx, call.Caller.AccountID, call.Now)
	switch {
	case errors.Is(err, webidentity.ErrNoPublicURL):
		return nil, aws.Errorf(aws.InvalidInput,
			"Outbound web identity federation needs an address at which others find this server. Start it with --public-url.")
	case errors.Is(err, webidentity.ErrEnabled):
		return nil, aws.Errorf(aws.FeatureEnabled, "Outbound web identity federation is already enabled for your account.")
	case err != nil:
		return nil, aws.Internal(err)
	}
	return &EnableOutboundWebIdentityFederationOutput{IssuerIdentifier: issuer}, nil
}
