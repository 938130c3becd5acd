package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/webidentity"
)

const rotateKeysHelp = `Give every account that is an issuer of web identity tokens new keys, RS256 and ES384.

Relying parties keep an issuer's keys for a while. So the new keys are published for an
hour before they sign, and the old ones until the last token that they signed has expired.
--publish-ahead changes the hour; 0s is good enough where relying parties fetch the keys
again when they meet one that they do not know, which most libraries do.

With --withdraw the old keys are no longer published and the new ones sign at once. That is
for keys that are in wrong hands: tokens signed with them become worthless, as soon as
relying parties fetch the keys again.

The server may run meanwhile, and need not be told: it goes by the new keys within seconds.`

func newIssuerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "issuer",
		Short: "Manage issuers of web identity tokens",
		// Without these a mistyped command would show the help and succeed.
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		DisableFlagsInUseLine: true,
	}
	cmd.AddCommand(newRotateKeysCommand())
	return cmd
}

func newRotateKeysCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	rotation := webidentity.Rotation{}
	cmd := &cobra.Command{
		Use:   "rotate-keys",
		Short: "Replace the keys that sign web identity tokens",
		Long:  rotateKeysHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if rotation.Withdraw && cmd.Flags().Changed("publish-ahead") {
				return errors.New("--withdraw and --publish-ahead exclude each other")
			}
			return rotateKeys(cmd, config, rotation)
		},
	}
	flags := cmd.Flags()
	storeFlags(flags, &config)
	flags.DurationVar(&rotation.Ahead, "publish-ahead", webidentity.DefaultAhead, "how long the new keys are published before they sign")
	flags.BoolVar(&rotation.Withdraw, "withdraw", false, "take the old keys away at once")
	showEnvironment(flags)
	return cmd
}

func rotateKeys(cmd *cobra.Command, config server.Config, rotation webidentity.Rotation) (err error) {
	ctx := cmd.Context()
	st, err := server.OpenExistingStore(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	rotation.Now = config.Now()
	issuers, err := webidentity.Rotate(ctx, st, rotation)
	if err != nil {
		return err
	}
	when := "now"
	if rotation.Ahead > 0 && !rotation.Withdraw {
		when = rotation.Now.Add(rotation.Ahead).UTC().Format(time.RFC3339)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "issuers with new keys: %d, which sign from %s on\n", issuers, when)
	return err
}
