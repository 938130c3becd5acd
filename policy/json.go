package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxText is the longest document that AWS's model takes.
const maxText = 131072

// checkText refuses what is no JSON text of AWS's characters (spec section 9.4).
func checkText(text string) *fault {
	if len(text) > maxText {
		return &fault{detail: fmt.Sprintf("the document is longer than %d bytes", maxText)}
	}
	for at, char := range text {
		// A byte that is no UTF-8 comes as utf8.RuneError, which is beyond U+00FF as well.
		if char > 0xFF || char < ' ' && !strings.ContainsRune("\t\n\r", char) {
			return &fault{detail: "a character that policies may not have", at: at}
		}
	}
	var value json.RawMessage
	err := json.Unmarshal([]byte(text), &value)
	if err == nil {
		return nil
	}
	bad := &fault{detail: "not JSON: " + err.Error()}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		bad.at = max(0, int(syntax.Offset)-1)
	}
	return bad
}

// token is a string, a number or a word of the document, and where it stands. A token that is not there has no end.
type token struct {
	text       string
	start, end int
}

func (t token) there() bool { return t.end > 0 }

// reader walks a text that checkText has passed. It descends only where its caller does, so that no text can make it
// nest deeper than a policy goes.
type reader struct {
	text string
	at   int
}

// next is the first character of what comes next. In a text that is JSON, commas and colons say nothing.
func (r *reader) next() byte {
	for strings.IndexByte(" \t\r\n,:", r.text[r.at]) >= 0 {
		r.at++
	}
	return r.text[r.at]
}

// unexpected says that what comes next is not what the policy needs there.
func (r *reader) unexpected(want string) *fault {
	r.next()
	return &fault{detail: want + " is expected here", at: r.at}
}

// string reads a string.
func (r *reader) string() (token, *fault) {
	if r.next() != '"' {
		return token{}, r.unexpected("a string")
	}
	start, escaped := r.at, false
	for r.at++; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	read := token{text: r.text[start+1 : r.at-1], start: start, end: r.at}
	if !escaped {
		return read, nil
	}
	// The decoder makes U+FFFD of half a pair of surrogates, and the text cannot hold that character otherwise.
	err := json.Unmarshal([]byte(r.text[start:r.at]), &read.text)
	if err != nil || strings.ContainsRune(read.text, utf8.RuneError) {
		return token{}, &fault{detail: "an escape that is no character", at: start}
	}
	return read, nil
}

// scalar reads a string, a number or a boolean. AWS's quotation marks are optional for the last two.
func (r *reader) scalar() (token, *fault) {
	switch r.next() {
	case '"':
		return r.string()
	case '{', '[', 'n':
		return token{}, r.unexpected("a string, a number or a boolean")
	}
	start := r.at
	for strings.IndexByte(" \t\r\n,]}", r.text[r.at]) < 0 {
		r.at++
	}
	return token{text: r.text[start:r.at], start: start, end: r.at}, nil
}

// list reads one value, or an array of them.
func (r *reader) list(value func() (token, *fault)) ([]token, *fault) {
	if r.next() != '[' {
		one, bad := value()
		return []token{one}, bad
	}
	all := []token{}
	for r.at++; r.next() != ']'; {
		one, bad := value()
		if bad != nil {
			return nil, bad
		}
		all = append(all, one)
	}
	r.at++
	return all, nil
}

// members reads an object. It hands each key to member, which reads the value. A key may be there once: of two values,
// one would be ignored.
func (r *reader) members(member func(key token) *fault) *fault {
	if r.next() != '{' {
		return r.unexpected("an object")
	}
	seen := map[string]bool{}
	for r.at++; r.next() != '}'; {
		key, bad := r.string()
		if bad != nil {
			return bad
		}
		if seen[key.text] {
			return &fault{detail: quote(key.text) + " is there twice", at: key.start}
		}
		seen[key.text] = true
		if bad := member(key); bad != nil {
			return bad
		}
	}
	r.at++
	return nil
}

// lines finds the line and column of offsets. These must not go down from call to call, so that a document is counted
// through once.
type lines struct {
	text                  string
	offset, line, advance int
}

// position is where the character at the offset stands, both from 1.
func (l *lines) position(offset int) Position {
	passed := l.text[l.offset:offset]
	if newline := strings.LastIndexByte(passed, '\n'); newline >= 0 {
		l.line += strings.Count(passed, "\n")
		l.advance = 0
		passed = passed[newline+1:]
	}
	l.advance += utf8.RuneCountInString(passed)
	l.offset = offset
	return Position{Line: l.line + 1, Column: l.advance + 1}
}
