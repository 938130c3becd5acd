package awscli

import (
	"maps"
	"slices"
	"strings"
)

// writeText prints scalars, with tabs between those of one object or list. What an object holds in objects and lists follows,
// each line beginning with its key.
func writeText(b *strings.Builder, value any) { writeTextUnder(b, value, "", nil) }

// writeTextUnder prints the value of key. Columns are those that the objects of a list have in common.
func writeTextUnder(b *strings.Builder, value any, key string, columns []string) {
	switch value := value.(type) {
	case map[string]any:
		writeTextObject(b, value, key, columns)
	case []any:
		writeTextList(b, value, key)
	default:
		b.WriteString(pythonText(value) + "\n")
	}
}

func writeTextObject(b *strings.Builder, m map[string]any, key string, columns []string) {
	var cells []string
	if key != "" {
		cells = append(cells, strings.ToUpper(key))
	}
	before := len(cells)
	var nested []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		switch {
		case columns != nil && !slices.Contains(columns, k), columns == nil && !isScalar(m[k]):
			nested = append(nested, k)
		case columns == nil:
			cells = append(cells, pythonText(m[k]))
		}
	}
	for _, column := range columns {
		cell := ""
		if value, ok := m[column]; ok {
			cell = pythonText(value)
		}
		cells = append(cells, cell)
	}
	if len(cells) > before {
		b.WriteString(strings.Join(cells, "\t") + "\n")
	}
	for _, k := range nested {
		writeTextUnder(b, m[k], k, nil)
	}
}

func writeTextList(b *strings.Builder, list []any, key string) {
	if slices.ContainsFunc(list, isMap) {
		columns := scalarColumns(list)
		for _, element := range list {
			writeTextUnder(b, element, key, columns)
		}
		return
	}
	scalars := slices.DeleteFunc(slices.Clone(list), func(value any) bool { return !isScalar(value) })
	if len(scalars) > 0 {
		writeTextScalars(b, scalars, key)
	}
	for _, element := range list {
		if !isScalar(element) {
			writeTextUnder(b, element, key, nil)
		}
	}
}

func writeTextScalars(b *strings.Builder, list []any, key string) {
	cells := make([]string, len(list))
	for i, value := range list {
		cells[i] = pythonText(value)
		if key != "" {
			b.WriteString(strings.ToUpper(key) + "\t" + cells[i] + "\n")
		}
	}
	if key == "" {
		b.WriteString(strings.Join(cells, "\t") + "\n")
	}
}

func isMap(value any) bool {
	_, ok := value.(map[string]any)
	return ok
}

// scalarColumns are the keys under which an object of a list has a scalar. They are none, not nil, when there is none.
func scalarColumns(list []any) []string {
	columns := map[string]bool{}
	for _, element := range list {
		if m, ok := element.(map[string]any); ok {
			for key, value := range m {
				if isScalar(value) {
					columns[key] = true
				}
			}
		}
	}
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(columns))))
}
