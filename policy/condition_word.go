package policy

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// booleans are the values of Bool. AWS's documents disagree on variables in them. We take them: what would be refused
// otherwise then means what it says.
type booleans struct {
	yes, no   bool
	variables []pattern
}

func compileBooleans(values []string, variables bool) (matcher, error) {
	var b booleans
	for _, value := range values {
		switch {
		case isTrue(value):
			b.yes = true
		case isFalse(value):
			b.no = true
		default:
			p, err := compilePattern(value, syntax{variables: variables})
			if err != nil {
				return nil, err
			}
			if !p.hasVariable() {
				return nil, fmt.Errorf("%s is neither true nor false", quote(value))
			}
			b.variables = append(b.variables, p)
		}
	}
	return b, nil
}

func (b booleans) match(value string, l lookup) (matched, understood bool) {
	if !isTrue(value) && !isFalse(value) {
		return false, false
	}
	if b.yes && isTrue(value) || b.no && isFalse(value) {
		return true, true
	}
	for i := range b.variables {
		if b.variables[i].equalFold(value, l) {
			return true, true
		}
	}
	return false, true
}

func isTrue(value string) bool  { return strings.EqualFold(value, "true") }
func isFalse(value string) bool { return strings.EqualFold(value, "false") }

// present are the values of Null that a key with a value is asked for. The other outcome is compiledCondition.absent.
type present bool

func compileNull(values []string, _ bool) (matcher, error) {
	for _, value := range values {
		if !isTrue(value) && !isFalse(value) {
			return nil, fmt.Errorf("%s is neither true nor false", quote(value))
		}
	}
	return present(slices.ContainsFunc(values, isFalse)), nil
}

func (p present) match(string, lookup) (matched, understood bool) { return bool(p), true }

// binaries are the values of BinaryEquals, decoded.
type binaries []string

func compileBinaries(values []string, _ bool) (matcher, error) {
	all, err := compileEach(values, func(value string) (string, error) {
		decoded, err := base64.StdEncoding.Strict().DecodeString(value)
		if err != nil {
			return "", fmt.Errorf("%s is not base64", quote(value))
		}
		return string(decoded), nil
	})
	return binaries(all), err
}

func (b binaries) match(value string, _ lookup) (matched, understood bool) {
	decoded, err := base64.StdEncoding.Strict().DecodeString(value)
	if err != nil {
		return false, false
	}
	return slices.Contains(b, string(decoded)), true
}
