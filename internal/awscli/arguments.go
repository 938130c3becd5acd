package awscli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// between separates the elements of a list in the value of its flag. No argument of a process can hold it.
const between = "\x00"

// parameterValue is the flag of a parameter.
type parameterValue struct {
	kind  Kind
	given []string
}

func (v *parameterValue) Type() string   { return v.kind.String() }
func (v *parameterValue) String() string { return strings.Join(v.given, between) }

func (v *parameterValue) Set(text string) error {
	switch {
	case v.kind != List:
		v.given = []string{text}
	case text == between: // no element
		v.given = nil
	default:
		v.given = strings.Split(text, between)
	}
	return nil
}

// SpellOut writes arguments as pflag reads them, --name=value each: the AWS CLI takes several values behind the name of a
// list, a value behind one that needs none, and any beginning of a name that is the beginning of no other.
func SpellOut(flags *pflag.FlagSet, arguments []string) ([]string, error) {
	if len(arguments) == 1 && arguments[0] == "help" {
		return []string{"--help"}, nil
	}
	var spelled, unknown []string
	for len(arguments) > 0 {
		argument := arguments[0]
		arguments = arguments[1:]
		if argument == "-h" {
			spelled = append(spelled, "--help")
			continue
		}
		name, value, explicit := strings.Cut(strings.TrimPrefix(argument, "--"), "=")
		if !strings.HasPrefix(argument, "--") || name == "" {
			unknown = append(unknown, argument)
			continue
		}
		flag, err := find(flags, name)
		if err != nil {
			return nil, err
		}
		if flag == nil {
			unknown = append(unknown, argument)
			continue
		}
		if !explicit {
			value, arguments, err = valueOf(flag, arguments)
		} else if flag.Value.Type() == "bool" {
			err = fmt.Errorf("argument --%s: ignored explicit argument '%s'", flag.Name, value)
		}
		if err != nil {
			return nil, err
		}
		spelled = append(spelled, "--"+flag.Name+"="+value)
	}
	if unknown != nil {
		return nil, said("Unknown options: %s", strings.Join(unknown, ", "))
	}
	return spelled, nil
}

// find returns the flag of a name or of a beginning of it, nil if there is none.
func find(flags *pflag.FlagSet, name string) (*pflag.Flag, error) {
	if flag := flags.Lookup(name); flag != nil {
		return flag, nil
	}
	var found []*pflag.Flag
	flags.VisitAll(func(f *pflag.Flag) {
		if strings.HasPrefix(f.Name, name) {
			found = append(found, f)
		}
	})
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = "--" + f.Name
	}
	return nil, fmt.Errorf("ambiguous option: --%s could match %s", name, strings.Join(names, ", "))
}

// valueOf takes a flag's value from what stands behind its name.
func valueOf(flag *pflag.Flag, arguments []string) (value string, rest []string, err error) {
	n := slices.IndexFunc(arguments, isOption)
	if n < 0 {
		n = len(arguments)
	}
	switch {
	case flag.Value.Type() == List.String():
		if n == 0 {
			return between, arguments, nil
		}
		return strings.Join(arguments[:n], between), arguments[n:], nil
	case flag.Value.Type() == "bool", flag.NoOptDefVal != "" && n == 0:
		return flag.NoOptDefVal, arguments, nil
	case n == 0:
		return "", nil, fmt.Errorf("argument --%s: expected one argument", flag.Name)
	}
	return arguments[0], arguments[1:], nil
}

// isOption tells what looks like an option: a dash, and behind it neither a number nor a text with a space.
func isOption(argument string) bool {
	return len(argument) > 1 && argument[0] == '-' && strings.Trim(argument[1:], "0123456789.") != "" && !strings.Contains(argument, " ")
}
