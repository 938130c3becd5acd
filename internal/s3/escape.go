package s3

import (
	"strings"
	"unicode/utf8"
)

const upperHex = "0123456789ABCDEF"

// unescape decodes percent escapes once. What is not an escape, not UTF-8 or U+0000 is refused (spec aws-services 2.6).
// A plus sign is a blank in query values and in the copy source, and itself in paths.
func unescape(s string, plusIsBlank bool) (string, bool) {
	if strings.Contains(s, "%") || plusIsBlank && strings.Contains(s, "+") {
		decoded, ok := decodeEscapes(s, plusIsBlank)
		if !ok {
			return "", false
		}
		s = decoded
	}
	return s, utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

func decodeEscapes(s string, plusIsBlank bool) (string, bool) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+' && plusIsBlank:
			b = append(b, ' ')
		case c != '%':
			b = append(b, c)
		case i+2 >= len(s):
			return "", false
		default:
			high, low := hexDigit(s[i+1]), hexDigit(s[i+2])
			if high > 15 || low > 15 {
				return "", false
			}
			b = append(b, high<<4|low)
			i += 2
		}
	}
	return string(b), true
}

// hexDigit is above 15 for what is none.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}

// appendEscaped writes s in the one form that is sent on (spec aws-services section 6, request target).
func appendEscaped(b []byte, s string, keepSlash bool) []byte {
	for i := range len(s) {
		c := s[i]
		if isAlphanumeric(c) || strings.IndexByte("-._~", c) >= 0 || c == '/' && keepSlash {
			b = append(b, c)
		} else {
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return b
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
