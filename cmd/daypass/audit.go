package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

const auditVerifyHelp = `Hold the audit log to its chain: whether a line was removed, changed, added or moved, whether
a file is missing, and whether the end was cut off, which the database remembers every ten
seconds. What is wrong is printed, and makes the command fail.

The last line of the output is the head of the chain. Kept where nobody who can change the
log can change it, and given as --head, it proves later that the log still has all that it
had then, whatever became of the database.

It needs the sealing key and the database. The server may run meanwhile.`

func newAuditCommand() *cobra.Command {
	return newGroupCommand("audit", "Read and verify the audit log",
		newAuditVerifyCommand(), newAuditTailCommand(), newAuditSearchCommand())
}

func newAuditVerifyCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	headText := ""
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Tell whether the audit log is what was written",
		Long:  auditVerifyHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			head, err := parseHead(headText)
			if err != nil {
				return err
			}
			return withStore(cmd, config, func(ctx context.Context, st *store.Store) error {
				v, err := server.VerifyAuditLog(ctx, st, config, head)
				if err != nil {
					return err
				}
				return reportVerification(cmd.OutOrStdout(), v)
			})
		},
	}
	flags := cmd.Flags()
	storeFlags(flags, &config)
	flags.StringVar(&headText, "head", "", "LOG:WRITE:HASH that the log must have had, as an earlier verification has printed it")
	showEnvironment(flags)
	return cmd
}

func formatHead(h audit.Head) string { return fmt.Sprintf("%s:%d:%s", h.Log, h.Sequence, h.Hash) }

func parseHead(text string) (head audit.Head, err error) {
	if text == "" {
		return head, nil
	}
	parts := strings.Split(text, ":")
	if len(parts) == 3 {
		head.Log, head.Hash = parts[0], parts[2]
		head.Sequence, err = strconv.ParseUint(parts[1], 10, 64)
	}
	if err != nil || formatHead(head) != text || len(head.Hash) != 64 {
		return head, fmt.Errorf("--head %q is no LOG:WRITE:HASH", text)
	}
	return head, nil
}

func reportVerification(w io.Writer, v audit.Verification) error {
	var text strings.Builder
	for _, finding := range v.Findings {
		fmt.Fprintf(&text, "WRONG: %s\n", finding)
	}
	for _, note := range v.Notes {
		fmt.Fprintf(&text, "note: %s\n", note)
	}
	fmt.Fprintf(&text, "%d lines in %d files\nhead %s\n", v.Lines, v.Files, formatHead(v.Last))
	if _, err := io.WriteString(w, text.String()); err != nil {
		return err
	}
	if len(v.Findings) > 0 {
		return errors.New("the audit log is not what was written")
	}
	return nil
}
