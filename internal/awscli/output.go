package awscli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Formats are the values of --output.
var Formats = []string{"json", "text", "table", "yaml", "yaml-stream"}

// printer prints an answer, or what a query made of it.
type printer struct {
	format string
	order  order
	title  string // of a table
	width  int    // of the terminal, in characters
	color  bool   // of a table
}

func (p printer) print(w io.Writer, value any) error {
	m, isMap := value.(map[string]any)
	empty := isMap && len(m) == 0
	var text strings.Builder
	switch {
	case p.format == "text":
		writeText(&text, value)
	case p.format == "table":
		if err := p.writeTable(&text, value); err != nil {
			return err
		}
	case empty: // an operation without an answer
	case p.format == "json":
		writeJSON(&text, value, p.order, "")
		text.WriteByte('\n')
	case p.format == "yaml-stream":
		writeYAML(&text, []any{value})
	case isScalar(value): // in YAML three dots would have to end it
		writeJSON(&text, value, p.order, "")
		text.WriteByte('\n')
	default:
		writeYAML(&text, value)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func isScalar(value any) bool {
	switch value.(type) {
	case []any, map[string]any:
		return false
	}
	return true
}

func numberText(n float64) string {
	if n == float64(int64(n)) {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

func writeJSON(b *strings.Builder, value any, order order, indent string) {
	deeper := indent + "    "
	switch value := value.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(value))
	case float64:
		b.WriteString(numberText(value))
	case []any:
		writeJSONMembers(b, '[', ']', len(value), indent, func(i int) { writeJSON(b, value[i], order, deeper) })
	case map[string]any:
		keys := order.keys(value)
		writeJSONMembers(b, '{', '}', len(keys), indent, func(i int) {
			writeJSONString(b, keys[i])
			b.WriteString(": ")
			writeJSON(b, value[keys[i]], order, deeper)
		})
	default:
		writeJSONString(b, fmt.Sprint(value))
	}
}

func writeJSONMembers(b *strings.Builder, from, to byte, n int, indent string, write func(int)) {
	b.WriteByte(from)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    " + indent)
		write(i)
	}
	if n > 0 {
		b.WriteString("\n" + indent)
	}
	b.WriteByte(to)
}

// writeJSONString escapes what JSON wants escaped, and nothing for HTML as encoding/json does.
func writeJSONString(b *strings.Builder, text string) {
	b.WriteByte('"')
	for _, r := range text {
		switch r {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		default:
			if r < ' ' {
				fmt.Fprintf(b, `\u%04x`, r)
				continue
			}
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
