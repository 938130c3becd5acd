package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListOpenIDConnectProviderTagsInput has the parameters of ListOpenIDConnectProviderTags (aws-iam section 11).
type ListOpenIDConnectProviderTagsInput struct {
	OpenIDConnectProviderArn string `required:"true" minlen:"20" maxlen:"2048"`
	Marker                   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems                 int32  `min:"1" max:"1000"`
}

// Permissions is the provider.
func (in *ListOpenIDConnectProviderTagsInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.OpenIDConnectProviderArn)
}

// ListOpenIDConnectProviderTagsOutput is one page of tags.
type ListOpenIDConnectProviderTagsOutput struct{ TagPage }

// ListOpenIDConnectProviderTags returns the tags of a provider by key (aws-iam sections 2.4 and 11).
func (s *Service) ListOpenIDConnectProviderTags(ctx context.Context, call aws.Call, in *ListOpenIDConnectProviderTagsInput) (*ListOpenIDConnectProviderTagsOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListOpenIDConnectProviderTags", in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	var out ListOpenIDConnectProviderTagsOutput
	err = s.view(ctx, func(tx *store.Tx) error {
		provider, err := oidcProvider(ctx, tx, call, in.OpenIDConnectProviderArn)
		if err != nil {
			return err
		}
		out.TagPage, err = tagsPage(ctx, tx, page, provider.ProviderARN)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
