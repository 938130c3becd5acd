// Package cmdlet has the surface of the cmdlet Get-STSSessionToken: its parameters read as PowerShell reads them, and its
// objects shown as PowerShell shows them. The errors are in PowerShell's words.
package cmdlet

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is the cmdlet's, whose case does not matter.
const Name = "Get-STSSessionToken"

// Arguments are values by the names of their parameters. Each has the form that its parameter wants.
type Arguments map[string]string

// Duration is the number of seconds that was given, and 0 when none was.
func (a Arguments) Duration() int32 {
	n, err := number(a["DurationInSeconds"])
	if err != nil {
		return 0
	}
	return n
}

// With is a with another duration, from the pipeline, if that is one.
func (a Arguments) With(duration string) (Arguments, error) {
	p := Parameters()[slices.IndexFunc(Parameters(), func(p Parameter) bool { return p.Pipeline })]
	if err := p.check(duration); err != nil {
		return nil, err
	}
	more := maps.Clone(a)
	more[p.Name] = duration
	return more, nil
}

// Bind gives the words of a command line to the parameters: "-Name value" and "-Name:value", with the beginning of a name
// or alias when only one has it; words without a name by position. A word that begins with a dash and a letter is always
// a name, so that a value of that form needs the colon. After "--" no word is a name.
func Bind(words []string) (Arguments, error) {
	bound := Arguments{}
	var positional []string
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch name, value, colon := cutParameter(word); {
		case word == "--":
			positional, words = append(positional, words...), nil
		case name == "":
			positional = append(positional, word)
		default:
			p, err := find(name)
			if err != nil {
				return nil, err
			}
			if !colon || value == "" { // "-Name: value" is "-Name value"
				if value, words, err = takeValue(p, words); err != nil {
					return nil, err
				}
			}
			if err := bound.bind(p, value); err != nil {
				return nil, err
			}
		}
	}
	if err := bound.bindPositional(positional); err != nil {
		return nil, err
	}
	if err := bound.checkTogether(); err != nil {
		return nil, err
	}
	return bound, nil
}

// cutParameter splits a word that names a parameter. The name is empty for all other words.
func cutParameter(word string) (name, value string, colon bool) {
	dash, size := utf8.DecodeRuneInString(word)
	first, _ := utf8.DecodeRuneInString(word[size:])
	// Word processors turn hyphens into dashes; PowerShell takes them all.
	if !strings.ContainsRune("-\u2013\u2014\u2015", dash) || !unicode.IsLetter(first) && first != '_' {
		return "", "", false
	}
	return strings.Cut(word[size:], ":")
}

func find(name string) (Parameter, error) {
	var found []Parameter
	for _, p := range Parameters() {
		if p.is(name) {
			return p, nil
		}
		if p.matches(name) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Parameter{}, errorf("A parameter cannot be found that matches parameter name '%s'.", name)
	}
	var names strings.Builder
	for _, p := range found {
		names.WriteString(" -" + p.Name)
	}
	return Parameter{}, errorf("Parameter cannot be processed because the parameter name '%s' is ambiguous. "+
		"Possible matches include:%s.", name, &names)
}

func takeValue(p Parameter, words []string) (value string, rest []string, err error) {
	if len(words) > 0 {
		if name, _, _ := cutParameter(words[0]); name == "" && words[0] != "--" {
			return words[0], words[1:], nil
		}
	}
	return "", nil, errorf("Missing an argument for parameter '%s'. Specify a parameter of type '%s' and try again.", p.Name, p.Type)
}

func (a Arguments) bind(p Parameter, value string) error {
	if _, again := a[p.Name]; again {
		return errorf("Cannot bind parameter because parameter '%s' is specified more than once. "+
			"To provide multiple values to parameters that can accept multiple values, use the array syntax. "+
			`For example, "-parameter value1,value2,value3".`, p.Name)
	}
	a[p.Name] = value
	return p.check(value)
}

// bindPositional gives values to the parameters with a position that have none yet.
func (a Arguments) bindPositional(values []string) error {
	for _, p := range Parameters() { // which begin with those that have a position, in order
		if _, named := a[p.Name]; named || p.Position == 0 || len(values) == 0 {
			continue
		}
		if err := a.bind(p, values[0]); err != nil {
			return err
		}
		values = values[1:]
	}
	if len(values) > 0 {
		return errorf("A positional parameter cannot be found that accepts argument '%s'.", values[0])
	}
	return nil
}

// checkTogether refuses what is given without what it belongs to, and credentials that are given in two ways.
func (a Arguments) checkTogether() error {
	has := func(name string) bool { _, ok := a[name]; return ok }
	key, profile := has("AccessKey"), has("ProfileName") || has("ProfileLocation")
	switch {
	case key != has("SecretKey"):
		return errorf("The parameters AccessKey and SecretKey have to be given together.")
	case has("SessionToken") && !key:
		return errorf("The parameter SessionToken has to be given together with AccessKey and SecretKey.")
	case key && has("Credential"), key && profile, has("Credential") && profile:
		return errorf("Credentials are given in more than one way: give AccessKey and SecretKey, or Credential, or a profile.")
	case has("NetworkCredential") && !has("ProfileName"):
		return errorf("The parameter NetworkCredential has to be given together with the ProfileName of a SAML role profile.")
	}
	return nil
}
