package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// AddClientIDToOpenIDConnectProviderInput has the parameters of AddClientIDToOpenIDConnectProvider (aws-iam section 12).
type AddClientIDToOpenIDConnectProviderInput struct {
	OpenIDConnectProviderArn string `required:"true" minlen:"20" maxlen:"2048"`
	ClientID                 string `required:"true" minlen:"1" maxlen:"255"`
}

// Permissions is the provider.
func (in *AddClientIDToOpenIDConnectProviderInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.OpenIDConnectProviderArn)
}

// AddClientIDToOpenIDConnectProvider adds a client id to a provider; one that it has already is as good (aws-iam sections
// 2.5 and 12).
func (s *Service) AddClientIDToOpenIDConnectProvider(ctx context.Context, call aws.Call, in *AddClientIDToOpenIDConnectProviderInput) (*query.NoResult, error) {
	return nil, s.changeOIDCProvider(ctx, call, in.OpenIDConnectProviderArn, func(lists *oidcLists) error {
		return lists.addClientIDs(in.ClientID)
	})
}
