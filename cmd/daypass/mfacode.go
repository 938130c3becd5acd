package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/login"
	"github.com/daypass/daypass/internal/totp"
)

const mfaCodeHelp = `Print the code that a TOTP device shows now, from its seed: base32, or the otpauth address of a QR
code. The seed is read from standard input, from --seed-file, or with --keyring and the serial
number from the operating system's keyring; it is never an argument.

  daypass mfa code --seed-file seed | daypass login --token-code -`

func newMFACodeCommand() *cobra.Command {
	seedFile, keyring, serialNumber := "", false, ""
	cmd := &cobra.Command{
		Use:   "code",
		Short: "Print the code of a seed",
		Long:  mfaCodeHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := readSeed(cmd.InOrStdin(), seedFile, keyring, serialNumber)
			if err != nil {
				return err
			}
			seed, err := login.ParseSeed(text)
			if err != nil {
				return client.WithExitCode(err, client.ExitUsage)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), totp.Code(seed, totp.StepAt(time.Now())))
			return err
		},
	}
	cmd.Flags().StringVar(&seedFile, "seed-file", "", "file that holds the seed (default standard input)")
	cmd.Flags().BoolVar(&keyring, "keyring", false, "take the seed from the operating system's keyring")
	cmd.Flags().StringVar(&serialNumber, "serial-number", "", "serial number of the device, with --keyring")
	return asClient(cmd)
}

// maxSeedText is more than any seed has, and its address.
const maxSeedText = 4096

func readSeed(stdin io.Reader, seedFile string, keyring bool, serialNumber string) (string, error) {
	switch {
	case keyring && seedFile != "", keyring != (serialNumber != ""):
		return "", client.WithExitCode(errors.New("give --seed-file, or --keyring with --serial-number, or neither"), client.ExitUsage)
	case keyring:
		return login.KeptSeed(serialNumber)
	case seedFile == "":
		text, err := io.ReadAll(io.LimitReader(stdin, maxSeedText))
		return string(text), err
	}
	f, err := os.Open(seedFile)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it is only read
	text, err := io.ReadAll(io.LimitReader(f, maxSeedText))
	return string(text), err
}
