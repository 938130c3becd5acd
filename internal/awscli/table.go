package awscli

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// cellPadding is the space around the text of a cell and its border, in characters.
const cellPadding = 4

// table is a list of sections, drawn in one frame.
type table struct {
	printer
	sections []*section
}

// section is an object, or a list, with a title.
type section struct {
	title   string
	indent  int
	headers []string
	rows    [][]string
	widths  []int // of the widest text of each column; nil before there is one
}

func (p printer) writeTable(b *strings.Builder, value any) error {
	t := table{printer: p}
	if err := t.add(p.title, value, 0); err != nil || len(t.sections) == 0 {
		return err
	}
	if t.frame() > p.width {
		for _, s := range t.sections {
			if len(s.rows) == 1 && s.headers != nil {
				s.turn()
			}
		}
	}
	frame := t.frame()
	b.WriteString(strings.Repeat("-", frame) + "\n" + t.style("", ""))
	for _, s := range t.sections {
		t.draw(b, s, frame)
	}
	return nil
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case bool:
		return !value
	case float64:
		return value == 0
	case string:
		return value == ""
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

func (t *table) begin(title string, indent int) *section {
	s := &section{title: title, indent: indent}
	t.sections = append(t.sections, s)
	return s
}

func (t *table) current() *section { return t.sections[len(t.sections)-1] }

// add adds a section for a value that is not empty.
func (t *table) add(title string, value any, indent int) error {
	if isEmpty(value) {
		return nil
	}
	t.begin(title, indent)
	switch value := value.(type) {
	case []any:
		if isMap(value[0]) {
			return t.addObjects(title, value, indent)
		}
		return t.addElements(value)
	case map[string]any:
		return t.addObject(value, indent)
	}
	return nil
}

func (t *table) addElements(list []any) error {
	for _, element := range list {
		row := []any{element}
		switch element := element.(type) {
		case []any:
			if slices.ContainsFunc(element, func(value any) bool { return !isScalar(value) }) {
				if err := t.addNested(element); err != nil {
					return err
				}
				continue
			}
			row = element
		case map[string]any: // of which the AWS CLI shows the keys
			row = nil
			for _, key := range t.order.keys(element) {
				row = append(row, key)
			}
		}
		if err := t.current().addRow(row); err != nil {
			return err
		}
	}
	return nil
}

// addNested adds a list of a list to the section of the latter.
func (t *table) addNested(list []any) error {
	if isMap(list[0]) {
		return t.addObjects("", list, 0)
	}
	return t.addElements(list)
}

func (t *table) addObject(m map[string]any, indent int) error {
	headers, nested := splitKeys([]any{m})
	if len(headers) == 1 {
		if err := t.current().addRow([]any{headers[0], m[headers[0]]}); err != nil {
			return err
		}
	} else if len(headers) > 0 {
		t.current().addHeaders(headers)
		if err := t.current().addRow(pick(m, headers)); err != nil {
			return err
		}
	}
	for _, key := range nested {
		if err := t.add(key, m[key], indent+1); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) addObjects(title string, list []any, indent int) error {
	headers, nested := splitKeys(list)
	t.current().addHeaders(headers)
	for i, element := range list {
		m, ok := element.(map[string]any)
		if !ok {
			return fmt.Errorf("a table can't show objects and other values in one list; use --output json")
		}
		if i > 0 && len(nested) > 0 {
			t.begin(title, indent).addHeaders(headers)
		}
		if err := t.current().addRow(pick(m, headers)); err != nil {
			return err
		}
		for _, key := range nested {
			if err := t.add(key, m[key], indent+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// splitKeys returns the keys under which objects have scalars, and those under which they have objects and lists.
func splitKeys(objects []any) (scalars, nested []string) {
	isNested := map[string]bool{}
	isScalarKey := map[string]bool{}
	for _, element := range objects {
		m, _ := element.(map[string]any) // what is none has no keys
		for key, value := range m {
			if isScalar(value) {
				isScalarKey[key] = true
			} else {
				isNested[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(isScalarKey)), slices.Sorted(maps.Keys(isNested))
}

func pick(m map[string]any, keys []string) []any {
	values := make([]any, len(keys))
	for i, key := range keys {
		values[i] = ""
		if value, ok := m[key]; ok {
			values[i] = value
		}
	}
	return values
}

func (s *section) addHeaders(headers []string) {
	s.headers = headers
	s.widen(headers)
}

func (s *section) addRow(values []any) error {
	row := make([]string, len(values))
	for i, value := range values {
		row[i] = pythonText(value)
	}
	if s.widths != nil && len(row) != len(s.widths) {
		return said("Row should have %d elements, instead it has %d", len(s.widths), len(row))
	}
	s.rows = append(s.rows, row)
	s.widen(row)
	return nil
}

func (s *section) widen(cells []string) {
	if s.widths == nil {
		s.widths = make([]int, len(cells))
	}
	for i, cell := range cells {
		s.widths[i] = max(s.widths[i], textWidth(cell))
	}
}

// turn makes of headers above one row a header at the left of each value.
func (s *section) turn() {
	headers, row := s.headers, s.rows[0]
	s.headers, s.rows, s.widths = nil, nil, nil
	for i, header := range headers {
		s.rows = append(s.rows, []string{header, row[i]})
		s.widen(s.rows[i])
	}
}

// frame is the width of the widest section.
func (t *table) frame() int {
	widest := 0
	for _, s := range t.sections {
		total := 2 + 2*s.indent
		for _, w := range s.widths {
			total += w + cellPadding
		}
		widest = max(widest, total, textWidth(s.title)+2+2*s.indent)
	}
	return widest
}

// columns are the widths of the columns when they fill a width together.
func (s *section) columns(total int) []int {
	sum := 0
	for _, w := range s.widths {
		sum += w + cellPadding
	}
	scaled := make([]int, len(s.widths))
	over := -total
	for i, w := range s.widths {
		scaled[i] = int(math.RoundToEven(float64(total) / float64(sum) * float64(w+cellPadding)))
		over += scaled[i]
	}
	for over != 0 && len(scaled) > 0 {
		for i := 0; i < len(scaled) && over > 0; i++ {
			scaled[i]--
			over--
		}
		for i := len(scaled) - 1; i >= 0 && over < 0; i-- {
			scaled[i]++
			over++
		}
	}
	return scaled
}

func (t *table) draw(b *strings.Builder, s *section, frame int) {
	frame -= 2 * s.indent
	edge := strings.Repeat(t.style("|", "\x1b[2m\x1b[33m"), s.indent)
	reset := t.style("", "") // which the AWS CLI's library adds to whatever is written
	line := func(text string) { b.WriteString(edge + reset + text + reset + edge + reset + "\n" + reset) }

	if s.title != "" {
		line(centre(s.title, frame, "|"))
		if len(s.headers) == 0 && len(s.rows) == 0 {
			line("+" + repeat("-", frame-2) + "+")
		}
	}
	columns := s.columns(frame)
	if len(columns) == 0 {
		return
	}
	rule := "+"
	for i, w := range columns {
		if i == 0 {
			w--
		}
		rule += repeat("-", w-1) + "+"
	}
	if len(s.headers) > 0 {
		line(rule)
		text, left := "", "|"
		for i, header := range s.headers {
			text += centre(header, columns[i], left)
			left = ""
		}
		line(text)
	}
	if len(s.rows) == 0 {
		return
	}
	line(rule)
	for _, row := range s.rows {
		text, left := "", "|"
		for i, cell := range row {
			text += t.cell(cell, columns[i], left)
			left = ""
		}
		line(text)
	}
	line(rule)
}

// style colours a text when colours are wanted.
func (t *table) style(text, begin string) string {
	if !t.color {
		return text
	}
	return begin + text + "\x1b[0m"
}

// cell is a text at the left of a column, as far from its edge as there is space for.
func (t *table) cell(text string, column int, left string) string {
	w, padding := textWidth(text), 2
	if column < w+padding+len(left)+1 {
		padding = 0
	}
	return left + repeat(" ", padding) + t.style(text, "\x1b[1m\x1b[34m") + repeat(" ", column-len(left)-padding-w-1) + "|"
}

// centre is a text in the middle of a column.
func centre(text string, column int, left string) string {
	w := textWidth(text)
	before := column/2 - w/2 - 1
	return left + repeat(" ", before) + text + repeat(" ", column-1-len(left)-before-w) + "|"
}

func repeat(text string, n int) string { return strings.Repeat(text, max(n, 0)) }

// textWidth is how many characters of a terminal a text takes.
func textWidth(text string) int {
	n := 0
	for _, r := range text {
		n++
		kind := width.LookupRune(r).Kind()
		if kind == width.EastAsianWide || kind == width.EastAsianFullwidth || kind == width.EastAsianAmbiguous {
			n++
		}
	}
	return n
}
