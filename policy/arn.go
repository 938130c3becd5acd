package policy

import (
	"errors"
	"strings"
)

// An arn is a text cut behind its fifth colon. Policies speak of the parts of an ARN one by one.
type arn struct {
	parts    [5]string // arn, partition, service, region and account
	front    string    // these with their colons
	resource string    // may hold colons
	begin    uint64    // of the resource
	valid    bool      // false: the text is no ARN
}

func cutParts(text string) (a arn) {
	rest := text
	for i := range a.parts {
		part, after, found := strings.Cut(rest, ":")
		if !found {
			return arn{}
		}
		a.parts[i], rest = part, after
	}
	a.front, a.resource, a.valid = text[:len(text)-len(rest)], rest, true
	a.begin = beginning(rest)
	return a
}

// An arnPattern is matched against an ARN part by part, so that a star never takes more than its part (spec section 9.2).
type arnPattern struct {
	everything bool        // * alone
	whole      bool        // resource is for the whole text
	front      string      // when the first five parts have no wildcards
	parts      *[5]pattern // when one has
	resource   pattern
}

var (
	errService  = errors.New("the service of an ARN has no wildcards")
	errARNParts = errors.New("an ARN has six parts")
)

// compileResource makes a pattern of an entry of Resource. Missing parts are *, as AWS completes them (aws-iam section
// 8), and variables stand behind the fifth colon only: before it, they are text.
func compileResource(text string, variables bool) (arnPattern, error) {
	if text == "*" {
		return arnPattern{everything: true}, nil
	}
	fields := strings.SplitN(text, ":", 6)
	if len(fields) < 3 {
		return arnPattern{}, errARNParts
	}
	if strings.ContainsAny(fields[2], "*?") {
		return arnPattern{}, errService
	}
	for len(fields) < 6 {
		fields = append(fields, "*")
	}
	return compileParts(fields, false, variables)
}

// compileARN makes a pattern of the value of an ARN operator. Variables may stand anywhere in it. Their colons divide
// nothing, nor do those of their values: a value that a caller chose must not move what follows it into another part.
// A value that has no colons but those is the whole ARN.
func compileARN(text string, variables bool) (arnPattern, error) {
	if text == "*" {
		return arnPattern{everything: true}, nil
	}
	fields := splitOutsideVariables(text, variables)
	if len(fields) == 6 {
		return compileParts(fields, variables, variables)
	}
	whole, err := compilePattern(text, syntax{wildcards: true, variables: variables})
	if err != nil {
		return arnPattern{}, err
	}
	if len(fields) > 1 || !whole.hasVariable() || whole.pieces.star {
		return arnPattern{}, errARNParts
	}
	return arnPattern{resource: whole, whole: true}, nil
}

// splitOutsideVariables cuts a text at its first five colons. Those within ${ and } do not count.
func splitOutsideVariables(text string, variables bool) (fields []string) {
	begin := 0
	for i := 0; i < len(text) && len(fields) < 5; i++ {
		switch {
		case variables && strings.HasPrefix(text[i:], "${"):
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				return append(fields, text[begin:])
			}
			i += end
		case text[i] == ':':
			fields = append(fields, text[begin:i])
			begin = i + 1
		}
	}
	return append(fields, text[begin:])
}

func compileParts(fields []string, frontVariables, variables bool) (a arnPattern, err error) {
	var parts [5]pattern
	plain := true
	for i, field := range fields[:5] {
		parts[i], err = compilePattern(field, syntax{wildcards: true, variables: frontVariables})
		if err != nil {
			return arnPattern{}, err
		}
		plain = plain && parts[i].pieces == nil && !parts[i].star
		a.front += parts[i].literal + ":"
	}
	if !plain {
		a.front, a.parts = "", &parts
	}
	a.resource, err = compilePattern(fields[5], syntax{wildcards: true, variables: variables})
	return a, err
}

// match says whether the pattern is the ARN that text was cut into. Only * alone matches what is no ARN.
func (p *arnPattern) match(text string, a *arn, l lookup) bool {
	switch {
	case p.everything:
		return true
	case !a.valid:
		return false
	case p.whole:
		return p.resource.match(text, l)
	case !p.resource.may(a.begin):
		return false
	case p.parts == nil:
		return p.front == a.front && p.resource.match(a.resource, l)
	}
	for i := range p.parts {
		if !p.parts[i].match(a.parts[i], l) {
			return false
		}
	}
	return p.resource.match(a.resource, l)
}
