package awsmodel

import (
	"strings"
	"unicode/utf8"
)

// maxParameters bounds what one form can make us look at.
const maxParameters = 10_000

type parameter struct{ name, value string }

// parseForm reads application/x-www-form-urlencoded strictly: no bad escape, no semicolon, no empty pair, no control
// characters in a name, nothing but UTF-8 (aws-services section 1.4).
func parseForm(text string) ([]parameter, *RefusalError) {
	if text == "" {
		return nil, nil
	}
	if strings.Count(text, "&") >= maxParameters {
		return nil, refuse(Malformed, "there are more than %d parameters", maxParameters)
	}
	var parameters []parameter
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name == "" || strings.ContainsAny(pair, ";\x00") {
			return nil, refuse(Malformed, "a parameter has no name, or a semicolon")
		}
		n, ok1 := unescape(name, true)
		v, ok2 := unescape(value, true)
		if !ok1 || !ok2 || strings.ContainsFunc(n, isControl) {
			return nil, refuse(Malformed, "a parameter has a bad escape")
		}
		parameters = append(parameters, parameter{n, v})
	}
	return parameters, nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// unescape decodes percent escapes once, and a plus where plus is a blank. It fails for bad escapes, and for what
// is no UTF-8 or has a NUL when decoded.
func unescape(s string, plus bool) (string, bool) {
	if !strings.ContainsAny(s, "%+") {
		return s, utf8.ValidString(s) && !strings.Contains(s, "\x00")
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || hex(s[i+1]) < 0 || hex(s[i+2]) < 0 {
				return "", false
			}
			b = append(b, byte(hex(s[i+1])<<4|hex(s[i+2]))) //nolint:gosec // two digits are a byte
			i += 2
		case c == '+' && plus:
			b = append(b, ' ')
		default:
			b = append(b, c)
		}
	}
	decoded := string(b)
	return decoded, utf8.ValidString(decoded) && !strings.Contains(decoded, "\x00")
}

func hex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// escape encodes all but unreserved characters, as Signature Version 4 does.
func escape(dst []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', digits[c>>4], digits[c&15])
	}
	return dst
}

// encodeForm writes parameters in their order.
func encodeForm(parameters []parameter) string {
	var b []byte
	for i, p := range parameters {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(escape(b, p.name), '=')
		b = escape(b, p.value)
	}
	return string(b)
}

// authParameters are of presigned URLs. sigv4 has read them; they end at the gateway.
var authParameters = []string{
	"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Signature", "X-Amz-SignedHeaders",
}

// checkNames holds the names of a Query request to one spelling: each once, whatever the case, and numbered parts
// without leading zeros, so that nobody can take InstanceId.01 for InstanceId.1 or for nothing.
func checkNames(parameters []parameter) *RefusalError {
	seen := make(map[string]bool, len(parameters))
	for _, p := range parameters {
		folded := strings.ToLower(p.name)
		if seen[folded] {
			return refuse(Ambiguous, "the parameter %q comes twice", p.name)
		}
		seen[folded] = true
		for part := range strings.SplitSeq(p.name, ".") {
			if !plainName(part) || part[0] == '0' || isNumber(part) && len(part) > 9 {
				return refuse(Malformed, "%q is no name of a parameter", p.name)
			}
		}
	}
	return nil
}

func plainName(s string) bool { return isPlain(s, "-") }

func isNumber(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
