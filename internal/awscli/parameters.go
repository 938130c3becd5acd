package awscli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// said is an error in the AWS CLI's words, which begin with a capital and may end with a full stop.
func said(format string, arguments ...any) error { return fmt.Errorf(format, arguments...) }

// parameterError is about the value of an option.
func parameterError(option string, format string, arguments ...any) error {
	return said("Error parsing parameter '%s': %s", option, fmt.Sprintf(format, arguments...))
}

// unpack makes of what an option was given the value of its parameter. Only a list has other than one element.
func unpack(option string, shape *Shape, given []string) (any, error) {
	if len(given) == 1 {
		text, err := load(option, given[0])
		if err != nil {
			return nil, err
		}
		given = []string{text}
	}
	switch shape.Kind {
	case Integer:
		return integer(option, given[0])
	case List:
		return unpackList(option, shape, given)
	case Structure:
		return unpackStructure(option, given[0])
	case String, Timestamp:
	}
	return given[0], nil
}

func integer(option, text string) (any, error) {
	var number json.Number
	text = strings.TrimPrefix(strings.TrimSpace(text), "+")
	if err := json.Unmarshal([]byte(text), &number); err != nil || strings.ContainsAny(text, ".eE\"") {
		return nil, parameterError(option, "%q is no whole number", text)
	}
	return number, nil
}

// unpackList reads one JSON list, or each element by itself: as JSON or shorthand when it is a structure.
func unpackList(option string, shape *Shape, given []string) (any, error) {
	if len(given) > 0 && isJSON(given[0], "[") {
		if len(given) == 1 {
			return fromJSON(option, given[0])
		}
		if shape.Element.Kind == Structure {
			return nil, parameterError(option, "a list as JSON is one argument, not %d", len(given))
		}
	}
	list := make([]any, 0, len(given))
	for _, text := range given {
		var value any = text
		if shape.Element.Kind == Structure {
			var err error
			if value, err = unpackStructure(option, text); err != nil {
				return nil, err
			}
		}
		list = append(list, value)
	}
	return list, nil
}

func unpackStructure(option, text string) (any, error) {
	if isJSON(text, "[{") {
		return fromJSON(option, text)
	}
	o, err := parseShorthand(text)
	if err != nil {
		return nil, parameterError(option, "%v", err)
	}
	return o, nil
}

func isJSON(text, opening string) bool {
	text = strings.TrimSpace(text)
	return text != "" && strings.Contains(opening, text[:1])
}

func fromJSON(option, text string) (any, error) {
	value, err := parseJSON(text)
	if err != nil {
		return nil, parameterError(option, "Invalid JSON: %v\nJSON received: %s", err, text)
	}
	return value, nil
}

// load reads the file that text names with file://, else it is text.
func load(option, text string) (string, error) {
	if strings.HasPrefix(text, "fileb://") {
		return "", parameterError(option, "STS has no binary parameters: name the file with file://")
	}
	path, named := strings.CutPrefix(text, "file://")
	if !named {
		return text, nil
	}
	path = expand(path)
	data, err := readFile(path)
	if err != nil {
		var fault *fs.PathError
		if errors.As(err, &fault) {
			err = fault.Err
		}
		return "", parameterError(option, "Unable to load paramfile %s: %v: '%s'", text, err, path)
	}
	if !utf8.Valid(data) {
		return "", parameterError(option, "Unable to load paramfile (%s), text contents could not be decoded.", path)
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data)), nil
}

// maxFile is more than any request of STS takes.
const maxFile = 1 << 20

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("more than %d bytes", maxFile)
	}
	return data, err
}

// expand replaces ~ and $VARIABLE as the AWS CLI does, which leaves alone what is not set.
func expand(path string) string {
	if home, err := os.UserHomeDir(); err == nil && (path == "~" || strings.HasPrefix(path, "~/")) {
		path = filepath.Join(home, path[1:])
	}
	return os.Expand(path, func(name string) string {
		if value, ok := os.LookupEnv(name); ok {
			return value
		}
		return "$" + name
	})
}

// validate holds parameters to the model as the AWS CLI does before it asks: what is missing, unknown, of another type or too
// short. All other rules are the service's.
func validate(parameters *object, shape *Shape) error {
	var faults validation
	faults.check("", parameters, shape)
	if len(faults) == 0 {
		return nil
	}
	return said("Parameter validation failed:\n%s", strings.Join(faults, "\n"))
}

type validation []string

func (v *validation) report(format string, arguments ...any) {
	*v = append(*v, fmt.Sprintf(format, arguments...))
}

func (v *validation) check(name string, value any, shape *Shape) {
	switch shape.Kind {
	case Structure:
		if o, ok := value.(*object); ok {
			v.checkMembers(name, o, shape)
			return
		}
	case List:
		if list, ok := value.([]any); ok {
			v.checkMinimum("length", name, len(list), shape.Min)
			for i, element := range list {
				v.check(fmt.Sprintf("%s[%d]", name, i), element, shape.Element)
			}
			return
		}
	case Integer:
		if number, ok := value.(json.Number); ok && !isFloat(number) {
			v.checkInteger(name, number, shape.Min)
			return
		}
	case String, Timestamp:
		if text, ok := value.(string); ok {
			v.checkMinimum("length", name, utf8.RuneCountInString(text), shape.Min)
			return
		}
	}
	v.report("Invalid type for parameter %s, value: %s, type: %s, valid types: %s",
		strings.TrimPrefix(name, "."), pythonText(value), pythonType(value), pythonTypes[shape.Kind])
}

func (v *validation) checkMembers(name string, o *object, shape *Shape) {
	where := strings.TrimPrefix(name, ".")
	if where == "" {
		where = "input"
	}
	for _, m := range shape.Members {
		if m.Required && !o.has(m.Name) {
			v.report("Missing required parameter in %s: %q", where, m.Name)
		}
	}
	for _, f := range o.fields {
		if shape.member(f.key) == nil {
			v.report("Unknown parameter in %s: \"%s\", must be one of: %s", where, f.key, strings.Join(shape.memberNames(), ", "))
		}
	}
	for _, f := range o.fields {
		if m := shape.member(f.key); m != nil {
			v.check(name+"."+f.key, f.value, m.Shape)
		}
	}
}

func (v *validation) checkInteger(name string, number json.Number, minimum int) {
	n, err := number.Int64()
	if err != nil || n > math.MaxInt32 { // AWS's integers have 32 bits
		v.report("Invalid value for parameter %s, value: %s, valid max value: %d", strings.TrimPrefix(name, "."), number, math.MaxInt32)
		return
	}
	v.checkMinimum("value", name, int(n), minimum)
}

func (v *validation) checkMinimum(what, name string, value, minimum int) {
	if value < minimum {
		v.report("Invalid %s for parameter %s, value: %d, valid min %s: %d", what, strings.TrimPrefix(name, "."), value, what, minimum)
	}
}

// pythonTypes are the words that AWS CLI has for what a shape takes.
var pythonTypes = map[Kind]string{
	String: "<class 'str'>", Integer: "<class 'int'>", List: "<class 'list'>, <class 'tuple'>", Structure: "<class 'dict'>",
}

func pythonType(value any) string {
	switch value := value.(type) {
	case nil:
		return "<class 'NoneType'>"
	case bool:
		return "<class 'bool'>"
	case json.Number:
		if isFloat(value) {
			return "<class 'float'>"
		}
		return pythonTypes[Integer]
	case string:
		return pythonTypes[String]
	case []any:
		return "<class 'list'>"
	}
	return pythonTypes[Structure]
}

func isFloat(number json.Number) bool { return strings.ContainsAny(string(number), ".eE") }

// pythonText is a value as the AWS CLI's messages and its formats for people show it.
func pythonText(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return pythonLiteral(value)
}

func pythonLiteral(value any) string {
	switch value := value.(type) {
	case nil:
		return "None"
	case bool:
		return map[bool]string{true: "True", false: "False"}[value]
	case float64:
		return numberText(value)
	case string:
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`).Replace(value) + "'"
	case []any:
		parts := make([]string, len(value))
		for i, element := range value {
			parts[i] = pythonLiteral(element)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		o := new(object)
		for _, key := range slices.Sorted(maps.Keys(value)) {
			o.set(key, value[key])
		}
		return pythonLiteral(o)
	case *object:
		parts := make([]string, len(value.fields))
		for i, f := range value.fields {
			parts[i] = pythonLiteral(f.key) + ": " + pythonLiteral(f.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(value)
}
