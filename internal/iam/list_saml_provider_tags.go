package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListSAMLProviderTagsInput has the parameters of ListSAMLProviderTags (aws-iam section 11).
type ListSAMLProviderTagsInput struct {
	SAMLProviderArn string `required:"true" minlen:"20" maxlen:"2048"`
	Marker          string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems        int32  `min:"1" max:"1000"`
}

// Permissions is the provider.
func (in *ListSAMLProviderTagsInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.SAMLProviderArn)
}

// ListSAMLProviderTagsOutput is one page of tags.
type ListSAMLProviderTagsOutput struct{ TagPage }

// ListSAMLProviderTags returns the tags of a provider by key (aws-iam sections 2.4 and 11).
func (s *Service) ListSAMLProviderTags(ctx context.Context, call aws.Call, in *ListSAMLProviderTagsInput) (*ListSAMLProviderTagsOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListSAMLProviderTags", in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	var out ListSAMLProviderTagsOutput
	err = s.view(ctx, func(tx *store.Tx) error {
		provider, err := samlProvider(ctx, tx, call, in.SAMLProviderArn)
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
