package query

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// constraint is what AWS's model says of a member. For a list, all but required and items are about its elements.
type constraint struct {
	required        bool
	value           bounds // of an integer
	length          bounds // of a string or a blob
	items           bounds // of a list
	pattern         *pattern
	enum            []string
	invalid         string // sentence used instead of the pattern's text
	insteadOfLength bool   // invalid is also what the empty value gets
}

// bounds are an inclusive range.
type bounds struct{ min, max int64 }

var unbounded = bounds{math.MinInt64, math.MaxInt64}

// tagsOf says which tags mean something for a kind.
var tagsOf = map[kind][]string{
	stringKind: {"required", "minlen", "maxlen", "pattern", "enum", "invalid", "invalidorempty"},
	intKind:    {"required", "min", "max"},
	boolKind:   {"required"},
	timeKind:   {"required"},
	blobKind:   {"required", "minlen", "maxlen"},
	structKind: {"required"},
	listKind:   {"required", "minitems", "maxitems"},
}

// newConstraint reads the tags of a field.
func newConstraint(s *shape, tags map[string]string) (constraint, error) {
	c := constraint{value: unbounded, length: unbounded, items: unbounded}
	for key, text := range tags {
		if !means(s, key) {
			return c, fmt.Errorf("tag %s says nothing about a field of this type", key)
		}
		if err := c.set(key, text); err != nil {
			return c, fmt.Errorf("tag %s:%q: %w", key, text, err)
		}
	}
	for _, b := range []bounds{c.value, c.length, c.items} {
		if b.min > b.max {
			return c, fmt.Errorf("nothing is from %d to %d", b.min, b.max)
		}
	}
	if c.invalid != "" && c.pattern == nil {
		return c, errors.New("tag invalid without a pattern")
	}
	return c, nil
}

func means(s *shape, key string) bool {
	if s.kind == pointerKind {
		return means(s.elem, key)
	}
	// secret is for those who write members down elsewhere; on the wire it changes nothing.
	if key == "secret" || slices.Contains(tagsOf[s.kind], key) {
		return true
	}
	// IAM's own sentences are known for single values only.
	return s.kind == listKind && !strings.HasPrefix(key, "invalid") && means(s.elem, key)
}

func (c *constraint) set(key, text string) (err error) {
	switch key {
	case "required":
		if c.required = text == "true"; !c.required {
			return errors.New("not true")
		}
	case "secret":
		if text != "true" {
			return errors.New("not true")
		}
	case "min":
		c.value.min, err = strconv.ParseInt(text, 10, 64)
	case "max":
		c.value.max, err = strconv.ParseInt(text, 10, 64)
	case "minlen":
		c.length.min, err = parseCount(text)
	case "maxlen":
		c.length.max, err = parseCount(text)
	case "minitems":
		c.items.min, err = parseCount(text)
	case "maxitems":
		c.items.max, err = parseCount(text)
	case "pattern":
		c.pattern, err = compilePattern(text)
	case "enum":
		if c.enum = strings.Split(text, ","); slices.Contains(c.enum, "") {
			return errors.New("an empty value")
		}
	case "invalid", "invalidorempty":
		if c.invalid != "" || text == "" {
			return errors.New("empty, or given twice")
		}
		c.invalid, c.insteadOfLength = text, key == "invalidorempty"
	}
	return err
}

func parseCount(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int64(n), err
}

// parseTag takes a struct tag apart. Unlike reflect.StructTag it reports what it can't read.
func parseTag(tag string) (map[string]string, error) {
	tags := map[string]string{}
	for tag = strings.TrimLeft(tag, " "); tag != ""; tag = strings.TrimLeft(tag, " ") {
		key, rest, found := strings.Cut(tag, ":")
		quoted, err := strconv.QuotedPrefix(rest)
		if !found || err != nil {
			return nil, fmt.Errorf("can't read the tag at %q", tag)
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("can't read the tag at %q", tag)
		}
		if _, twice := tags[key]; twice {
			return nil, fmt.Errorf("tag %s given twice", key)
		}
		tags[key] = text
		tag = rest[len(quoted):]
	}
	return tags, nil
}
