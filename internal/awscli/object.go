package awscli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is the value of a structure as a user gave it. The order is the user's, in which faults are told.
//
// The values of parameters are nil, bool, string, json.Number, []any and *object.
type object struct{ fields []field }

type field struct {
	key   string
	value any
}

func (o *object) has(key string) bool {
	return slices.ContainsFunc(o.fields, func(f field) bool { return f.key == key })
}

// set replaces the value of a key, or adds the key behind the others.
func (o *object) set(key string, value any) {
	for i := range o.fields {
		if o.fields[i].key == key {
			o.fields[i].value = value
			return
		}
	}
	o.fields = append(o.fields, field{key, value})
}

// parseJSON reads one value.
func parseJSON(text string) (any, error) {
	var checked json.RawMessage
	if err := json.Unmarshal([]byte(text), &checked); err != nil { // which also bounds how deep it nests
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(checked))
	decoder.UseNumber()
	return readJSON(decoder)
}

func readJSON(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := new(object)
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := readJSON(decoder)
			if err != nil {
				return nil, err
			}
			o.set(key.(string), value)
		}
		_, err := decoder.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			value, err := readJSON(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := decoder.Token()
		return list, err
	}
	return token, nil
}

// parseYAML reads one document.
func parseYAML(text string) (any, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	if document.Kind == 0 {
		return nil, nil
	}
	return readYAML(document.Content[0])
}

func readYAML(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.MappingNode:
		o := new(object)
		for i := 0; i < len(node.Content); i += 2 {
			if node.Content[i].Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("line %d: a key is no string", node.Content[i].Line)
			}
			value, err := readYAML(node.Content[i+1])
			if err != nil {
				return nil, err
			}
			o.set(node.Content[i].Value, value)
		}
		return o, nil
	case yaml.SequenceNode:
		list := []any{}
		for _, element := range node.Content {
			value, err := readYAML(element)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case yaml.ScalarNode:
		return readYAMLScalar(node)
	case yaml.DocumentNode, yaml.AliasNode:
	}
	return nil, errors.New("aliases are not read") // which could make much of little
}

func readYAMLScalar(node *yaml.Node) (any, error) {
	switch node.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(node.Value, "true"), nil
	case "!!int", "!!float":
		var number any
		if err := node.Decode(&number); err != nil {
			return nil, err
		}
		return json.Number(fmt.Sprint(number)), nil
	}
	return node.Value, nil
}
