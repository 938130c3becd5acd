package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// TagOpenIDConnectProviderInput has the parameters of TagOpenIDConnectProvider (aws-iam section 11).
type TagOpenIDConnectProviderInput struct {
	OpenIDConnectProviderArn string `required:"true" minlen:"20" maxlen:"2048"`
	Tags                     []Tag  `required:"true" maxitems:"50"`
}

// Permissions is the provider to be tagged.
func (in *TagOpenIDConnectProviderInput) Permissions(aws.Call) []aws.Permission {
	return givenTags(onARN(in.OpenIDConnectProviderArn), in.Tags)
}

// TagOpenIDConnectProvider adds tags to a provider, or changes those it has (aws-iam sections 2.5 and 11).
func (s *Service) TagOpenIDConnectProvider(ctx context.Context, call aws.Call, in *TagOpenIDConnectProviderInput) (*query.NoResult, error) {
	if err := exactCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	return nil, s.update(ctx, func(tx *store.Tx) error {
		provider, err := oidcProvider(ctx, tx, call, in.OpenIDConnectProviderArn)
		if err != nil {
			return err
		}
		return exactCase.putTags(ctx, tx, provider.ProviderARN, in.Tags)
	})
}
