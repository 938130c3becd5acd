package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

const importHelp = `Bring hardware MFA tokens into the account, so that enable-mfa-device can give them to
users by their serial numbers.

FILE, or standard input, has one token a line:

  SERIAL,ALGORITHM,SEED

  SERIAL      such as GAHT12345678: 9 to 256 characters of A-Z a-z 0-9 _ + = / : . @ -
  ALGORITHM   totp (30 seconds, six digits, SHA-1) or hotp (six digits, counter from 0)
  SEED        base32, 16 to 64 bytes

Blank lines and lines that begin with # are skipped. Either all tokens are imported or
none. The server may run meanwhile.`

func newMFACommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mfa",
		Short: "Manage MFA devices",
		// Without these a mistyped command would show the help and succeed.
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		DisableFlagsInUseLine: true,
	}
	cmd.AddCommand(newMFAImportCommand())
	return cmd
}

func newMFAImportCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	cmd := &cobra.Command{
		Use:   "import [FILE]",
		Short: "Bring in hardware tokens",
		Long:  importHelp,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			tokens, err := readTokens(cmd.InOrStdin(), args)
			if err != nil {
				return err
			}
			return importTokens(cmd, config, tokens)
		},
	}
	storeFlags(cmd.Flags(), &config)
	showEnvironment(cmd.Flags())
	return cmd
}

func readTokens(stdin io.Reader, args []string) (_ []hardwareToken, err error) {
	if len(args) == 0 || args[0] == "-" {
		return parseTokens(stdin)
	}
	file, err := os.Open(args[0])
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return parseTokens(file)
}

func importTokens(cmd *cobra.Command, config server.Config, tokens []hardwareToken) (err error) {
	ctx := cmd.Context()
	st, err := server.OpenExistingStore(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	err = st.Update(ctx, func(tx *store.Tx) error {
		accountID, err := server.AccountID(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range tokens {
			device := t.device(accountID, config.Now())
			if err := tx.InsertMFADevice(ctx, device, t.seed); errors.Is(err, store.ErrExists) {
				return fmt.Errorf("MFA device %s exists already: nothing was imported", t.serialNumber)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d MFA devices imported\n", len(tokens))
	return err
}
