package client

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// roleEndpoint is where the roles of profiles are assumed: the endpoint of the configuration, once that is loaded. The SDK
// makes its client for roles before it knows that endpoint, and would ask AWS.
type roleEndpoint struct{ url *string }

func (e *roleEndpoint) set(o *sts.Options) {
	if o.BaseEndpoint == nil { // an endpoint of STS alone it knows
		o.BaseEndpoint = e.url
	}
}

type roleClient struct {
	stscreds.AssumeRoleAPIClient
	endpoint *roleEndpoint
}

func (c roleClient) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, set ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	return c.AssumeRoleAPIClient.AssumeRole(ctx, in, append(set, c.endpoint.set)...)
}

type webIdentityClient struct {
	stscreds.AssumeRoleWithWebIdentityAPIClient
	endpoint *roleEndpoint
}

func (c webIdentityClient) AssumeRoleWithWebIdentity(
	ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, set ...func(*sts.Options),
) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	return c.AssumeRoleWithWebIdentityAPIClient.AssumeRoleWithWebIdentity(ctx, in, append(set, c.endpoint.set)...)
}
