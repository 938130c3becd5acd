package awscli

import (
	"fmt"
	"io"
	"strings"
)

// sample is a value of a shape. A string is its name, empty for parameters to fill in.
func sample(shape *Shape, name string) any {
	switch shape.Kind {
	case Structure:
		m := map[string]any{}
		for _, member := range shape.Members {
			if name == "" {
				m[member.Name] = sample(member.Shape, "")
			} else {
				m[member.Name] = sample(member.Shape, member.Name)
			}
		}
		return m
	case List:
		return []any{sample(shape.Element, name)}
	case Integer:
		return float64(0)
	case Timestamp:
		return "1970-01-01T00:00:00"
	case String:
	}
	return name
}

// writeYAMLSkeleton prints parameters to fill in, with a word about each.
func writeYAMLSkeleton(w io.Writer, shape *Shape) error {
	var b strings.Builder
	if len(shape.Members) == 0 {
		b.WriteString("{}\n")
	}
	writeYAMLMembers(&b, shape, "")
	_, err := io.WriteString(w, b.String())
	return err
}

func writeYAMLMembers(b *strings.Builder, shape *Shape, indent string) {
	for i, m := range shape.Members {
		if i > 0 {
			b.WriteString(indent)
		}
		required := ""
		if m.Required {
			required = "[REQUIRED] "
		}
		comment := strings.TrimRight(" # "+required+m.Doc, " ")
		switch m.Shape.Kind {
		case Structure:
			fmt.Fprintf(b, "%s:%s\n%s  ", m.Name, comment, indent)
			writeYAMLMembers(b, m.Shape, indent+"  ")
		case List:
			fmt.Fprintf(b, "%s:%s\n%s- ", m.Name, comment, indent)
			if m.Shape.Element.Kind == Structure {
				writeYAMLMembers(b, m.Shape.Element, indent+"  ")
			} else {
				b.WriteString("''\n")
			}
		case Integer:
			fmt.Fprintf(b, "%s: 0%s\n", m.Name, comment)
		default:
			fmt.Fprintf(b, "%s: ''%s\n", m.Name, comment)
		}
	}
}
