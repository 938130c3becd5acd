package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/login"
)

const whoamiHelp = `Say who the credentials are, whether a code was given for them, when they end, and where they come
from. They are those of the kept session if there is one, else what AWS's clients would find.
No code is asked for.`

func newWhoamiCommand() *cobra.Command {
	options := &client.Options{}
	keyring := false
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Say who the credentials are, and whether with MFA",
		Long:  whoamiHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			keyring, err := wantsKeyring(cmd.Flags())
			if err != nil {
				return err
			}
			cache, err := login.OpenCache(keyring)
			if err != nil {
				return err
			}
			who, err := login.Who(cmd.Context(), *options, cache, time.Now)
			if err != nil {
				return client.ServiceError(err)
			}
			return writeWho(cmd.OutOrStdout(), who, time.Now())
		},
	}
	clientFlags(cmd.Flags(), options)
	keyringFlag(cmd.Flags(), &keyring)
	return asClient(cmd)
}

func writeWho(w io.Writer, who login.Identity, now time.Time) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, value string) { fmt.Fprintf(table, "%s\t%s\n", name, client.Printable(value)) } //nolint:errcheck // Flush tells
	line("Account", who.Account)
	line("Arn", who.Arn)
	line("UserId", who.UserID)
	line("MFA", who.MFA)
	expires := "never"
	if !who.Expires.IsZero() {
		expires = until(who.Expires, now)
	} else if strings.HasPrefix(who.AccessKeyID, "ASIA") {
		expires = "not known"
	}
	line("Expires", expires)
	line("Credentials", who.AccessKeyID+", "+who.From)
	line("Endpoint", cmp.Or(who.Endpoint, "AWS"))
	return table.Flush()
}
