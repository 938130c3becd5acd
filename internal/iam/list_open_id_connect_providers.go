package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListOpenIDConnectProvidersInput is empty (aws-iam section 12).
type ListOpenIDConnectProvidersInput struct{}

// Permissions is all providers.
func (in *ListOpenIDConnectProvidersInput) Permissions(call aws.Call) []aws.Permission {
	return onAll(call, "oidc-provider")
}

// ListOpenIDConnectProvidersOutput is all providers: this list has no pages.
type ListOpenIDConnectProvidersOutput struct {
	OpenIDConnectProviderList []OpenIDConnectProviderListEntry
}

// OpenIDConnectProviderListEntry is a provider in a list.
type OpenIDConnectProviderListEntry struct{ Arn string }

// ListOpenIDConnectProviders returns the account's providers by ARN (aws-iam sections 2.4 and 12).
func (s *Service) ListOpenIDConnectProviders(ctx context.Context, call aws.Call, _ *ListOpenIDConnectProvidersInput) (*ListOpenIDConnectProvidersOutput, error) {
	var providers []store.OIDCProvider
	err := s.view(ctx, func(tx *store.Tx) (err error) {
		providers, err = tx.OIDCProviders(ctx, call.Caller.AccountID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: make([]OpenIDConnectProviderListEntry, len(providers))}
	for i, provider := range providers {
		out.OpenIDConnectProviderList[i].Arn = provider.ProviderARN
	}
	return out, nil
}
