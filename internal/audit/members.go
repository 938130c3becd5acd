package audit

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"sync"
	"time"
	"unicode"
)

// localeTime is how CloudTrail writes times inside requestParameters and responseElements.
const localeTime = "Jan 2, 2006, 3:04:05 PM"

const (
	// maxMembers is how many bytes of parameters or of a result are recorded, as at CloudTrail.
	maxMembers = 100 << 10
	// maxMember is how many one of them may have when all together have more. Then the others stay: blanks in a policy must
	// not hide whose policy it is.
	maxMember = 4 << 10
)

// members appends a wire struct under CloudTrail's lower-camel names, without the members that are secret and those that
// are absent. It is null when there is nothing to tell.
func (o object) members(name string, wire any) object {
	o = o.name(name)
	s := reflect.Indirect(reflect.ValueOf(wire))
	if s.Kind() != reflect.Struct {
		return append(o, "null"...)
	}
	start := len(o)
	if o = o.structure(s); len(o)-start > maxMembers {
		o = o[:start].smallMembers(s, maxMember)
	}
	return o
}

func (o object) structure(s reflect.Value) object { return o.smallMembers(s, math.MaxInt) }

// smallMembers appends the members of a struct that take no more than so many bytes each.
func (o object) smallMembers(s reflect.Value, limit int) object {
	start := len(o)
	o = o.open()
	for _, f := range fieldsOf(s.Type()) {
		before := len(o)
		if v := s.FieldByIndex(f.index); !v.IsZero() {
			o = o.name(f.name).value(v)
		}
		if len(o)-before > limit {
			o = o[:before]
		}
	}
	if len(o) == start+1 {
		return append(o[:start], "null"...)
	}
	return o.close()
}

func (o object) value(v reflect.Value) object {
	v = reflect.Indirect(v)
	if t, ok := reflect.TypeAssert[time.Time](v); ok {
		return o.formatted(t, localeTime)
	}
	switch v.Kind() {
	case reflect.String:
		return o.string(v.String())
	case reflect.Int32, reflect.Int64:
		return strconv.AppendInt(o, v.Int(), 10)
	case reflect.Struct:
		return o.structure(v)
	case reflect.Slice:
		return o.list(v)
	default:
		return o.any(v.Interface())
	}
}

func (o object) list(v reflect.Value) object {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return append(base64.StdEncoding.AppendEncode(append(o, '"'), v.Bytes()), '"')
	}
	o = append(o, '[')
	for i := range v.Len() {
		if i > 0 {
			o = append(o, ',')
		}
		o = o.value(v.Index(i))
	}
	return append(o, ']')
}

// field is a member of a wire struct that the log shows.
type field struct {
	index []int
	name  string // CloudTrail's
}

// fields caches the []field of each struct type: reflect makes names and tags anew at each look.
var fields sync.Map

func fieldsOf(t reflect.Type) []field {
	if cached, ok := fields.Load(t); ok {
		return cached.([]field)
	}
	var shown []field
	for _, f := range reflect.VisibleFields(t) {
		if !f.Anonymous && f.Tag.Get("secret") != "true" {
			shown = append(shown, field{f.Index, lowerFirst(f.Name)})
		}
	}
	fields.Store(t, shown)
	return shown
}

func lowerFirst(name string) string {
	return string(unicode.ToLower(rune(name[0]))) + name[1:]
}
