package audit

import (
	"encoding/json"
	"strings"
	"time"
)

// object is a line of JSON that is being written, member after member. It is here because there is a line for every
// request, and encoding/json would be the dearest step of most.
type object []byte

func (o object) open() object  { return append(o, '{') }
func (o object) close() object { return append(o, '}') }

// raw appends JSON as it is.
func (o object) raw(json string) object { return append(o, json...) }

// name begins a member. Names need no escapes: they are Go's.
func (o object) name(name string) object {
	if o[len(o)-1] != '{' {
		o = append(o, ',')
	}
	o = append(o, '"')
	o = append(o, name...)
	return append(o, '"', ':')
}

func (o object) text(name, value string) object { return o.name(name).string(value) }

func (o object) optional(name, value string) object {
	if value == "" {
		return o
	}
	return o.text(name, value)
}

func (o object) time(name string, value time.Time, format string) object {
	return o.name(name).formatted(value, format)
}

// formatted appends a time. No format has characters that JSON escapes.
func (o object) formatted(t time.Time, format string) object {
	return append(t.UTC().AppendFormat(append(o, '"'), format), '"')
}

// string appends a string. What needs an escape is left to encoding/json.
func (o object) string(value string) object {
	if !plain(value) {
		return o.any(value)
	}
	o = append(o, '"')
	o = append(o, value...)
	return append(o, '"')
}

func (o object) any(value any) object {
	text, err := json.Marshal(value)
	if err != nil {
		panic("internal error: the audit log can't write a value: " + err.Error())
	}
	return append(o, text...)
}

// plain reports whether encoding/json would put text between quotes as it is.
func plain(text string) bool {
	for i := range len(text) {
		if !unescaped[text[i]] {
			return false
		}
	}
	return true
}

// unescaped has the bytes that stand for themselves in encoding/json's strings: ASCII without controls and without what
// JSON or HTML gives a meaning.
var unescaped = func() (bytes [256]bool) {
	for c := byte(' '); c <= '~'; c++ {
		bytes[c] = !strings.ContainsRune(`"\<>&`, rune(c))
	}
	return bytes
}()
