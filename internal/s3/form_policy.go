package s3

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// formPolicy is the policy document of a form (spec aws-services section 3.3).
type formPolicy struct {
	expiration time.Time
	conditions []formCondition
	min, max   int64 // bytes of the file
}

type formCondition struct {
	operator, field, value string // operator is eq or starts-with; field is in lower case
}

func invalidPolicy(format string, args ...any) *Error {
	return refuse("InvalidPolicyDocument", "Invalid Policy: "+format, args...)
}

func policyDenies(format string, args ...any) *Error {
	return refuse("AccessDenied", "Invalid according to Policy: "+format, args...)
}

// parseFormPolicy reads the field as it was sent. Nothing in it is skipped.
func parseFormPolicy(field string) (*formPolicy, *Error) {
	document, err := base64.StdEncoding.DecodeString(field)
	if err != nil || !utf8.Valid(document) {
		return nil, invalidPolicy("Invalid JSON.")
	}
	root, ok := parseJSON(document)
	members, isObject := root.(map[string]any)
	if !ok || !isObject {
		return nil, invalidPolicy("Invalid JSON.")
	}
	for name := range members {
		if name != "expiration" && name != "conditions" {
			return nil, invalidPolicy("Unexpected: '%s'.", name)
		}
	}
	p := &formPolicy{max: maxObject}
	expiration, ok := members["expiration"].(string)
	if !ok {
		return nil, invalidPolicy("Policy missing expiration.")
	}
	if p.expiration, err = time.Parse(time.RFC3339, expiration); err != nil {
		return nil, invalidPolicy("Invalid 'expiration' value: '%s'", expiration)
	}
	conditions, ok := members["conditions"].([]any)
	if !ok {
		return nil, invalidPolicy("Policy missing conditions.")
	}
	for _, condition := range conditions {
		if err := p.add(condition); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *formPolicy) add(condition any) *Error {
	switch c := condition.(type) {
	case map[string]any:
		if len(c) != 1 {
			return invalidPolicy("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
		}
		for field, value := range c {
			text, ok := value.(string)
			if !ok {
				return invalidPolicy("Invalid Simple-Condition: value must be a string.")
			}
			p.conditions = append(p.conditions, formCondition{"eq", strings.ToLower(field), text})
		}
		return nil
	case []any:
		return p.addList(c)
	}
	return invalidPolicy("Invalid Condition: must be an object or a list.")
}

func (p *formPolicy) addList(c []any) *Error {
	if len(c) != 3 {
		return invalidPolicy("Invalid Condition: wrong number of arguments.")
	}
	operator, _ := c[0].(string)
	switch lower := strings.ToLower(operator); lower {
	case "eq", "starts-with":
		name, nameOK := c[1].(string)
		value, valueOK := c[2].(string)
		field, dollar := strings.CutPrefix(name, "$")
		if !nameOK || !valueOK || !dollar || field == "" {
			return invalidPolicy("Invalid Condition: a condition compares a field, $name, with a string.")
		}
		p.conditions = append(p.conditions, formCondition{lower, strings.ToLower(field), value})
		return nil
	case "content-length-range":
		least, leastOK := size(c[1])
		most, mostOK := size(c[2])
		if !leastOK || !mostOK {
			return invalidPolicy("Invalid content-length-range: the limits must be numbers.")
		}
		p.min, p.max = max(p.min, least), min(p.max, most)
		return nil
	}
	return invalidPolicy("Invalid Condition: unknown operation '%s'.", operator)
}

// size is a number of bytes, which some clients write as a string.
func size(v any) (int64, bool) {
	text, ok := v.(string)
	if number, is := v.(json.Number); is {
		text, ok = number.String(), true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, ok && err == nil && n >= 0
}

// check holds a form to the policy: each condition is met, and each field has one.
func (p *formPolicy) check(fields map[string]string, bucket string, now time.Time) *Error {
	if !now.Before(p.expiration) {
		return policyDenies("Policy expired.")
	}
	if given, ok := fields["bucket"]; ok && given != bucket {
		return policyDenies(`Policy Condition failed: ["eq", "$bucket", "%s"]`, given)
	}
	fields = maps.Clone(fields)
	fields["bucket"] = bucket
	covered := set("bucket file policy x-amz-signature")
	for _, c := range p.conditions {
		if !c.meets(fields[c.field]) {
			return policyDenies(`Policy Condition failed: ["%s", "$%s", "%s"]`, c.operator, c.field, c.value)
		}
		// A session's token must be the one that the policy was signed with.
		covered[c.field] = covered[c.field] || c.operator == "eq" || c.field != "x-amz-security-token"
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !covered[name] && !strings.HasPrefix(name, "x-ignore-") {
			return policyDenies("Extra input fields: %s", name)
		}
	}
	return nil
}

// meets compares a field, which counts as empty when it is absent.
func (c *formCondition) meets(value string) bool {
	if c.operator == "eq" {
		return value == c.value
	}
	if c.field != "content-type" {
		return strings.HasPrefix(value, c.value)
	}
	for item := range strings.SplitSeq(value, ",") {
		if !strings.HasPrefix(strings.Trim(item, " \t"), c.value) {
			return false
		}
	}
	return true
}

// fixes reports whether the policy says to which host an address in the field may lead.
func (p *formPolicy) fixes(field string) bool {
	return slices.ContainsFunc(p.conditions, func(c formCondition) bool {
		if c.field != field || c.operator == "eq" {
			return c.field == field
		}
		_, rest, ok := strings.Cut(c.value, "://")
		host, _, slash := strings.Cut(rest, "/")
		return ok && slash && host != ""
	})
}

// parseJSON reads a document strictly: no name twice, nothing after the value, and no more depth than policies have.
func parseJSON(document []byte) (any, bool) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	value, ok := jsonValue(d, 0)
	if !ok {
		return nil, false
	}
	_, err := d.Token()
	return value, errors.Is(err, io.EOF)
}

func jsonValue(d *json.Decoder, depth int) (any, bool) {
	token, err := d.Token()
	if err != nil || depth > 4 {
		return nil, false
	}
	switch token {
	case json.Delim('{'):
		return jsonObject(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, ok := jsonValue(d, depth+1)
			if !ok {
				return nil, false
			}
			list = append(list, value)
		}
		_, err := d.Token()
		return list, err == nil
	}
	return token, true
}

func jsonObject(d *json.Decoder, depth int) (any, bool) {
	members := map[string]any{}
	for d.More() {
		token, err := d.Token()
		name, isString := token.(string)
		if _, twice := members[name]; err != nil || !isString || twice {
			return nil, false
		}
		value, ok := jsonValue(d, depth+1)
		if !ok {
			return nil, false
		}
		members[name] = value
	}
	_, err := d.Token()
	return members, err == nil
}
