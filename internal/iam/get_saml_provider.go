package iam

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetSAMLProviderInput has the parameters of GetSAMLProvider (aws-iam section 12).
type GetSAMLProviderInput struct {
	SAMLProviderArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the provider.
func (in *GetSAMLProviderInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.SAMLProviderArn)
}

// GetSAMLProviderOutput is the provider. No list is left out; there never is a private key.
type GetSAMLProviderOutput struct {
	SAMLProviderUUID        string
	SAMLMetadataDocument    string
	CreateDate              time.Time
	ValidUntil              time.Time
	Tags                    []Tag
	AssertionEncryptionMode string
	PrivateKeyList          []SAMLPrivateKey
}

// SAMLPrivateKey is a key to decrypt assertions with.
type SAMLPrivateKey struct {
	KeyId     string
	Timestamp time.Time
}

// GetSAMLProvider returns a provider with its tags by key, and its metadata as it was given (aws-iam section 12).
func (s *Service) GetSAMLProvider(ctx context.Context, call aws.Call, in *GetSAMLProviderInput) (*GetSAMLProviderOutput, error) {
	var out *GetSAMLProviderOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		provider, err := samlProvider(ctx, tx, call, in.SAMLProviderArn)
		if err != nil {
			return err
		}
		tags, err := tagsOf(ctx, tx, provider.ProviderARN)
		out = &GetSAMLProviderOutput{
			SAMLProviderUUID:        provider.ProviderUUID,
			SAMLMetadataDocument:    provider.Metadata,
			CreateDate:              provider.CreatedAt.Time,
			ValidUntil:              provider.ValidUntil.Time,
			Tags:                    append([]Tag{}, tags...),
			AssertionEncryptionMode: samlEncryptionAllowed,
			PrivateKeyList:          []SAMLPrivateKey{},
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
