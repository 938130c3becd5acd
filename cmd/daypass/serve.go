package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/tracing"
)

const serveHelp = `Start the server: STS and IAM on one endpoint, and the services behind the gateway.

The first start creates the management account and its root key and prints, once, how to
use them; daypass account create makes others.
DAYPASS_ROOT_ACCESS_KEY_ID and DAYPASS_ROOT_SECRET_ACCESS_KEY, when set at the first
start, become the root key, so that scripts can know it.

Without TLS the server listens on a loopback address only, unless --insecure-http says
otherwise. A certificate is in files, which may be replaced while the server runs, or ordered
from an authority that speaks ACME.

--config names a YAML file that says which services stand behind the gateway, when the audit
log begins a new file, where else its lines go, how much is too much, and from whom a
certificate is ordered:

  gateway:
    upstreams:
      s3:
        url: http://127.0.0.1:9000      # scheme, host and port of the backend
        region: us-east-1               # that clients, and we for the backend, sign for
        credentials: {env: MINIO}       # MINIO_ACCESS_KEY_ID, MINIO_SECRET_ACCESS_KEY and
                                        # perhaps MINIO_SESSION_TOKEN in the environment
        account: "123456789012"         # that owns what is there (default the management
                                        # account)
        timeout: 60s                    # how long the backend may make no progress
        hosts: [s3.example.com]         # s3 only: buckets are BUCKET.s3.example.com too
                                        # (default localhost, 127.0.0.1 and [::1])
        dotSegments: false              # s3 only: true lets . and .. be parts of keys

  audit:
    rotate:                             # what is left out does not count (default never)
      size: 256MiB                      # of a file that ends it
      age: 24h                          # of its first line, when the next comes
      keep: 30                          # how many files that have ended stay (default all)
    sinks:                              # where its lines go, too (default nowhere)
      - stdout: {}
      - syslog:
          address: tls://logs.example.com:6514 # or tcp://HOST:PORT, or unix:///dev/log
          facility: local0              # the default
          app: daypass                  # the default
          timeout: 10s                  # the default
          tls: {ca: FILE, certificate: FILE, key: FILE} # each as needed
      - webhook:
          url: https://siem.example.com/in
          format: records               # {"Records":[...]} (default), or lines
          authorization: {env: NAME}    # the header's value, in the environment
          signingSecret: {env: NAME}    # of Standard Webhooks, in the environment
          batch: 500                    # lines in a request, the default
          timeout: 10s                  # the default
          tls: {ca: FILE}
        name: siem                      # default stdout, syslog or webhook
        maxLag: {size: 64MiB, age: 10m} # how far it may be behind (default these)
        onFailure: refuse               # requests, beyond maxLag (default); or drop lines

  limits:                               # these are the defaults; each may be off
    requests: {account: 600/s, key: 600/s}       # to STS, IAM and daypass
    data: {account: 6000/s, key: 6000/s}         # to each service behind the gateway
    failures: {address: 300/5m, block: 1m}       # refused before it is known who sent them
    connections: {total: 8192, address: 1024}    # open at a time; an address is an IPv6 /64

  tls:
    acme:                               # by TLS-ALPN-01: the authority comes to port 443
      hosts: [sts.example.com]          # that clients call the server by
      acceptTermsOfService: true        # of the authority
      email: ops@example.com            # whom it may write to (default nobody)
      directory: https://ca.example.com/acme/directory   # (default Let's Encrypt)
      rootCAs: /etc/daypass/ca.pem      # PEM file: whose certificate the directory may have
                                        # (default whom the system trusts)

Other services have the name under which clients sign, such as ec2 and dynamodb. The file is
read at the start.

--sealing-key says where the key is that seals all others. A file is made with a new database.
What a variable holds or a program prints, which no shell starts, is the content of such a
file, perhaps in base64. With Vault, OpenBao or AWS KMS the database has the key, wrapped; the
service is asked at each start, with what VAULT_TOKEN or AWS's own variables say.

Every flag can be given as an environment variable, named in brackets.`

// The root key is no flag: a command line is for everybody to read.
const (
	rootAccessKeyIDVariable     = "DAYPASS_ROOT_ACCESS_KEY_ID"
	rootSecretAccessKeyVariable = "DAYPASS_ROOT_SECRET_ACCESS_KEY" //nolint:gosec // the name of a variable
)

// serveSettings are what the server is told by flags and by the file of --config.
type serveSettings struct {
	config     server.Config
	configFile string
	log        logFlags
	traces     bool
}

func newServeCommand() *cobra.Command {
	var settings serveSettings
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start the server",
		Long:  serveHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := settings.read(cmd)
			if err != nil {
				return err
			}
			if settings.traces {
				return traced(cmd, config)
			}
			return serve(cmd, config)
		},
	}
	settings.register(cmd.Flags())
	return cmd
}

func (s *serveSettings) read(cmd *cobra.Command) (c server.Config, err error) {
	c = s.config
	c.Now, c.Stdout = time.Now, cmd.OutOrStdout()
	if c.Logger, err = s.log.logger(cmd.ErrOrStderr()); err != nil {
		return c, err
	}
	if s.configFile != "" {
		if err := c.ReadFile(s.configFile); err != nil {
			return c, err
		}
	}
	c.RootAccessKeyID, c.RootSecretAccessKey = os.Getenv(rootAccessKeyIDVariable), os.Getenv(rootSecretAccessKeyVariable)
	return c, nil
}

func (s *serveSettings) register(flags *pflag.FlagSet) {
	flags.StringVar(&s.config.Listen, "listen", "127.0.0.1:8077", "address and port to listen on")
	storeFlags(flags, &s.config)
	flags.StringVar(&s.config.AccountID, "account-id", "", "the management account, 12 digits; generated at the first start if absent")
	flags.StringSliceVar(&s.config.Regions, "region", nil, "region that signatures may name, repeatable (default any)")
	flags.StringVar(&s.config.PublicURL, "public-url", "",
		"https://HOST[:PORT] at which others reach the server; accounts can then issue web identity tokens")
	flags.BoolVar(&s.config.SessionsOutliveKeys, "sessions-outlive-keys", false,
		"keep sessions alive when the key that asked for them is deactivated or deleted, as AWS does")
	flags.BoolVar(&s.config.AWSMessagesOnly, "aws-messages-only", false,
		"send AWS's error texts alone, without the place where a policy document is malformed")
	flags.BoolVar(&s.config.EncodedAuthorizationMessages, "encoded-authorization-messages", false,
		"put an encoded message behind AccessDenied, for sts:DecodeAuthorizationMessage, as some of AWS's services do")
	flags.StringSliceVar(&s.config.SAMLAudiences, "saml-audience", nil,
		"name of this server, beside AWS's, that SAML assertions may be meant for, repeatable")
	flags.StringSliceVar(&s.config.TrustedProxies, "trusted-proxy", nil,
		"address or network of a proxy whose X-Forwarded-For is believed, repeatable (default none)")
	flags.StringVar(&s.configFile, "config", "", "YAML file with the sections above")
	flags.DurationVar(&s.config.TokenKeyRotation, "token-key-rotation", server.DefaultTokenKeyRotation,
		"how old keys that seal session tokens and encoded messages become before new ones take their place, 1h at least; 0s: keep them")
	flags.StringVar(&s.config.TLSCertificate, "tls-certificate", "",
		"PEM file of the TLS certificate and its chain, with --tls-key; read again when it changes")
	flags.StringVar(&s.config.TLSKey, "tls-key", "", "PEM file of the key of --tls-certificate")
	flags.BoolVar(&s.config.InsecureHTTP, "insecure-http", false,
		"listen without TLS on an address that is not loopback, where a proxy in front ends TLS")
	flags.BoolVar(&s.config.OIDCPrivateAddresses, "oidc-allow-private-addresses", false,
		"ask OpenID Connect providers for their keys at addresses that are not public, too")
	flags.StringVar(&s.config.OperationsListen, "operations-listen", "",
		"address and port for operators: /metrics for Prometheus, /healthz and /readyz (default none)")
	flags.StringVar(&s.config.PprofListen, "pprof-listen", "",
		"address and port of this machine itself, such as 127.0.0.1:6060, for Go's profiles below /debug/pprof/ (default none)")
	flags.BoolVar(&s.traces, "traces", false, "send OpenTelemetry traces over OTLP/HTTP, as the OTEL_ variables say")
	s.log.add(flags)
	showEnvironment(flags)
}

// storeFlags are the settings of every command that opens the store.
func storeFlags(flags *pflag.FlagSet, config *server.Config) {
	dataDirFlag(flags, config)
	flags.StringVar(&config.Database, "database", "", "postgres://... or sqlite:PATH (default SQLite in the data directory)")
	flags.StringVar(&config.SealingKey, "sealing-key", "",
		"file:PATH, env:NAME, command:PROGRAM ARG..., hcvault://HOST/transit/keys/NAME or aws-kms://ARN (default sealing.key in the data directory)")
}

// accountFlag chooses the account of a command that is about one.
func accountFlag(flags *pflag.FlagSet, accountID *string) {
	flags.StringVar(accountID, "account", "", "account that it is about, 12 digits (default the management account)")
}

func dataDirFlag(flags *pflag.FlagSet, config *server.Config) {
	flags.StringVar(&config.DataDir, "data-dir", "./daypass-data", "directory of the sealing key, the audit log and the database")
}

// tracesTimeout is how long the spans that wait may take at the end.
const tracesTimeout = 5 * time.Second

// traced is serve with traces.
func traced(cmd *cobra.Command, config server.Config) error {
	tracer, err := tracing.New(cmd.Context(), config.Now, config.Logger)
	if err != nil {
		return err
	}
	config.Tracer = tracer
	err = serve(cmd, config)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), tracesTimeout)
	defer cancel()
	if lost := tracer.Close(ctx); lost != nil { // as little a failure of the server as those before
		config.Logger.WarnContext(ctx, "the last traces were not sent", "error", lost)
	}
	return err
}

func serve(cmd *cobra.Command, config server.Config) (err error) {
	ctx := cmd.Context()
	server.TuneProcess()
	// Who reads standard output may go away: the audit log's sink is told so, and the server lives.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	// Before the account is made: a port that is taken must not cost the only look at the root key.
	listener, err := server.Listen(ctx, config)
	if err != nil {
		return err
	}
	s, err := server.New(ctx, config)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.ListenBeside(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	account, err := s.Bootstrap(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if account.Created {
		if err := printFirstSteps(cmd.OutOrStdout(), s.Endpoint(listener), account); err != nil {
			return errors.Join(fmt.Errorf("the root key was made but could not be printed (daypass root-key makes another): %w", err), listener.Close())
		}
	}
	config.Logger.InfoContext(ctx, "listening", "address", listener.Addr().String(), "account", account.ID)
	return s.Serve(ctx, listener)
}
