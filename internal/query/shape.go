package query

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
)

// kind is what a Go type is on the wire.
type kind int

const (
	stringKind kind = iota + 1
	intKind
	boolKind
	timeKind
	blobKind
	structKind
	listKind
	mapKind
	pointerKind
)

// shape is all that decoding and encoding need to know of a type, worked out once per type.
type shape struct {
	kind       kind
	bits       int      // of an integer
	elem       *shape   // of a list, a map or a pointer
	members    []member // of a struct
	outputOnly bool     // there is a map in it, which no request can carry
}

// member is a field of a struct.
type member struct {
	index []int
	wire  string // parameter, element
	name  string // in a validation message
	shape *shape
	constraint
}

// shapes caches a *shape or an error per reflect.Type.
var shapes sync.Map

// CheckInput reports the fault that Decode would panic on for a struct of type t; nil when there is none.
func CheckInput(t reflect.Type) error {
	s, err := shapeOf(t)
	switch {
	case err != nil:
		return err
	case s.kind != structKind:
		return fmt.Errorf("query: %s is not a struct", t)
	case s.outputOnly:
		return fmt.Errorf("query: %s has a map, which no request can carry", t)
	}
	return nil
}

// CheckOutput reports the fault that AppendReply would panic on for a struct of type t; nil when there is none.
func CheckOutput(t reflect.Type) error {
	s, err := shapeOf(t)
	if err == nil && s.kind != structKind {
		err = fmt.Errorf("query: %s is not a struct", t)
	}
	return err
}

func shapeOf(t reflect.Type) (*shape, error) {
	cached, ok := shapes.Load(t)
	if !ok {
		s, err := newShape(t, nil)
		if err != nil {
			cached, _ = shapes.LoadOrStore(t, err)
		} else {
			cached, _ = shapes.LoadOrStore(t, s)
		}
	}
	if err, faulty := cached.(error); faulty {
		return nil, err
	}
	return cached.(*shape), nil
}

// newShape works out the shape of t. Outer holds the structs it is part of.
func newShape(t reflect.Type, outer []reflect.Type) (*shape, error) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return &shape{kind: timeKind}, nil
	case reflect.TypeFor[[]byte]():
		return &shape{kind: blobKind}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return &shape{kind: stringKind}, nil
	case reflect.Bool:
		return &shape{kind: boolKind}, nil
	case reflect.Int, reflect.Int32, reflect.Int64:
		return &shape{kind: intKind, bits: t.Bits()}, nil
	case reflect.Struct:
		return newStruct(t, outer)
	case reflect.Slice:
		return newContainer(listKind, t, outer)
	case reflect.Pointer:
		return newContainer(pointerKind, t, outer)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return nil, fmt.Errorf("query: the keys of %s are not strings", t)
		}
		return newContainer(mapKind, t, outer)
	default:
		return nil, fmt.Errorf("query: %s has no form on the wire", t)
	}
}

func newContainer(k kind, t reflect.Type, outer []reflect.Type) (*shape, error) {
	elem, err := newShape(t.Elem(), outer)
	if err != nil {
		return nil, err
	}
	if elem.kind == pointerKind || k == listKind && (elem.kind == listKind || elem.kind == mapKind) {
		return nil, fmt.Errorf("query: %s has no form on the wire", t)
	}
	return &shape{kind: k, elem: elem, outputOnly: elem.outputOnly || k == mapKind}, nil
}

func newStruct(t reflect.Type, outer []reflect.Type) (*shape, error) {
	for _, o := range outer {
		if o == t {
			return nil, fmt.Errorf("query: %s contains itself", t)
		}
	}
	outer = append(outer[:len(outer):len(outer)], t)
	s := &shape{kind: structKind}
	for i := range t.NumField() {
		if err := s.addField(t, i, outer); err != nil {
			return nil, err
		}
	}
	seen := make(map[string]bool, len(s.members))
	for _, m := range s.members {
		if seen[m.wire] {
			return nil, fmt.Errorf("query: %s has two fields for %s", t, m.wire)
		}
		seen[m.wire] = true
		s.outputOnly = s.outputOnly || m.shape.outputOnly
	}
	return s, nil
}

func (s *shape) addField(t reflect.Type, i int, outer []reflect.Type) error {
	f := t.Field(i)
	if f.Tag.Get("wire") == "-" {
		return nil
	}
	fault := func(err error) error { return fmt.Errorf("query: %s.%s: %w", t, f.Name, err) }
	if !f.IsExported() && !f.Anonymous {
		return fault(errors.New("not exported"))
	}
	fs, err := newShape(f.Type, outer)
	if err != nil {
		return fault(err)
	}
	if f.Anonymous {
		if fs.kind != structKind || f.Tag != "" {
			return fault(errors.New("embedded, and not a struct without a tag"))
		}
		for _, m := range fs.members {
			m.index = append([]int{i}, m.index...)
			s.members = append(s.members, m)
		}
		return nil
	}
	m := member{index: []int{i}, wire: f.Name, shape: fs}
	tags, err := parseTag(string(f.Tag))
	if err != nil {
		return fault(err)
	}
	if w, ok := tags["wire"]; ok {
		m.wire = w
		delete(tags, "wire")
	}
	delete(tags, "secret") // the audit log's
	if m.wire == "" || strings.ContainsAny(m.wire, ".<>&\"") {
		return fault(fmt.Errorf("%q is no name for a parameter", m.wire))
	}
	m.name = strings.ToLower(m.wire[:1]) + m.wire[1:]
	if m.constraint, err = newConstraint(fs, tags); err != nil {
		return fault(err)
	}
	s.members = append(s.members, m)
	return nil
}
