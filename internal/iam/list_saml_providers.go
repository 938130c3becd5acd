package iam

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListSAMLProvidersInput is empty (aws-iam section 12).
type ListSAMLProvidersInput struct{}

// Permissions is all providers.
func (in *ListSAMLProvidersInput) Permissions(call aws.Call) []aws.Permission {
	return onAll(call, "saml-provider")
}

// ListSAMLProvidersOutput is all providers: this list has no pages.
type ListSAMLProvidersOutput struct {
	SAMLProviderList []SAMLProviderListEntry
}

// SAMLProviderListEntry is a provider in a list.
type SAMLProviderListEntry struct {
	Arn        string
	ValidUntil time.Time
	CreateDate time.Time
}

// ListSAMLProviders returns the account's providers by ARN (aws-iam sections 2.4 and 12).
func (s *Service) ListSAMLProviders(ctx context.Context, call aws.Call, _ *ListSAMLProvidersInput) (*ListSAMLProvidersOutput, error) {
	var providers []store.SAMLProvidersRow
	err := s.view(ctx, func(tx *store.Tx) (err error) {
		providers, err = tx.SAMLProviders(ctx, call.Caller.AccountID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &ListSAMLProvidersOutput{SAMLProviderList: make([]SAMLProviderListEntry, len(providers))}
	for i, p := range providers {
		out.SAMLProviderList[i] = SAMLProviderListEntry{p.ProviderARN, p.ValidUntil.Time, p.CreatedAt.Time}
	}
	return out, nil
}
