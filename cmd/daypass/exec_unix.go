//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/daypass/daypass/internal/client"
)

// replaceProcess runs a command in the place of this process. It returns only if it can't.
func replaceProcess(ctx context.Context, path string, args, environment []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return notRunnable(&os.PathError{Op: "exec", Path: path, Err: syscall.Exec(path, args, environment)}) //nolint:gosec // what it is for
}

// runChild runs a command, passes signals on to it, and ends as it does.
func runChild(path string, args, environment []string) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2)
	defer signal.Stop(signals)
	child := &exec.Cmd{Path: path, Args: args, Env: environment, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	if err := child.Start(); err != nil {
		return notRunnable(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case s := <-signals:
			if !fromTerminal(s) {
				_ = child.Process.Signal(s) // it may have ended
			}
		case err := <-ended:
			return childError(err)
		}
	}
}

// fromTerminal tells whether the child has a signal already: the terminal sends these to all processes in its foreground, and
// some programs take a second one for impatience.
func fromTerminal(s os.Signal) bool {
	if s != syscall.SIGINT && s != syscall.SIGQUIT {
		return false
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close() //nolint:errcheck // it was only asked
	foreground, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && foreground == unix.Getpgrp()
}

func childError(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return client.Silent(128 + int(status.Signal()))
	}
	return client.Silent(exit.ExitCode())
}
