package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/login"
)

const exportHelp = `Print the session of daypass login as variables for a shell. A code is asked for if there is none.

  eval "$(daypass export)"                                         sh, bash, zsh
  daypass export --format fish | source                            fish
  daypass export --format powershell | Out-String | Invoke-Expression
  daypass export --format json                                     as credential_process`

// assignments write a variable in a shell's language, by the name of its format.
var assignments = map[string]func(name, value string) string{
	"env":        func(name, value string) string { return "export " + name + "=" + quoteSh(value) },
	"fish":       func(name, value string) string { return "set -gx " + name + " " + quoteFish(value) },
	"powershell": func(name, value string) string { return "$env:" + name + " = " + quotePowerShell(value) },
}

// quoteSh is for every POSIX shell: nothing means anything within single quotes but their end.
func quoteSh(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// quotePowerShell doubles every character that PowerShell takes for a single quote.
func quotePowerShell(s string) string {
	return "'" + strings.NewReplacer("'", "''", "\u2018", "\u2018\u2018", "\u2019", "\u2019\u2019", "\u201a", "\u201a\u201a", "\u201b", "\u201b\u201b").Replace(s) + "'"
}

func newExportCommand() *cobra.Command {
	format := "env"
	cmd := newSessionUser(&cobra.Command{
		Use:   "export",
		Short: "Print a session as variables for a shell",
		Long:  exportHelp,
		Args:  cobra.NoArgs,
	}, false, func(ctx context.Context, cmd *cobra.Command, _ []string, l *login.Login) error {
		if assignments[format] == nil && format != "json" {
			return client.WithExitCode(fmt.Errorf("--format is env, json, powershell or fish, not %q", format), client.ExitUsage)
		}
		credentials, err := l.Credentials(ctx)
		if err != nil {
			return err
		}
		if format == "json" {
			return writeProcess(cmd.OutOrStdout(), credentials)
		}
		return writeVariables(cmd.OutOrStdout(), assignments[format], l, credentials)
	})
	cmd.Flags().StringVar(&format, "format", format, "env, json, powershell or fish")
	return cmd
}

func writeVariables(w io.Writer, assign func(name, value string) string, l *login.Login, c aws.Credentials) error {
	for _, variable := range append(credentialVariables(c), where(l)...) {
		name, value, _ := strings.Cut(variable, "=")
		if _, err := fmt.Fprintln(w, assign(name, value)); err != nil {
			return err
		}
	}
	return nil
}
