package iam

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// UpdateSAMLProviderInput has the parameters of UpdateSAMLProvider (aws-iam section 12).
type UpdateSAMLProviderInput struct {
	SAMLMetadataDocument    string `minlen:"1000" maxlen:"10000000"`
	SAMLProviderArn         string `required:"true" minlen:"20" maxlen:"2048"`
	AssertionEncryptionMode string `enum:"Required,Allowed"`
	AddPrivateKey           string `minlen:"1" maxlen:"16384" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" secret:"true"`
	RemovePrivateKey        string `minlen:"22" maxlen:"64" pattern:"[A-Z0-9]+"`
}

// Permissions is the provider.
func (in *UpdateSAMLProviderInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.SAMLProviderArn)
}

// UpdateSAMLProviderOutput names the provider.
type UpdateSAMLProviderOutput struct{ SAMLProviderArn string }

// UpdateSAMLProvider replaces the metadata of a provider. What is not given stays (aws-iam section 12).
func (s *Service) UpdateSAMLProvider(ctx context.Context, call aws.Call, in *UpdateSAMLProviderInput) (*UpdateSAMLProviderOutput, error) {
	if err := checkEncryption(in.AssertionEncryptionMode, in.AddPrivateKey); err != nil {
		return nil, err
	}
	var validUntil time.Time
	if in.SAMLMetadataDocument != "" {
		var err error
		if validUntil, err = checkMetadata(in.SAMLMetadataDocument, call.Now); err != nil {
			return nil, err
		}
	}
	err := s.update(ctx, func(tx *store.Tx) error {
		provider, err := samlProvider(ctx, tx, call, in.SAMLProviderArn)
		if err != nil {
			return err
		}
		if in.RemovePrivateKey != "" {
			return aws.Errorf(aws.NoSuchEntity, "The private key with id %s cannot be found.", in.RemovePrivateKey)
		}
		if in.SAMLMetadataDocument == "" {
			return nil
		}
		_, err = tx.UpdateSAMLProvider(ctx, store.UpdateSAMLProviderParams{
			ProviderARN: provider.ProviderARN, Metadata: in.SAMLMetadataDocument, ValidUntil: store.Time{Time: validUntil},
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &UpdateSAMLProviderOutput{SAMLProviderArn: in.SAMLProviderArn}, nil
}
