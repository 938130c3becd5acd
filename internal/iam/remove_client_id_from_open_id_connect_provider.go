package iam

import (
	"context"
	"slices"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// RemoveClientIDFromOpenIDConnectProviderInput has the parameters of RemoveClientIDFromOpenIDConnectProvider (aws-iam
// section 12).
type RemoveClientIDFromOpenIDConnectProviderInput struct {
	OpenIDConnectProviderArn string `required:"true" minlen:"20" maxlen:"2048"`
	ClientID                 string `required:"true" minlen:"1" maxlen:"255"`
}

// Permissions is the provider.
func (in *RemoveClientIDFromOpenIDConnectProviderInput) Permissions(aws.Call) []aws.Permission {
	return onARN(in.OpenIDConnectProviderArn)
}

// RemoveClientIDFromOpenIDConnectProvider takes a client id from a provider; one that it does not have is as gone (aws-iam
// sections 2.5 and 12).
func (s *Service) RemoveClientIDFromOpenIDConnectProvider(ctx context.Context, call aws.Call, in *RemoveClientIDFromOpenIDConnectProviderInput) (*query.NoResult, error) {
	return nil, s.changeOIDCProvider(ctx, call, in.OpenIDConnectProviderArn, func(lists *oidcLists) error {
		lists.clientIDs = slices.DeleteFunc(lists.clientIDs, func(id string) bool { return id == in.ClientID })
		return nil
	})
}
