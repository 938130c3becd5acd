package awscli

import (
	"fmt"
	"regexp"
	"strings"
)

// The characters that a value without quotes may have, the first and those that follow. A value behind the comma of a list
// may have no equals sign: there begins the next key.
var (
	singleQuoted = regexp.MustCompile(`^'(?:\\\\|\\'|[^'])*'`)
	doubleQuoted = regexp.MustCompile(`^"(?:\\\\|\\"|[^"])*"`)
	firstValue   = regexp.MustCompile(`^(?:\\,|[!#-&(-+\--<>-Z\\-z|-\x{ffff}])(?:\\,|[\s!#-&(-+\--\\^-|~-\x{ffff}])*`)
	secondValue  = regexp.MustCompile(`^(?:\\,|[!#-&(-+\--<>-Z\\-z|-\x{ffff}])(?:\\,|[\s!#-&(-+\--<>-\x{ffff}])*`)
)

// shorthandError is a fault at a place of a value.
type shorthandError struct {
	text  string // what is wrong
	input string
	at    int // in bytes
	more  string
}

// Error shows the line with the fault, and a mark below it.
func (e *shorthandError) Error() string {
	lineStart := strings.LastIndexByte(e.input[:e.at], '\n') + 1
	lineEnd := len(e.input)
	if i := strings.IndexByte(e.input[e.at:], '\n'); i >= 0 {
		lineEnd = e.at + i
	}
	indent := strings.Repeat(" ", len([]rune(e.input[lineStart:e.at])))
	return fmt.Sprintf("%s for input:\n%s\n%s^%s%s", e.text, e.input[:lineEnd], indent, e.input[lineEnd:], e.more)
}

// shorthand reads the AWS CLI's short form of a structure: Key=a,Value=b. What is wanted is not known to it: a value is a
// string, a list ([a,b], or a,b behind a key) or an object ({a=b}).
type shorthand struct {
	input string
	at    int
}

func parseShorthand(input string) (*object, error) {
	p := &shorthand{input: input}
	o := new(object)
	for last := 0; ; last = p.at {
		if last > 0 {
			if err := p.expect(','); err != nil {
				return nil, err
			}
		}
		key, value, err := p.pair()
		if err != nil {
			return nil, err
		}
		if o.has(key) {
			return nil, &shorthandError{
				text: fmt.Sprintf("Second instance of key %q encountered", key), input: input, at: min(last+1, len(input)),
				more: "\nThis is often because there is a preceding \",\" instead of a space.",
			}
		}
		o.set(key, value)
		if p.end() {
			return o, nil
		}
	}
}

func (p *shorthand) end() bool { return p.at >= len(p.input) }

func (p *shorthand) next(c byte) bool { return !p.end() && p.input[p.at] == c }

func (p *shorthand) skipSpace() {
	for !p.end() && strings.IndexByte(" \t\n\r\v\f", p.input[p.at]) >= 0 {
		p.at++
	}
}

// expect reads a character, and space around it.
func (p *shorthand) expect(c byte) error {
	p.skipSpace()
	if !p.next(c) {
		actual := "EOF"
		if !p.end() {
			actual = string([]rune(p.input[p.at:])[0])
		}
		return p.fault(string(c), actual)
	}
	p.at++
	p.skipSpace()
	return nil
}

func (p *shorthand) fault(expected, actual string) error {
	return &shorthandError{text: fmt.Sprintf("Expected: '%s', received: '%s'", expected, actual), input: p.input, at: p.at}
}

func (p *shorthand) pair() (key string, value any, err error) {
	key = p.key()
	if err := p.expect('='); err != nil {
		return "", nil, err
	}
	switch {
	case p.end():
		return key, "", nil
	case p.next('['), p.next('{'):
		value, err = p.nested()
	default:
		value, err = p.values()
	}
	return key, value, err
}

func (p *shorthand) key() string {
	start := p.at
	for !p.end() {
		c := p.input[p.at]
		if !isNameByte(c) && strings.IndexByte("-.#/:", c) < 0 {
			break
		}
		p.at++
	}
	return p.input[start:p.at]
}

// values reads a, or the list a,b,c, which ends before what is a key.
func (p *shorthand) values() (any, error) {
	first, err := p.value(firstValue, "")
	if err != nil {
		return nil, err
	}
	p.skipSpace()
	if !p.next(',') {
		return first, nil
	}
	if err := p.expect(','); err != nil {
		return nil, err
	}
	list := []any{first}
	for {
		value, err := p.value(secondValue, "second")
		if err == nil {
			p.skipSpace()
			if p.end() {
				list = append(list, value)
				break
			}
			err = p.expect(',')
		}
		if err != nil {
			if p.end() {
				return nil, err
			}
			p.at = strings.LastIndexByte(p.input[:p.at+1], ',')
			break
		}
		list = append(list, value)
	}
	if len(list) == 1 {
		return first, nil
	}
	return list, nil
}

// nested reads [a,b], {a=b} or a value, as inside of the first two.
func (p *shorthand) nested() (any, error) {
	switch {
	case p.next('['):
		list := []any{}
		err := p.enclosed('[', ']', func() error {
			value, err := p.nested()
			list = append(list, value)
			return err
		})
		return list, err
	case p.next('{'):
		o := new(object)
		err := p.enclosed('{', '}', func() error {
			key := p.key()
			if err := p.expect('='); err != nil {
				return err
			}
			value, err := p.nested()
			o.set(key, value)
			return err
		})
		return o, err
	}
	return p.value(firstValue, "")
}

func (p *shorthand) enclosed(from, to byte, element func() error) error {
	if err := p.expect(from); err != nil {
		return err
	}
	for !p.next(to) {
		if err := element(); err != nil {
			return err
		}
		p.skipSpace()
		if !p.next(to) {
			if err := p.expect(','); err != nil {
				return err
			}
		}
	}
	p.at++
	return nil
}

// value reads a value with or without quotes. One that is required has a name.
func (p *shorthand) value(bare *regexp.Regexp, required string) (string, error) {
	switch {
	case p.next('\''):
		return p.quoted(singleQuoted, "singled quoted") // AWS's word
	case p.next('"'):
		return p.quoted(doubleQuoted, "double quoted")
	}
	found := bare.FindString(p.input[p.at:])
	if found == "" && required != "" {
		return "", p.fault("<"+required+">", "<none>")
	}
	p.at += len(found)
	return strings.TrimRight(strings.ReplaceAll(found, `\,`, ","), " \t\n\r\v\f"), nil
}

func (p *shorthand) quoted(pattern *regexp.Regexp, name string) (string, error) {
	found := pattern.FindString(p.input[p.at:])
	if found == "" {
		return "", p.fault("<"+name+">", "<none>")
	}
	p.at += len(found)
	value := strings.ReplaceAll(found[1:len(found)-1], `\`+found[:1], found[:1])
	return strings.ReplaceAll(value, `\\`, `\`), nil
}
