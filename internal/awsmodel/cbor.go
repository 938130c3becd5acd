package awsmodel

import (
	"encoding/json"
	"math"
	"unicode/utf8"
)

// parseCBOR reads the map of an rpcv2Cbor request as strictly as parseObject reads JSON. Its text strings, and arrays and
// maps of them, come back as JSON for the rules to read; every other value comes back as null, for no rule needs one.
// Indefinite lengths are legal and read (aws-services section 1.4).
func parseCBOR(body []byte) (map[string]json.RawMessage, *RefusalError) {
	c := &cborReader{text: body}
	if c.peek()>>5 != 5 {
		return nil, refuse(Malformed, "the body is no CBOR map")
	}
	members := map[string]json.RawMessage{}
	c.mapping(maxDepth, func(name string, value any) {
		text, err := json.Marshal(value)
		if err != nil {
			c.fail(Malformed, "a member is not text")
		}
		members[name] = text
	})
	if c.fault == nil && c.at != len(body) {
		c.fail(Malformed, "there is something after the CBOR map")
	}
	return members, c.fault
}

type cborReader struct {
	text  []byte
	at    int
	fault *RefusalError
}

func (c *cborReader) fail(kind Kind, format string, args ...any) {
	if c.fault == nil {
		c.fault = refuse(kind, format, args...)
	}
	c.at = len(c.text)
}

func (c *cborReader) peek() byte {
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

const indefinite = math.MaxUint64

// head reads the major type and the argument of an item.
func (c *cborReader) head() (major byte, argument uint64) {
	if c.at >= len(c.text) {
		c.fail(Malformed, "the CBOR ends too early")
		return 0, 0
	}
	first := c.text[c.at]
	c.at++
	major, info := first>>5, first&31
	switch {
	case info < 24:
		return major, uint64(info)
	case info == 31 && major >= 2 && major <= 5:
		return major, indefinite
	case info > 27:
		c.fail(Malformed, "the body is not CBOR")
		return 0, 0
	}
	size := 1 << (info - 24)
	if len(c.text)-c.at < size {
		c.fail(Malformed, "the CBOR ends too early")
		return 0, 0
	}
	for _, b := range c.text[c.at : c.at+size] {
		argument = argument<<8 | uint64(b)
	}
	c.at += size
	if argument == indefinite && major >= 2 && major <= 5 {
		c.fail(Malformed, "the CBOR ends too early")
	}
	return major, argument
}

// more reports whether an array or a map has an item at index i, and goes past the break that ends one of no length.
func (c *cborReader) more(i, length uint64) bool {
	if c.fault != nil || length != indefinite {
		return c.fault == nil && i < length
	}
	if c.peek() != 0xff {
		return true
	}
	c.at++
	return false
}

func (c *cborReader) mapping(depth int, each func(name string, value any)) {
	if depth == 0 {
		c.fail(Malformed, "the body is nested deeper than %d", maxDepth)
		return
	}
	_, length := c.head()
	seen := map[string]bool{}
	for i := uint64(0); c.more(i, length); i++ {
		if c.peek()>>5 != 3 {
			c.fail(Malformed, "the name of a member is no text")
			return
		}
		name := c.string()
		if seen[name] {
			c.fail(Ambiguous, "the member %q comes twice", name)
			return
		}
		if len(seen) == maxMembers {
			c.fail(Malformed, "an object has more than %d members", maxMembers)
			return
		}
		seen[name] = true
		value := c.value(depth - 1)
		if c.fault == nil {
			each(name, value)
		}
	}
}

func (c *cborReader) value(depth int) any {
	switch c.peek() >> 5 {
	case 3:
		return c.string()
	case 2:
		c.chunks(2)
	case 4:
		return c.array(depth)
	case 5:
		members := map[string]any{}
		c.mapping(depth, func(name string, value any) { members[name] = value })
		return members
	case 6:
		c.head()
		if depth == 0 {
			c.fail(Malformed, "the body is nested deeper than %d", maxDepth)
			return nil
		}
		c.value(depth - 1)
	default:
		c.head()
	}
	return nil
}

func (c *cborReader) array(depth int) any {
	if depth == 0 {
		c.fail(Malformed, "the body is nested deeper than %d", maxDepth)
		return nil
	}
	_, length := c.head()
	values := []any{}
	for i := uint64(0); c.more(i, length); i++ {
		value := c.value(depth - 1)
		if n := len(values); value != nil || n == 0 || values[n-1] != nil { // a long row of numbers must not cost memory
			values = append(values, value)
		}
	}
	return values
}

func (c *cborReader) string() string {
	text := string(c.chunks(3))
	if !utf8.ValidString(text) {
		c.fail(Malformed, "the body is not UTF-8")
	}
	return text
}

// chunks reads a string of one piece, or of several when its length is indefinite.
func (c *cborReader) chunks(want byte) []byte {
	_, length := c.head()
	if length != indefinite {
		return c.bytes(length)
	}
	var text []byte
	for i := uint64(0); c.more(i, length); i++ {
		major, piece := c.head()
		if major != want || piece == indefinite {
			c.fail(Malformed, "the body is not CBOR")
			return nil
		}
		text = append(text, c.bytes(piece)...)
	}
	return text
}

func (c *cborReader) bytes(length uint64) []byte {
	rest := c.text[c.at:]
	if length > uint64(len(rest)) {
		c.fail(Malformed, "the CBOR ends too early")
		return nil
	}
	rest = rest[:length]
	c.at += len(rest)
	return rest
}
