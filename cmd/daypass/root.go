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
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return fillFromEnvironment(cmd.Root(), cmd.Flags())
		},
	}
	root.AddCommand(newServeCommand(), newDoctorCommand(), newAccountCommand(), newMFACommand(), newRootKeyCommand(), newSessionCommand(), newKeysCommand(),
		newIssuerCommand(), newGatewayCommand(), newExplainCommand(), newAuditCommand(), newSTSCommand(), newManCommand())
	root.AddCommand(newLoginCommand(), newExecCommand(), newCredentialProcessCommand(), newExportCommand(), newWhoamiCommand(),
		newConfigureCommand(), newGetSTSSessionTokenCommand())
	return root
}

// fillFromEnvironment sets each flag that was not given from DAYPASS_ and its name, if that is set. A variable that no
// command has is an error: a setting with a slip in its name would be off without a word.
func fillFromEnvironment(root *cobra.Command, flags *pflag.FlagSet) error {
	err := checkEnvironment(root)
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

// checkEnvironment refuses variables that begin with DAYPASS_ and belong to no flag of any command.
func checkEnvironment(root *cobra.Command) error {
	known := map[string]bool{rootAccessKeyIDVariable: true, rootSecretAccessKeyVariable: true, keyringVariable: true}
	learn(root, known)
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "DAYPASS_") && !known[name] {
			return fmt.Errorf("the environment variable %s is none of daypass's", name)
		}
	}
	return nil
}

func learn(cmd *cobra.Command, known map[string]bool) {
	if isClient(cmd) {
		return
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known[environmentName(f.Name)] = true })
	for _, child := range cmd.Commands() {
		learn(child, known)
	}
}

func environmentName(flag string) string {
	return "DAYPASS_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// showEnvironment names each flag's variable in its help.
func showEnvironment(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) { f.Usage += " [" + environmentName(f.Name) + "]" })
}
