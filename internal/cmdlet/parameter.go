package cmdlet

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Parameter is one parameter of the cmdlet, as PowerShell's help describes it.
type Parameter struct {
	Name  string
	Alias string // empty when there is none
	Type  string // the .NET type that PowerShell's errors name

	// Position is the place, from 1, of those that may be given without their name, and 0 for the others.
	Position int
	// Pipeline is whether values may come from the pipeline.
	Pipeline bool

	// What a value has to be: from Min to Max, or of a form, or one of some words. At most one of them is set.
	Min, Max int32
	Pattern  string
	Set      []string

	Help string
}

// The types of parameters.
const (
	typeInt32          = "System.Int32"
	typeString         = "System.String"
	typeAWSCredentials = "Amazon.Runtime.AWSCredentials"
	typePSCredential   = "System.Management.Automation.PSCredential"
)

// Parameters are those of the cmdlet in the order of its documentation, and OutputFormat, which only a command line needs.
func Parameters() []Parameter {
	return []Parameter{
		{
			Name: "DurationInSeconds", Alias: "DurationSeconds", Type: typeInt32, Position: 1, Pipeline: true, Min: 900, Max: 129600,
			Help: "how long the credentials are valid; without it 43200, for root 3600, which is root's most",
		},
		{
			Name: "SerialNumber", Type: typeString, Position: 2, Pattern: `^[A-Za-z0-9_+=/:,.@-]+\z`,
			Help: "ARN of the user's virtual MFA device, or serial number of the hardware device",
		},
		{Name: "TokenCode", Type: typeString, Position: 3, Pattern: `^[0-9]{6}\z`, Help: "the device's present code"},
		{Name: "AccessKey", Type: typeString, Help: "access key id to call with"},
		{
			Name: "SecretKey", Type: typeString,
			Help: "the access key's secret. Other users of the machine may see it: rather give -Credential",
		},
		{Name: "SessionToken", Type: typeString, Help: "the access key's session token, if it is a temporary one"},
		{
			Name: "Credential", Type: typeAWSCredentials,
			Help: "access key id, whose secret is then asked for; or env:PREFIX for the environment variables\n" +
				"PREFIX_ACCESS_KEY_ID, PREFIX_SECRET_ACCESS_KEY and, if there is one, PREFIX_SESSION_TOKEN",
		},
		{Name: "ProfileName", Type: typeString, Help: "profile of the shared configuration files, or SAML role profile"},
		{Name: "ProfileLocation", Type: typeString, Help: "ini file to look for the profile in, and nowhere else"},
		{
			Name: "NetworkCredential", Type: typePSCredential,
			Help: "user at the identity provider of a SAML role profile, whose password is then asked for; or\n" +
				"env:PREFIX for the environment variables PREFIX_USERNAME and PREFIX_PASSWORD",
		},
		{Name: "Region", Type: typeString, Help: "region to call"},
		{Name: "EndpointUrl", Type: typeString, Help: "endpoint to call"},
		{
			Name: "OutputFormat", Type: typeString, Set: []string{"table", "json"},
			Help: "table, which a terminal shows cut to its width, or json, one object a line",
		},
	}
}

// matches is whether text may stand for p: its name, its alias, or the beginning of one.
func (p Parameter) matches(text string) bool {
	return hasPrefixFold(p.Name, text) || hasPrefixFold(p.Alias, text)
}

func (p Parameter) is(name string) bool {
	return strings.EqualFold(p.Name, name) || p.Alias != "" && strings.EqualFold(p.Alias, name)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// check refuses a value in the words in which PowerShell does.
func (p Parameter) check(value string) error {
	fault := ""
	switch {
	case p.Type == typeInt32:
		return p.checkNumber(value)
	case value == "":
		fault = "The argument is null or empty. Provide an argument that is not null or empty, and then try the command again."
	case p.Pattern != "" && !regexp.MustCompile(p.Pattern).MatchString(value):
		fault = fmt.Sprintf("The argument %q does not match the \"%s\" pattern. Supply an argument that matches \"%[2]s\" and try the command again.",
			value, p.Pattern)
	case p.Set != nil && !slices.ContainsFunc(p.Set, func(word string) bool { return strings.EqualFold(word, value) }):
		fault = fmt.Sprintf("The argument %q does not belong to the set \"%s\" specified by the ValidateSet attribute. "+
			"Supply an argument that is in the set and then try the command again.", value, strings.Join(p.Set, ","))
	}
	return p.invalid(fault)
}

func (p Parameter) checkNumber(value string) error {
	n, err := number(value)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return p.inconvertible(value, "Value was either too large or too small for an Int32.")
	case err != nil:
		return p.inconvertible(value, fmt.Sprintf("The input string '%s' was not in a correct format.", value))
	case n < p.Min:
		return p.invalid(fmt.Sprintf("The %d argument is less than the minimum allowed range of %d. "+
			"Supply an argument that is greater than or equal to %[2]d and then try the command again.", n, p.Min))
	case n > p.Max:
		return p.invalid(fmt.Sprintf("The %d argument is greater than the maximum allowed range of %d. "+
			"Supply an argument that is less than or equal to %[2]d and then try the command again.", n, p.Max))
	}
	return nil
}

func number(value string) (int32, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
	return int32(n), err
}

func (p Parameter) inconvertible(value, why string) error {
	return errorf("Cannot bind parameter '%s'. Cannot convert value %q to type %q. Error: %q", p.Name, value, p.Type, why)
}

func (p Parameter) invalid(fault string) error {
	if fault == "" {
		return nil
	}
	return errorf("Cannot validate argument on parameter '%s'. %s", p.Name, fault)
}

// Error is a sentence in PowerShell's words.
type Error string

func (e Error) Error() string { return string(e) }

func errorf(format string, values ...any) error { return Error(fmt.Sprintf(format, values...)) }

// Help describes the parameters, each with its name on a line of its own.
func Help() string {
	var help strings.Builder
	for _, p := range Parameters() {
		fmt.Fprintf(&help, "  -%s <%s>", p.Name, p.Type[strings.LastIndex(p.Type, ".")+1:])
		if p.Alias != "" {
			fmt.Fprintf(&help, ", -%s", p.Alias)
		}
		if p.Position > 0 {
			fmt.Fprintf(&help, ", or argument %d", p.Position)
		}
		if p.Pipeline {
			help.WriteString(", or standard input")
		}
		fmt.Fprintf(&help, "\n      %s\n", strings.ReplaceAll(p.Help, "\n", "\n      "))
	}
	return help.String()
}
