// Package client finds the credentials and the endpoint that a command calls with, as the AWS CLI and the SDKs find them.
package client

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// Options are what the AWS CLI's global options of the same names say. What is empty comes from the environment and the
// shared configuration files, and the credentials from wherever the SDK finds them: environment, profile, single sign-on,
// credential_process, instance metadata.
type Options struct {
	Profile     string
	Region      string
	EndpointURL string

	// TokenCode asks for the code of the MFA device with a serial number. It is for profiles of a role whose mfa_serial is
	// set; without it their credentials are an error.
	TokenCode func(serialNumber string) (string, error)
}

// Config is the SDK's configuration under o. It fetches no credentials; the first request does.
func (o Options) Config(ctx context.Context) (aws.Config, error) {
	var set []func(*config.LoadOptions) error
	if o.Profile != "" {
		set = append(set, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Region != "" {
		set = append(set, config.WithRegion(o.Region))
	}
	if o.EndpointURL != "" {
		set = append(set, config.WithBaseEndpoint(o.EndpointURL))
	}
	if o.TokenCode != nil {
		set = append(set, config.WithAssumeRoleCredentialOptions(func(role *stscreds.AssumeRoleOptions) {
			role.TokenProvider = func() (string, error) { return o.TokenCode(aws.ToString(role.SerialNumber)) }
		}))
	}
	loaded, err := config.LoadDefaultConfig(ctx, set...)
	if err != nil {
		return aws.Config{}, WithExitCode(err, ExitConfiguration)
	}
	return loaded, nil
}
