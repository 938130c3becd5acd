package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/login"
)

const loginHelp = `Get a session with MFA, and keep it for the commands that come: daypass exec, export,
credential-process and whoami use it until it ends, and only then is a code asked for again.

The MFA device is the profile's mfa_serial; else the one that IAM lists; else, for whoever may
not list it, the virtual device with the user's name. A profile with role_arn uses the session
of its source_profile.

The code is asked for on the terminal, without showing it, whatever standard input is. Where
there is no terminal it is read from standard input. A code that was used is waited out.
Commands that want a session at the same time share one question.

Sessions are kept in $XDG_CACHE_HOME/daypass (~/.cache/daypass), in files that only their owner
can read, or with --keyring in the operating system's keyring.`

// keyringVariable is a setting of the client commands, which the server's leave alone.
const keyringVariable = "DAYPASS_KEYRING"

// loginOptions are the flags of the commands that use a session.
type loginOptions struct {
	client.Options
	serialNumber, tokenCode string
	durationSeconds         int
	keyring, renew          bool
}

func (o *loginOptions) addTo(flags *pflag.FlagSet) {
	clientFlags(flags, &o.Options)
	flags.StringVar(&o.serialNumber, "serial-number", "", "serial number of the MFA device (default the profile's mfa_serial, else it is found)")
	flags.StringVar(&o.tokenCode, "token-code", "", "code of the MFA device, or - to read it from standard input (default it is asked for)")
	flags.IntVar(&o.durationSeconds, "duration-seconds", 0, "how long a new session lasts, 900 to 129600 (default the service's: 12 hours)")
	keyringFlag(flags, &o.keyring)
}

func keyringFlag(flags *pflag.FlagSet, value *bool) {
	flags.BoolVar(value, "keyring", false, "keep sessions in the operating system's keyring (default $"+keyringVariable+", else files)")
}

// wantsKeyring is what the flag says, or else the variable.
func wantsKeyring(flags *pflag.FlagSet) (bool, error) {
	if f := flags.Lookup("keyring"); f.Changed {
		return strconv.ParseBool(f.Value.String())
	}
	text := os.Getenv(keyringVariable)
	if text == "" {
		return false, nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		err = client.WithExitCode(fmt.Errorf("%s is %q, and neither true nor false", keyringVariable, text), client.ExitConfiguration)
	}
	return value, err
}

// newSessionUser is a client command that uses a session. stdin tells that a code may come from standard input.
func newSessionUser(cmd *cobra.Command, stdin bool, run func(ctx context.Context, cmd *cobra.Command, args []string, l *login.Login) error) *cobra.Command {
	o := &loginOptions{}
	o.addTo(cmd.Flags())
	if cmd.Name() == "login" {
		cmd.Flags().BoolVar(&o.renew, "renew", false, "get another session though there is one")
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l, closeTerminal, err := o.open(cmd, stdin)
		if err != nil {
			return client.ServiceError(err)
		}
		defer closeTerminal()
		return client.ServiceError(run(cmd.Context(), cmd, args, l))
	}
	return asClient(cmd)
}

func newLoginCommand() *cobra.Command {
	return newSessionUser(&cobra.Command{
		Use:   "login",
		Short: "Get a session with MFA, and keep it",
		Long:  loginHelp,
		Args:  cobra.NoArgs,
	}, true, func(ctx context.Context, cmd *cobra.Command, _ []string, l *login.Login) error {
		session, err := l.Session(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "session until %s, with %s, in %s\n", until(session.Expiration, l.Now()), session.Device, l.Cache.Where())
		return err
	})
}

// until is an instant, and how far it is, for people.
func until(at, now time.Time) string {
	return fmt.Sprintf("%s (%v)", at.Local().Format(time.RFC3339), at.Sub(now).Round(time.Second))
}

// open finds what the flags are about, and somebody to ask.
func (o *loginOptions) open(cmd *cobra.Command, stdin bool) (l *login.Login, closeTerminal func(), err error) {
	if o.durationSeconds != 0 && (o.durationSeconds < 900 || o.durationSeconds > 129600) {
		return nil, nil, client.WithExitCode(errors.New("--duration-seconds is 900 to 129600"), client.ExitUsage)
	}
	keyring, err := wantsKeyring(cmd.Flags())
	if err != nil {
		return nil, nil, err
	}
	cache, err := login.OpenCache(keyring)
	if err != nil {
		return nil, nil, err
	}
	source, err := login.Find(cmd.Context(), o.Options)
	if err != nil {
		return nil, nil, err
	}
	if o.serialNumber != "" {
		source.SerialNumber = o.serialNumber
	}
	l = &login.Login{
		Source: source, Cache: cache, Now: time.Now, Duration: time.Duration(o.durationSeconds) * time.Second,
		Renew: o.renew, Wait: login.WaitUntil(time.Now),
		Tell: func(format string, a ...any) { login.Tell(cmd.ErrOrStderr(), format, a...) },
	}
	return l, o.askThere(cmd, l, stdin), nil
}

// askThere has l take the code that was given, or ask on the terminal, or else on standard input.
func (o *loginOptions) askThere(cmd *cobra.Command, l *login.Login, stdin bool) (closeTerminal func()) {
	if o.tokenCode == "" {
		if terminal, err := login.OpenTerminal(); err == nil {
			l.Ask, l.Tell = terminal.AskSecret, terminal.Tell
			return terminal.Close
		}
	}
	switch {
	case o.tokenCode != "" && o.tokenCode != "-":
		l.Once, l.Ask = true, func(context.Context, string) (string, error) { return o.tokenCode, nil }
	case o.tokenCode == "-" || stdin:
		l.Once, l.Ask = true, func(context.Context, string) (string, error) { return readCode(cmd.InOrStdin()) }
	}
	return func() {}
}

func readCode(r io.Reader) (string, error) {
	code, err := login.ReadLine(r)
	if err != nil {
		err = client.WithHint(client.WithExitCode(errors.New("standard input has no token code"), client.ExitUsage),
			"there is no terminal to ask on: give the code on standard input or with --token-code")
	}
	return code, err
}
