package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/server"
)

const auditSearchHelp = `Print the lines of the audit log that fit every flag given, the oldest first, in all of the
files that are kept. Without --json a line has time, request id, action, answer, caller and
address.

The server need not run.`

const auditTailHelp = `Print the last lines of the audit log that fit every flag given, and with --follow those that
come.

The server need not run.`

func newAuditSearchCommand() *cobra.Command {
	return newAuditLinesCommand("search", "Print the lines of the audit log that fit", auditSearchHelp, nil,
		func(cmd *cobra.Command, path string, filter audit.Filter, show showLine) error {
			return showLines(cmd.Context(), audit.Forward(path, filter), show)
		})
}

func newAuditTailCommand() *cobra.Command {
	count, follow := 10, false
	return newAuditLinesCommand("tail", "Print the last lines of the audit log", auditTailHelp,
		func(flags *pflag.FlagSet) {
			flags.IntVarP(&count, "lines", "n", count, "how many lines, 10000 at most")
			flags.BoolVarP(&follow, "follow", "f", false, "go on with the lines that come, until interrupted")
		},
		func(cmd *cobra.Command, path string, filter audit.Filter, show showLine) error {
			if count < 0 || count > 10000 {
				return fmt.Errorf("--lines %d is not between 0 and 10000", count)
			}
			return tail(cmd.Context(), path, filter, count, follow, show)
		})
}

// showLine prints a line of the log.
type showLine func(audit.Line) error

func tail(ctx context.Context, path string, filter audit.Filter, count int, follow bool, show showLine) error {
	follower, err := audit.Follow(path, filter)
	if err != nil {
		return err
	}
	defer follower.Close() //nolint:errcheck // it only reads
	var last []audit.Line
	for line, err := range follower.Backward() {
		if err != nil {
			return err
		}
		if len(last) == count {
			break
		}
		line.Text = slices.Clone(line.Text)
		last = append(last, line)
	}
	for _, line := range slices.Backward(last) {
		if err := show(line); err != nil {
			return err
		}
	}
	if !follow {
		return nil
	}
	return showLines(ctx, follower.Lines(ctx), show)
}

func showLines(ctx context.Context, lines iter.Seq2[audit.Line, error], show showLine) error {
	for line, err := range lines {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil // interrupted is how it ends
		}
		if err := show(line); err != nil {
			return err
		}
	}
	return nil
}

// newAuditLinesCommand is a command that prints lines of the log, chosen by flags.
func newAuditLinesCommand(use, short, help string, more func(*pflag.FlagSet),
	run func(*cobra.Command, string, audit.Filter, showLine) error,
) *cobra.Command {
	config := server.Config{Now: time.Now}
	var filter audit.Filter
	since, until, asJSON := "", "", false
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  help,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if filter.Since, err = parseMoment("since", since, config.Now()); err != nil {
				return err
			}
			if filter.Until, err = parseMoment("until", until, config.Now()); err != nil {
				return err
			}
			show := func(l audit.Line) error { return printLine(cmd.OutOrStdout(), l.Record) }
			if asJSON {
				show = func(l audit.Line) error {
					_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", l.Text)
					return err
				}
			}
			return run(cmd, config.AuditFile(), filter, show)
		},
	}
	flags := cmd.Flags()
	dataDirFlag(flags, &config)
	flags.StringVar(&filter.EventName, "event-name", "", "action, such as GetSessionToken")
	flags.StringVar(&filter.User, "user", "", "name, ARN or unique id of who called, or of the role of their session")
	flags.StringVar(&filter.AccessKeyID, "access-key-id", "", "that the request was signed with")
	flags.StringVar(&filter.ErrorCode, "error-code", "", "such as AccessDenied")
	flags.StringVar(&filter.RequestID, "request-id", "", "of one request")
	flags.StringVar(&since, "since", "", "such as 2026-01-02T15:04:05Z, or 15m for the last quarter of an hour")
	flags.StringVar(&until, "until", "", "the same; lines of that instant are left out")
	flags.BoolVar(&asJSON, "json", false, "print the lines as they are")
	if more != nil {
		more(flags)
	}
	showEnvironment(flags)
	return cmd
}

// parseMoment reads RFC 3339, or how long ago it was.
func parseMoment(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("--%s %q is no time such as 2026-01-02T15:04:05Z, nor as long ago as 15m", flag, text)
	}
	return at, nil
}

func printLine(w io.Writer, r audit.Record) error {
	answer := r.ErrorCode
	if answer == "" {
		answer = "success"
	}
	text := fmt.Sprintf("%s  %-36s  %-28s  %-16s  %s, from %s",
		r.EventTime.Format(time.RFC3339), r.RequestID, actionOf(r), answer, callerOf(r), r.SourceIPAddress)
	_, err := fmt.Fprintln(w, strings.Map(printable, text))
	return err
}
