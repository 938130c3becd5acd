package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/daypass/daypass/internal/client"
	"github.com/daypass/daypass/internal/cmdlet"
	"github.com/daypass/daypass/internal/login"
	"github.com/daypass/daypass/internal/samlrole"
)

const getSTSSessionTokenHelp = `Call GetSessionToken, of this server or of AWS, with the parameters of the cmdlet of that name in
the AWS Tools for PowerShell: in any case, shortened as far as they stay unambiguous, as -Name
value or -Name:value. A program of that name (a link to daypass) is this command.

Standard input is read when it is a pipe or a file of the command's own and no duration is given:
one duration a line, a session each, until the first that fails.

Without parameters for them, credentials, region and endpoint are found as the AWS CLI finds them.

`

func newGetSTSSessionTokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                   cmdlet.Name + " [PARAMETER]...",
		Short:                 "Get a session as PowerShell's cmdlet does",
		Long:                  getSTSSessionTokenHelp + cmdlet.Help(),
		DisableFlagParsing:    true,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, words []string) error {
			if slices.Contains(words, "-?") || slices.Contains(words, "--help") {
				return cmd.Help()
			}
			if err := getSTSSessionToken(cmd, words); err != nil {
				return client.InOwnForm(cmdletError{err})
			}
			return nil
		},
	}
	// Its help is -?.
	cmd.InitDefaultHelpFlag()
	cmd.Flags().Lookup("help").Hidden = true
	return asClient(cmd)
}

// cmdletWords puts the cmdlet's name first when the program has been called by it, and spells it as the command does.
func cmdletWords(program string, words []string) []string {
	base := program[strings.LastIndexAny(program, `/\`)+1:]
	if strings.EqualFold(base, cmdlet.Name) || strings.EqualFold(base, cmdlet.Name+".exe") {
		return append([]string{cmdlet.Name}, words...)
	}
	if len(words) > 0 && strings.EqualFold(words[0], cmdlet.Name) {
		return append([]string{cmdlet.Name}, words[1:]...)
	}
	return words
}

func getSTSSessionToken(cmd *cobra.Command, words []string) (err error) {
	arguments, err := cmdlet.Bind(words)
	if err != nil {
		return client.WithExitCode(err, client.ExitUsage)
	}
	service, err := connect(cmd.Context(), arguments)
	if err != nil {
		return err
	}
	out := cmdlet.NewFormatter(cmd.OutOrStdout(), arguments, consoleWidth(os.Stdout))
	defer func() { err = errors.Join(err, out.Close()) }()
	for call, err := range calls(arguments, os.Stdin) {
		if err != nil {
			return err
		}
		session, err := getSessionToken(cmd.Context(), service, call)
		if err != nil {
			return err
		}
		if err := out.Write(session); err != nil {
			return err
		}
	}
	return nil
}

// consoleWidth is 0 for what is no console.
func consoleWidth(out *os.File) int {
	width, _, err := term.GetSize(int(out.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// calls are the arguments of each call: one, or one for each duration from the pipeline.
func calls(arguments cmdlet.Arguments, stdin *os.File) iter.Seq2[cmdlet.Arguments, error] {
	return func(yield func(cmdlet.Arguments, error) bool) {
		if arguments.Duration() != 0 || !isPipeline(stdin) {
			yield(arguments, nil)
			return
		}
		lines := bufio.NewScanner(stdin)
		empty := true
		for lines.Scan() {
			empty = false
			call, err := arguments.With(lines.Text())
			if err != nil {
				err = client.WithExitCode(err, client.ExitUsage)
			}
			if !yield(call, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(nil, fmt.Errorf("standard input: %w", err))
		} else if empty {
			yield(arguments, nil)
		}
	}
}

// isPipeline is whether durations may come from standard input. That is no pipeline which the parent process has for its
// own standard input: a script that a shell reads, the lines of a loop, the pipe of a job runner that nobody closes. Where
// no /proc tells of the parent, every pipe and file is one.
func isPipeline(stdin *os.File) bool {
	info, err := stdin.Stat()
	if err != nil || !info.Mode().IsRegular() && info.Mode()&os.ModeNamedPipe == 0 {
		return false
	}
	parents, err := os.Stat(fmt.Sprintf("/proc/%d/fd/0", os.Getppid()))
	return err != nil || !os.SameFile(info, parents)
}

func getSessionToken(ctx context.Context, service *sts.Client, arguments cmdlet.Arguments) (cmdlet.Credentials, error) {
	var input sts.GetSessionTokenInput
	if duration := arguments.Duration(); duration != 0 {
		input.DurationSeconds = &duration
	}
	if serial, ok := arguments["SerialNumber"]; ok {
		input.SerialNumber = &serial
	}
	if code, ok := arguments["TokenCode"]; ok {
		input.TokenCode = &code
	}
	answer, err := service.GetSessionToken(ctx, &input)
	if err != nil {
		return cmdlet.Credentials{}, client.ServiceError(err)
	}
	if answer.Credentials == nil {
		return cmdlet.Credentials{}, errors.New("the service answered without credentials")
	}
	return cmdlet.Credentials{
		AccessKeyId:     aws.ToString(answer.Credentials.AccessKeyId),
		Expiration:      aws.ToTime(answer.Credentials.Expiration),
		SecretAccessKey: aws.ToString(answer.Credentials.SecretAccessKey),
		SessionToken:    aws.ToString(answer.Credentials.SessionToken),
	}, nil
}

const errNoRegion = cmdlet.Error("No region specified or obtained from persisted/shell defaults.")

func connect(ctx context.Context, arguments cmdlet.Arguments) (*sts.Client, error) {
	options := client.Options{
		Profile:         arguments["ProfileName"],
		ProfileLocation: arguments["ProfileLocation"],
		Region:          arguments["Region"],
		EndpointURL:     arguments["EndpointUrl"],
		TokenCode: func(serialNumber string) (string, error) {
			return askOnTerminal(ctx, "MFA code of "+serialNumber)
		},
	}
	cfg, err := configureCall(ctx, options, arguments)
	switch {
	case err != nil:
		return nil, client.WithExitCode(err, client.ExitConfiguration)
	case cfg.Region == "":
		return nil, client.WithExitCode(errNoRegion, client.ExitConfiguration)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, client.ServiceError(client.WithExitCode(err, client.ExitConfiguration))
	}
	return sts.NewFromConfig(cfg), nil
}

func configureCall(ctx context.Context, options client.Options, arguments cmdlet.Arguments) (cfg aws.Config, err error) {
	if options.ProfileLocation != "" {
		if _, err := os.Stat(options.ProfileLocation); err != nil {
			return aws.Config{}, err
		}
		if options.Profile == "" {
			options.Profile = "default" // named, for it to come before the environment
		}
	}
	if options.Credentials, err = givenCredentials(ctx, arguments); err != nil {
		return aws.Config{}, err
	}
	role, found, err := samlProfile(options)
	switch {
	case err != nil:
		return aws.Config{}, err
	case found:
		return configureSAML(ctx, options, role, arguments["NetworkCredential"])
	case arguments["NetworkCredential"] != "":
		return aws.Config{}, fmt.Errorf("the profile %s is no SAML role profile, for which -NetworkCredential is", options.Profile)
	}
	return options.Config(ctx)
}

// givenCredentials are those of the parameters; nil when there are none.
func givenCredentials(ctx context.Context, arguments cmdlet.Arguments) (aws.CredentialsProvider, error) {
	id, secret, token := arguments["AccessKey"], arguments["SecretKey"], arguments["SessionToken"]
	if given := arguments["Credential"]; given != "" {
		if prefix, ok := strings.CutPrefix(given, "env:"); ok {
			id, secret, token = os.Getenv(prefix+"_ACCESS_KEY_ID"), os.Getenv(prefix+"_SECRET_ACCESS_KEY"), os.Getenv(prefix+"_SESSION_TOKEN")
			if id == "" || secret == "" {
				return nil, fmt.Errorf("-Credential: %s_ACCESS_KEY_ID or %[1]s_SECRET_ACCESS_KEY is not set in the environment", prefix)
			}
		} else {
			var err error
			if secret, err = askOnTerminal(ctx, "Secret access key of "+given); err != nil {
				return nil, err
			}
			id = given
		}
	}
	if id == "" {
		return nil, nil
	}
	return credentials.NewStaticCredentialsProvider(id, secret, token), nil
}

// samlProfile is the SAML role profile that the profile's name means, if it means one.
func samlProfile(options client.Options) (samlrole.Profile, bool, error) {
	if options.Profile == "" {
		return samlrole.Profile{}, false, nil
	}
	if options.ProfileLocation != "" {
		return samlrole.Find(options.Profile, options.ProfileLocation)
	}
	environment, err := config.NewEnvConfig()
	if err != nil {
		return samlrole.Profile{}, false, err
	}
	return samlrole.Find(options.Profile,
		cmp.Or(environment.SharedCredentialsFile, config.DefaultSharedCredentialsFilename()),
		cmp.Or(environment.SharedConfigFile, config.DefaultSharedConfigFilename()))
}

func configureSAML(ctx context.Context, options client.Options, role samlrole.Profile, networkCredential string) (aws.Config, error) {
	user, password, err := networkUser(ctx, networkCredential, role.UserIdentity)
	if err != nil {
		return aws.Config{}, err
	}
	options.Credentials = aws.AnonymousCredentials{}
	cfg, err := options.Config(ctx)
	if err != nil {
		return aws.Config{}, err
	}
	cfg.Credentials = aws.NewCredentialsCache(role.Provider(cfg.Copy(), user, password))
	return cfg, nil
}

func networkUser(ctx context.Context, given, identity string) (user, password string, err error) {
	if prefix, ok := strings.CutPrefix(given, "env:"); ok {
		user, password = os.Getenv(prefix+"_USERNAME"), os.Getenv(prefix+"_PASSWORD")
		if user == "" || password == "" {
			return "", "", fmt.Errorf("-NetworkCredential: %s_USERNAME or %[1]s_PASSWORD is not set in the environment", prefix)
		}
		return user, password, nil
	}
	if user = cmp.Or(given, identity); user == "" {
		return "", "", errors.New("a SAML role profile without user_identity needs -NetworkCredential")
	}
	password, err = askOnTerminal(ctx, "Password of "+user)
	return user, password, err
}

// askOnTerminal asks for what must not show, and never on standard input: that is for durations, or the command's.
func askOnTerminal(ctx context.Context, what string) (string, error) {
	terminal, err := login.OpenTerminal()
	if err != nil {
		err := fmt.Errorf("%s: there is no terminal to ask for it on", what)
		return "", client.WithHint(client.WithExitCode(err, client.ExitConfiguration), "run it at a terminal")
	}
	defer terminal.Close()
	return terminal.AskSecret(ctx, what+": ")
}

// cmdletError is in PowerShell's form: the cmdlet's name and a sentence, which for an answer of the service is its message
// alone.
type cmdletError struct{ error }

func (e cmdletError) Unwrap() error { return e.error }

func (e cmdletError) Error() string {
	if answer := smithy.APIError(nil); errors.As(e.error, &answer) && client.ExitCode(e.error) == client.ExitService {
		return cmdlet.Name + ": " + answer.ErrorMessage()
	}
	return cmdlet.Name + ": " + e.error.Error()
}
