package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/login"
)

//nolint:gosec // no credentials, but help with them
const credentialProcessHelp = `Print the session of daypass login as AWS's clients read it from credential_process. A code is
asked for if there is none, on the terminal; where there is no terminal, that is an error, and
daypass login in another window helps. In ~/.aws/config:

  [profile alice-mfa]
  credential_process = daypass credential-process --profile alice

The profile that has the access key must be another than the one with credential_process.`

// ourselves is set in the environment of what a credential process runs, so that one that asks itself is found out.
const ourselves = "AWS_DAYPASS_CREDENTIAL_PROCESS"

func newCredentialProcessCommand() *cobra.Command {
	cmd := newSessionUser(&cobra.Command{
		Use:   "credential-process",
		Short: "Print a session for credential_process in ~/.aws/config",
		Long:  credentialProcessHelp,
		Args:  cobra.NoArgs,
	}, false, func(ctx context.Context, cmd *cobra.Command, _ []string, l *login.Login) error {
		if before, ok := os.LookupEnv(ourselves); ok && before == l.Profile {
			err := errors.New("profile " + l.Profile + " has its credentials from itself")
			return client.WithHint(client.WithExitCode(err, client.ExitConfiguration),
				"credential_process belongs in another profile than the one with the access key")
		}
		if err := os.Setenv(ourselves, l.Profile); err != nil {
			return err
		}
		credentials, err := l.Credentials(ctx)
		if err != nil {
			return err
		}
		return writeProcess(cmd.OutOrStdout(), credentials)
	})
	return cmd
}

// processOutput is version 1 of what a credential process prints.
type processOutput struct {
	Version         int
	AccessKeyId     string
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func writeProcess(w io.Writer, c aws.Credentials) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	//nolint:gosec // it is what the caller wants
	return encoder.Encode(processOutput{1, c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expires.UTC().Format(time.RFC3339)})
}
