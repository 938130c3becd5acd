package policy

import (
	"errors"
	"slices"
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

// A lookup is where variables take what they stand for from.
type lookup struct {
	request *Request // nil will do for patterns without variables
	// may is the question: with it, whether something may match, and without it, whether it does, whatever the variables
	// stand for that nobody can tell.
	may bool
}

// value is what a variable stands for in a request. It stands for nothing when the key is absent and there is no
// default; when the key has several values (spec section 9.3), then in spite of a default; and when the value is not
// UTF-8, as no text of a request is. Of a key that nobody can tell, a default is not known to be the value either.
func (l lookup) value(p *part) (string, bool) {
	switch values := l.request.values(p.key); {
	case len(values) == 1:
		return values[0], utf8.ValidString(values[0])
	case len(values) > 1, l.request.unknown(p.key):
		return "", false
	}
	return p.fallback, p.hasFallback
}

// open says whether a variable may stand for any text: nobody can tell its value, and the question is what may be.
func (l lookup) open(p *part) bool { return l.may && p.kind == variable && l.request.unknown(p.key) }

// opened is the pieces with a star for each variable that may stand for any text.
func (p *pieces) opened(l lookup) *pieces {
	if !l.may || !p.variables || len(l.request.Unknown) == 0 {
		return p
	}
	var cut [][]part
	for _, between := range slices.Concat([]piece{p.head}, p.middle, []piece{p.tail}) {
		parts := between.all()
		for {
			i := slices.IndexFunc(parts, func(next part) bool { return l.open(&next) })
			if i < 0 {
				break
			}
			cut, parts = append(cut, parts[:i]), parts[i+1:]
		}
		if cut = append(cut, parts); !p.star {
			break // the head is all of it
		}
	}
	return newPieces(cut)
}

// cutPrefix takes from a text what the part stands for.
func (p *part) cutPrefix(text string, l lookup) (rest string, ok bool) {
	switch p.kind {
	case literal:
		return strings.CutPrefix(text, p.text)
	case anyCharacter:
		_, size := utf8.DecodeRuneInString(text)
		return text[size:], size > 0
	default:
		value, ok := l.value(p)
		if !ok {
			return "", false
		}
		return strings.CutPrefix(text, value)
	}
}

// cutSuffix is cutPrefix from the other end.
func (p *part) cutSuffix(text string, l lookup) (rest string, ok bool) {
	switch p.kind {
	case literal:
		return strings.CutSuffix(text, p.text)
	case anyCharacter:
		_, size := utf8.DecodeLastRuneInString(text)
		return text[:len(text)-size], size > 0
	default:
		value, ok := l.value(p)
		if !ok {
			return "", false
		}
		return strings.CutSuffix(text, value)
	}
}
