package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The exit codes of the AWS CLI, version 2.
const (
	ExitInterrupted   = 130 // the user had enough
	ExitUsage         = 252 // the command line can't be parsed, or a parameter is no valid one
	ExitConfiguration = 253 // no credentials, no region, or a configuration that can't be used
	ExitService       = 254 // the service answered with an error
	ExitOther         = 255
)

type exitError struct {
	error
	code int
}

func (e exitError) Unwrap() error { return e.error }
func (e exitError) ExitCode() int { return e.code }

// WithExitCode is err, with which the process ends with code.
func WithExitCode(err error, code int) error { return exitError{err, code} }

// ExitCode is that which an error in err's chain asks for by a method ExitCode() int, as [os/exec.ExitError] has,
// [ExitInterrupted] when a signal ended the command, and 1 otherwise.
func ExitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) && coded.ExitCode() > 0 {
		return coded.ExitCode()
	}
	if errors.Is(err, context.Canceled) {
		return ExitInterrupted
	}
	return 1
}

// Silent is the error of a command whose program has said itself what there was to say, and has ended with an exit code. It
// is nil for 0.
func Silent(code int) error {
	if code == 0 {
		return nil
	}
	return silentError(code)
}

type silentError int

func (e silentError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }
func (e silentError) ExitCode() int { return int(e) }

type hintError struct {
	error
	hint string
}

func (e hintError) Unwrap() error { return e.error }

// WithHint is err, with one line for the user that says what to do about it.
func WithHint(err error, hint string) error { return hintError{err, hint} }

// Hint is the line that an error in err's chain has, the outermost if there are several; else what is known of the errors of
// services; else empty.
func Hint(err error) string {
	var hinted hintError
	if errors.As(err, &hinted) {
		return hinted.hint
	}
	return serviceHint(err)
}

type awsError struct{ error }

func (e awsError) Unwrap() error { return e.error }

// InAWSForm is err, whose [Message] is as the AWS CLI prints it: below an empty line, and without the program's name.
func InAWSForm(err error) error { return awsError{err} }

type ownError struct{ error }

func (e ownError) Unwrap() error { return e.error }

// InOwnForm is err, whose [Message] is its text alone, without the program's name.
func InOwnForm(err error) error { return ownError{err} }

// Message is what the process says at its end about err: the error, and its hint on a line of its own.
func Message(err error) string {
	if errors.As(err, new(silentError)) {
		return ""
	}
	var text strings.Builder
	switch {
	case errors.As(err, new(awsError)):
		fmt.Fprintf(&text, "\n%v\n", err)
	case errors.As(err, new(ownError)):
		fmt.Fprintf(&text, "%v\n", err)
	default:
		fmt.Fprintf(&text, "daypass: %v\n", err)
	}
	if hint := Hint(err); hint != "" {
		fmt.Fprintf(&text, "hint: %s\n", hint)
	}
	return Printable(text.String())
}

// Printable is text for a terminal. What controls one is taken out: the words of a server may hold it.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return utf8.RuneError
		}
		return r
	}, text)
}
