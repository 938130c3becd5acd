package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

const keysListHelp = `List the keys that seal what others must not read or change, and nothing of the keys
themselves. What each set seals:

  session-tokens          session tokens; replaced by the clock
  authorization-messages  encoded authorization messages; replaced by the clock
  audit-log               the chain of the audit log
  rest                    secrets in the database: of access keys, MFA devices and issuers

A key that is announced is known to all servers and seals nothing yet. One seals, and others
open what they have sealed, until the time in the last column.`

const keysRotateHelp = `Give a key set a new key: that of session tokens, or the one that is named as daypass keys
list names it.

The new key is known for ten minutes before it seals, which --ahead changes. A server sees it
within a second, when it reaches the database and its clock is right. The keys before it open
what they have sealed until that is over: session tokens and messages for 36 hours and 15
minutes, the chain of the audit log for good. So no session ends early.

--withdraw is for keys of session-tokens and authorization-messages that are in wrong hands. It
deletes all keys before the new one, which seals at once: every session ends, on every server
within a second.

Of the set rest every secret is sealed anew, and then the keys before are deleted. When that is
cut short everything opens as before; run it again. A server takes a new key of audit-log when
it starts.

The server may run meanwhile, and need not be told.`

const keysRewrapHelp = `Change the sealing key: have the one at --new-sealing-key seal the key sets of the database,
instead of the one at --sealing-key. Both are as in daypass serve --help. A file that is not there
is made, and so is a key that a key management service is to wrap.

It is one transaction. Whatever happens, the database opens with one of the two keys and not with
the other, and whoever gives the wrong one is told so. Keep the old key until the servers have
started with the new one.

The key sets themselves stay as they are. So the old key is of no use any more with the database
of now, and still opens a copy of it from before. Where somebody may have both, run daypass keys
rotate with --withdraw, and for the other sets daypass keys rotate, after this.

Servers that run meanwhile go on with the keys that they have read. When those are changed they
answer sessions with InternalFailure, until they are started with the new sealing key.`

func newKeysCommand() *cobra.Command {
	return newGroupCommand("keys", "Manage the keys that seal tokens and secrets", newKeysListCommand(), newKeysRotateCommand(), newKeysRewrapCommand())
}

func newKeysListCommand() *cobra.Command {
	return newStoreCommand("list", "List the keys that seal tokens and secrets", keysListHelp, 0,
		func(ctx context.Context, cmd *cobra.Command, st *store.Store, _ []string) error {
			sets, err := st.KeySets(ctx)
			if err != nil {
				return err
			}
			return listKeys(cmd.OutOrStdout(), sets, time.Now())
		})
}

func listKeys(w io.Writer, sets []store.KeySet, now time.Time) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SET\tKEY\tSTATE\tCREATED\tSEALS FROM\tOPENS UNTIL") //nolint:errcheck // Flush tells
	for _, set := range sets {
		for _, k := range set.Keys {
			from, until := k.SealsFrom, "-"
			if from.IsZero() {
				from = k.CreatedAt
			}
			if !k.OpensUntil.IsZero() {
				until = k.OpensUntil.Format(time.RFC3339)
			}
			//nolint:errcheck // Flush tells
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\n", server.KeySetName(set.Purpose), k.ID, set.State(k, now),
				k.CreatedAt.Format(time.RFC3339), from.Format(time.RFC3339), until)
		}
	}
	return table.Flush()
}

func newKeysRotateCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	rotation := server.KeyRotation{Set: "session-tokens"}
	cmd := &cobra.Command{
		Use:   "rotate [SET]",
		Short: "Give a key set a new key",
		Long:  keysRotateHelp,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if rotation.Withdraw && cmd.Flags().Changed("ahead") {
				return errors.New("--withdraw and --ahead exclude each other")
			}
			if len(args) > 0 {
				rotation.Set = args[0]
			}
			if rotation.Set == "rest" && cmd.Flags().Changed("ahead") {
				return errors.New("--ahead is not for the set rest: its new key seals at once, on every server")
			}
			return rotateKeySet(cmd, config, rotation)
		},
	}
	flags := cmd.Flags()
	storeFlags(flags, &config)
	flags.DurationVar(&rotation.Ahead, "ahead", server.DefaultKeyAhead, "how long the new key is known before it seals")
	flags.BoolVar(&rotation.Withdraw, "withdraw", false, "delete the keys before it at once: sessions end")
	showEnvironment(flags)
	return cmd
}

func rotateKeySet(cmd *cobra.Command, config server.Config, r server.KeyRotation) error {
	return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
		rotated, err := server.RotateKeys(ctx, st, r, config.Now())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "new key of %s, which seals from %s on\n", r.Set, rotated.SealsFrom.UTC().Format(time.RFC3339))
		if err == nil && rotated.Resealed > 0 {
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "secrets sealed anew: %d\n", rotated.Resealed)
		}
		return err
	})
}

func newKeysRewrapCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	to := ""
	cmd := &cobra.Command{
		Use:   "rewrap",
		Short: "Change the sealing key",
		Long:  keysRewrapHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
				done, err := server.Rewrap(ctx, st, to, config.Now())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "sealed with key %d instead of %d: from now on give --sealing-key %q\n", done.To, done.From, to)
				return err
			})
		},
	}
	flags := cmd.Flags()
	storeFlags(flags, &config)
	flags.StringVar(&to, "new-sealing-key", "", "where the sealing key is that takes its place")
	showEnvironment(flags)
	return cmd
}
