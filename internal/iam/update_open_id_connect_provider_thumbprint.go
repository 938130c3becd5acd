package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// UpdateOpenIDConnectProviderThumbprintInput has the parameters of UpdateOpenIDConnectProviderThumbprint (aws-iam section 12).
type UpdateOpenIDConnectProviderThumbprintInput struct {
	OpenIDConnectProviderArn string   `required:"true" minlen:"20" maxlen:"2048"`
	ThumbprintList           []string `required:"true" minlen:"40" maxlen:"40"`
}

// Permissions is the provider.
func (in *UpdateOpenIDConnectProviderThumbprintInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.OpenIDConnectProviderArn)
}

// UpdateOpenIDConnectProviderThumbprint replaces all thumbprints of a provider (aws-iam section 12).
func (s *Service) UpdateOpenIDConnectProviderThumbprint(ctx context.Context, call aws.Call, in *UpdateOpenIDConnectProviderThumbprintInput) (*query.NoResult, error) {
	return nil, s.changeOIDCProvider(ctx, call, in.OpenIDConnectProviderArn, func(lists *oidcLists) error {
		return lists.setThumbprints(in.ThumbprintList)
	})
}
