package iam

import (
	"context"
	"errors"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// CreateOpenIDConnectProviderInput has the parameters of CreateOpenIDConnectProvider (aws-iam section 12).
type CreateOpenIDConnectProviderInput struct {
	Url            string   `required:"true" minlen:"1" maxlen:"255"`
	ClientIDList   []string `minlen:"1" maxlen:"255"`
	ThumbprintList []string `minlen:"40" maxlen:"40"`
	Tags           []Tag    `maxitems:"50"`
}

// Permissions is the provider to be created.
func (in *CreateOpenIDConnectProviderInput) Permissions(call aws.Call) []aws.Permission {
	return withTagging(onNew(oidcProviderARN(call.Caller.AccountID, in.Url)), "iam:TagOpenIDConnectProvider", in.Tags)
}

// CreateOpenIDConnectProviderOutput names the new provider.
type CreateOpenIDConnectProviderOutput struct {
	OpenIDConnectProviderArn string
	Tags                     []Tag
}

// CreateOpenIDConnectProvider makes a provider of web identities. Nothing is asked of the URL: without thumbprints the
// list is empty, and no certificate is fetched as AWS does (aws-iam section 12).
func (s *Service) CreateOpenIDConnectProvider(ctx context.Context, call aws.Call, in *CreateOpenIDConnectProviderInput) (*CreateOpenIDConnectProviderOutput, error) {
	address, secure := strings.CutPrefix(in.Url, oidcScheme)
	if !secure || !oidcAddress.MatchString(address) {
		return nil, aws.Errorf(aws.ValidationError, "Invalid Open ID Connect Provider URL")
	}
	lists, err := newOIDCLists(in.ClientIDList, in.ThumbprintList)
	if err != nil {
		return nil, err
	}
	if err := exactCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	provider := store.InsertOIDCProviderParams{
		ProviderARN: oidcProviderARN(call.Caller.AccountID, in.Url),
		AccountID:   call.Caller.AccountID,
		Url:         address,
		ClientIds:   encodeList(lists.clientIDs),
		Thumbprints: encodeList(lists.thumbprints),
		CreatedAt:   store.Time{Time: call.Now},
	}
	err = s.update(ctx, func(tx *store.Tx) error { return insertOIDCProvider(ctx, tx, provider, in.Tags) })
	if err != nil {
		return nil, err
	}
	out := &CreateOpenIDConnectProviderOutput{OpenIDConnectProviderArn: provider.ProviderARN}
	out.Tags = asGiven(in.Tags)
	return out, nil
}

func insertOIDCProvider(ctx context.Context, tx *store.Tx, provider store.InsertOIDCProviderParams, tags []Tag) error {
	all, err := tx.OIDCProviders(ctx, provider.AccountID)
	if err != nil {
		return err
	}
	if len(all) >= maxOIDCProviders {
		return errQuota("OpenIdConnectProvidersPerAccount", maxOIDCProviders)
	}
	err = tx.InsertOIDCProvider(ctx, provider)
	if errors.Is(err, store.ErrExists) {
		return aws.Errorf(aws.EntityAlreadyExists, "Provider with url %s%s already exists.", oidcScheme, provider.Url)
	}
	if err != nil {
		return err
	}
	return exactCase.putTags(ctx, tx, provider.ProviderARN, tags)
}
