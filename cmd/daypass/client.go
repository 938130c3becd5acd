package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/cmdlet"
)

// clientAnnotation marks the commands that call a service.
const clientAnnotation = "client"

// asClient makes cmd, and the commands below it, one that calls a service: AWS's environment variables are its settings,
// so it leaves DAYPASS_ ones alone, and it ends with the AWS CLI's exit codes.
func asClient(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{clientAnnotation: ""}
	cmd.PersistentPreRun = func(*cobra.Command, []string) {} // in the place of root's
	refuse := func(cmd *cobra.Command, err error) error {
		return client.WithHint(client.WithExitCode(err, client.ExitUsage), cmd.CommandPath()+" --help tells what it takes")
	}
	cmd.SetFlagErrorFunc(refuse)
	if accepts := cmd.Args; accepts != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := accepts(cmd, args); err != nil {
				return refuse(cmd, err)
			}
			return nil
		}
	}
	return cmd
}

// hinted is the error of a command, with a hint below it where nobody had a better one.
func hinted(cmd *cobra.Command, err error) error {
	code := client.ExitCode(err)
	switch {
	case client.Hint(err) != "" || code == client.ExitInterrupted:
		return err
	case cmd.Name() == cmdlet.Name:
		return client.WithHint(err, cmdlet.Name+" -? tells what it takes")
	case code == client.ExitConfiguration:
		return client.WithHint(err, "look at the AWS_ variables, ~/.aws/config and ~/.aws/credentials; daypass whoami tells what is found there")
	}
	return client.WithHint(err, cmd.CommandPath()+" --help tells what it takes")
}

// isClient tells whether asClient made cmd.
func isClient(cmd *cobra.Command) bool {
	for ; cmd != nil; cmd = cmd.Parent() {
		if _, ok := cmd.Annotations[clientAnnotation]; ok {
			return true
		}
	}
	return false
}

// clientFlags say as whom and where a command calls, in the AWS CLI's words.
func clientFlags(flags *pflag.FlagSet, o *client.Options) {
	flags.StringVar(&o.Profile, "profile", "", "profile of ~/.aws/config and ~/.aws/credentials (default $AWS_PROFILE, else default)")
	flags.StringVar(&o.Region, "region", "", "region to call (default $AWS_REGION, else the profile's)")
	flags.StringVar(&o.EndpointURL, "endpoint-url", "", "server to call (default $AWS_ENDPOINT_URL, else the profile's, else AWS)")
}
