package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

const revokeHelp = `End sessions before they expire, on every server within a second. Keys and principals stay
as they are: who may have a session can ask for a new one. Give one of

  --principal      the sessions of a user, a role or a root, by ARN or unique id, or the
                   sessions of a role that have one name:
                   arn:aws:sts::123456789012:assumed-role/ROLE/SESSION or AROA...:SESSION
                   or those that a delegation request was traded in for:
                   arn:aws:sts::123456789012:delegated-session/NAME/REQUEST-ID
  --access-key-id  the session that has a key, ASIA..., or all sessions that were asked for
                   with a key, AKIA...
  --issued-before  every session issued until then, of one account with --account

Without --issued-before all sessions end that were issued until now, and those of the next
two seconds: a revoked session must not make itself a new one where the revocation is not
known yet. With --principal an earlier time leaves alive what was issued since.

A revocation is not taken back. It is forgotten when the last session that it can concern
would have expired, after 36 hours. The server may run meanwhile.`

func newSessionCommand() *cobra.Command {
	return newGroupCommand("session", "End sessions", newSessionRevokeCommand(), newSessionRevocationsCommand())
}

func newSessionRevokeCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	var r server.Revocation
	issuedBefore := ""
	cmd := &cobra.Command{
		Use:   "revoke",
		Short: "End sessions before they expire",
		Long:  revokeHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkRevocation(cmd.Flags()); err != nil {
				return err
			}
			var err error
			if r.IssuedBefore, err = parseInstant(issuedBefore); err != nil {
				return err
			}
			return revoke(cmd, config, r)
		},
	}
	flags := cmd.Flags()
	storeFlags(flags, &config)
	flags.StringVar(&r.Principal, "principal", "", "ARN or unique id of a user, role, session of a role, or root; ARN of a delegated session")
	flags.StringVar(&r.AccessKeyID, "access-key-id", "", "of a session, or of the key that asked for sessions")
	flags.StringVar(&issuedBefore, "issued-before", "", "such as 2026-01-02T15:04:05Z, or now")
	flags.StringVar(&r.AccountID, "account", "", "account that --issued-before is about (default every account)")
	showEnvironment(flags)
	return cmd
}

// checkRevocation refuses flags that do not go together, and those that are given without a value: a variable of a script
// that is empty must not end the sessions of everybody.
func checkRevocation(flags *pflag.FlagSet) error {
	for _, name := range []string{"principal", "access-key-id", "issued-before", "account"} {
		if f := flags.Lookup(name); f.Changed && f.Value.String() == "" {
			return fmt.Errorf("--%s is empty", name)
		}
	}
	principal, key, before := flags.Changed("principal"), flags.Changed("access-key-id"), flags.Changed("issued-before")
	switch {
	case principal && key, key && before, !principal && !key && !before:
		return errors.New("give one of --principal, --access-key-id and --issued-before")
	case flags.Changed("account") && (principal || key):
		return errors.New("--account goes with --issued-before alone")
	}
	return nil
}

// parseInstant reads RFC 3339. Now is the zero time.
func parseInstant(text string) (time.Time, error) {
	if text == "" || text == "now" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.IsZero() {
		err = fmt.Errorf("--issued-before %q is no time such as 2026-01-02T15:04:05Z, nor now", text)
	}
	return at, err
}

func revoke(cmd *cobra.Command, config server.Config, r server.Revocation) error {
	return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
		row, err := server.RevokeSessions(ctx, st, r, config.Now())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "revoked: sessions of %s issued until %s\n", whose(row), row.IssuedBefore.Format(time.RFC3339))
		return err
	})
}

// whose says which sessions a revocation is about.
func whose(r store.SessionRevocation) string {
	switch r.Kind {
	case store.RevokedAccessKey:
		return "access key " + r.Subject
	case store.RevokedAll:
		return "every account"
	}
	return r.Kind + " " + r.Subject
}

func newSessionRevocationsCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	cmd := &cobra.Command{
		Use:   "revocations",
		Short: "List the revocations that concern sessions which may live",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
				return st.View(ctx, func(tx *store.Tx) error {
					rows, err := tx.Revocations(ctx, store.Time{Time: config.Now()})
					if err != nil {
						return err
					}
					return listRevocations(cmd.OutOrStdout(), rows)
				})
			})
		},
	}
	storeFlags(cmd.Flags(), &config)
	showEnvironment(cmd.Flags())
	return cmd
}

func listRevocations(w io.Writer, rows []store.SessionRevocation) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SESSIONS OF\tISSUED UNTIL\tREVOKED\tFORGOTTEN") //nolint:errcheck // Flush tells
	for _, r := range rows {
		//nolint:errcheck // Flush tells
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", whose(r), r.IssuedBefore.Format(time.RFC3339), r.CreatedAt.Format(time.RFC3339),
			r.ExpiresAt.Format(time.RFC3339))
	}
	return table.Flush()
}
