package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/credentialendpoint"
	"github.com/daypass/daypass/internal/login"
)

const execHelp = `Run a command with the session of daypass login in its environment. A code is asked for if there
is none. With a profile that has role_arn, the command gets the role, assumed with the session.

  daypass exec --profile deploy -- terraform apply

The command gets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and
AWS_CREDENTIAL_EXPIRATION, and the profile's AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL
and, from its services, AWS_ENDPOINT_URL_S3 and the like; AWS_PROFILE and other ways to
credentials are taken away. It is run in the place of daypass, so that its signals and its exit
code are its own.

With --server the command gets the address of an endpoint on this machine instead, where AWS's
clients fetch credentials as in a container (AWS_CONTAINER_CREDENTIALS_FULL_URI), with a token
that only the command knows. A role is renewed there by itself. When the session comes to its
end, a code is asked for on the terminal, or another daypass login is waited for; so the command
may run for as long as it takes. Where the default profile has credentials of its own, which
clients would prefer, the files of profiles are hidden from the command.

126 is the exit code when the command can't be run, 127 when there is none, and 128 and the
number of the signal when one ended it.`

const (
	exitNotRunnable = 126
	exitNotFound    = 127
)

func newExecCommand() *cobra.Command {
	server := false
	cmd := newSessionUser(&cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGUMENT...]",
		Short: "Run a command with a session",
		Long:  execHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("usage: daypass exec [flags] -- COMMAND [ARGUMENT...]")
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}, false, func(ctx context.Context, cmd *cobra.Command, args []string, l *login.Login) error {
		path, err := exec.LookPath(args[0])
		if err != nil {
			return notRunnable(err)
		}
		if server {
			return serveCommand(ctx, cmd, l, path, args)
		}
		credentials, err := l.Credentials(ctx)
		if err != nil {
			return err
		}
		return replaceProcess(ctx, path, args, environment(l, credentials))
	})
	cmd.Flags().SetInterspersed(false) // what follows the command is the command's
	cmd.Flags().BoolVar(&server, "server", false, "hand credentials out at an endpoint on this machine, and renew them")
	return cmd
}

func notRunnable(err error) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return client.WithExitCode(err, exitNotFound)
	}
	return client.WithExitCode(err, exitNotRunnable)
}

// otherWays are variables by which clients find other credentials than those that they are to have.
var otherWays = []string{
	"AWS_PROFILE", "AWS_DEFAULT_PROFILE",
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
	"AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
}

// surroundings are what a command is told beside the credentials.
func surroundings(l *login.Login) []string {
	variables := slices.DeleteFunc(os.Environ(), func(setting string) bool {
		name, _, _ := strings.Cut(setting, "=")
		return slices.Contains(otherWays, name)
	})
	return append(variables, where(l)...)
}

// where says where the profile's services are.
func where(l *login.Login) []string {
	var variables []string
	if region := l.Config.Region; region != "" {
		variables = append(variables, "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region)
	}
	if endpoint := cmp.Or(aws.ToString(l.Config.BaseEndpoint), os.Getenv("AWS_ENDPOINT_URL")); endpoint != "" {
		variables = append(variables, "AWS_ENDPOINT_URL="+endpoint)
	}
	services := l.ServiceEndpoints()
	for _, variable := range slices.Sorted(maps.Keys(services)) {
		variables = append(variables, variable+"="+services[variable])
	}
	return variables
}

func environment(l *login.Login, c aws.Credentials) []string {
	return append(surroundings(l), credentialVariables(c)...)
}

func credentialVariables(c aws.Credentials) []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + c.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey,
		"AWS_SESSION_TOKEN=" + c.SessionToken,
		"AWS_CREDENTIAL_EXPIRATION=" + c.Expires.UTC().Format(time.RFC3339),
	}
}

// serveCommand runs a command beside an endpoint that has credentials for it.
func serveCommand(ctx context.Context, cmd *cobra.Command, l *login.Login, path string, args []string) (err error) {
	keeper, err := login.NewKeeper(ctx, l)
	if err != nil {
		return err
	}
	defer keeper.Close()
	endpoint, err := credentialendpoint.Start(ctx, keeper, func(err error) {
		fmt.Fprint(cmd.ErrOrStderr(), client.Message(client.ServiceError(err))) //nolint:errcheck // who would be told?
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endpoint.Close()) }()
	variables := append(surroundings(l),
		"AWS_CONTAINER_CREDENTIALS_FULL_URI="+endpoint.URL, "AWS_CONTAINER_AUTHORIZATION_TOKEN="+endpoint.Token)
	if hidden, err := login.DefaultHasCredentials(ctx); err != nil {
		return err
	} else if hidden {
		variables = append(variables, "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	}
	return runChild(path, args, variables)
}
