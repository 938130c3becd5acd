package query_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// Page stands for the members that listings share.
type Page struct {
	Marker   string
	MaxItems int32
}

type tag struct{ Key, Value string }

type contextEntry struct {
	ContextKeyName   string
	ContextKeyValues []string
}

type marked struct{ Marked bool }

type kinds struct {
	Page
	marked
	String         string
	StringPointer  *string
	Int32          int32
	Int32Pointer   *int32
	Int64          int64
	Bool           bool
	BoolPointer    *bool
	Time           time.Time
	Blob           []byte
	Strings        []string
	Ints           []int32
	Tags           []tag
	ContextEntries []contextEntry
	Policy         policyDescriptor
	PolicyPointer  *tag
}

type policyDescriptor struct {
	Arn string `wire:"arn"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	hello, empty, zero, no := "hello", "", int32(0), false
	tests := map[string]struct {
		form string
		want kinds
	}{
		"nothing":                      {"", kinds{}},
		"unknown parameters":           {"Action=X&Nothing=1&Tag.member.1=x&string=x&String.member.1=x&StringsXmember.1=x&Strings1=x", kinds{}},
		"string":                       {"String=hello", kinds{String: "hello"}},
		"first value":                  {"String=&String=hello&Int32=1&Int32=abc", kinds{Int32: 1}},
		"string pointer":               {"StringPointer=hello", kinds{StringPointer: &hello}},
		"string pointer, empty":        {"StringPointer=", kinds{StringPointer: &empty}},
		"embedded":                     {"Marker=m&MaxItems=7&Marked=true", kinds{Page: Page{"m", 7}, marked: marked{true}}},
		"integer":                      {"Int32=900", kinds{Int32: 900}},
		"integer with a sign":          {"Int32=%2B900", kinds{Int32: 900}},
		"integer with a zero":          {"Int32=0900", kinds{Int32: 900}},
		"negative integer":             {"Int32=-900", kinds{Int32: -900}},
		"largest int32":                {"Int32=2147483647", kinds{Int32: math.MaxInt32}},
		"smallest int32":               {"Int32=-2147483648", kinds{Int32: math.MinInt32}},
		"largest int64":                {"Int64=9223372036854775807", kinds{Int64: math.MaxInt64}},
		"integer pointer":              {"Int32Pointer=0", kinds{Int32Pointer: &zero}},
		"true":                         {"Bool=true", kinds{Bool: true}},
		"True":                         {"Bool=True", kinds{Bool: true}},
		"false":                        {"Bool=false&BoolPointer=FALSE", kinds{BoolPointer: &no}},
		"time":                         {"Time=2026-11-21T10:11:12Z", kinds{Time: time.Date(2026, 11, 21, 10, 11, 12, 0, time.UTC)}},
		"time with offset":             {"Time=2026-11-21T10:11:12.5%2B02:00", kinds{Time: time.Date(2026, 11, 21, 8, 11, 12, 5e8, time.UTC)}},
		"blob":                         {"Blob=AP8=", kinds{Blob: []byte{0, 255}}},
		"list":                         {"Strings.member.1=a&Strings.member.2=b", kinds{Strings: []string{"a", "b"}}},
		"list out of order":            {"Strings.member.10=c&Strings.member.2=b&Strings.member.1=a", kinds{Strings: []string{"a", "b", "c"}}},
		"list with holes":              {"Strings.member.2147483647=b&Strings.member.7=a", kinds{Strings: []string{"a", "b"}}},
		"list, first value":            {"Strings.member.1=a&Strings.member.1=b", kinds{Strings: []string{"a"}}},
		"list with an empty string":    {"Strings.member.1=", kinds{Strings: []string{""}}},
		"empty list":                   {"Strings=", kinds{Strings: []string{}}},
		"list of integers":             {"Ints.member.1=1&Ints.member.2=%2B2", kinds{Ints: []int32{1, 2}}},
		"list of structures":           {"Tags.member.2.Key=c&Tags.member.1.Value=b&Tags.member.1.Key=a&Tags.member.1.Key=z", kinds{Tags: []tag{{"a", "b"}, {"c", ""}}}},
		"structure of unknown members": {"Tags.member.1.Color=x", kinds{Tags: []tag{{}}}},
		"lists in lists": {
			"ContextEntries.member.1.ContextKeyValues.member.2=b&ContextEntries.member.1.ContextKeyName=k&ContextEntries.member.1.ContextKeyValues.member.1=a",
			kinds{ContextEntries: []contextEntry{{"k", []string{"a", "b"}}}},
		},
		"structure":         {"Policy.arn=arn:x", kinds{Policy: policyDescriptor{"arn:x"}}},
		"structure pointer": {"PolicyPointer.Value=x", kinds{PolicyPointer: &tag{"", "x"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := kinds{String: "what was there before", Tags: []tag{{"old", "old"}}}
			if err := query.Decode(parse(t, tt.form), &got, query.STS); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(kinds{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDecodeTimeIsUTC(t *testing.T) {
	t.Parallel()
	var in kinds
	if err := query.Decode(parse(t, "Time=2026-11-21T10:11:12%2B02:00"), &in, query.STS); err != nil || in.Time.Location() != time.UTC {
		t.Errorf("%v, %v", in.Time, err)
	}
}

// TestDecodeFirstOfMany has more elements than a sort leaves in order by chance.
func TestDecodeFirstOfMany(t *testing.T) {
	t.Parallel()
	form := strings.Repeat("Strings.member.2=b&Strings.member.1=a&", 50) + strings.Repeat("Strings.member.1=z&Strings.member.2=z&", 50)
	var in kinds
	if err := query.Decode(parse(t, form), &in, query.STS); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, in.Strings); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDecodeMalformed(t *testing.T) {
	t.Parallel()
	const missing = "missing value for decimal type"
	tests := map[string]struct{ form, message string }{
		"empty integer":              {"Int32=", missing},
		"empty integer pointer":      {"Int32Pointer=", missing},
		"empty integer in a list":    {"Ints.member.1=", missing},
		"letters":                    {"Int32=abc", ""},
		"decimal point":              {"Int32=900.0", ""},
		"blank":                      {"Int32=+900", ""}, // the + is a blank here
		"blank behind":               {"Int32=900+", ""},
		"hexadecimal":                {"Int32=0x384", ""},
		"underscore":                 {"Int32=1_000", ""},
		"exponent":                   {"Int32=9e2", ""},
		"sign alone":                 {"Int32=-", ""},
		"two signs":                  {"Int32=%2B-9", ""},
		"other digits":               {"Int32=%EF%BC%99", ""},
		"above int32":                {"Int32=2147483648", ""},
		"below int32":                {"Int32=-2147483649", ""},
		"above int64":                {"Int64=9223372036854775808", ""},
		"boolean of another case":    {"Bool=tRUE", ""},
		"boolean of another letter":  {"Bool=fal%C5%BFe", ""},
		"boolean empty":              {"Bool=", ""},
		"boolean digit":              {"Bool=1", ""},
		"time empty":                 {"Time=", ""},
		"time without zone":          {"Time=2026-11-21T10:11:12", ""},
		"time that is not":           {"Time=2026-02-30T10:11:12Z", ""},
		"time as a number":           {"Time=1700000000", ""},
		"blob":                       {"Blob=A", ""},
		"list as a value":            {"Strings=a", ""},
		"list of structs as a value": {"Tags=a", ""},
		"structure as a value":       {"Policy=arn:x", ""},
		"index 0":                    {"Strings.member.0=a", ""},
		"index with a zero":          {"Strings.member.01=a", ""},
		"negative index":             {"Strings.member.-1=a", ""},
		"signed index":               {"Strings.member.%2B1=a", ""},
		"index of letters":           {"Strings.member.a=a", ""},
		"huge index":                 {"Strings.member.2147483648=a", ""},
		"absurd index":               {"Strings.member." + strings.Repeat("9", 5000) + "=a", ""},
		"no index":                   {"Strings.member=a", ""},
		"empty index":                {"Strings.member.=a", ""},
		"no member":                  {"Strings.1=a", ""},
		"other word":                 {"Strings.entry.1=a", ""},
		"structure for a string":     {"Strings.member.1.Key=a", ""},
		"both":                       {"Strings.member.1=a&Strings.member.1.Key=a", ""},
		"string for a structure":     {"Tags.member.1=a", ""},
		"second in struct order":     {"Int64=&Int32=abc", ""},
		"first in struct order":      {"Int64=abc&Int32=", missing},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, style := range []query.Style{query.STS, query.IAM} {
				wantError(t, query.Decode(parse(t, tt.form), &kinds{}, style), aws.MalformedInput, tt.message)
			}
		})
	}
}

// TestDecodeBounded decodes requests made to be costly. They must simply come back, with a reply of sane size.
func TestDecodeBounded(t *testing.T) {
	t.Parallel()
	type input struct {
		Path  string   `maxlen:"512" pattern:"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)"`
		Names []string `minlen:"2" maxlen:"3" maxitems:"5"`
		Tags  []struct {
			Key string `required:"true" minlen:"1" maxlen:"5" pattern:"[a-z]+"`
		} `maxitems:"50"`
	}
	var names, tags strings.Builder
	for i := range 9_999 {
		index := string([]byte{byte('1' + i%9), byte('0' + i/9%10), byte('0' + i/90%10), byte('0' + i/900%10), byte('0' + i/9000)})
		names.WriteString("Names.member." + index + "=%3C&")
		tags.WriteString("Tags.member." + index + ".Key=" + "&")
	}
	tests := map[string]string{
		"list":       names.String(),
		"structures": tags.String(),
		"name":       "Names.member." + strings.Repeat("1.", 100_000) + "=1",
		"value":      "Names.member.1=" + strings.Repeat("%3C", 1_000_000),
		"pattern":    "Path=/" + strings.Repeat("a", 5_000_000) + "/",
	}
	for name, form := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := query.Decode(parse(t, form), &input{}, query.STS)
			if err == nil {
				t.Fatal("accepted")
			}
			if size := len(err.Error()); size > 100_000 {
				t.Errorf("an error of %d bytes", size)
			}
		})
	}
}
