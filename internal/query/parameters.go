package query

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/daypass/daypass/internal/aws"
)

// maxParameters bounds what one request can make us look at. AWS's own limit is not known; the largest real request has
// a few hundred.
const maxParameters = 10_000

// Parameters are the decoded parameters of one request, in the order they came.
type Parameters []parameter

type parameter struct{ name, value string }

// Parse decodes the query string and then the form, both application/x-www-form-urlencoded. Where a name comes twice the
// first value stands, so the query string wins over the form (spec section 1.1). The error is an *aws.Error:
// MalformedQueryString for a bad escape, MalformedInput for text that is not UTF-8 or has a NUL, and
// for more than 10,000 parameters.
func Parse(rawQuery string, form []byte) (Parameters, error) {
	body := string(form)
	p := make(Parameters, 0, min(strings.Count(rawQuery, "&")+strings.Count(body, "&")+2, maxParameters))
	p, err := p.parse(rawQuery)
	if err != nil {
		return nil, err
	}
	return p.parse(body)
}

func (p Parameters) parse(encoded string) (Parameters, error) {
	for encoded != "" {
		var pair string
		if pair, encoded, _ = strings.Cut(encoded, "&"); pair == "" {
			continue
		}
		if len(p) == maxParameters {
			return nil, malformed("more than %d parameters", maxParameters)
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := unescape(name)
		if err != nil {
			return nil, err
		}
		if value, err = unescape(value); err != nil {
			return nil, err
		}
		p = append(p, parameter{name, value})
	}
	return p, nil
}

// Get returns the first value of a parameter, and whether there is one.
func (p Parameters) Get(name string) (value string, present bool) {
	for i := range p {
		if p[i].name == name {
			return p[i].value, true
		}
	}
	return "", false
}

// under returns the parameters below name, with "name." cut off.
func (p Parameters) under(name string) Parameters {
	var below Parameters
	for _, q := range p {
		if len(q.name) > len(name) && q.name[len(name)] == '.' && q.name[:len(name)] == name {
			below = append(below, parameter{q.name[len(name)+1:], q.value})
		}
	}
	return below
}

// unescape decodes a name or a value.
func unescape(s string) (string, error) {
	plain := 0
	for plain < len(s) && s[plain] != '%' && s[plain] != '+' && 0 < s[plain] && s[plain] < utf8.RuneSelf {
		plain++
	}
	if plain == len(s) {
		return s, nil
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:plain])
	for i := plain; i < len(s); i++ {
		c := s[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			var err error
			if c, err = unhex(s[i:]); err != nil {
				return "", err
			}
			i += 2
		}
		b.WriteByte(c)
	}
	switch {
	case !utf8.ValidString(b.String()):
		return "", malformed("a parameter is not UTF-8")
	case strings.Contains(b.String(), "\x00"): // databases differ in what they make of it
		return "", malformed("a parameter has a NUL")
	}
	return b.String(), nil
}

// unhex decodes the escape at the start of s.
func unhex(s string) (byte, error) {
	if len(s) < 3 {
		return 0, aws.Errorf(aws.MalformedQueryString, "Incomplete trailing escape %% sequence")
	}
	high, ok1 := hexDigit(s[1])
	low, ok2 := hexDigit(s[2])
	if !ok1 || !ok2 {
		return 0, aws.Errorf(aws.MalformedQueryString, "Illegal hex character in escape %% pattern: %s",
			strings.ToValidUTF8(s[:3], "\uFFFD"))
	}
	return high<<4 | low, nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// malformed is MalformedInput, which AWS sends without a message (spec section 1.4); the reason is the operator's.
func malformed(format string, args ...any) error {
	e := &aws.Error{Code: aws.MalformedInput}
	return e.Because(fmt.Errorf(format, args...))
}
