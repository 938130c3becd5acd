package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/server"
)

const explainHelp = `Tell why a request was refused: the check that failed, or the policy and the statement.

REQUEST-ID is what the answer had as x-amzn-RequestId and RequestId; clients show it with
their errors, or with --debug. The client itself reads only AWS's text.

The answer comes from the audit log, so the server need not run.`

func newExplainCommand() *cobra.Command {
	config := server.Config{Now: time.Now}
	cmd := &cobra.Command{
		Use:   "explain REQUEST-ID",
		Short: "Tell why a request was refused",
		Long:  explainHelp,
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			record, err := audit.Find(config.AuditFile(), args[0])
			if errors.Is(err, audit.ErrNotFound) {
				return fmt.Errorf("%s has no request %s", config.AuditFile(), args[0])
			}
			if err != nil {
				return err
			}
			return explain(cmd.OutOrStdout(), record)
		},
	}
	flags := cmd.Flags()
	dataDirFlag(flags, &config)
	showEnvironment(flags)
	return cmd
}

func explain(w io.Writer, r audit.Record) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, strings.Map(printable, text)) //nolint:errcheck // Flush tells
		}
	}
	row("request", r.RequestID)
	row("time", r.EventTime.Format(time.RFC3339))
	row("action", actionOf(r))
	row("resource", resourceOf(r))
	row("caller", callerOf(r))
	row("from", r.SourceIPAddress)
	if r.ErrorCode == "" {
		row("answer", "success")
		return table.Flush()
	}
	row("answer", strings.TrimSuffix(r.ErrorCode+": "+r.ErrorMessage, ": "))
	row("reason", r.AdditionalEventData.Reason)
	return table.Flush()
}

// printable keeps what a client sent from steering the operator's terminal.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// maxResources is how many resources are told.
const maxResources = 5

// resourceOf names what a request to another service is about.
func resourceOf(r audit.Record) string {
	var about struct {
		BucketName, Key string
		Resources       []string
	}
	if r.EventCategory != "Data" || json.Unmarshal(r.RequestParameters, &about) != nil {
		return ""
	}
	if about.BucketName != "" {
		arn := "arn:aws:s3:::" + about.BucketName
		if about.Key != "" {
			arn += "/" + about.Key
		}
		return arn
	}
	told := strings.Join(about.Resources[:min(maxResources, len(about.Resources))], ", ")
	if more := len(about.Resources) - maxResources; more > 0 {
		told += fmt.Sprintf(" and %d more", more)
	}
	return told
}

// actionOf is the action's name in policies; empty when the request was refused before it was known.
func actionOf(r audit.Record) string {
	if r.EventName == "" {
		return ""
	}
	service, _, _ := strings.Cut(r.EventSource, ".")
	return service + ":" + r.EventName
}

// callerOf names the caller, or says that nobody was recognised.
func callerOf(r audit.Record) string {
	identity := r.UserIdentity
	caller := identity.ARN
	if caller == "" {
		caller = "not authenticated"
	}
	if identity.AccessKeyID != "" {
		caller += ", access key " + identity.AccessKeyID
	}
	switch {
	case identity.SessionContext == nil:
		return caller
	case identity.SessionContext.Attributes.MFAAuthenticated == "true":
		return caller + ", a session with MFA"
	}
	return caller + ", a session without MFA"
}
