package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// CreateSAMLProviderInput has the parameters of CreateSAMLProvider (aws-iam section 12).
type CreateSAMLProviderInput struct {
	SAMLMetadataDocument    string `required:"true" minlen:"1000" maxlen:"10000000"`
	Name                    string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w._-]+"`
	Tags                    []Tag  `maxitems:"50"`
	AssertionEncryptionMode string `enum:"Required,Allowed"`
	AddPrivateKey           string `minlen:"1" maxlen:"16384" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" secret:"true"`
}

// Permissions is the provider to be created.
func (in *CreateSAMLProviderInput) Permissions(call aws.Call) []aws.Permission {
	return withTagging(onNew(in.arn(call)), "iam:TagSAMLProvider", in.Tags)
}

func (in *CreateSAMLProviderInput) arn(call aws.Call) string {
	return aws.IAMARN(call.Caller.AccountID, "saml-provider", "/", in.Name)
}

// CreateSAMLProviderOutput names the new provider.
type CreateSAMLProviderOutput struct {
	SAMLProviderArn string
	Tags            []Tag
}

// CreateSAMLProvider makes a provider of assertions from its metadata. Names are unique in the account ignoring case
// (aws-iam section 12).
func (s *Service) CreateSAMLProvider(ctx context.Context, call aws.Call, in *CreateSAMLProviderInput) (*CreateSAMLProviderOutput, error) {
	if err := checkEncryption(in.AssertionEncryptionMode, in.AddPrivateKey); err != nil {
		return nil, err
	}
	if err := exactCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	validUntil, err := checkMetadata(in.SAMLMetadataDocument, call.Now)
	if err != nil {
		return nil, err
	}
	provider := store.InsertSAMLProviderParams{
		ProviderARN:  in.arn(call),
		AccountID:    call.Caller.AccountID,
		ProviderName: in.Name,
		NameKey:      store.NameKey(in.Name),
		ProviderUUID: newSAMLProviderUUID(),
		Metadata:     in.SAMLMetadataDocument,
		CreatedAt:    store.Time{Time: call.Now},
		ValidUntil:   store.Time{Time: validUntil},
	}
	err = s.update(ctx, func(tx *store.Tx) error { return insertSAMLProvider(ctx, tx, provider, in.Tags) })
	if err != nil {
		return nil, err
	}
	out := &CreateSAMLProviderOutput{SAMLProviderArn: provider.ProviderARN}
	out.Tags = asGiven(in.Tags)
	return out, nil
}

func insertSAMLProvider(ctx context.Context, tx *store.Tx, provider store.InsertSAMLProviderParams, tags []Tag) error {
	all, err := tx.SAMLProviders(ctx, provider.AccountID)
	if err != nil {
		return err
	}
	if len(all) >= maxSAMLProviders {
		return errQuota("SAMLProvidersPerAccount", maxSAMLProviders)
	}
	err = tx.InsertSAMLProvider(ctx, provider)
	if errors.Is(err, store.ErrExists) {
		return aws.Errorf(aws.EntityAlreadyExists, "Provider with name %s already exists.", provider.ProviderName)
	}
	if err != nil {
		return err
	}
	return exactCase.putTags(ctx, tx, provider.ProviderARN, tags)
}
