package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/daypass/daypass/internal/client"
)

// Source is what a profile says: a long-term key that a session is asked for with, and the roles that the session assumes.
type Source struct {
	Profile      string     // that has the key; empty: the key is in the environment
	Config       aws.Config // of the profile that was asked for, with the credentials of the one that has the key
	SerialNumber string     // of the MFA device; empty when no profile tells
	Roles        []Role     // to assume, each with the session of the one before
}

// Role is a role that a profile names.
type Role struct{ config.SharedConfig }

// Find reads the profile of o, and those that it names as source_profile.
func Find(ctx context.Context, o client.Options) (Source, error) {
	// Nobody is asked here: a role's session comes from the session with MFA.
	o.TokenCode = func(string) (string, error) { return "", errors.New("internal error: the SDK asks for a token code") }
	loaded, err := o.Config(ctx)
	if err != nil {
		return Source{}, err
	}
	s := Source{Config: loaded}
	shared, environment := sources(loaded)
	if o.Profile == "" && environment.Credentials.HasKeys() {
		return s, nil
	}
	s.Profile, s.SerialNumber = shared.Profile, shared.MFASerial
	for shared.RoleARN != "" && shared.Source != nil {
		s.Roles = append([]Role{{shared}}, s.Roles...)
		shared = *shared.Source
		s.Profile, s.SerialNumber = shared.Profile, cmp.Or(s.SerialNumber, shared.MFASerial)
	}
	if len(s.Roles) > 0 {
		err = s.takeKey(ctx, o, shared)
	}
	return s, err
}

func sources(loaded aws.Config) (shared config.SharedConfig, environment config.EnvConfig) {
	for _, source := range loaded.ConfigSources {
		switch source := source.(type) {
		case config.SharedConfig:
			shared = source
		case config.EnvConfig:
			environment = source
		}
	}
	return shared, environment
}

// takeKey gives s the credentials of the profile at the end of a chain of roles, and what else the role's profile leaves open.
func (s *Source) takeKey(ctx context.Context, o client.Options, shared config.SharedConfig) error {
	if s.Config.BaseEndpoint == nil && shared.BaseEndpoint != "" {
		s.Config.BaseEndpoint = aws.String(shared.BaseEndpoint)
	}
	s.Config.Region = cmp.Or(s.Config.Region, shared.Region)
	if shared.Credentials.HasKeys() {
		s.Config.Credentials = credentials.StaticCredentialsProvider{Value: shared.Credentials}
		return nil
	}
	o.Profile = shared.Profile
	loaded, err := o.Config(ctx)
	s.Config.Credentials = loaded.Credentials
	return err
}

// Endpoint is where STS is asked; empty: at AWS.
func (s Source) Endpoint() string {
	return strings.TrimSuffix(aws.ToString(sts.NewFromConfig(s.Config).Options().BaseEndpoint), "/")
}

var serviceName = regexp.MustCompile(`^[a-z0-9_]+$`)

// ServiceEndpoints are the endpoints that the profile has for single services, by the variables that tell clients the same.
// There are none where something else comes before them.
func (s Source) ServiceEndpoints() map[string]string {
	given := false
	for _, source := range s.Config.ConfigSources {
		switch source := source.(type) {
		case config.LoadOptions:
			given = given || source.BaseEndpoint != ""
		case config.EnvConfig:
			given = given || source.BaseEndpoint != "" || aws.ToBool(source.IgnoreConfiguredEndpoints)
		case config.SharedConfig:
			given = given || aws.ToBool(source.IgnoreConfiguredEndpoints)
		}
	}
	if given {
		return nil
	}
	shared, _ := sources(s.Config)
	found := map[string]string{}
	for service, settings := range shared.Services.ServiceValues {
		variable := "AWS_ENDPOINT_URL_" + strings.ToUpper(service)
		if url := settings["endpoint_url"]; url != "" && os.Getenv(variable) == "" && serviceName.MatchString(service) {
			found[variable] = url
		}
	}
	return found
}

// errTemporary is about credentials that can't ask for a session. The AWS CLI would send them and be refused.
func (s Source) errTemporary() error {
	of := "in the environment"
	if s.Profile != "" {
		of = "of profile " + s.Profile
	}
	err := fmt.Errorf("the credentials %s are those of a session already, and only a long-term key can ask for a session", of)
	return client.WithHint(client.WithExitCode(err, client.ExitConfiguration),
		"name the profile that has the access key with --profile, or use the session as it is")
}

// DefaultHasCredentials tells whether the default profile has credentials, which clients take before those of a container.
func DefaultHasCredentials(ctx context.Context) (bool, error) {
	loaded, err := client.Options{Profile: "default", TokenCode: func(string) (string, error) { return "", nil }}.Config(ctx)
	if errors.As(err, new(config.SharedConfigProfileNotExistError)) {
		return false, nil
	}
	shared, _ := sources(loaded)
	return shared.Credentials.HasKeys() || shared.RoleARN != "" || shared.CredentialProcess != "" ||
		shared.SSOAccountID != "" || shared.LoginSession != "", err
}
