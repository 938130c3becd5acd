package awscli

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The AWS CLI writes YAML with libyaml, and so does this, as far as objects, lists and scalars need it: go.yaml.in/yaml/v3
// breaks no lines.
const yamlWidth = 80 // in characters: after it a line ends at the next space

// notString matches what YAML 1.2 takes for something else than a string.
var notString = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|<<|=`,
	`[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+`,
	`[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)`,
	`[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+][0-9_]+|[0-9][0-9_]*|[-+]?0x[0-9a-fA-F_]+`,
	`\d\d\d\d-\d\d-\d\d`,
	`\d\d\d\d-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?`,
}, "|") + `)$`)

// writeYAML prints an object or a list, the keys of objects in the order of the alphabet.
func writeYAML(b *strings.Builder, value any) {
	w := yamlWriter{b: b}
	switch value := value.(type) {
	case map[string]any:
		w.mapping(value, 0)
	case []any:
		w.sequence(value, 0)
	}
	b.WriteByte('\n')
}

type yamlWriter struct {
	b      *strings.Builder
	column int
}

func (w *yamlWriter) write(text string) {
	w.b.WriteString(text)
	w.column += utf8.RuneCountInString(text)
}

func (w *yamlWriter) newLine(indent int) {
	w.b.WriteString("\n" + strings.Repeat(" ", indent))
	w.column = indent
}

// mapping writes at the column indent.
func (w *yamlWriter) mapping(m map[string]any, indent int) {
	if len(m) == 0 {
		w.write("{}")
		return
	}
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			w.newLine(indent)
		}
		w.scalar(key, indent, true)
		w.write(":")
		switch value := m[key].(type) {
		case map[string]any:
			if len(value) > 0 {
				w.newLine(indent + 2)
			} else {
				w.write(" ")
			}
			w.mapping(value, indent+2)
		case []any:
			if len(value) > 0 {
				w.newLine(indent)
			} else {
				w.write(" ")
			}
			w.sequence(value, indent)
		default:
			w.write(" ")
			w.scalar(value, indent, false)
		}
	}
}

func (w *yamlWriter) sequence(list []any, indent int) {
	if len(list) == 0 {
		w.write("[]")
		return
	}
	for i, element := range list {
		if i > 0 {
			w.newLine(indent)
		}
		w.write("- ")
		switch element := element.(type) {
		case map[string]any:
			w.mapping(element, indent+2)
		case []any:
			w.sequence(element, indent+2)
		default:
			w.scalar(element, indent, false)
		}
	}
}

func (w *yamlWriter) scalar(value any, indent int, key bool) {
	text, ok := value.(string)
	if !ok {
		var json strings.Builder
		writeJSON(&json, value, order{}, "")
		w.write(json.String())
		return
	}
	// Where a line may be broken, and how far in the next begins.
	fold := indent + 2
	if key {
		fold = -1
	}
	plain, single := yamlStyles(text)
	switch {
	case plain && !notString.MatchString(text):
		w.plain(text, fold)
	case single && (!key || !strings.ContainsFunc(text, isBreak)):
		w.singleQuoted(text, fold)
	default:
		w.doubleQuoted(text, fold)
	}
}

// yamlStyles tells whether a string may be written without quotes, and in single ones.
func yamlStyles(text string) (plain, single bool) {
	runes := []rune(text)
	blank := func(i int) bool { return i < 0 || i >= len(runes) || isBlank(runes[i]) }
	var indicator, special, breaks, spaceBreak, breakSpace bool
	indicator = strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...")
	for i, r := range runes {
		switch {
		case i == 0 && (strings.ContainsRune("#,[]{}&*!|>'\"%@`", r) || strings.ContainsRune("?:-", r) && blank(1)),
			i > 0 && (r == ':' && blank(i+1) || r == '#' && blank(i-1)):
			indicator = true
		}
		special = special || !isYAMLPrintable(r)
		if isBreak(r) {
			breaks = true
			spaceBreak = spaceBreak || i > 0 && runes[i-1] == ' '
		}
		breakSpace = breakSpace || r == ' ' && i > 0 && isBreak(runes[i-1])
	}
	edges := len(runes) > 0 && (runes[0] == ' ' || runes[len(runes)-1] == ' ')
	single = !special && !spaceBreak && !breakSpace
	return single && !indicator && !breaks && !edges, single
}

func isBreak(r rune) bool { return strings.ContainsRune("\r\n\u0085\u2028\u2029", r) }
func isBlank(r rune) bool { return r == ' ' || r == '\t' || isBreak(r) }

func isYAMLPrintable(r rune) bool {
	return r == '\n' || ' ' <= r && r <= '~' || 0xa0 <= r && r <= 0xd7ff || 0xe000 <= r && r <= 0xfffd && r != 0xfeff
}

// plain writes a text without quotes, which has neither line breaks nor spaces at its ends.
func (w *yamlWriter) plain(text string, fold int) {
	runes := []rune(text)
	for i, r := range runes {
		if r == ' ' && w.foldsAt(runes, i, fold) {
			w.newLine(fold)
			continue
		}
		w.write(string(r))
	}
}

// foldsAt tells whether the space at i, which stands alone, becomes a line break.
func (w *yamlWriter) foldsAt(runes []rune, i, fold int) bool {
	return fold >= 0 && w.column > yamlWidth && 0 < i && i < len(runes)-1 && runes[i-1] != ' ' && runes[i+1] != ' '
}

// singleQuoted doubles quotes, and the first of line breaks that follow one another.
func (w *yamlWriter) singleQuoted(text string, fold int) {
	w.write("'")
	runes := []rune(text)
	broken := false
	for i, r := range runes {
		if isBreak(r) {
			if !broken && r == '\n' {
				w.b.WriteByte('\n')
			}
			w.b.WriteRune(r)
			w.column = 0
			broken = true
			continue
		}
		if broken {
			w.write(strings.Repeat(" ", fold))
			broken = false
		}
		switch {
		case r == '\'':
			w.write("''")
		case r == ' ' && w.foldsAt(runes, i, fold):
			w.newLine(fold)
		default:
			w.write(string(r))
		}
	}
	if broken {
		w.write(strings.Repeat(" ", fold))
	}
	w.write("'")
}

var yamlEscapes = map[rune]string{
	0: "0", '\a': "a", '\b': "b", '\t': "t", '\n': "n", '\v': "v", '\f': "f", '\r': "r", 0x1b: "e", '"': `"`, '\\': `\`,
	0x85: "N", 0xa0: "_", 0x2028: "L", 0x2029: "P",
}

func (w *yamlWriter) doubleQuoted(text string, fold int) {
	w.write(`"`)
	runes := []rune(text)
	spaces := false
	for i, r := range runes {
		escape, known := yamlEscapes[r]
		switch {
		case !isYAMLPrintable(r) || isBreak(r) || r == '"' || r == '\\':
			if !known {
				escape = map[bool]string{true: fmt.Sprintf("x%02X", r), false: fmt.Sprintf("u%04X", r)}[r <= 0xff]
				if r > 0xffff {
					escape = fmt.Sprintf("U%08X", r)
				}
			}
			w.write(`\` + escape)
		case r == ' ' && fold >= 0 && !spaces && w.column > yamlWidth && i > 0 && i < len(runes)-1:
			w.newLine(fold)
			if runes[i+1] == ' ' {
				w.write(`\`)
			}
		default:
			w.write(string(r))
		}
		spaces = r == ' '
	}
	w.write(`"`)
}
