package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteOpenIDConnectProviderInput has the parameters of DeleteOpenIDConnectProvider (aws-iam section 12).
type DeleteOpenIDConnectProviderInput struct {
	OpenIDConnectProviderArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the provider to be deleted.
func (in *DeleteOpenIDConnectProviderInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.OpenIDConnectProviderArn)
}

// DeleteOpenIDConnectProvider deletes a provider. Trust policies that name it stay as they are, and allow nobody any more
// (aws-iam section 12).
func (s *Service) DeleteOpenIDConnectProvider(ctx context.Context, call aws.Call, in *DeleteOpenIDConnectProviderInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		provider, err := oidcProvider(ctx, tx, call, in.OpenIDConnectProviderArn)
		if refusal, ok := errors.AsType[*aws.Error](err); ok && refusal.Code == aws.NoSuchEntity {
			return aws.Errorf(aws.NoSuchEntity, "OpenId connect Provider %s cannot be found.", in.OpenIDConnectProviderArn) // this action has its own text
		}
		if err != nil {
			return err
		}
		if err := tx.DeleteTags(ctx, provider.ProviderARN); err != nil {
			return err
		}
		_, err = tx.DeleteOIDCProvider(ctx, provider.ProviderARN)
		return err
	})
}
