package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

// newGroupCommand is a command that only holds others.
func newGroupCommand(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		// Without these a mistyped command would show the help and succeed.
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		DisableFlagsInUseLine: true,
	}
	cmd.AddCommand(children...)
	return cmd
}

// exactArgs refuses another number of arguments, with the line that names them.
func exactArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("usage: %s", cmd.UseLine())
		}
		return nil
	}
}

// newStoreCommand is a command with a number of arguments that has the store opened before it runs, and perhaps flags of its own.
func newStoreCommand(use, short, help string, args int,
	run func(context.Context, *cobra.Command, *store.Store, []string) error, flags ...func(*pflag.FlagSet),
) *cobra.Command {
	config := server.Config{Now: time.Now}
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  help,
		Args:  exactArgs(args),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, config, func(ctx context.Context, st *store.Store) error { return run(ctx, cmd, st, args) })
		},
	}
	storeFlags(cmd.Flags(), &config)
	for _, add := range flags {
		add(cmd.Flags())
	}
	showEnvironment(cmd.Flags())
	return cmd
}

// withStore opens the store of a server, which may run meanwhile.
func withStore(cmd *cobra.Command, config server.Config, use func(context.Context, *store.Store) error) (err error) {
	st, err := server.OpenExistingStore(cmd.Context(), config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return use(cmd.Context(), st)
}
