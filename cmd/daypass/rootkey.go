package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/server"
)

const rootKeyHelp = `Make another root key and print it, for when the one that the first start showed is lost,
or was deleted. Whoever may read the data directory can do this.

A root has two keys at most. With --replace the new one takes the place of all there are,
and the sessions that those asked for end. The server may run meanwhile.`

func newRootKeyCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	replace := false
	cmd := &cobra.Command{
		Use:   "root-key",
		Short: "Make another root key",
		Long:  rootKeyHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return createRootKey(cmd, config, replace)
		},
	}
	flags := cmd.Flags()
	storeFlags(flags, &config)
	flags.BoolVar(&replace, "replace", false, "delete the root keys there are")
	showEnvironment(flags)
	return cmd
}

func createRootKey(cmd *cobra.Command, config server.Config, replace bool) (err error) {
	st, err := server.OpenExistingStore(cmd.Context(), config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	account, err := server.CreateRootKey(cmd.Context(), st, config.Now(), replace)
	if errors.Is(err, server.ErrRootKeys) {
		return fmt.Errorf("%w: delete one with aws iam delete-access-key, or give --replace", err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n",
		account.RootAccessKeyID, account.RootSecretAccessKey)
	return err
}
