package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

const importHelp = `Bring hardware MFA tokens into an account, so that enable-mfa-device can give them to its
users by their serial numbers.

FILE, or standard input, has one token a line:

  SERIAL,ALGORITHM,SEED

  SERIAL      such as GAHT12345678: 9 to 256 characters of A-Z a-z 0-9 _ + = / : . @ -
  ALGORITHM   totp (30 seconds, six digits, SHA-1) or hotp (six digits, counter from 0)
  SEED        base32, 16 to 64 bytes

Blank lines and lines that begin with # are skipped. Either all tokens are imported or
none. The server may run meanwhile.`

const mfaHelp = `Manage MFA devices. import works on the data of a server, for its operator. enroll and code are for
users: enroll calls IAM, of this server or of AWS, and code calls nobody.`

func newMFACommand() *cobra.Command {
	cmd := newGroupCommand("mfa", "Manage MFA devices", newMFAImportCommand(), newMFAEnrollCommand(), newMFACodeCommand())
	cmd.Long = mfaHelp
	return cmd
}

func newMFAImportCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	accountID := ""
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
			return importTokens(cmd, config, accountID, tokens)
		},
	}
	storeFlags(cmd.Flags(), &config)
	accountFlag(cmd.Flags(), &accountID)
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

func importTokens(cmd *cobra.Command, config server.Config, accountID string, tokens []hardwareToken) error {
	return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
		err := st.Update(ctx, func(tx *store.Tx) error {
			id, err := server.ChosenAccountID(ctx, tx, accountID)
			if err != nil {
				return err
			}
			return insertTokens(ctx, tx, id, tokens, config.Now())
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d MFA devices imported\n", len(tokens))
		return err
	})
}

func insertTokens(ctx context.Context, tx *store.Tx, accountID string, tokens []hardwareToken, now time.Time) error {
	for _, t := range tokens {
		if err := tx.InsertMFADevice(ctx, t.device(accountID, now), t.seed); errors.Is(err, store.ErrExists) {
			return fmt.Errorf("MFA device %s exists already: nothing was imported", t.serialNumber)
		} else if err != nil {
			return err
		}
	}
	return nil
}
