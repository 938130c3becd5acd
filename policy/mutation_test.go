package policy

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// lexeme is a token of a document with its place.
type lexeme struct {
	text       string
	start, end int
	key        bool
	path       []string // the keys that lead to it, its own included for a key
}

// lex cuts a document that is JSON, without the code under test.
func lex(document string) []lexeme {
	var all []lexeme
	var path []string // one entry for each object that is open, empty before its first key; "[" for an array
	for at := 0; at < len(document); {
		end := at + 1
		switch c := document[at]; {
		case unicode.IsSpace(rune(c)):
			at++
			continue
		case c == '"':
			for document[end] != '"' {
				if document[end] == '\\' {
					end++
				}
				end++
			}
			end++
		case !strings.ContainsRune("{}[],:", rune(c)):
			for !strings.ContainsRune("{}[],: \n", rune(document[end])) {
				end++
			}
		}
		l := lexeme{text: document[at:end], start: at, end: end}
		if l.text[0] == '"' && strings.HasPrefix(strings.TrimLeft(document[end:], " \n"), ":") {
			l.key = true
			path[len(path)-1] = strings.Trim(l.text, `"`)
		}
		switch l.text {
		case "{":
			path = append(path, "")
		case "[":
			path = append(path, "[")
		case "}", "]":
			path = path[:len(path)-1]
		}
		for _, name := range path {
			if name != "[" && name != "" {
				l.path = append(l.path, name)
			}
		}
		all = append(all, l)
		at = end
	}
	return all
}

// A document that lost a token is refused, but for the value that was alone in an array of a Condition: AWS takes a key
// without values.
func TestWithoutToken(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, l := range lex(s.document) {
				mutant := s.document[:l.start] + s.document[l.end:]
				if _, err := Parse(s.grammar, mutant); err == nil && (len(l.path) != 4 || l.path[1] != "Condition") {
					t.Errorf("without %s at %d, %v, it is accepted:\n%s", l.text, l.start, l.path, mutant)
				}
			}
		})
	}
}

// A key that is misspelt, there twice or in another case is refused wherever keys have a meaning of their own. Only a
// condition key is a free text: the condition then asks for another key, and is still there.
func TestMisspeltKey(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			whole := mustParse(t, s.grammar, s.document)
			for _, l := range lex(s.document) {
				if !l.key {
					continue
				}
				name := strings.Trim(l.text, `"`)
				for _, other := range []string{name + "x", name[1:], strings.ToUpper(name), strings.ToLower(name), " " + name, name + `\u0000`} {
					if other == name {
						continue
					}
					mutant := s.document[:l.start] + `"` + other + `"` + s.document[l.end:]
					p, err := Parse(s.grammar, mutant)
					free := len(l.path) == 4 && l.path[1] == "Condition"
					switch {
					case err == nil && !free:
						t.Errorf("%s for %s is accepted", other, l.text)
					case err == nil && conditions(p) != conditions(whole):
						t.Errorf("%s for %s has another number of conditions", other, l.text)
					}
				}
				twice := s.document[:l.start] + l.text + ": [], " + s.document[l.start:]
				if _, err := Parse(s.grammar, twice); err == nil {
					t.Errorf("%s is accepted twice", l.text)
				}
			}
		})
	}
}

func conditions(p *Policy) int {
	n := 0
	for _, s := range p.Statements() {
		n += len(s.conditions)
	}
	return n
}

// A value of another type is refused: nothing is taken for what it is not.
func TestOtherType(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, l := range lex(s.document) {
				if l.key || strings.ContainsAny(l.text[:1], "{}[],:") {
					continue
				}
				for _, other := range []string{`null`, `{}`, `{"a":"b"}`, `[[` + l.text + `]]`, `[null]`} {
					mutant := s.document[:l.start] + other + s.document[l.end:]
					if _, err := Parse(s.grammar, mutant); err == nil {
						t.Errorf("%s for %s is accepted:\n%s", other, l.text, mutant)
					}
				}
			}
		})
	}
}

// White space between tokens, and escapes within them, change nothing.
func TestOtherSpelling(t *testing.T) {
	t.Parallel()
	ignored := cmp.Options{
		cmpStatements, cmp.Comparer(func(Position, Position) bool { return true }),
		cmp.Transformer("value", func(p principal) [2]string { return [2]string{p.kind, p.value} }),
	}
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var dense, wide strings.Builder
			for _, l := range lex(s.document) {
				dense.WriteString(l.text)
				wide.WriteString("\r\n\t " + strings.NewReplacer(":", `\u003a`, "S", `\u0053`, "/", `\/`).Replace(l.text[:len(l.text)-1]) + l.text[len(l.text)-1:])
			}
			whole := mustParse(t, s.grammar, s.document)
			for _, other := range []string{dense.String(), wide.String()} {
				p := mustParse(t, s.grammar, other)
				if diff := cmp.Diff(whole.Statements(), p.Statements(), ignored); diff != "" {
					t.Error(diff)
				}
			}
			if Size(dense.String()) != Size(s.document) {
				t.Error("white space counts")
			}
		})
	}
}
