// Package client finds the credentials and the endpoint that a command calls with, as the AWS CLI and the SDKs find them.
package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/smithy-go/logging"
	"gopkg.in/ini.v1"
)

// Options are what the AWS CLI's global options of the same names say. What is empty comes from the environment and the
// shared configuration files, and the credentials from wherever the SDK finds them: environment, profile, single sign-on,
// credential_process, instance metadata.
type Options struct {
	Profile     string
	Region      string
	EndpointURL string

	// ProfileLocation is the only file in which the profile is looked for, if it is set. It has the form of the shared
	// credentials file.
	ProfileLocation string
	// Credentials come before all others, if they are set.
	Credentials aws.CredentialsProvider

	// TokenCode asks for the code of the MFA device with a serial number. It is for profiles of a role whose mfa_serial is
	// set; without it their credentials are an error.
	TokenCode func(serialNumber string) (string, error)

	CABundle      string // file of the certificates that servers' ones must be signed by, in PEM
	NoVerifySSL   bool   // take any certificate
	NoSignRequest bool   // call without credentials

	// How long a connection may take to be made, and to bring the next part of an answer. Nil is the SDK's default, zero
	// for ever.
	ConnectTimeout, ReadTimeout *time.Duration

	// Debug, unless nil, is told of requests, answers and retries; without secrets, bodies among them.
	Debug io.Writer
}

// Config is the SDK's configuration under o. It fetches no credentials; the first request does.
func (o Options) Config(ctx context.Context) (aws.Config, error) {
	set := []func(*config.LoadOptions) error{config.WithHTTPClient(o.httpClient())}
	if o.Profile != "" {
		set = append(set, config.WithSharedConfigProfile(o.Profile))
	}
	if o.ProfileLocation != "" {
		set = append(set, config.WithSharedConfigFiles([]string{}), config.WithSharedCredentialsFiles([]string{o.ProfileLocation}))
	}
	if o.Credentials != nil {
		set = append(set, config.WithCredentialsProvider(o.Credentials))
	}
	if o.Region != "" {
		set = append(set, config.WithRegion(o.Region))
	}
	if o.EndpointURL != "" {
		set = append(set, config.WithBaseEndpoint(o.EndpointURL))
	}
	roles := &roleEndpoint{}
	set = append(set, config.WithAssumeRoleCredentialOptions(func(role *stscreds.AssumeRoleOptions) {
		if o.TokenCode != nil {
			role.TokenProvider = func() (string, error) { return o.TokenCode(aws.ToString(role.SerialNumber)) }
		}
		if role.Client != nil {
			role.Client = roleClient{role.Client, roles}
		}
	}), config.WithWebIdentityRoleCredentialOptions(func(role *stscreds.WebIdentityRoleOptions) {
		if role.Client != nil {
			role.Client = webIdentityClient{role.Client, roles}
		}
	}))
	if o.CABundle != "" {
		pem, err := os.ReadFile(o.CABundle)
		if err != nil {
			return aws.Config{}, WithExitCode(fmt.Errorf("the CA bundle: %w", err), ExitConfiguration)
		}
		set = append(set, config.WithCustomCABundle(bytes.NewReader(pem)))
	}
	if o.NoSignRequest {
		set = append(set, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	if o.Debug != nil {
		set = append(set, config.WithLogger(debugLogger{o.Debug}),
			config.WithClientLogMode(aws.LogRequest|aws.LogResponse|aws.LogRetries|aws.LogSigning))
	} else { // the SDK warns on standard error, of what only who writes programs can mend
		set = append(set, config.WithLogger(logging.Nop{}))
	}
	loaded, err := config.LoadDefaultConfig(ctx, set...)
	if err != nil {
		return aws.Config{}, configError(err)
	}
	if o.EndpointURL != "" { // which AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is not about, though the SDK thinks so
		loaded.BaseEndpoint = aws.String(o.EndpointURL)
	}
	roles.url = loaded.BaseEndpoint
	loaded.HTTPClient = boundedClient{loaded.HTTPClient}
	return loaded, nil
}

func (o Options) httpClient() *awshttp.BuildableClient {
	client := awshttp.NewBuildableClient()
	if o.NoVerifySSL {
		client = client.WithTransportOptions(func(t *http.Transport) {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} //nolint:gosec // asked for
		})
	}
	if o.ConnectTimeout != nil {
		client = client.WithDialerOptions(func(d *net.Dialer) { d.Timeout = *o.ConnectTimeout })
	}
	if o.ReadTimeout != nil {
		client = client.WithReadTimeout(*o.ReadTimeout)
	}
	return client
}

// maxAnswer is more bytes than any answer of STS or IAM to these commands has.
const maxAnswer = 16 << 20

// boundedClient ends answers that are longer: the SDK reads them whole.
type boundedClient struct{ aws.HTTPClient }

func (c boundedClient) Do(r *http.Request) (*http.Response, error) {
	response, err := c.HTTPClient.Do(r)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	}
	return response, err
}

// configError is an error of the shared configuration files in the AWS CLI's words, where it has some.
func configError(err error) error {
	var missing config.SharedConfigProfileNotExistError
	if errors.As(err, &missing) {
		return commandError{err, fmt.Sprintf("The config profile (%s) could not be found", missing.Profile), ExitOther}
	}
	return WithExitCode(err, ExitConfiguration)
}

// Setting is what the shared configuration files say of a name in the profile, such as output. It is empty when they don't.
func (o Options) Setting(name string) (string, error) {
	profile := o.Profile
	for _, variable := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		if profile == "" {
			profile = os.Getenv(variable)
		}
	}
	section := "profile " + profile
	if profile == "" || profile == "default" {
		section = "default"
	}
	file := os.Getenv("AWS_CONFIG_FILE")
	if file == "" {
		file = config.DefaultSharedConfigFilename()
	}
	loaded, err := ini.LoadSources(ini.LoadOptions{Loose: true, SkipUnrecognizableLines: true, AllowNestedValues: true}, file)
	if err != nil {
		return "", WithExitCode(fmt.Errorf("%s: %w", file, err), ExitConfiguration)
	}
	return loaded.Section(section).Key(name).Value(), nil // as it is: String would put other settings in the place of %(name)s
}

// debugLogger writes what the SDK logs, but for what is secret in it: session tokens, and signatures with what they sign.
type debugLogger struct{ w io.Writer }

var secretHeader = regexp.MustCompile(`(?im)^([\w-]*(?:token|authorization)[\w-]*:\s*)[^\r\n]*`)

func (l debugLogger) Logf(classification logging.Classification, format string, v ...any) {
	text := secretHeader.ReplaceAllString(fmt.Sprintf(format, v...), "${1}***")
	_, _ = fmt.Fprintf(l.w, "%s: %s\n", classification, strings.TrimSpace(text)) // there is nobody to tell
}
