package query

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/daypass/daypass/internal/aws"
)

// Style is how a service words a ValidationError.
type Style int

// The styles.
const (
	STS Style = iota // tells the value back (spec section 1.5)
	IAM              // does not (aws-iam section 1.1)
)

// A reply must not be a multiple of a hostile request. Both limits are ours; AWS's are not known.
const (
	maxEcho   = 16 << 10 // bytes of a value that are told back
	maxReport = 64 << 10 // bytes after which no further broken constraint is listed
)

// report collects broken constraints.
type report struct {
	style   Style
	entries []string
	silent  []string // the entries without the values, for those who write them down
	size    int
	invalid string // IAM's own sentence, for when there is nothing else to report
}

// err is the ValidationError for what was collected; nil when that is nothing.
func (r *report) err() error {
	switch len(r.entries) {
	case 0:
		if r.invalid == "" {
			return nil
		}
		return &aws.Error{Code: aws.ValidationError, Message: r.invalid}
	}
	return aws.Errorf(aws.ValidationError, "%s", summary(r.entries)).Recorded(summary(r.silent))
}

func summary(entries []string) string {
	if len(entries) == 1 {
		return "1 validation error detected: " + entries[0]
	}
	return strconv.Itoa(len(entries)) + " validation errors detected: " + strings.Join(entries, "; ")
}

// add notes that the value at name breaks a rule. Echo is the value as STS tells it back.
func (r *report) add(echo, name, rule string) {
	if r.size > maxReport {
		return
	}
	value := "Value "
	if r.style == STS && echo != "" {
		value += echo + " "
	}
	broken := "at '" + name + "' failed to satisfy constraint: " + rule
	entry := value + broken
	r.entries = append(r.entries, entry)
	r.silent = append(r.silent, "Value "+broken)
	r.size += len(entry)
}

func (r *report) null(name string) { r.add("null", name, notNull) }

// scalar checks a single value that is present. When it breaks several rules the pattern comes before the length.
func (r *report) scalar(m *member, sh *shape, v reflect.Value, path string) {
	if m.fits(sh, v) {
		return
	}
	name, echo := path+m.name, quote(textOf(sh, v))
	patternBroken := m.pattern != nil && !m.pattern.matches(v.String())
	if patternBroken && m.invalid != "" {
		if r.invalid == "" {
			r.invalid = "The specified value for " + name + " is invalid. " + m.invalid
		}
		if v.Len() == 0 && m.insteadOfLength {
			return
		}
	} else if patternBroken {
		r.add(echo, name, m.patternRule())
	}
	if m.enum != nil && !slices.Contains(m.enum, v.String()) {
		r.add(echo, name, m.enumRule(r.style))
	}
	switch n, b := m.measure(sh, v); {
	case n < b.min:
		r.add(echo, name, atLeast(sh, b.min))
	case n > b.max:
		r.add(echo, name, atMost(sh, b.max))
	}
}

// elements checks a list of single values that is present. All bad elements together are one entry.
func (r *report) elements(m *member, sh *shape, v reflect.Value, path string) {
	texts, fit := make([]string, v.Len()), true
	for i := range texts {
		texts[i] = textOf(sh.elem, v.Index(i))
		fit = fit && m.fits(sh.elem, v.Index(i))
	}
	echo := quote("[" + strings.Join(texts, ", ") + "]")
	if !fit {
		r.add(echo, path+m.name, m.elementRule(sh.elem, r.style))
	}
	r.items(m, sh, v, path, echo)
}

// items checks the number of elements of a list.
func (r *report) items(m *member, sh *shape, v reflect.Value, path, echo string) {
	switch n := int64(v.Len()); {
	case n < m.items.min:
		r.add(echo, path+m.name, atLeast(sh, m.items.min))
	case n > m.items.max:
		r.add(echo, path+m.name, atMost(sh, m.items.max))
	}
}

// fits reports whether a single value satisfies the constraint.
func (c *constraint) fits(sh *shape, v reflect.Value) bool {
	n, b := c.measure(sh, v)
	return b.min <= n && n <= b.max &&
		(c.pattern == nil || c.pattern.matches(v.String())) &&
		(c.enum == nil || slices.Contains(c.enum, v.String()))
}

// measure returns what is bounded of a single value: its length or itself.
func (c *constraint) measure(sh *shape, v reflect.Value) (int64, bounds) {
	switch sh.kind {
	case stringKind:
		return int64(utf8.RuneCountInString(v.String())), c.length
	case blobKind:
		return int64(v.Len()), c.length
	case intKind:
		return v.Int(), c.value
	default:
		return 0, unbounded
	}
}

const notNull = "Member must not be null"

func (c *constraint) patternRule() string {
	return "Member must satisfy regular expression pattern: " + c.pattern.text
}

func (c *constraint) enumRule(s Style) string {
	if s == IAM {
		return "Member must satisfy enum value set" // the one recording ends here
	}
	return "Member must satisfy enum value set: [" + strings.Join(c.enum, ", ") + "]"
}

// elementRule is the text for a list with a bad entry: all that is asked of an entry, in the order that was recorded.
// The recordings have "must not be null" with a pattern and not without.
func (c *constraint) elementRule(elem *shape, s Style) string {
	var rules []string
	for _, b := range []bounds{c.length, c.value} {
		if b.max != unbounded.max {
			rules = append(rules, atMost(elem, b.max))
		}
		if b.min != unbounded.min {
			rules = append(rules, atLeast(elem, b.min))
		}
	}
	if c.enum != nil {
		rules = append(rules, c.enumRule(s))
	}
	if c.pattern != nil {
		rules = append(rules, c.patternRule(), notNull)
	}
	return "Member must satisfy constraint: [" + strings.Join(rules, ", ") + "]"
}

func atLeast(sh *shape, n int64) string {
	return fmt.Sprintf("Member must have %s greater than or equal to %d", sh.measured(), n)
}

func atMost(sh *shape, n int64) string {
	return fmt.Sprintf("Member must have %s less than or equal to %d", sh.measured(), n)
}

func (s *shape) measured() string {
	if s.kind == intKind {
		return "value"
	}
	return "length"
}

// textOf is a single value as it is told back.
func textOf(sh *shape, v reflect.Value) string {
	switch sh.kind {
	case stringKind:
		return v.String()
	case intKind:
		return strconv.FormatInt(v.Int(), 10)
	default:
		return ""
	}
}

// quote puts a value in quotes, cut to what is told back.
func quote(value string) string {
	if len(value) > maxEcho {
		value = strings.ToValidUTF8(value[:maxEcho], "") + "..."
	}
	return "'" + value + "'"
}
