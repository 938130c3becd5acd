package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

const rootKeyHelp = `Make another root key and print it, for when the one that the first start or account create
showed is lost, or was deleted. Whoever may read the data directory can do this.

A root has two keys at most. With --replace the new one takes the place of all there are,
and the sessions that those asked for end. The server may run meanwhile.`

func newRootKeyCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	accountID, replace := "", false
	cmd := &cobra.Command{
		Use:   "root-key",
		Short: "Make another root key",
		Long:  rootKeyHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return createRootKey(cmd, config, accountID, replace)
		},
	}
	flags := cmd.Flags()
	storeFlags(flags, &config)
	accountFlag(flags, &accountID)
	flags.BoolVar(&replace, "replace", false, "delete the root keys there are")
	showEnvironment(flags)
	return cmd
}

func createRootKey(cmd *cobra.Command, config server.Config, accountID string, replace bool) error {
	return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
		account, err := server.CreateRootKey(ctx, st, accountID, config.Now(), replace)
		if errors.Is(err, server.ErrRootKeys) {
			return fmt.Errorf("%w: delete one with aws iam delete-access-key, or give --replace", err)
		}
		if err != nil {
			return err
		}
		return printKey(cmd.OutOrStdout(), account)
	})
}
