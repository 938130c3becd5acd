package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// DeleteSAMLProviderInput has the parameters of DeleteSAMLProvider (aws-iam section 12).
type DeleteSAMLProviderInput struct {
	SAMLProviderArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the provider to be deleted.
func (in *DeleteSAMLProviderInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.SAMLProviderArn)
}

// DeleteSAMLProvider deletes a provider. Trust policies that name it stay as they are, and allow nobody any more (aws-iam
// section 12).
func (s *Service) DeleteSAMLProvider(ctx context.Context, call aws.Call, in *DeleteSAMLProviderInput) (*query.NoResult, error) {
	return nil, s.update(ctx, func(tx *store.Tx) error {
		provider, err := samlProvider(ctx, tx, call, in.SAMLProviderArn)
		if err != nil {
			return err
		}
		if err := tx.DeleteTags(ctx, provider.ProviderARN); err != nil {
			return err
		}
		_, err = tx.DeleteSAMLProvider(ctx, provider.ProviderARN)
		return err
	})
}
