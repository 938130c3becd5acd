package query_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/query"
)

type (
	node       struct{ Next *node }
	twoOfAName struct {
		Marker string
		Other  string `wire:"Marker"`
	}
	embeddedTwice struct {
		Page
		Marker string
	}
)

// tagged returns a struct with one field of type T. Faulty tags are not written in source, where go vet finds them too.
func tagged[T any](tag reflect.StructTag) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "F", Type: reflect.TypeFor[T](), Tag: tag}})
}

func TestCheckFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		of   reflect.Type
		want string // in the error
	}{
		"no struct":              {reflect.TypeFor[string](), "not a struct"},
		"list":                   {reflect.TypeFor[[]tag](), "not a struct"},
		"contains itself":        {reflect.TypeFor[node](), "contains itself"},
		"no wire form":           {tagged[float64](``), "no form on the wire"},
		"interface":              {tagged[any](``), "no form on the wire"},
		"unsigned":               {tagged[uint32](``), "no form on the wire"},
		"array":                  {tagged[[2]string](``), "no form on the wire"},
		"pointer to pointer":     {tagged[**string](``), "no form on the wire"},
		"list of pointers":       {tagged[[]*string](``), "no form on the wire"},
		"list of lists":          {tagged[[][]string](``), "no form on the wire"},
		"map of integers":        {tagged[map[int]string](``), "not strings"},
		"not exported":           {reflect.TypeFor[struct{ f string }](), "not exported"},
		"two of a name":          {reflect.TypeFor[twoOfAName](), "two fields for Marker"},
		"embedded twice":         {reflect.TypeFor[embeddedTwice](), "two fields for Marker"},
		"embedded pointer":       {reflect.TypeFor[struct{ *Page }](), "embedded"},
		"name with a dot":        {tagged[string](`wire:"a.b"`), "no name"},
		"empty name":             {tagged[string](`wire:""`), "no name"},
		"unknown tag":            {tagged[string](`maxlenght:"5"`), "maxlenght says nothing"},
		"unreadable tag":         {tagged[string](`minlen:5`), "can't read the tag"},
		"half a tag":             {tagged[string](`minlen`), "can't read the tag"},
		"pattern not escaped":    {tagged[string](`pattern:"[\w]"`), "can't read the tag"},
		"tag twice":              {tagged[string](`minlen:"5" minlen:"6"`), "twice"},
		"value of a string":      {tagged[string](`min:"5"`), "min says nothing"},
		"length of an integer":   {tagged[int32](`minlen:"5"`), "minlen says nothing"},
		"pattern of an integer":  {tagged[int32](`pattern:"x"`), "pattern says nothing"},
		"items of a string":      {tagged[string](`maxitems:"5"`), "maxitems says nothing"},
		"length of structures":   {tagged[[]tag](`minlen:"5"`), "minlen says nothing"},
		"sentence for a list":    {tagged[[]string](`pattern:"x" invalid:"x"`), "invalid says nothing"},
		"pattern of a time":      {tagged[time.Time](`pattern:"x"`), "pattern says nothing"},
		"not a number":           {tagged[int32](`min:"x"`), "min"},
		"negative length":        {tagged[string](`minlen:"-1"`), "minlen"},
		"nothing between":        {tagged[string](`minlen:"6" maxlen:"5"`), "nothing is from 6 to 5"},
		"required of false":      {tagged[string](`required:"false"`), "not true"},
		"empty enum":             {tagged[string](`enum:""`), "empty value"},
		"sentence, no pattern":   {tagged[string](`invalid:"x"`), "without a pattern"},
		"two sentences":          {tagged[string](`pattern:"x" invalid:"x" invalidorempty:"x"`), "twice"},
		"pattern unbalanced":     {tagged[string](`pattern:"[a"`), "missing closing"},
		"pattern breaks out":     {tagged[string](`pattern:"a)|(?:b"`), "unexpected )"},
		"pattern looks ahead":    {tagged[string](`pattern:"(?!-)"`), "invalid or unsupported Perl syntax"},
		"pattern of classes":     {tagged[string](`pattern:"[a[b]]"`), "class made of classes"},
		"pattern of common part": {tagged[string](`pattern:"[a-z&&[^b]]"`), "class made of classes"},
		"pattern of other space": {tagged[string](`pattern:"\\s"`), "escape that is not known"},
		"pattern ends in escape": {tagged[string](`pattern:"a\\"`), "escape that is not known"},
		"pattern, short escape":  {tagged[string](`pattern:"\\u12"`), "escape that is not known"},
		"in an element":          {tagged[[]twoOfAName](``), "two fields"},
		"in a pointer":           {tagged[*twoOfAName](``), "two fields"},
		"in an embedded struct":  {reflect.TypeFor[struct{ embeddedTwice }](), "two fields"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // the second answer comes from the cache
				err := query.CheckInput(tt.of)
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("CheckInput: %v, want %q", err, tt.want)
				}
				if err := query.CheckOutput(tt.of); err == nil {
					t.Error("CheckOutput has no objection")
				}
			}
			wantPanic(t, "Decode", func() { _ = query.Decode(nil, reflect.New(tt.of).Interface(), query.STS) })
			wantPanic(t, "AppendReply", func() { query.XML.AppendReply(nil, query.Reply{}, reflect.New(tt.of).Interface()) })
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, in := range []any{kinds{}, assumeRoleInput{}, getWebIdentityTokenInput{}, assumeRootInput{}, iamInput{}, struct{}{}} {
		if err := query.CheckInput(reflect.TypeOf(in)); err != nil {
			t.Error(err)
		}
	}
	for _, out := range []any{everything{}, kinds{}, query.NoResult{}} {
		if err := query.CheckOutput(reflect.TypeOf(out)); err != nil {
			t.Error(err)
		}
	}
	for _, in := range []any{everything{}, struct {
		F []struct{ M map[string]string }
	}{}, struct{ F *map[string]string }{}} {
		if err := query.CheckInput(reflect.TypeOf(in)); err == nil || !strings.Contains(err.Error(), "map") {
			t.Errorf("input with a map: %v", err)
		}
		wantPanic(t, "Decode", func() { _ = query.Decode(nil, reflect.New(reflect.TypeOf(in)).Interface(), query.STS) })
	}
}

func TestDecodeWantsPointer(t *testing.T) {
	t.Parallel()
	for _, in := range []any{nil, kinds{}, (*kinds)(nil), 1} {
		wantPanic(t, "Decode", func() { _ = query.Decode(nil, in, query.STS) })
	}
}

// wantPanic checks that f reports a fault of the programmer as such.
func wantPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		text, _ := recover().(string)
		if !strings.HasPrefix(text, "internal error: ") {
			t.Errorf("%s does not panic with an internal error but %q", name, text)
		}
	}()
	f()
}
