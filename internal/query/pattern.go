package query

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a regular expression of AWS's model, which a whole value must match.
type pattern struct {
	text   string // as in the model
	re     *regexp.Regexp
	never  string    // what no value may hold; empty if there is no such thing
	class  bool      // the pattern is one character class, repeated: no engine is needed
	ascii  [128]bool // members of the class
	ranges []rune    // members of the class, in pairs
	min    int       // 0 for *, 1 for +
}

// The one look-ahead of AWS's model, of account aliases: a hyphen that no other follows. Go's engine, which is linear
// because it never looks ahead, is asked about the hyphen, and "--" is looked for apart.
const loneHyphen, twoHyphens = "-(?!-)", "--"

// compilePattern translates text from Java's spelling.
func compilePattern(text string) (*pattern, error) {
	plain := strings.ReplaceAll(text, loneHyphen, "-")
	translated, err := translatePattern(plain)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(translated, syntax.Perl) // by itself: "a)|(b" must not get through in the parentheses below
	if err != nil {
		return nil, err
	}
	p := &pattern{text: text}
	if plain != text {
		p.never = twoHyphens
	}
	if p.re, err = regexp.Compile(`\A(?:` + translated + `)\z`); err != nil {
		return nil, err
	}
	if p.never == "" && (tree.Op == syntax.OpStar || tree.Op == syntax.OpPlus) && tree.Sub[0].Op == syntax.OpCharClass {
		p.class, p.ranges = true, tree.Sub[0].Rune
		if tree.Op == syntax.OpPlus {
			p.min = 1
		}
		for c := range p.ascii {
			p.ascii[c] = p.inRanges(rune(c))
		}
	}
	return p, nil
}

// maxEngine is the longest value, in bytes, that is handed to the regular expression engine: it takes 0.1 s for a
// megabyte. What AWS asks more than a character class of is a hundred times shorter.
const maxEngine = 64 << 10

func (p *pattern) matches(s string) bool {
	if !p.class {
		return len(s) <= maxEngine && p.re.MatchString(s) && (p.never == "" || !strings.Contains(s, p.never))
	}
	for _, r := range s {
		if r < utf8.RuneSelf && !p.ascii[r] || r >= utf8.RuneSelf && !p.inRanges(r) {
			return false
		}
	}
	return len(s) >= p.min
}

func (p *pattern) inRanges(r rune) bool {
	for i := 0; i < len(p.ranges); i += 2 {
		if p.ranges[i] <= r && r <= p.ranges[i+1] {
			return true
		}
	}
	return false
}

// translatePattern turns Java's spelling into Go's. \w and \d are ASCII in both. \u takes four digits and no more, so
// that the \u10000-\u10FFFF of the arn pattern reads, as it does at AWS, as U+1000, the range 0-U+10FF, F and F (spec
// section 1.5). What the two languages read differently, and AWS's model has no need of, is refused.
func translatePattern(java string) (string, error) {
	var b strings.Builder
	inClass := false
	for rest := java; rest != ""; {
		n := 1
		switch c := rest[0]; {
		case c == '\\':
			escape, length, err := translateEscape(rest)
			if err != nil {
				return "", err
			}
			b.WriteString(escape)
			n = length
		case inClass && (c == '[' || strings.HasPrefix(rest, "&&")):
			return "", fmt.Errorf("a class made of classes at %q", rest)
		case c == '.' && !inClass:
			b.WriteString(`[^\n\r\x{85}\x{2028}\x{2029}]`)
		default:
			inClass = c == '[' || inClass && c != ']'
			b.WriteByte(c)
		}
		rest = rest[n:]
	}
	return b.String(), nil
}

// translateEscape translates the escape at the start of s and tells its length there.
func translateEscape(s string) (escape string, length int, err error) {
	switch {
	case len(s) >= 6 && s[1] == 'u' && isHex(s[2:6]):
		return `\x{` + s[2:6] + `}`, 6, nil
	case strings.HasPrefix(s, `\w`), strings.HasPrefix(s, `\d`):
		return s[:2], 2, nil
	case strings.HasPrefix(s, `\p{`) && strings.Contains(s, "}"):
		length = strings.IndexByte(s, '}') + 1
		return s[:length], length, nil
	case len(s) >= 2 && s[1] < unicode.MaxASCII && unicode.In(rune(s[1]), unicode.Punct, unicode.Symbol):
		return s[:2], 2, nil
	}
	return "", 0, fmt.Errorf("an escape that is not known at %q", s)
}

func isHex(s string) bool {
	for i := range len(s) {
		if _, ok := hexDigit(s[i]); !ok {
			return false
		}
	}
	return true
}
