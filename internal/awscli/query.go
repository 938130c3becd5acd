package awscli

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/jmespath/go-jmespath"
)

// order knows in which order to print the members of objects, which are maps to JMESPath.
type order struct {
	asked [][]string // the keys of each {a: b, c: d} in a query
	model *Shape     // of the answer
}

// keys are those of m: in the order of the query that made it, else of the structure that it is, else of the alphabet.
func (o order) keys(m map[string]any) []string {
	for _, keys := range o.asked {
		if len(keys) == len(m) && has(m, keys) {
			return keys
		}
	}
	sorted := slices.Sorted(maps.Keys(m))
	if shape := structureOf(o.model, sorted); shape != nil {
		return slices.DeleteFunc(shape.memberNames(), func(name string) bool { _, ok := m[name]; return !ok })
	}
	return sorted
}

func has(m map[string]any, keys []string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool { _, ok := m[key]; return !ok })
}

// structureOf finds a structure that has all these members.
func structureOf(shape *Shape, names []string) *Shape {
	for shape != nil && shape.Kind == List {
		shape = shape.Element
	}
	if shape == nil || shape.Kind != Structure {
		return nil
	}
	if !slices.ContainsFunc(names, func(name string) bool { return shape.member(name) == nil }) {
		return shape
	}
	for _, m := range shape.Members {
		if found := structureOf(m.Shape, names); found != nil {
			return found
		}
	}
	return nil
}

// compileQuery returns the query, and the keys that it gives objects, of which the library forgets the order.
func compileQuery(text string) (search func(any) (any, error), asked [][]string, err error) {
	var query *jmespath.JMESPath
	err = understood(func() (err error) {
		query, err = jmespath.Compile(text)
		return err
	})
	if err != nil {
		if fault, ok := err.(jmespath.SyntaxError); ok { //nolint:errorlint // the library returns it as it is
			err = said("Invalid jmespath expression: %w\n%s", err, fault.HighlightLocation())
		}
		return nil, nil, said("Bad value for --query %s: %w", text, err)
	}
	return func(value any) (found any, err error) {
		err = understood(func() (err error) {
			found, err = query.Search(value)
			return err
		})
		return found, err
	}, askedKeys(text), nil
}

// understood has the library deal with a query. It panics at some: at the first character beyond ASCII behind a name, and at @(),
// which it takes for a good one and then looks for the function's name.
func understood(do func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = said("the query can't be understood: %v", fault)
		}
	}()
	return do()
}

// askedKeys collects the keys of each multi-select hash of a query that is known to be a good one: the names with a colon
// behind them, directly in its braces.
func askedKeys(query string) [][]string {
	var found [][]string
	var open []*[]string // nil for a bracket, whose colons are slices
	pop := func() (keys *[]string) {
		if n := len(open); n > 0 { // the library takes a bracket for a brace
			keys, open = open[n-1], open[:n-1]
		}
		return keys
	}
	name := ""
	for i := 0; i < len(query); {
		c, end := query[i], i+1
		switch {
		case c == '{':
			open = append(open, new([]string))
		case c == '[' || c == '(':
			open = append(open, nil)
		case c == ':' && len(open) > 0 && open[len(open)-1] != nil:
			keys := open[len(open)-1]
			*keys = append(*keys, name)
		case c == '}':
			if keys := pop(); keys != nil {
				found = append(found, *keys)
			}
		case c == ']' || c == ')':
			pop()
		case c == '\'' || c == '`':
			end = quotedEnd(query, i)
		case c == '"':
			end = quotedEnd(query, i)
			_ = json.Unmarshal([]byte(query[i:end]), &name) // the query is a good one
		case isNameByte(c):
			for end < len(query) && isNameByte(query[end]) {
				end++
			}
			name = query[i:end]
		}
		i = end
	}
	return found
}

func isNameByte(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// quotedEnd is where the quoted text at i ends.
func quotedEnd(query string, i int) int {
	quote := query[i]
	for i++; i < len(query) && query[i] != quote; i++ {
		if query[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(query))
}
