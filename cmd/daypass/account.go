package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

const accountCreateHelp = `Make another account and print its root key, the one and only time, as lines to paste.

ACCOUNT-ID is 12 digits; without it, one is chosen by chance. The server may run
meanwhile, and answers for the new account within a second.

The service control policy FullAWSAccess is on a new account: daypass account scp puts
others in its place.`

const accountDisableHelp = `Disable an account: no key and no session of it is accepted any more, on any server within
a second. Nothing of it is deleted, and daypass account enable gives it back. Its sessions
that have not expired are accepted then too, unless daypass session revoke ends them.

The same goes for sessions of roles of other accounts that users and roles of this one have
asked for.

The management account, which the first start made, cannot be disabled.`

func newAccountCommand() *cobra.Command {
	return newGroupCommand("account", "Manage accounts",
		newAccountCreateCommand(), newAccountListCommand(),
		newAccountStatusCommand("disable", "Accept no key and no session of an account", accountDisableHelp, store.Suspended),
		newAccountStatusCommand("enable", "Accept the keys of a disabled account again", "", store.Active),
		newSCPCommand())
}

func newAccountCreateCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	name := ""
	cmd := &cobra.Command{
		Use:   "create [ACCOUNT-ID]",
		Short: "Make another account, and print its root key",
		Long:  accountCreateHelp,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
				account, err := server.CreateAccount(ctx, st, strings.Join(args, ""), name, config.Now())
				if err != nil {
					return err
				}
				return printNewAccount(cmd.OutOrStdout(), account)
			})
		},
	}
	flags := cmd.Flags()
	storeFlags(flags, &config)
	flags.StringVar(&name, "name", "", "what the account is called in lists: 50 printable ASCII characters at most")
	showEnvironment(flags)
	return cmd
}

func printNewAccount(w io.Writer, account server.Account) error {
	_, err := fmt.Fprintf(w, "# daypass has created account %s. This is shown only once:\n", account.ID)
	if err == nil {
		err = printKey(w, account)
	}
	if err != nil {
		err = fmt.Errorf("the root key of account %s was made but could not be printed (daypass root-key makes another): %w", account.ID, err)
	}
	return err
}

func printKey(w io.Writer, account server.Account) error {
	_, err := fmt.Fprintf(w, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", account.RootAccessKeyID, account.RootSecretAccessKey)
	return err
}

func newAccountListCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the accounts",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
				return st.View(ctx, func(tx *store.Tx) error {
					accounts, err := tx.Accounts(ctx)
					if err != nil {
						return err
					}
					return listAccounts(cmd.OutOrStdout(), accounts)
				})
			})
		},
	}
	storeFlags(cmd.Flags(), &config)
	showEnvironment(cmd.Flags())
	return cmd
}

func listAccounts(w io.Writer, accounts []store.Account) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ACCOUNT\tNAME\tMANAGEMENT\tSTATUS\tCREATED") //nolint:errcheck // Flush tells
	for _, a := range accounts {
		name, management := "-", "no"
		if a.AccountName != "" {
			name = a.AccountName
		}
		if a.Management != 0 {
			management = "yes"
		}
		//nolint:errcheck // Flush tells
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", a.AccountID, name, management, a.Status, a.CreatedAt.Format(time.RFC3339))
	}
	return table.Flush()
}

// newAccountStatusCommand is a command, disable or enable, that gives an account a status.
func newAccountStatusCommand(verb, short, help, status string) *cobra.Command {
	config := server.Config{Now: time.Now}
	cmd := &cobra.Command{
		Use:   verb + " ACCOUNT-ID",
		Short: short,
		Long:  help,
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
				if err := server.SetAccountStatus(ctx, st, args[0], status); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "account %s is %sd\n", args[0], verb)
				return err
			})
		},
	}
	storeFlags(cmd.Flags(), &config)
	showEnvironment(cmd.Flags())
	return cmd
}
