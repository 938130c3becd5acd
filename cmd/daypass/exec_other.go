//go:build !unix

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"

	"github.com/daypass/daypass/internal/client"
)

// replaceProcess is a child here: there are no other means.
func replaceProcess(_ context.Context, path string, args, environment []string) error {
	return runChild(path, args, environment)
}

// runChild runs a command, which the console sends its own signals, and ends as it does.
func runChild(path string, args, environment []string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt) // the command decides
	defer signal.Stop(signals)
	child := &exec.Cmd{Path: path, Args: args, Env: environment, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	if err := child.Start(); err != nil {
		return notRunnable(err)
	}
	err := child.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return client.Silent(exit.ExitCode())
	}
	return err
}
