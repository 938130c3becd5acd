package iam

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetOpenIDConnectProviderInput has the parameters of GetOpenIDConnectProvider (aws-iam section 12).
type GetOpenIDConnectProviderInput struct {
	OpenIDConnectProviderArn string `required:"true" minlen:"20" maxlen:"2048"`
}

// Permissions is the provider.
func (in *GetOpenIDConnectProviderInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.OpenIDConnectProviderArn)
}

// GetOpenIDConnectProviderOutput is the provider. Url is without its scheme; no list is left out.
type GetOpenIDConnectProviderOutput struct {
	Url            string
	ClientIDList   []string
	ThumbprintList []string
	CreateDate     time.Time
	Tags           []Tag
}

// GetOpenIDConnectProvider returns a provider with its tags by key (aws-iam section 12).
func (s *Service) GetOpenIDConnectProvider(ctx context.Context, call aws.Call, in *GetOpenIDConnectProviderInput) (*GetOpenIDConnectProviderOutput, error) {
	var out *GetOpenIDConnectProviderOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		provider, err := oidcProvider(ctx, tx, call, in.OpenIDConnectProviderArn)
		if err != nil {
			return err
		}
		lists, err := oidcListsOf(provider)
		if err != nil {
			return err
		}
		tags, err := tagsOf(ctx, tx, provider.ProviderARN)
		out = &GetOpenIDConnectProviderOutput{
			Url: provider.Url, ClientIDList: lists.clientIDs, ThumbprintList: lists.thumbprints,
			CreateDate: provider.CreatedAt.Time, Tags: append([]Tag{}, tags...),
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
