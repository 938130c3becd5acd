// Command daypass is an AWS Security Token Service to run oneself.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/daypass/daypass/internal/client"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	root := newRootCommand()
	arguments, err := spellOut(root, cmdletWords(os.Args[0], os.Args[1:]))
	if err == nil {
		root.SetArgs(arguments)
		var cmd *cobra.Command
		if cmd, err = root.ExecuteContextC(ctx); err != nil && isClient(cmd) {
			err = hinted(cmd, err)
		}
	}
	if err != nil {
		fmt.Fprint(os.Stderr, client.Message(err))
		return client.ExitCode(err)
	}
	return 0
}
