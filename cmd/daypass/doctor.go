package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/server"
)

const doctorHelp = `Look at all that the server needs: the configuration, the data directory and who may read
it, the clock, the database and its schema, the sealing key, the keys of tokens, the server
itself if it runs, and what stands behind the gateway. Nothing is changed.

It takes the flags, the variables and the configuration file of daypass serve: run it with
those of the server, as the server's user. It exits with 1 when something is broken or
unsafe, and with 0 when there are warnings at most.`

func newDoctorCommand() *cobra.Command {
	var settings serveSettings
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look whether the server has what it needs",
		Long:  doctorHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := settings.read(cmd)
			if err != nil {
				return err
			}
			return showFindings(cmd, server.Examine(cmd.Context(), config))
		},
	}
	settings.register(cmd.Flags())
	return cmd
}

func showFindings(cmd *cobra.Command, findings []server.Finding) error {
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	failures := 0
	for _, f := range findings {
		if f.Verdict == server.Failure {
			failures++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Verdict, f.Subject, f.Text) //nolint:errcheck // Flush tells
	}
	err := table.Flush()
	if failures > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d things are broken or unsafe", failures, len(findings)))
	}
	return err
}
