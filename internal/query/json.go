package query

import (
	"encoding/base64"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/daypass/daypass/internal/aws"
)

func appendJSONReply(dst []byte, r Reply, sh *shape, v reflect.Value) []byte {
	dst = appendJSONString(append(dst, '{'), r.Action+"Response")
	dst = append(dst, ":{"...)
	if sh != nil {
		dst = appendJSONString(dst, r.Action+"Result")
		dst = appendJSONValue(append(dst, ':'), sh, v)
		dst = append(dst, ',')
	}
	dst = append(dst, `"ResponseMetadata":{"RequestId":`...)
	dst = appendJSONString(dst, r.RequestID)
	return append(dst, "}}}"...)
}

func appendJSONError(dst []byte, requestID string, e *aws.Error) []byte {
	dst = append(dst, `{"Error":{"Code":`...)
	dst = appendJSONString(dst, string(e.Code))
	if e.Message != "" {
		dst = append(dst, `,"Message":`...)
		dst = appendJSONString(dst, e.Message)
	}
	dst = append(dst, `,"Type":`...)
	dst = appendJSONString(dst, e.Fault())
	dst = append(dst, `},"RequestId":`...)
	dst = appendJSONString(dst, requestID)
	return append(dst, '}')
}

func appendJSONValue(dst []byte, sh *shape, v reflect.Value) []byte {
	switch sh.kind {
	case stringKind:
		return appendJSONString(dst, v.String())
	case intKind:
		return strconv.AppendInt(dst, v.Int(), 10)
	case boolKind:
		return strconv.AppendBool(dst, v.Bool())
	case timeKind:
		return strconv.AppendInt(dst, timeOf(v).Unix(), 10)
	case blobKind:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v.Bytes()), '"')
	case pointerKind:
		return appendJSONValue(dst, sh.elem, v.Elem())
	case listKind:
		return appendJSONList(dst, sh, v)
	default:
		return appendJSONObject(dst, sh, v)
	}
}

func appendJSONList(dst []byte, sh *shape, v reflect.Value) []byte {
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONValue(dst, sh.elem, v.Index(i))
	}
	return append(dst, ']')
}

func appendJSONObject(dst []byte, sh *shape, v reflect.Value) []byte {
	dst = append(dst, '{')
	start := len(dst)
	pair := func(name string, sh *shape, v reflect.Value) {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, name), ':')
		dst = appendJSONValue(dst, sh, v)
	}
	if sh.kind == mapKind {
		for _, key := range sortedKeys(v) {
			pair(key.String(), sh.elem, v.MapIndex(key))
		}
		return append(dst, '}')
	}
	for i := range sh.members {
		m := &sh.members[i]
		if f := v.FieldByIndex(m.index); !absent(m.shape, f) {
			pair(m.wire, m.shape, f)
		}
	}
	return append(dst, '}')
}

// appendJSONString appends s in quotes. Bytes that are not UTF-8 become U+FFFD; <, > and & are escaped, so that nobody
// who guesses at the type of a reply finds markup in it.
func appendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < ' ' || c == '<' || c == '>' || c == '&':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		default:
			dst = append(dst, c)
		}
		i++
	}
	return append(dst, '"')
}
