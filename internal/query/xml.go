package query

import (
	"encoding/base64"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/daypass/daypass/internal/aws"
)

func appendXMLReply(dst []byte, r Reply, sh *shape, v reflect.Value) []byte {
	dst = append(dst, '<')
	dst = append(dst, r.Action...)
	dst = append(dst, `Response xmlns="`...)
	dst = appendXMLText(dst, r.Namespace)
	dst = append(dst, "\">\n"...)
	if sh != nil {
		dst = appendElement(dst, 1, r.Action, "Result", sh, v)
	}
	dst = append(dst, "  <ResponseMetadata>\n    <RequestId>"...)
	dst = appendXMLText(dst, r.RequestID)
	dst = append(dst, "</RequestId>\n  </ResponseMetadata>\n</"...)
	dst = append(dst, r.Action...)
	return append(dst, "Response>\n"...)
}

func appendXMLError(dst []byte, namespace, requestID string, e *aws.Error) []byte {
	dst = append(dst, `<ErrorResponse xmlns="`...)
	dst = appendXMLText(dst, namespace)
	dst = append(dst, "\">\n  <Error>\n    <Type>"...)
	dst = append(dst, e.Fault()...)
	dst = append(dst, "</Type>\n    <Code>"...)
	dst = appendXMLText(dst, string(e.Code))
	dst = append(dst, "</Code>\n"...)
	if e.Message != "" {
		dst = append(dst, "    <Message>"...)
		dst = appendXMLText(dst, e.Message)
		dst = append(dst, "</Message>\n"...)
	}
	dst = append(dst, "  </Error>\n  <RequestId>"...)
	dst = appendXMLText(dst, requestID)
	return append(dst, "</RequestId>\n</ErrorResponse>\n"...)
}

// appendElement appends a line, or several, for the element name+suffix.
func appendElement(dst []byte, depth int, name, suffix string, sh *shape, v reflect.Value) []byte {
	dst = append(appendIndent(dst, depth), '<')
	dst = append(append(dst, name...), suffix...)
	dst = append(dst, '>')
	start := len(dst)
	dst = appendContent(dst, depth, sh, v)
	if len(dst) == start {
		return append(dst[:start-1], "/>\n"...)
	}
	dst = append(append(append(dst, "</"...), name...), suffix...)
	return append(dst, ">\n"...)
}

// appendContent appends what stands between the tags of an element at the given depth.
func appendContent(dst []byte, depth int, sh *shape, v reflect.Value) []byte {
	switch sh.kind {
	case stringKind:
		return appendXMLText(dst, v.String())
	case intKind:
		return strconv.AppendInt(dst, v.Int(), 10)
	case boolKind:
		return strconv.AppendBool(dst, v.Bool())
	case timeKind:
		return timeOf(v).AppendFormat(dst, time.RFC3339)
	case blobKind:
		return base64.StdEncoding.AppendEncode(dst, v.Bytes())
	case pointerKind:
		return appendContent(dst, depth, sh.elem, v.Elem())
	default:
		start := len(dst)
		dst = appendChildren(append(dst, '\n'), depth+1, sh, v)
		if len(dst) == start+1 {
			return dst[:start]
		}
		return appendIndent(dst, depth)
	}
}

// appendChildren appends the elements within an element.
func appendChildren(dst []byte, depth int, sh *shape, v reflect.Value) []byte {
	switch sh.kind {
	case listKind:
		for i := range v.Len() {
			dst = appendElement(dst, depth, "member", "", sh.elem, v.Index(i))
		}
		return dst
	case mapKind:
		return appendEntries(dst, depth, sh, v)
	default:
		return appendMembers(dst, depth, sh, v)
	}
}

func appendMembers(dst []byte, depth int, sh *shape, v reflect.Value) []byte {
	for i := range sh.members {
		m := &sh.members[i]
		if f := v.FieldByIndex(m.index); !absent(m.shape, f) {
			dst = appendElement(dst, depth, m.wire, "", m.shape, f)
		}
	}
	return dst
}

func appendEntries(dst []byte, depth int, sh *shape, v reflect.Value) []byte {
	for _, key := range sortedKeys(v) {
		dst = append(appendIndent(dst, depth), "<entry>\n"...)
		dst = append(appendIndent(dst, depth+1), "<key>"...)
		dst = append(appendXMLText(dst, key.String()), "</key>\n"...)
		dst = appendElement(dst, depth+1, "value", "", sh.elem, v.MapIndex(key))
		dst = append(appendIndent(dst, depth), "</entry>\n"...)
	}
	return dst
}

func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

func timeOf(v reflect.Value) time.Time {
	t, _ := reflect.TypeAssert[time.Time](v)
	return t.UTC()
}

func appendIndent(dst []byte, depth int) []byte {
	for range depth {
		dst = append(dst, ' ', ' ')
	}
	return dst
}

// appendXMLText appends s as character data, or as an attribute's value. What XML 1.0 has no way to write (most control
// characters, U+FFFE, U+FFFF, bytes that are not UTF-8) becomes U+FFFD.
func appendXMLText(dst []byte, s string) []byte {
	done := 0
	for i := 0; i < len(s); {
		if xmlPlain[s[i]] {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if escape := xmlEscape(r, size); escape != "" {
			dst = append(append(dst, s[done:i]...), escape...)
			done = i + size
		}
		i += size
	}
	return append(dst, s[done:]...)
}

// xmlPlain has the bytes that stand for themselves: all of ASCII that xmlEscape returns nothing for.
var xmlPlain = func() (plain [256]bool) {
	for c := range utf8.RuneSelf {
		plain[c] = xmlEscape(rune(c), 1) == ""
	}
	return plain
}()

// xmlEscape returns what stands for a character; "" when it stands for itself.
func xmlEscape(r rune, size int) string {
	switch {
	case r == '&':
		return "&amp;"
	case r == '<':
		return "&lt;"
	case r == '>':
		return "&gt;"
	case r == '"':
		return "&quot;"
	case r == '\r': // as it is, a parser reads it as a new line
		return "&#xD;"
	case r < ' ' && r != '\t' && r != '\n', r == 0xFFFE, r == 0xFFFF, r == utf8.RuneError && size == 1:
		return "\uFFFD"
	}
	return ""
}
