package sigv4

import (
	"bytes"
	"slices"
	"strings"
)

// appendCanonicalRequest appends the canonical request (spec section 2.3). It reports false when there is none: the
// signed headers are not listed as they must be, or the request lacks one of them.
func (s *Signature) appendCanonicalRequest(dst []byte, payload *Payload) ([]byte, bool) {
	if s.form {
		return dst, false
	}
	dst = append(dst, s.request.Method...)
	dst = append(dst, '\n')
	if s.request.PathRule == RawPath {
		dst = appendRawPath(dst, s.path)
	} else {
		dst = appendNormalizedPath(dst, s.path)
	}
	dst = append(dst, '\n')
	dst = appendQuery(dst, s.query, s.Presigned)
	dst = append(dst, '\n')
	dst, ok := s.appendHeaders(dst)
	if !ok {
		return dst, false
	}
	dst = append(dst, '\n')
	dst = append(dst, s.SignedHeaders...)
	dst = append(dst, '\n')
	return payload.append(dst), true
}

// appendNormalizedPath does what AWS's signers do, which is not all of RFC 3986: "/a/b/.." is "/a" and not "/a/".
func appendNormalizedPath(dst []byte, path string) []byte {
	root := len(dst)
	for rest, more := path, true; more; {
		var segment string
		switch segment, rest, more = strings.Cut(rest, "/"); segment {
		case "", ".":
		case "..":
			dst = dst[:root+max(0, bytes.LastIndexByte(dst[root:], '/'))]
		default:
			dst = append(dst, '/')
			dst = appendEscaped(dst, segment)
		}
	}
	if len(dst) == root || strings.HasSuffix(path, "/") {
		dst = append(dst, '/')
	}
	return dst
}

func appendRawPath(dst []byte, path string) []byte {
	for i := 0; i < len(path); i++ {
		switch c := path[i]; c {
		case '/':
			dst = append(dst, c)
		case '%':
			dst = appendEscapedByte(dst, unhex(path[i+1])<<4|unhex(path[i+2]))
			i += 2
		default:
			dst = appendEscapedByte(dst, c)
		}
	}
	return dst
}

// pair is where an escaped name and value lie in a buffer: name at [name:equals], value at [equals:end].
type pair struct{ name, equals, end int }

// appendQuery appends the parameters in the order of their escaped names and values. In a presigned request the one
// parameter that holds the signature is left out; a second of its name is signed like any other.
func appendQuery(dst []byte, query string, presigned bool) []byte {
	if query == "" {
		return dst
	}
	var pairBuf [32]pair
	var textBuf [1024]byte
	pairs, text := pairBuf[:0], textBuf[:0]
	for query != "" {
		var parameter string
		if parameter, query, _ = strings.Cut(query, "&"); parameter == "" {
			continue
		}
		name, value, _ := strings.Cut(parameter, "=") // a semicolon does not end a parameter
		p := pair{name: len(text)}
		text = appendReescaped(text, name)
		p.equals = len(text)
		if presigned && string(text[p.name:]) == signatureParameter {
			presigned = false
			continue
		}
		text = appendReescaped(text, value)
		p.end = len(text)
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if order := bytes.Compare(text[a.name:a.equals], text[b.name:b.equals]); order != 0 {
			return order
		}
		return bytes.Compare(text[a.equals:a.end], text[b.equals:b.end])
	})
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, text[p.name:p.equals]...)
		dst = append(dst, '=')
		dst = append(dst, text[p.equals:p.end]...)
	}
	return dst
}

// appendHeaders appends the signed headers, one a line. It wants their names ascending: no repeats means that no header
// is hashed twice, so that a short list can't make a large header costly.
func (s *Signature) appendHeaders(dst []byte) ([]byte, bool) {
	previous := ""
	for rest, more := s.SignedHeaders, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, ";")
		if name <= previous || hasUpper(name) {
			return dst, false
		}
		previous = name
		dst = append(dst, name...)
		dst = append(dst, ':')
		if name == "host" || name == ":authority" {
			dst = appendTrimmed(dst, s.request.Host)
			dst = append(dst, '\n')
			continue
		}
		values := s.request.values(name)
		if len(values) == 0 {
			return dst, false
		}
		for i, value := range values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendTrimmed(dst, value)
		}
		dst = append(dst, '\n')
	}
	return dst, true
}

func hasUpper(s string) bool {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return true
		}
	}
	return false
}

// appendTrimmed appends a header's value without white space at its ends, and with one space for any run of it inside.
// So no value can bring a line break into the canonical request.
func appendTrimmed(dst []byte, value string) []byte {
	start, word := len(dst), 0
	for i := 0; i <= len(value); i++ {
		if i < len(value) && value[i] != ' ' && (value[i] < '\t' || value[i] > '\r') {
			continue
		}
		if word < i {
			if len(dst) > start {
				dst = append(dst, ' ')
			}
			dst = append(dst, value[word:i]...)
		}
		word = i + 1
	}
	return dst
}
