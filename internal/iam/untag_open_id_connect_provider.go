package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UntagOpenIDConnectProviderInput has the parameters of UntagOpenIDConnectProvider (aws-iam section 11).
type UntagOpenIDConnectProviderInput struct {
	OpenIDConnectProviderArn string   `required:"true" minlen:"20" maxlen:"2048"`
	TagKeys                  []string `required:"true" minlen:"1" maxlen:"128" maxitems:"50" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
}

// Permissions is the provider to lose tags.
func (in *UntagOpenIDConnectProviderInput) Permissions(aws.Call) []aws.Permission {
	return givenTagKeys(onARN(in.OpenIDConnectProviderArn), in.TagKeys)
}

// UntagOpenIDConnectProvider takes tags from a provider, by their keys (aws-iam sections 2.5 and 11).
func (s *Service) UntagOpenIDConnectProvider(ctx context.Context, call aws.Call, in *UntagOpenIDConnectProviderInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		provider, err := oidcProvider(ctx, tx, call, in.OpenIDConnectProviderArn)
		if err != nil {
			return err
		}
		return exactCase.removeTags(ctx, tx, provider.ProviderARN, in.TagKeys)
	})
}
