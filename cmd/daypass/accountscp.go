package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

const scpPutHelp = `Put a service control policy on an account, in the place of the one that has the name.
FILE is its JSON, - standard input.

What one of an account's service control policies denies, or none of them allows, nobody
in the account may do, its root neither. They allow nothing by themselves. An account has
one of them at least and five at most, each of 5,120 characters at most. FullAWSAccess,
which every new account has, allows everything: to allow less, put another policy on the
account and delete that one.

The management account has none. A change acts on the next request, on every server within
a second.`

const scpDeleteHelp = `Take a service control policy off an account. The last one cannot be deleted, for nobody in
the account could do anything then: put another one first.`

// maxPolicyFile bounds what is read of a file in the wrong place. The greatest policy has some 20 KiB.
const maxPolicyFile = 64 << 10

func newSCPCommand() *cobra.Command {
	return newGroupCommand("scp", "Manage the service control policies of accounts",
		newSCPPutCommand(), newSCPListCommand(), newSCPShowCommand(), newSCPDeleteCommand())
}

func newSCPPutCommand() *cobra.Command {
	return newStoreCommand("put ACCOUNT-ID NAME FILE", "Put a policy on an account", scpPutHelp, 3,
		func(ctx context.Context, cmd *cobra.Command, st *store.Store, args []string) error {
			document, err := readPolicy(cmd.InOrStdin(), args[2])
			if err != nil {
				return err
			}
			if err := server.PutServiceControlPolicy(ctx, st, args[0], args[1], document, time.Now()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is on account %s\n", args[1], args[0])
			return err
		})
}

func newSCPListCommand() *cobra.Command {
	return newStoreCommand("list ACCOUNT-ID", "List the policies of an account", "", 1,
		func(ctx context.Context, cmd *cobra.Command, st *store.Store, args []string) error {
			policies, err := server.ServiceControlPolicies(ctx, st, args[0])
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "NAME\tCREATED\tUPDATED") //nolint:errcheck // Flush tells
			for _, p := range policies {
				//nolint:errcheck // Flush tells
				fmt.Fprintf(table, "%s\t%s\t%s\n", p.PolicyName, p.CreatedAt.Format(time.RFC3339), p.UpdatedAt.Format(time.RFC3339))
			}
			return table.Flush()
		})
}

func newSCPShowCommand() *cobra.Command {
	return newStoreCommand("show ACCOUNT-ID NAME", "Print a policy of an account", "", 2,
		func(ctx context.Context, cmd *cobra.Command, st *store.Store, args []string) error {
			p, err := server.ServiceControlPolicy(ctx, st, args[0], args[1])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), p.Document)
			return err
		})
}

func newSCPDeleteCommand() *cobra.Command {
	return newStoreCommand("delete ACCOUNT-ID NAME", "Take a policy off an account", scpDeleteHelp, 2,
		func(ctx context.Context, cmd *cobra.Command, st *store.Store, args []string) error {
			if err := server.DeleteServiceControlPolicy(ctx, st, args[0], args[1]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is off account %s\n", args[1], args[0])
			return err
		})
}

// readPolicy reads a document, without the white space that editors leave at its end.
func readPolicy(stdin io.Reader, name string) (_ string, err error) {
	in := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPolicyFile+1))
	if err == nil && len(text) > maxPolicyFile {
		err = fmt.Errorf("%s is no policy: it has more than %d bytes", name, maxPolicyFile)
	}
	return strings.TrimRight(string(text), " \t\r\n"), err
}
