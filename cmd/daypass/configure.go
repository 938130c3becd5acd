package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/login"
)

const configureHelp = `Write a profile: region, endpoint_url and mfa_serial into ~/.aws/config, the access key into
~/.aws/credentials. Everything else in these files stays as it is, comments too.

  daypass configure --profile alice --endpoint-url https://sts.example.com --region us-east-1 \
    --access-key-id AKIA... --session-profile alice-mfa

The secret access key is asked for on the terminal without showing it, or read from standard
input where there is no terminal; it is never an argument. Without --mfa-serial, mfa_serial is
the one device that IAM lists for the key, if it may be asked.

With --session-profile another profile is written that has its credentials from daypass
credential-process: every AWS client that uses it is with MFA.`

type configureOptions struct {
	client.Options
	accessKeyID, mfaSerial, sessionProfile string
}

func newConfigureCommand() *cobra.Command {
	o := &configureOptions{}
	cmd := &cobra.Command{
		Use:   "configure",
		Short: "Write a profile for AWS's clients",
		Long:  configureHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return client.ServiceError(o.write(cmd))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Profile, "profile", "", "profile to write (default $AWS_PROFILE, else default)")
	flags.StringVar(&o.Region, "region", "", "region of the profile")
	flags.StringVar(&o.EndpointURL, "endpoint-url", "", "server of the profile")
	flags.StringVar(&o.accessKeyID, "access-key-id", "", "access key of the profile, whose secret is asked for")
	flags.StringVar(&o.mfaSerial, "mfa-serial", "", "serial number of the MFA device (default what IAM lists)")
	flags.StringVar(&o.sessionProfile, "session-profile", "", "profile to write that is with MFA")
	return asClient(cmd)
}

func (o *configureOptions) write(cmd *cobra.Command) error {
	o.Profile = cmp.Or(o.Profile, os.Getenv("AWS_PROFILE"), "default")
	if err := o.check(cmd.Flags()); err != nil {
		return client.WithExitCode(err, client.ExitUsage)
	}
	cache, err := login.OpenCache(false)
	if err != nil {
		return err
	}
	secret := ""
	if o.accessKeyID != "" {
		if secret, err = askSecret(cmd, "Secret access key of "+o.accessKeyID+": "); err != nil {
			return err
		}
	}
	files := login.UserFiles()
	if err := o.writeProfiles(cmd.Context(), cache, files, secret); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "profile %s is in %s\n", o.Profile, files.Config) //nolint:errcheck // what counts is written
	if o.mfaSerial != "" {
		return nil
	}
	return o.findDevice(cmd, cache, files)
}

var (
	accessKeyPattern = regexp.MustCompile(`^\w{16,128}$`)
	profilePattern   = regexp.MustCompile(`^[\w.@+-]+$`)
)

// check refuses flags that are given without a value, too: a variable of a script that is empty.
func (o *configureOptions) check(flags *pflag.FlagSet) (err error) {
	flags.Visit(func(f *pflag.Flag) {
		if f.Value.String() == "" {
			err = fmt.Errorf("--%s is empty", f.Name)
		}
	})
	switch {
	case err != nil:
		return err
	case o.accessKeyID != "" && !accessKeyPattern.MatchString(o.accessKeyID):
		return errors.New("--access-key-id is no access key id")
	case o.sessionProfile == o.Profile:
		return errors.New("--session-profile is another profile than the one with the access key")
	case o.sessionProfile != "" && !profilePattern.MatchString(o.Profile):
		return errors.New("with --session-profile the name of a profile is letters, digits and _ . @ + -")
	}
	return nil
}

func (o *configureOptions) writeProfiles(ctx context.Context, cache *login.Cache, files login.Files, secret string) error {
	var key []login.Setting
	if o.accessKeyID != "" {
		key = []login.Setting{{Name: "aws_access_key_id", Value: o.accessKeyID}, {Name: "aws_secret_access_key", Value: secret}}
	}
	if err := files.SetCredentials(ctx, cache, o.Profile, key); err != nil {
		return err
	}
	place := given(login.Setting{Name: "region", Value: o.Region}, login.Setting{Name: "endpoint_url", Value: o.EndpointURL})
	err := files.SetConfig(ctx, cache, o.Profile, append(place, given(login.Setting{Name: "mfa_serial", Value: o.mfaSerial})...))
	if err != nil || o.sessionProfile == "" {
		return err
	}
	program := "daypass"
	if _, err := exec.LookPath(program); err != nil {
		if program, err = os.Executable(); err != nil {
			return err
		}
		program = `"` + program + `"`
	}
	process := login.Setting{Name: "credential_process", Value: program + " credential-process --profile " + o.Profile}
	return files.SetConfig(ctx, cache, o.sessionProfile, append(given(
		login.Setting{Name: "region", Value: o.Region}, login.Setting{Name: "endpoint_url", Value: o.EndpointURL}), process))
}

func given(settings ...login.Setting) []login.Setting {
	var found []login.Setting
	for _, s := range settings {
		if s.Value != "" {
			found = append(found, s)
		}
	}
	return found
}

// findDevice writes mfa_serial if IAM tells it. That it does not is no error: the device may come later.
func (o *configureOptions) findDevice(cmd *cobra.Command, cache *login.Cache, files login.Files) error {
	source, err := login.Find(cmd.Context(), client.Options{Profile: o.Profile})
	if err != nil {
		return err
	}
	if source.SerialNumber != "" {
		return nil
	}
	l := &login.Login{Source: source, Cache: cache, Now: time.Now}
	serial, err := l.Listed(cmd.Context())
	if err != nil {
		login.Tell(cmd.ErrOrStderr(), "mfa_serial is not set: %v", client.ServiceError(err))
		return cmd.Context().Err()
	}
	fmt.Fprintf(cmd.OutOrStdout(), "mfa_serial is %s\n", serial) //nolint:errcheck // it is written
	return files.SetConfig(cmd.Context(), cache, o.Profile, []login.Setting{{Name: "mfa_serial", Value: serial}})
}

// askSecret asks on the terminal, or else reads a line of standard input.
func askSecret(cmd *cobra.Command, prompt string) (string, error) {
	terminal, err := login.OpenTerminal()
	if err == nil {
		defer terminal.Close()
		secret, err := terminal.AskSecret(cmd.Context(), prompt)
		if err == nil && secret == "" {
			err = errors.New("nothing was given")
		}
		return secret, err
	}
	secret, err := login.ReadLine(cmd.InOrStdin())
	if err != nil || secret == "" {
		return "", client.WithExitCode(errors.New("standard input has no secret access key, and there is no terminal to ask on"), client.ExitUsage)
	}
	return secret, nil
}
