package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mdp/qrterminal/v3"
	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/login"
)

const mfaEnrollHelp = `Give a user a virtual MFA device, through IAM: of this server or of AWS. The QR code is shown on
the terminal, for an authenticator app; two codes of it, one after the other, enable the device.

With --seed-file or --keyring the seed is kept, the two codes are computed from it, and daypass
mfa code shows codes later. Whoever has the seed has the second factor: keep it apart from the
access key. The QR code is shown then as well, if there is a terminal.

A device that is not enabled in the end is deleted again.`

type enrollOptions struct {
	client.Options
	userName, deviceName, seedFile string
	keyring                        bool
}

func newMFAEnrollCommand() *cobra.Command {
	o := &enrollOptions{}
	cmd := &cobra.Command{
		Use:   "enroll",
		Short: "Give a user a virtual MFA device, through IAM",
		Long:  mfaEnrollHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return client.ServiceError(o.enroll(cmd))
		},
	}
	flags := cmd.Flags()
	clientFlags(flags, &o.Options)
	flags.StringVar(&o.userName, "user-name", "", "user whose device it is to be (default the caller)")
	flags.StringVar(&o.deviceName, "device-name", "", "name of the device (default the user's)")
	flags.StringVar(&o.seedFile, "seed-file", "", "new file to keep the seed in, with mode 0600")
	flags.BoolVar(&o.keyring, "keyring", false, "keep the seed in the operating system's keyring")
	return asClient(cmd)
}

func (o *enrollOptions) enroll(cmd *cobra.Command) error {
	if o.keyring && o.seedFile != "" {
		return client.WithExitCode(errors.New("--keyring and --seed-file do not go together"), client.ExitUsage)
	}
	config, err := o.Config(cmd.Context())
	if err != nil {
		return err
	}
	cache, err := login.OpenCache(false)
	if err != nil {
		return err
	}
	e := &login.Enrolment{Config: config, Cache: cache, Now: time.Now, UserName: o.userName, Device: o.deviceName}
	switch {
	case o.keyring:
		e.Keep = func(d login.NewDevice) error { return login.KeepSeed(d.SerialNumber, d.Seed) }
		e.Forget = func(d login.NewDevice) error { return login.ForgetSeed(d.SerialNumber) }
	case o.seedFile != "":
		e.Keep = func(d login.NewDevice) error { return writeSeed(o.seedFile, d.Seed) }
		e.Forget = func(login.NewDevice) error { return os.Remove(o.seedFile) }
	}
	terminal, err := login.OpenTerminal()
	if err == nil {
		defer terminal.Close()
	} else if e.Keep == nil {
		return client.WithHint(client.WithExitCode(errors.New("there is no terminal to show the QR code on"), client.ExitUsage),
			"--seed-file or --keyring keep the seed, and compute the codes")
	}
	if e.Keep == nil {
		e.Show = func(d login.NewDevice) error { return showDevice(terminal, d) }
		e.Ask, e.Tell = terminal.AskSecret, terminal.Tell
	}
	d, err := e.Enroll(cmd.Context())
	if err != nil {
		return err
	}
	if e.Keep != nil && terminal != nil {
		if err := showDevice(terminal, d); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "enabled: %s\n", d.SerialNumber)
	return err
}

// writeSeed makes a new file: to write over a seed would lose a device.
func writeSeed(path, seed string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(seed + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

// showDevice shows the seed to whoever is at the terminal, and to no file.
func showDevice(terminal *login.Terminal, d login.NewDevice) error {
	qrterminal.GenerateWithConfig(d.Address, qrterminal.Config{
		Level: qrterminal.L, Writer: terminal, HalfBlocks: true, QuietZone: 2,
		BlackChar: qrterminal.BLACK_BLACK, WhiteChar: qrterminal.WHITE_WHITE,
		BlackWhiteChar: qrterminal.BLACK_WHITE, WhiteBlackChar: qrterminal.WHITE_BLACK,
	})
	text := fmt.Sprintf("%s\nScan this with an authenticator app, or type the seed into it: %s\n", d.SerialNumber, d.Seed)
	_, err := fmt.Fprint(terminal, client.Printable(text))
	return err
}
