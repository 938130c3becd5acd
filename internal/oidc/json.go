package oidc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds how deep objects and arrays are nested. Tokens and key sets have five levels at most.
const maxDepth = 20

// parseObject reads a JSON object as strictly as a signature deserves: whoever else reads the text must read the same.
// Package json alone lets a later member replace an earlier one and mends what is no UTF-8. Names keep their case.
// Numbers are json.Number.
func parseObject(text []byte) (map[string]any, error) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, errors.New("it is not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseValue(decoder, maxDepth)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("it is not a JSON object")
	}
	return object, nil
}

func parseValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return token, nil
	}
	if depth == 0 {
		return nil, fmt.Errorf("it is nested deeper than %d", maxDepth)
	}
	var value any
	if delim == '{' {
		value, err = parseMembers(decoder, depth-1)
	} else {
		value, err = parseElements(decoder, depth-1)
	}
	if err != nil {
		return nil, err
	}
	_, err = decoder.Token() // the closing delimiter
	return value, err
}

func parseMembers(decoder *json.Decoder, depth int) (map[string]any, error) {
	object := map[string]any{}
	for decoder.More() {
		name, err := parseValue(decoder, 0)
		if err != nil {
			return nil, err
		}
		key, ok := name.(string)
		if !ok {
			return nil, errors.New("the name of a member is no string")
		}
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("the member %q is there twice", key)
		}
		if object[key], err = parseValue(decoder, depth); err != nil {
			return nil, err
		}
	}
	return object, nil
}

func parseElements(decoder *json.Decoder, depth int) ([]any, error) {
	array := []any{}
	for decoder.More() {
		value, err := parseValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	return array, nil
}
