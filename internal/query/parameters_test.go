package query_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const absent = "(absent)"
	tests := map[string]struct {
		query, form string
		want        map[string]string
	}{
		"nothing":                   {"", "", map[string]string{"": absent, "Action": absent}},
		"form":                      {"", "Action=GetCallerIdentity&Version=2011-06-15", map[string]string{"Action": "GetCallerIdentity", "Version": "2011-06-15"}},
		"query string":              {"Action=GetCallerIdentity&Version=2011-06-15", "", map[string]string{"Action": "GetCallerIdentity", "Version": "2011-06-15"}},
		"both":                      {"Action=A", "Version=V", map[string]string{"Action": "A", "Version": "V"}},
		"first of two stands":       {"", "A=1&A=2", map[string]string{"A": "1"}},
		"first stands though empty": {"", "A=&A=2", map[string]string{"A": ""}},
		"query string before form":  {"A=q", "A=f", map[string]string{"A": "q"}},
		"empty value":               {"", "A=", map[string]string{"A": ""}},
		"no equal-sign":             {"", "A", map[string]string{"A": ""}},
		"names have a case":         {"", "action=x", map[string]string{"Action": absent, "action": "x"}},
		"name is whole":             {"", "Tags.member.1.Key=x", map[string]string{"Tags": absent, "Tags.member.1": absent}},
		"escapes":                   {"", "%41%62=%2f%2F%3A+%2B", map[string]string{"Ab": "//: +"}},
		"escaped separators":        {"", "A=1%26B%3D2", map[string]string{"A": "1&B=2", "B": absent}},
		"equal-sign in a value":     {"", "A=b=c==", map[string]string{"A": "b=c=="}},
		"empty pairs":               {"&&", "&A=1&&B=2&", map[string]string{"A": "1", "B": "2", "": absent}},
		"empty name":                {"", "=x", map[string]string{"": "x"}},
		"UTF-8":                     {"", "A=%F0%9F%94%91é", map[string]string{"A": "🔑é"}},
		"semicolon is no separator": {"", "A=1;B=2", map[string]string{"A": "1;B=2"}},
		"SOH":                       {"", "A=%01", map[string]string{"A": "\x01"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := query.Parse(tt.query, []byte(tt.form))
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range tt.want {
				got, present := p.Get(name)
				if !present {
					got = absent
				}
				if got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const trailing, illegal = "Incomplete trailing escape % sequence", "Illegal hex character in escape % pattern: "
	many := strings.Repeat("a&", 10_000)
	tests := map[string]struct {
		query, form string
		code        aws.Code
		message     string
	}{
		"lone %":               {"A=%", "", aws.MalformedQueryString, trailing},
		"one digit":            {"A=x%4", "", aws.MalformedQueryString, trailing},
		"before a separator":   {"A=%4&B=41", "", aws.MalformedQueryString, trailing},
		"in a name":            {"A%=1", "", aws.MalformedQueryString, trailing},
		"not hex":              {"A=%zz", "", aws.MalformedQueryString, illegal + "%zz"},
		"half hex":             {"A=a%4gb", "", aws.MalformedQueryString, illegal + "%4g"},
		"plus for a digit":     {"A=%+1", "", aws.MalformedQueryString, illegal + "%+1"},
		"not hex, not UTF-8":   {"A=%\xff\xfe", "", aws.MalformedQueryString, illegal + "%\uFFFD"},
		"in the form":          {"", "A=%zz", aws.MalformedQueryString, illegal + "%zz"},
		"query string first":   {"A=%zz", "A=%", aws.MalformedQueryString, illegal + "%zz"},
		"a duplicate":          {"", "A=1&A=%zz", aws.MalformedQueryString, illegal + "%zz"},
		"raw bytes not UTF-8":  {"", "A=\xff", aws.MalformedInput, ""},
		"escapes not UTF-8":    {"", "A=%ff", aws.MalformedInput, ""},
		"NUL":                  {"", "A=%00", aws.MalformedInput, ""},
		"raw NUL":              {"", "A=b\x00", aws.MalformedInput, ""},
		"NUL in a name":        {"A%00=1", "", aws.MalformedInput, ""},
		"name not UTF-8":       {"", "%c3=1", aws.MalformedInput, ""},
		"surrogate":            {"", "A=%ED%A0%80", aws.MalformedInput, ""},
		"overlong":             {"", "A=%C0%AF", aws.MalformedInput, ""},
		"too many":             {"", many + "A=1", aws.MalformedInput, ""},
		"too many in two":      {"A=1", many, aws.MalformedInput, ""},
		"too many of one name": {"", strings.Repeat("A=1&", 10_001), aws.MalformedInput, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := query.Parse(tt.query, []byte(tt.form))
			wantError(t, err, tt.code, tt.message)
		})
	}
	if _, err := query.Parse("", []byte(many)); err != nil {
		t.Errorf("exactly 10,000 parameters: %v", err)
	}
}

// wantError checks what the client would read.
func wantError(t *testing.T, err error, code aws.Code, message string) {
	t.Helper()
	var e *aws.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want %s", err, code)
	}
	if e.Code != code || e.Message != message {
		t.Errorf("error\n got %s: %s\nwant %s: %s", e.Code, e.Message, code, message)
	}
}

func parse(t *testing.T, form string) query.Parameters {
	t.Helper()
	p, err := query.Parse("", []byte(form))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
