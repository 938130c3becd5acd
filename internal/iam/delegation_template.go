package iam

import (
	"encoding/json"
	"strings"

	"github.com/daypass/daypass/internal/aws"
)

// maxPermissionPolicy is how many bytes the policy of a delegation request may have, without white space.
const maxPermissionPolicy = 2048

// The marks of a placeholder in a template, around the name of a parameter.
const (
	placeholderBegin = "@{"
	placeholderEnd   = "}"
)

// parameterTypes are how many values a parameter may have: one, or any number.
const (
	stringParameter     = "string"
	stringListParameter = "stringList"
)

// template fills the placeholders in the strings of a policy document. A value takes the place of a placeholder inside the
// text of a string, after the document was taken apart: whatever is in it, it can't become anything else.
type template struct {
	values map[string][]string
	used   map[string]bool
	out    []byte
}

var errPolicyTooLarge = aws.Errorf(aws.InvalidInput,
	"The policy that the template and its parameters make is longer than %d characters.", maxPermissionPolicy)

// renderTemplate makes a policy of a managed policy's document. Each placeholder wants a parameter and each parameter a
// placeholder. A string with the placeholder of a list becomes one string for each value, and with several of them, for
// each combination.
func renderTemplate(document string, parameters []PolicyParameter) (string, error) {
	t := template{values: make(map[string][]string), used: make(map[string]bool)}
	for _, p := range parameters {
		if err := t.add(p); err != nil {
			return "", err
		}
	}
	if err := t.render(document); err != nil {
		return "", err
	}
	for _, p := range parameters {
		if !t.used[p.Name] {
			return "", aws.Errorf(aws.InvalidInput, "The policy template has no parameter %s.", p.Name)
		}
	}
	return string(t.out), nil
}

// add takes a parameter. Values are names of things, no patterns: wildcards and policy variables are the template's to have.
func (t *template) add(p PolicyParameter) error {
	_, twice := t.values[p.Name]
	switch {
	case p.Name == "" || strings.Contains(p.Name, placeholderEnd):
		return aws.Errorf(aws.InvalidInput, "The name of a policy parameter must not be empty, nor have %s in it.", placeholderEnd)
	case twice:
		return aws.Errorf(aws.InvalidInput, "The policy parameter %s is given twice.", p.Name)
	case p.Type != stringParameter && p.Type != stringListParameter:
		return aws.Errorf(aws.InvalidInput, "The policy parameter %s has no type.", p.Name)
	case len(p.Values) == 0 || len(p.Values) > 1 && p.Type == stringParameter:
		return aws.Errorf(aws.InvalidInput, "The policy parameter %s must have one value, or more if it is a stringList.", p.Name)
	}
	for _, value := range p.Values {
		if strings.ContainsAny(value, "*?$") {
			return aws.Errorf(aws.InvalidInput, "The values of the policy parameter %s must not contain *, ? or $.", p.Name)
		}
	}
	t.values[p.Name] = p.Values
	return nil
}

// render copies a document, which is well-formed JSON, without its white space.
func (t *template) render(document string) error {
	var open []byte // the braces and brackets around
	for i := 0; i < len(document); {
		c := document[i]
		end := i + 1
		switch c {
		case ' ', '\t', '\n', '\r':
			i = end
			continue
		case '"':
			end = stringEnd(document, i)
			inList := len(open) > 0 && open[len(open)-1] == '['
			isKey := strings.HasPrefix(strings.TrimLeft(document[end:], " \t\n\r"), ":")
			if err := t.text(document[i:end], inList, isKey); err != nil {
				return err
			}
			i = end
			continue
		case '{', '[':
			open = append(open, c)
		case '}', ']':
			open = open[:max(len(open)-1, 0)]
		}
		t.out = append(t.out, c)
		i = end
		if len(t.out) > maxPermissionPolicy {
			return errPolicyTooLarge
		}
	}
	return nil
}

// stringEnd is behind the string that begins at i.
func stringEnd(document string, i int) int {
	for i++; i < len(document) && document[i] != '"'; i++ {
		if document[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(document))
}

// text copies a string, with the placeholders in it filled.
func (t *template) text(literal string, inList, isKey bool) error {
	var text string
	if err := json.Unmarshal([]byte(literal), &text); err != nil {
		return aws.Internal(err)
	}
	if !strings.Contains(text, placeholderBegin) {
		t.out = append(t.out, literal...)
		return nil
	}
	if isKey {
		return aws.Errorf(aws.InvalidInput, "The policy template has a parameter in the name of an element: %s.", aws.Echo(text))
	}
	texts, err := t.fill(text)
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(texts)
	if err != nil {
		return aws.Internal(err)
	}
	if inList || len(texts) == 1 {
		encoded = encoded[1 : len(encoded)-1] // without the brackets
	}
	t.out = append(t.out, encoded...)
	return nil
}

// fill is what a text becomes.
func (t *template) fill(text string) ([]string, error) {
	filled := []string{""}
	for {
		before, rest, found := strings.Cut(text, placeholderBegin)
		for i := range filled {
			filled[i] += before
		}
		if !found {
			return filled, nil
		}
		name, after, closed := strings.Cut(rest, placeholderEnd)
		values, known := t.values[name]
		if !closed || !known {
			return nil, aws.Errorf(aws.InvalidInput, "The policy template wants a parameter that is not given: %s.", aws.Echo(name))
		}
		t.used[name] = true
		var more []string
		size := 0
		for _, beginning := range filled {
			for _, value := range values {
				if size += len(beginning) + len(value) + 1; size > maxPermissionPolicy {
					return nil, errPolicyTooLarge
				}
				more = append(more, beginning+value)
			}
		}
		filled, text = more, after
	}
}
