package query

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
)

// Decode fills the struct that in points to, and checks it against the constraints in its tags; what the struct held
// before is lost. Parameters that the struct has no field for are ignored, as AWS does (spec section 1.1), but not those
// that name a list and none of its elements. The error is an *aws.Error: MalformedInput for the first value that can't be
// read, else one ValidationError for all constraints broken (spec sections 1.4 and 1.5, aws-iam section 1.1). After an
// error the struct must not be used.
func Decode(p Parameters, in any, s Style) error {
	v := reflect.ValueOf(in)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic("internal error: query.Decode wants a pointer to a struct")
	}
	v = v.Elem()
	sh, err := shapeOf(v.Type())
	if err != nil || sh.kind != structKind || sh.outputOnly {
		panic(fmt.Sprintf("internal error: %v", CheckInput(v.Type())))
	}
	v.SetZero()
	d := decoder{report: report{style: s}}
	if err := d.structure(sh, p, v, ""); err != nil {
		return err
	}
	return d.err()
}

// decoder walks parameters and struct together. It stops at the first value that can't be read; broken constraints are
// only noted, for such a value may come later and goes before them.
type decoder struct{ report report }

func (d *decoder) err() error { return d.report.err() }

// structure decodes the members of a struct. Path is the struct's name in messages, with its final dot.
func (d *decoder) structure(sh *shape, p Parameters, v reflect.Value, path string) error {
	for i := range sh.members {
		m := &sh.members[i]
		present, err := d.member(m, p, v.FieldByIndex(m.index), path)
		if err != nil {
			return err
		}
		if !present && m.required {
			d.report.null(path + m.name)
		}
	}
	return nil
}

func (d *decoder) member(m *member, p Parameters, v reflect.Value, path string) (present bool, err error) {
	sh := m.shape
	text, present := p.Get(m.wire)
	var below Parameters
	if sh.composite() {
		if text != "" {
			return true, malformed("%s is not a single value", m.wire)
		}
		below = p.under(m.wire)
		present = present || len(below) > 0
	}
	if !present {
		return false, nil
	}
	if sh.kind == pointerKind {
		v.Set(reflect.New(v.Type().Elem()))
		v, sh = v.Elem(), sh.elem
	}
	switch sh.kind {
	case structKind:
		return true, d.structure(sh, below, v, path+m.name+".")
	case listKind:
		return true, d.list(m, sh, below, v, path)
	default:
		if err := scalar(sh, text, v); err != nil {
			return true, err
		}
		d.report.scalar(m, sh, v, path)
		return true, nil
	}
}

// list decodes the elements of a list. AWS counts them in the order of their indexes, whatever these are.
func (d *decoder) list(m *member, sh *shape, p Parameters, v reflect.Value, path string) error {
	elements, err := p.elements()
	if err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(v.Type(), len(elements), len(elements)))
	if sh.elem.kind == structKind {
		d.report.items(m, sh, v, path, "")
	}
	for i, e := range elements {
		text, single := e.Get("")
		switch {
		case sh.elem.kind == structKind && text == "":
			err = d.structure(sh.elem, e, v.Index(i), path+m.name+"."+strconv.Itoa(i+1)+".member.")
		case !sh.elem.composite() && single && !e.hasOther(""):
			err = scalar(sh.elem, text, v.Index(i))
		default:
			err = malformed("element %d of %s has another form", i+1, m.wire)
		}
		if err != nil {
			return err
		}
	}
	if sh.elem.kind != structKind {
		d.report.elements(m, sh, v, path)
	}
	return nil
}

// composite says whether the value of s is spread over several parameters.
func (s *shape) composite() bool {
	return s.kind == structKind || s.kind == listKind || s.kind == pointerKind && s.elem.composite()
}

// elements sorts the parameters below a list ("member.1.Key") by their element, in the order of the index.
func (p Parameters) elements() ([]Parameters, error) {
	type indexed struct {
		index uint64
		parameter
	}
	all := make([]indexed, 0, len(p))
	for _, q := range p {
		digits, found := strings.CutPrefix(q.name, "member.")
		digits, rest, _ := strings.Cut(digits, ".")
		index, err := strconv.ParseUint(digits, 10, 31)
		// One spelling for each index: 01 and 1 would be two names for one element.
		if !found || err != nil || digits[0] == '0' {
			return nil, malformed("a parameter names a list but none of its elements")
		}
		all = append(all, indexed{index, parameter{rest, q.value}})
	}
	slices.SortStableFunc(all, func(a, b indexed) int { return int(a.index) - int(b.index) }) //nolint:gosec // 31 bits
	var elements []Parameters
	for i, q := range all {
		if i == 0 || q.index != all[i-1].index {
			elements = append(elements, nil)
		}
		last := &elements[len(elements)-1]
		*last = append(*last, q.parameter)
	}
	return elements, nil
}

func (p Parameters) hasOther(name string) bool {
	return slices.ContainsFunc(p, func(q parameter) bool { return q.name != name })
}

// scalar decodes a single value (spec section 1.4).
func scalar(sh *shape, text string, v reflect.Value) error {
	switch sh.kind {
	case stringKind:
		v.SetString(text)
	case intKind:
		if text == "" {
			return aws.Errorf(aws.MalformedInput, "missing value for decimal type")
		}
		n, err := strconv.ParseInt(text, 10, sh.bits)
		if err != nil {
			return malformed("not an integer of %d bits", sh.bits)
		}
		v.SetInt(n)
	case boolKind:
		switch text {
		case "true", "True", "TRUE":
			v.SetBool(true)
		case "false", "False", "FALSE":
		default:
			return malformed("not a boolean")
		}
	case timeKind:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return malformed("not a time")
		}
		v.Set(reflect.ValueOf(t.UTC()))
	case blobKind:
		blob, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return malformed("not base64")
		}
		v.SetBytes(blob)
	default:
		panic("internal error: query: not a single value")
	}
	return nil
}
