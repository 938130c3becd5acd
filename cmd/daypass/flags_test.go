package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// eachCommand visits the commands that are ours: completion and help are cobra's.
func eachCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		eachCommand(c, visit)
	}
}

// Every setting is a flag, with a word about it and its environment variable in the help.
func TestHelpNamesEveryFlag(t *testing.T) {
	t.Parallel()
	flags := 0
	eachCommand(newRootCommand(), func(cmd *cobra.Command) {
		help := cmd.UsageString()
		if cmd.Short == "" {
			t.Errorf("%s: nothing says what it does", cmd.CommandPath())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" {
				return
			}
			flags++
			variable := "[DAYPASS_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")) + "]"
			if !strings.Contains(help, "--"+f.Name+" ") || strings.Contains(help, variable) == isClient(cmd) {
				t.Errorf("%s: the help does not name --%s and %s", cmd.CommandPath(), f.Name, variable)
			}
			if before, _, _ := strings.Cut(f.Usage, "["); strings.TrimSpace(before) == "" {
				t.Errorf("%s: nothing says what --%s is", cmd.CommandPath(), f.Name)
			}
		})
	})
	if flags == 0 {
		t.Error("no command has a flag")
	}
}

// A command that only holds others must refuse what it does not know: cobra would show its help and succeed.
func TestUnknownCommands(t *testing.T) {
	t.Parallel()
	eachCommand(newRootCommand(), func(cmd *cobra.Command) {
		if !cmd.HasSubCommands() {
			return
		}
		root := newRootCommand()
		root.SetArgs(append(strings.Fields(cmd.CommandPath())[1:], "no-such-command"))
		root.SetOut(t.Output())
		root.SetErr(t.Output())
		if err := root.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), `unknown command "no-such-command"`) {
			t.Errorf("%s no-such-command: %v", cmd.CommandPath(), err)
		}
	})
}
