package awsmodel

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

const (
	// maxDepth bounds how deep objects and arrays are nested (aws-services section 1.4).
	maxDepth = 64
	// maxMembers bounds the members of one object, which are kept to find those that come twice.
	maxMembers = 65_536
)

// parseObject reads a JSON object so that nobody can read another one: no name twice at any depth, UTF-8 only, nothing
// after it. The members of the object are names and JSON; what is below them has been checked, not kept.
func parseObject(text []byte) (map[string]json.RawMessage, *RefusalError) {
	if !utf8.Valid(text) {
		return nil, refuse(Malformed, "the body is not UTF-8")
	}
	s := &scanner{text: text}
	s.blanks()
	if s.peek() != '{' {
		return nil, refuse(Malformed, "the body is no JSON object")
	}
	members := map[string]json.RawMessage{}
	s.object(maxDepth, func(name string, value []byte) { members[name] = value })
	s.blanks()
	if s.fault == nil && s.at != len(text) {
		s.fail(Malformed, "there is something after the JSON object")
	}
	return members, s.fault
}

// scanner goes through JSON. After the first fault it stays where it is.
type scanner struct {
	text  []byte
	at    int
	fault *RefusalError
	each  func(name, value string) // of each string: the member that it is in, at whatever depth; may be nil
	name  string
}

func (s *scanner) fail(kind Kind, format string, args ...any) {
	if s.fault == nil {
		s.fault = refuse(kind, format, args...)
	}
	s.at = len(s.text)
}

func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) blanks() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

// take goes past c, or fails.
func (s *scanner) take(c byte) bool {
	s.blanks()
	if s.peek() != c || s.at == len(s.text) {
		s.fail(Malformed, "the body is not JSON")
		return false
	}
	s.at++
	return true
}

func (s *scanner) object(depth int, each func(name string, value []byte)) {
	if !s.enter('{', depth) || s.leave('}') {
		return
	}
	seen := map[string]bool{}
	for s.fault == nil {
		s.blanks()
		name := s.string()
		if seen[name] {
			s.fail(Ambiguous, "the member %q comes twice", name)
		}
		if len(seen) == maxMembers {
			s.fail(Malformed, "an object has more than %d members", maxMembers)
		}
		seen[name] = true
		s.name = name
		if !s.take(':') {
			return
		}
		s.blanks()
		start := s.at
		s.value(depth - 1)
		if s.fault == nil && each != nil {
			each(name, s.text[start:s.at])
		}
		if s.leave('}') || !s.take(',') {
			return
		}
	}
}

func (s *scanner) array(depth int, each func(value []byte)) {
	if !s.enter('[', depth) || s.leave(']') {
		return
	}
	for s.fault == nil {
		s.blanks()
		start := s.at
		s.value(depth - 1)
		if s.fault == nil && each != nil {
			each(s.text[start:s.at])
		}
		if s.leave(']') || !s.take(',') {
			return
		}
	}
}

func (s *scanner) enter(c byte, depth int) bool {
	if depth == 0 {
		s.fail(Malformed, "the body is nested deeper than %d", maxDepth)
	}
	return s.take(c)
}

// leave goes past the closing c when it is next.
func (s *scanner) leave(c byte) bool {
	s.blanks()
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) value(depth int) {
	switch s.peek() {
	case '{':
		s.object(depth, nil)
	case '[':
		s.array(depth, nil)
	case '"':
		if value := s.string(); s.each != nil {
			s.each(s.name, value)
		}
	default:
		start := s.at
		for s.at < len(s.text) && strings.IndexByte(",]} \t\r\n", s.text[s.at]) < 0 {
			s.at++
		}
		if !json.Valid(s.text[start:s.at]) {
			s.fail(Malformed, "the body is not JSON")
		}
	}
}

// string goes past a string and returns what it says.
func (s *scanner) string() string {
	start := s.at
	if !s.take('"') {
		return ""
	}
	plain := true
	for s.at < len(s.text) && s.text[s.at] != '"' {
		switch c := s.text[s.at]; {
		case c < 0x20:
			s.fail(Malformed, "the body is not JSON")
			return ""
		case c == '\\':
			plain = false
			s.at++
		}
		s.at++
	}
	if s.at >= len(s.text) {
		s.fail(Malformed, "the body is not JSON")
		return ""
	}
	s.at++
	if plain {
		return string(s.text[start+1 : s.at-1])
	}
	text, ok := unquote(s.text[start:s.at])
	if !ok {
		s.fail(Malformed, "the body has a bad escape")
	}
	return text
}

// unquote decodes a string with escapes. Half a surrogate pair is refused: readers differ in what they make of it.
func unquote(quoted []byte) (string, bool) {
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return "", false
	}
	replaced := strings.Count(text, "\uFFFD")
	if replaced == 0 {
		return text, true
	}
	said := strings.Count(string(quoted), "\uFFFD") + strings.Count(strings.ToLower(string(quoted)), `\ufffd`)
	return text, replaced == said
}

// eachString calls f for each string in JSON that has been checked, at whatever depth, with the name of the member it is in.
func eachString(name string, value json.RawMessage, f func(name, value string)) {
	s := &scanner{text: value, each: f, name: name}
	s.value(maxDepth)
}

// elements are the values of an array that has been checked.
func elements(array json.RawMessage) ([]json.RawMessage, bool) {
	s := &scanner{text: array}
	var values []json.RawMessage
	if s.peek() != '[' {
		return nil, false
	}
	s.array(maxDepth, func(value []byte) { values = append(values, value) })
	return values, s.fault == nil
}

// membersOf are the members of an object that has been checked.
func membersOf(object json.RawMessage) (map[string]json.RawMessage, bool) {
	members, fault := parseObject(object)
	return members, fault == nil
}

// text is what a JSON string says that has been checked.
func text(value json.RawMessage) (string, bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	s := &scanner{text: value}
	t := s.string()
	return t, s.fault == nil && s.at == len(value)
}
