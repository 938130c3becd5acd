package audit

import (
	"reflect"
	"time"
	"unicode"
)

// localeTime is how CloudTrail writes times inside requestParameters and responseElements.
const localeTime = "Jan 2, 2006, 3:04:05 PM"

// members returns the members of a wire struct under CloudTrail's lower-camel names, without the secret ones and those
// that are absent. It is nil, and so JSON's null, when there is nothing to tell.
func members(v any) map[string]any {
	s := reflect.Indirect(reflect.ValueOf(v))
	if s.Kind() != reflect.Struct {
		return nil
	}
	var m map[string]any
	for i := range s.NumField() {
		field := s.Type().Field(i)
		if field.Tag.Get("secret") == "true" || s.Field(i).IsZero() {
			continue
		}
		if m == nil {
			m = make(map[string]any, s.NumField()-i)
		}
		m[lowerFirst(field.Name)] = plain(s.Field(i))
	}
	return m
}

// plain is a member as encoding/json can write it.
func plain(v reflect.Value) any {
	v = reflect.Indirect(v)
	if t, ok := v.Interface().(time.Time); ok {
		return t.UTC().Format(localeTime)
	}
	switch v.Kind() {
	case reflect.Struct:
		return members(v.Interface())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Interface()
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	default:
		return v.Interface()
	}
}

func lowerFirst(name string) string {
	return string(unicode.ToLower(rune(name[0]))) + name[1:]
}
