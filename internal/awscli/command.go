package awscli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/daypass/daypass/internal/client"
)

// Globals are the options that every command has.
type Globals struct {
	Client client.Options
	Output string // one of Formats; empty for $AWS_DEFAULT_OUTPUT, else the profile's, else json
	Query  string // JMESPath
	Color  string // on, off or auto
	NoPager,
	Debug bool
	ConnectTimeout, ReadTimeout int // in seconds, 0 for ever, negative for the SDK's
}

// Colors are the values of --color.
var Colors = []string{"on", "off", "auto"}

// Flags are those of the globals but for --profile, --region and --endpoint-url.
func (g *Globals) Flags(flags *pflag.FlagSet) {
	flags.StringVar(&g.Output, "output", "", "json, text, table, yaml or yaml-stream (default $AWS_DEFAULT_OUTPUT, else the profile's, else json)")
	flags.StringVar(&g.Query, "query", "", "JMESPath `expression` that takes from the answer what to print")
	flags.StringVar(&g.Color, "color", "auto", "colours of tables: on, off, or auto for on a terminal unless $NO_COLOR is set")
	flags.BoolVar(&g.NoPager, "no-cli-pager", false, "print on a terminal without $AWS_PAGER, cli_pager of the profile, $PAGER or less")
	flags.BoolVar(&g.Debug, "debug", false, "tell on standard error of requests and answers, without secrets")
	flags.BoolVar(&g.Client.NoVerifySSL, "no-verify-ssl", false, "take any certificate of the server")
	flags.StringVar(&g.Client.CABundle, "ca-bundle", "", "`file` of the certificates to trust, in PEM (default $AWS_CA_BUNDLE, else the profile's)")
	flags.IntVar(&g.ConnectTimeout, "cli-connect-timeout", -1, "`seconds` that a connection may take to be made, 0 for ever (default the SDK's)")
	flags.IntVar(&g.ReadTimeout, "cli-read-timeout", -1, "`seconds` that the server may say nothing, 0 for ever (default the SDK's)")
	flags.BoolVar(&g.Client.NoSignRequest, "no-sign-request", false, "call without credentials")
	for _, name := range []string{"cli-connect-timeout", "cli-read-timeout"} {
		flags.Lookup(name).DefValue = "0" // as there is none, which the help would name
	}
}

// The options of every operation that are no parameters of it.
const (
	inputJSON = "cli-input-json"
	inputYAML = "cli-input-yaml"
	skeleton  = "generate-cli-skeleton"
)

// Skeletons are the values of --generate-cli-skeleton.
var Skeletons = []string{"input", "yaml-input", "output"}

// Flags are those of the operation's parameters, and of the ways to give them together.
func (op *Operation) Flags(flags *pflag.FlagSet) {
	for _, m := range op.input.Members {
		doc := m.Doc
		if m.Required {
			doc += " (required)"
		}
		flags.Var(&parameterValue{kind: m.Shape.Kind}, kebab(m.Name), doc)
	}
	flags.String(inputJSON, "", "all parameters as one JSON `object`; options override it")
	flags.String(inputYAML, "", "all parameters as one YAML `mapping`; options override it")
	flags.String(skeleton, "", "print parameters to fill in (input, yaml-input), or a sample answer (output), and call nothing")
	flags.Lookup(skeleton).NoOptDefVal = Skeletons[0]
}

// Terminal is what a command prints on.
type Terminal struct {
	Out, Err io.Writer
	TTY      *os.File // the terminal that Out is, nil when it is none
}

// Run does what the command line says: it calls the operation and prints the answer. Its errors have exit codes and the AWS
// CLI's form.
func (op *Operation) Run(ctx context.Context, flags *pflag.FlagSet, globals Globals, terminal Terminal) error {
	err := op.run(ctx, flags, globals, terminal)
	if err == nil {
		return nil
	}
	var coded interface{ ExitCode() int }
	switch {
	case ctx.Err() != nil:
		err = client.WithExitCode(errors.New("interrupted"), client.ExitInterrupted)
	case !errors.As(err, &coded):
		err = client.WithExitCode(err, client.ExitOther)
	}
	return client.InAWSForm(err)
}

func (op *Operation) run(ctx context.Context, flags *pflag.FlagSet, globals Globals, terminal Terminal) error {
	printer, query, err := globals.printer(op, terminal)
	if err != nil {
		return err
	}
	parameters, err := op.parameters(flags)
	if err != nil {
		return usage(err)
	}
	var value any
	switch flags.Lookup(skeleton).Value.String() {
	case "":
		if value, err = op.ask(ctx, parameters, globals, terminal); err != nil {
			return err
		}
	case "input":
		printer.format, printer.order.model = "json", op.input
		return printer.print(terminal.Out, sample(op.input, ""))
	case "yaml-input":
		return writeYAMLSkeleton(terminal.Out, op.input)
	case "output":
		if err := validate(parameters, op.input); err != nil {
			return usage(err)
		}
		value = sample(op.output, op.Name)
	}
	if query != nil {
		if value, err = query(value); err != nil {
			return err
		}
	}
	return globals.page(ctx, terminal, func(w io.Writer) error { return printer.print(w, value) })
}

func usage(err error) error { return client.WithExitCode(err, client.ExitUsage) }

// UsageError is a fault of the command line as such, below which its usage helps.
type UsageError struct{ error }

func (e UsageError) Unwrap() error { return e.error }

// choice refuses a value that is none of those there are.
func choice(option, value string, choices []string) error {
	if value == "" || slices.Contains(choices, value) {
		return nil
	}
	return UsageError{fmt.Errorf("argument --%s: Invalid choice %q, valid choices are: %s", option, value, strings.Join(choices, ", "))}
}

// printer checks the options that say what to print and how.
func (g *Globals) printer(op *Operation, terminal Terminal) (printer, func(any) (any, error), error) {
	p := printer{format: g.Output, title: op.Name, order: order{model: op.output}, width: 80}
	for option, choices := range map[string][]string{"output": Formats, "color": Colors} {
		if err := choice(option, map[string]string{"output": g.Output, "color": g.Color}[option], choices); err != nil {
			return p, nil, err
		}
	}
	if p.format == "" {
		p.format = os.Getenv("AWS_DEFAULT_OUTPUT")
	}
	if p.format == "" {
		setting, err := g.Client.Setting("output")
		if err != nil {
			return p, nil, err
		}
		p.format = setting
	}
	if p.format == "" {
		p.format = Formats[0]
	}
	if !slices.Contains(Formats, p.format) {
		return p, nil, client.WithExitCode(said("Unknown output type: %s", p.format), client.ExitOther)
	}
	if terminal.TTY != nil {
		if width, _, err := term.GetSize(int(terminal.TTY.Fd())); err == nil {
			p.width = width
		}
	}
	p.color = g.Color == "on" || g.Color == "auto" && terminal.TTY != nil && os.Getenv("NO_COLOR") == ""
	if g.Query == "" {
		return p, nil, nil
	}
	search, asked, err := compileQuery(g.Query)
	if err != nil {
		return p, nil, usage(err)
	}
	p.order.asked = asked
	return p, search, nil
}

// parameters reads those on the command line, and those that a file or an argument has together.
func (op *Operation) parameters(flags *pflag.FlagSet) (*object, error) {
	wanted := flags.Lookup(skeleton).Value.String()
	if err := choice(skeleton, wanted, Skeletons); err != nil {
		return nil, err
	}
	together := flags.Changed(inputJSON) || flags.Changed(inputYAML)
	var missing []string
	parameters := new(object)
	for i := range op.input.Members {
		m := &op.input.Members[i]
		option := "--" + kebab(m.Name)
		if !flags.Changed(option[2:]) {
			if m.Required {
				missing = append(missing, option)
			}
			continue
		}
		given := flags.Lookup(option[2:]).Value.(*parameterValue).given
		value, err := unpack(option, m.Shape, given)
		if err != nil {
			return nil, err
		}
		parameters.set(m.Name, value)
	}
	if len(missing) > 0 && !together && (wanted == "" || wanted == "output") {
		return nil, UsageError{fmt.Errorf("the following arguments are required: %s", strings.Join(missing, ", "))}
	}
	return parameters, addTogether(flags, parameters)
}

// addTogether adds the parameters that were not given by themselves.
func addTogether(flags *pflag.FlagSet, parameters *object) error {
	if flags.Changed(inputJSON) && flags.Changed(inputYAML) {
		return said("Only one --cli-input- parameter may be specified.")
	}
	for option, parse := range map[string]func(string) (any, error){inputJSON: parseJSON, inputYAML: parseYAML} {
		if !flags.Changed(option) {
			continue
		}
		text, err := load("--"+option, flags.Lookup(option).Value.String())
		if err != nil {
			return err
		}
		value, err := parse(text)
		if err != nil {
			return parameterError(option, "Invalid %s received.", strings.ToUpper(option[len("cli-input-"):]))
		}
		o, ok := value.(*object)
		if !ok {
			return parameterError("--"+option, "Invalid type: expecting map, received %s", pythonType(value))
		}
		for _, f := range o.fields {
			if !parameters.has(f.key) {
				parameters.set(f.key, f.value)
			}
		}
	}
	return nil
}

// ask calls the operation.
func (op *Operation) ask(ctx context.Context, parameters *object, globals Globals, terminal Terminal) (any, error) {
	options := globals.Client
	if options.EndpointURL != "" && !strings.Contains(options.EndpointURL, "://") {
		return nil, usage(said("Bad value for --endpoint-url %q: scheme is missing.  "+
			"Must be of the form http://<hostname>/ or https://<hostname>/", options.EndpointURL))
	}
	if globals.Debug {
		options.Debug = terminal.Err
	}
	options.ConnectTimeout, options.ReadTimeout = seconds(globals.ConnectTimeout), seconds(globals.ReadTimeout)
	config, err := options.Config(ctx)
	if err != nil {
		return nil, err
	}
	if config.Region == "" {
		return nil, client.WithExitCode(
			said(`You must specify a region. You can also configure your region by running "daypass configure".`),
			client.ExitConfiguration)
	}
	if err := validate(parameters, op.input); err != nil {
		return nil, usage(err)
	}
	output, err := op.call(ctx, sts.NewFromConfig(config), parameters)
	if err != nil {
		return nil, client.ServiceError(err)
	}
	return answer(output, op.output), nil
}

func seconds(n int) *time.Duration {
	if n < 0 {
		return nil
	}
	d := time.Duration(n) * time.Second
	return &d
}

// page prints through the pager when there is a terminal to turn pages on.
func (g *Globals) page(ctx context.Context, terminal Terminal, write func(io.Writer) error) error {
	if terminal.TTY == nil || g.NoPager {
		return write(terminal.Out)
	}
	pager, err := g.pager()
	if err != nil {
		return err
	}
	if pager == "" {
		return write(terminal.Out)
	}
	var text strings.Builder
	if err := write(&text); err != nil {
		return err
	}
	if text.Len() == 0 {
		return nil
	}
	shell := []string{"sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/c"}
	}
	command := exec.CommandContext(ctx, shell[0], shell[1], pager) //nolint:gosec // the user's own choice
	command.Stdin = strings.NewReader(text.String())
	command.Stdout, command.Stderr = terminal.TTY, terminal.Err
	if os.Getenv("LESS") == "" {
		command.Env = append(os.Environ(), "LESS=FRX")
	}
	if err := command.Run(); err != nil {
		return client.WithExitCode(said("Unable to redirect output to pager %s: %w", pager, err), client.ExitConfiguration)
	}
	return nil
}

// pager is a command, empty for none.
func (g *Globals) pager() (string, error) {
	if pager, set := os.LookupEnv("AWS_PAGER"); set {
		return pager, nil
	}
	setting, err := g.Client.Setting("cli_pager")
	if err != nil || setting != "" {
		return setting, err
	}
	if pager, set := os.LookupEnv("PAGER"); set {
		return pager, nil
	}
	if runtime.GOOS == "windows" {
		return "more", nil
	}
	if _, err := exec.LookPath("less"); err != nil {
		return "", nil //nolint:nilerr // many machines have none, and an answer of STS fits on a page
	}
	return "less", nil
}
