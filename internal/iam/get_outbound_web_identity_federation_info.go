package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/webidentity"
)

// GetOutboundWebIdentityFederationInfoInput has no parameters.
type GetOutboundWebIdentityFederationInfoInput struct{}

// Permissions is not about a resource.
func (in *GetOutboundWebIdentityFederationInfoInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// GetOutboundWebIdentityFederationInfoOutput is the account's issuer.
type GetOutboundWebIdentityFederationInfoOutput struct {
	IssuerIdentifier  string
	JwtVendingEnabled bool
}

// GetOutboundWebIdentityFederationInfo returns the account's issuer while it is enabled (spec section 5.11).
func (s *Service) GetOutboundWebIdentityFederationInfo(ctx context.Context, call aws.Call, _ *GetOutboundWebIdentityFederationInfoInput) (*GetOutboundWebIdentityFederationInfoOutput, error) {
	issuer, err := s.Issuers.URL(ctx, call.Caller.AccountID, call.Now)
	switch {
	case errors.Is(err, webidentity.ErrDisabled):
		return nil, errFeatureDisabled.Because(err)
	case err != nil:
		return nil, aws.Internal(err)
	}
	return &GetOutboundWebIdentityFederationInfoOutput{IssuerIdentifier: issuer, JwtVendingEnabled: true}, nil
}
