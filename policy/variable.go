package policy

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// A part is the smallest piece of a pattern: some text, one character (?), or a variable.
type part struct {
	kind partKind
	text string // the text of a literal; the key of a variable, as written
	key  string // of a variable, in lower case

	// fallback is the value of a variable whose key is absent, if hasFallback.
	fallback    string
	hasFallback bool
}

type partKind uint8

const (
	literal partKind = iota
	anyCharacter
	variable
)

var (
	errVariableOpen    = errors.New("a policy variable has no closing brace")
	errVariableName    = errors.New("a policy variable has no name, or one that cannot be a condition key")
	errVariableDefault = errors.New("the default of a policy variable is not 'in single quotes'")
)

// parseVariable reads the variable that text begins with: ${key}, ${key, 'default'}, or one of ${*}, ${?} and ${$},
// which are those characters without their meaning.
func parseVariable(text string) (v part, rest string, err error) {
	body := text[len("${"):]
	end := strings.IndexAny(body, ",}")
	if end < 0 {
		return part{}, "", errVariableOpen
	}
	name := body[:end]
	if body[end] == '}' && (name == "*" || name == "?" || name == "$") {
		return part{kind: literal, text: name}, body[end+1:], nil
	}
	if name == "" || strings.TrimSpace(name) != name || strings.ContainsAny(name, "*?${'\"") {
		return part{}, "", errVariableName
	}
	v = part{kind: variable, text: name, key: strings.ToLower(name)}
	if body[end] == '}' {
		return v, body[end+1:], nil
	}
	v.hasFallback = true
	v.fallback, rest, err = parseDefault(body[end+1:])
	return v, rest, err
}

// parseDefault reads what follows the comma of a variable, up to and with its closing brace.
func parseDefault(text string) (value, rest string, err error) {
	text, quoted := strings.CutPrefix(strings.TrimLeft(text, " "), "'")
	if !quoted {
		return "", "", errVariableDefault
	}
	value, rest, closed := strings.Cut(text, "'")
	rest, brace := strings.CutPrefix(strings.TrimLeft(rest, " "), "}")
	if !closed || !brace {
		return "", "", errVariableDefault
	}
	return value, rest, nil
}

// value is what a variable stands for in a request. It stands for nothing when the key is absent and there is no
// default; when the key has several values (spec section 9.3), then in spite of a default; and when the value is not
// UTF-8, as no text of a request is.
func (p *part) value(c Context) (string, bool) {
	values := c[p.key]
	switch len(values) {
	case 0:
		return p.fallback, p.hasFallback
	case 1:
		return values[0], utf8.ValidString(values[0])
	}
	return "", false
}

// cutPrefix takes from a text what the part stands for.
func (p *part) cutPrefix(text string, c Context) (rest string, ok bool) {
	switch p.kind {
	case literal:
		return strings.CutPrefix(text, p.text)
	case anyCharacter:
		_, size := utf8.DecodeRuneInString(text)
		return text[size:], size > 0
	default:
		value, ok := p.value(c)
		if !ok {
			return "", false
		}
		return strings.CutPrefix(text, value)
	}
}

// cutSuffix is cutPrefix from the other end.
func (p *part) cutSuffix(text string, c Context) (rest string, ok bool) {
	switch p.kind {
	case literal:
		return strings.CutSuffix(text, p.text)
	case anyCharacter:
		_, size := utf8.DecodeLastRuneInString(text)
		return text[:len(text)-size], size > 0
	default:
		value, ok := p.value(c)
		if !ok {
			return "", false
		}
		return strings.CutSuffix(text, value)
	}
}
