package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "daypass",
		Short:         "An AWS Security Token Service to run oneself",
		SilenceUsage:  true,
		SilenceErrors: true,
		// Every setting is a flag; the environment only fills in flags that were not given.
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return fillFromEnvironment(cmd.Flags()) },
	}
	root.AddCommand(newServeCommand(), newMFACommand(), newRootKeyCommand())
	return root
}

// fillFromEnvironment sets each flag that was not given from DAYPASS_ and its name, if that is set.
func fillFromEnvironment(flags *pflag.FlagSet) error {
	var err error
	flags.VisitAll(func(f *pflag.Flag) {
		value, ok := os.LookupEnv(environmentName(f.Name))
		if !ok || f.Changed || f.Name == "help" || err != nil {
			return
		}
		if setErr := flags.Set(f.Name, value); setErr != nil {
			err = fmt.Errorf("%s: %w", environmentName(f.Name), setErr)
		}
	})
	return err
}

func environmentName(flag string) string {
	return "DAYPASS_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// showEnvironment names each flag's variable in its help.
func showEnvironment(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) { f.Usage += " [" + environmentName(f.Name) + "]" })
}
