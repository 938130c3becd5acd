package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/daypass/daypass/internal/awscli"
	"github.com/daypass/daypass/internal/client"
)

const stsHelp = `Call an operation of STS, of this server or of AWS, as aws sts does: the same parameters,
output, errors and exit codes.

A list takes its elements one after the other, a structure Key=a,Value=b or JSON:

  --tags Key=team,Value=blue Key=stage,Value=test
  --policy-arns arn=arn:aws:iam::123456789012:policy/reader

file://PATH is what the file holds. Of the name of an option its beginning is enough.

Exit codes: 252 the command line is wrong, 253 the configuration is, 254 the service refused,
255 anything else, 130 interrupted.`

// operationAnnotation marks the commands whose arguments are in the AWS CLI's form.
const operationAnnotation = "operation"

func newSTSCommand() *cobra.Command {
	globals := new(awscli.Globals)
	group := asClient(newGroupCommand("sts", "Call STS, as aws sts does"))
	group.Long = stsHelp
	group.Args = func(cmd *cobra.Command, args []string) error {
		if err := cobra.NoArgs(cmd, args); err != nil {
			return usageError(cmd, err)
		}
		return nil
	}
	group.SetFlagErrorFunc(usageError)
	clientFlags(group.PersistentFlags(), &globals.Client)
	globals.Flags(group.PersistentFlags())
	for _, op := range awscli.Operations() {
		group.AddCommand(newOperationCommand(op, globals))
	}
	complete(group, "output", awscli.Formats)
	complete(group, "color", awscli.Colors)
	return group
}

func newOperationCommand(op *awscli.Operation, globals *awscli.Globals) *cobra.Command {
	short, _, _ := strings.Cut(op.Doc(), ". ")
	cmd := &cobra.Command{
		Use:   op.Command() + " [options]",
		Short: strings.TrimSuffix(short, "."),
		Long:  wrap(op.Doc(), 90),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			globals.Client.TokenCode = func(serialNumber string) (string, error) {
				return askOnTerminal(cmd.Context(), "Enter MFA code for "+serialNumber)
			}
			err := op.Run(cmd.Context(), cmd.Flags(), *globals, terminal(cmd))
			if errors.As(err, new(awscli.UsageError)) {
				return usageError(cmd, err)
			}
			return err
		},
		Annotations:           map[string]string{operationAnnotation: ""},
		DisableFlagsInUseLine: true,
	}
	op.Flags(cmd.Flags())
	complete(cmd, "generate-cli-skeleton", awscli.Skeletons)
	return cmd
}

// wrap breaks a paragraph into lines of so many bytes.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case column+len(word) >= width:
			b.WriteByte('\n')
			column = 0
		case i > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// complete has the shell propose the values of a flag.
func complete(cmd *cobra.Command, flag string, values []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic("internal error: " + err.Error())
	}
}

func terminal(cmd *cobra.Command) awscli.Terminal {
	t := awscli.Terminal{Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr()}
	if out, ok := t.Out.(*os.File); ok && term.IsTerminal(int(out.Fd())) {
		t.TTY = out
	}
	return t
}

// spellOut writes the arguments of an operation as cobra reads them; others it leaves as they are.
func spellOut(root *cobra.Command, arguments []string) ([]string, error) {
	cmd, rest, err := root.Find(arguments)
	if _, ok := cmd.Annotations[operationAnnotation]; err != nil || !ok {
		return arguments, nil //nolint:nilerr // cobra says it better
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	cmd.InitDefaultHelpFlag()
	flags.AddFlagSet(cmd.LocalFlags())
	flags.AddFlagSet(cmd.InheritedFlags())
	spelled, err := awscli.SpellOut(flags, rest)
	if err != nil {
		return nil, usageError(cmd, err)
	}
	return append(strings.Fields(cmd.CommandPath())[1:], spelled...), nil
}

// usageError is a fault of the command line in the AWS CLI's form.
func usageError(cmd *cobra.Command, err error) error {
	text := fmt.Sprintf("usage: %s\nTo see help text, you can run:\n\n  %s --help\n\ndaypass: error: %v",
		cmd.UseLine(), cmd.CommandPath(), err)
	return client.InAWSForm(client.WithExitCode(errors.New(text), client.ExitUsage))
}
