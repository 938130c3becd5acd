package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	t.Parallel()
	document := `{
  "Id": "an id",
  "Statement": [
    {"Sid": "One", "Effect": "Allow", "Principal": {"AWS": ["123456789012", "*"], "Service": "ec2.amazonaws.com"},
     "Action": ["s3:Get*", "s3:Put*"], "NotResource": "arn:aws:s3:::b\/*",
     "Condition": {"StringLike": {"aws:\u0075serid": ["a", "ÿ"]}, "Bool": {"aws:SecureTransport": true }}},
    {"Effect": "Deny", "NotPrincipal": {"AWS": "123456789012"}, "NotAction": "*", "Resource": ["*"]}
  ]
}`
	p, err := Parse(ResourcePolicy, document)
	if err != nil {
		t.Fatal(err)
	}
	at := func(value string, from int) (start, end int) {
		start = from + strings.Index(document[from:], value)
		return start, start + len(value)
	}
	principals := func(from int, named ...string) (all []principal) {
		for i := 0; i < len(named); i += 2 {
			start, end := at(`"`+named[i+1]+`"`, from)
			all = append(all, principal{kind: named[i], value: named[i+1], start: start, end: end})
		}
		return all
	}
	want := []Statement{
		{
			Sid: "One", Effect: Allow, Start: Position{4, 6}, End: Position{6, 107}, hasPrincipal: true, hasResource: true,
			principals: principals(0, "AWS", "123456789012", "AWS", "*", "Service", "ec2.amazonaws.com"),
			actions:    []string{"s3:Get*", "s3:Put*"},
			resources:  []string{"arn:aws:s3:::b/*"}, notResource: true,
			conditions: []condition{{"StringLike", "aws:userid", []string{"a", "ÿ"}}, {"Bool", "aws:SecureTransport", []string{"true"}}},
		},
		{
			Effect: Deny, Start: Position{7, 6}, End: Position{7, 101}, hasPrincipal: true, hasResource: true,
			principals: principals(strings.Index(document, "NotPrincipal"), "AWS", "123456789012"), notPrincipal: true,
			actions: []string{"*"}, notAction: true,
			resources: []string{"*"},
		},
	}
	if diff := cmp.Diff(want, p.Statements(), cmpStatements); diff != "" {
		t.Error(diff)
	}
	if p.ID() != "an id" || p.Version() != "2008-10-17" || p.Text() != document || p.Grammar() != ResourcePolicy {
		t.Errorf("got %q, %s, %v", p.ID(), p.Version(), p.Grammar())
	}
}

// cmpStatements compares what was read of statements.
var cmpStatements = cmp.Options{
	cmp.AllowUnexported(Statement{}, principal{}, condition{}),
	cmp.Comparer(func(compiled, compiled) bool { return true }),
}

// The example of aws-iam section 15.2.
func TestPositionsAsInSimulations(t *testing.T) {
	t.Parallel()
	document := `{"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}`
	p, err := Parse(ManagedPolicy, document)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Statements()[0]
	if s.Start != (Position{1, 41}) || s.End != (Position{1, 113}) {
		t.Errorf("got %v to %v", s.Start, s.End)
	}
}

func TestStatementsOfTrustPoliciesHaveNoResource(t *testing.T) {
	t.Parallel()
	p, err := Parse(TrustPolicy, trusting(`{"AWS":"123456789012"}`))
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Statements()[0]; s.hasResource || !s.hasPrincipal {
		t.Errorf("hasResource %v, hasPrincipal %v", s.hasResource, s.hasPrincipal)
	}
	p, err = Parse(InlinePolicy, on(`"*"`))
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Statements()[0]; !s.hasResource || s.hasPrincipal {
		t.Errorf("hasResource %v, hasPrincipal %v", s.hasResource, s.hasPrincipal)
	}
}

func TestErrorSaysWhere(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, document, want string }{
		{"element", "{\"Version\":\"2012-10-17\",\n\"Statement\":[\n  {\"Sid\":\"é\", \"Efect\":\"Allow\"}]}", `Syntax errors in policy. (line 3, column 15: unknown element "Efect")`},
		{"element of the document", `{"version":"2012-10-17"}`, `Syntax errors in policy. (line 1, column 2: unknown element "version")`},
		{"twice", "{\"Version\":\"2012-10-17\",\r\n\t\"Version\":\"2012-10-17\"}", `Syntax errors in policy. (line 2, column 2: "Version" is there twice)`},
		{"twice by an escape", `{"Version":"2012-10-17","\u0056ersion":"2012-10-17"}`, `Syntax errors in policy. (line 1, column 25: "Version" is there twice)`},
		{"condition key twice", onlyIf(`{"Bool":{"a":"true","a":"false"}}`), `Syntax errors in policy. (line 1, column 140: "a" is there twice)`},
		{"principal kind twice", of2012(`{"Effect":"Allow","Principal":{"AWS":"*","AWS":"*"}}`), `Syntax errors in policy. (line 1, column 78: "AWS" is there twice)`},
		{"type", on(`1`), `Syntax errors in policy. (line 1, column 91: a string is expected here)`},
		{"null for a value", onlyIf(`{"Bool":{"a":null}}`), `Syntax errors in policy. (line 1, column 133: a string, a number or a boolean is expected here)`},
		{"nested value", onlyIf(`{"Bool":{"a":[["true"]]}}`), `Syntax errors in policy. (line 1, column 134: a string, a number or a boolean is expected here)`},
		{"no object", ` "Version"`, `Syntax errors in policy. (line 1, column 2: an object is expected here)`},
		{"trailing data", `{} {}`, `Syntax errors in policy. (line 1, column 4: not JSON: invalid character '{' after top-level value)`},
		{"early end", "{\n", `Syntax errors in policy. (line 1, column 2: not JSON: unexpected end of JSON input)`},
		{"empty", ``, `Syntax errors in policy. (line 1, column 1: not JSON: unexpected end of JSON input)`},
		{"character", "{\"Id\":\"é€\"}", `Syntax errors in policy. (line 1, column 9: a character that policies may not have)`},
		{"NUL", "{\x00}", `Syntax errors in policy. (line 1, column 2: a character that policies may not have)`},
		{"byte order mark", "\uFEFF{}", `Syntax errors in policy. (line 1, column 1: a character that policies may not have)`},
		{"no UTF-8", "{\"Id\":\"\xff\"}", `Syntax errors in policy. (line 1, column 8: a character that policies may not have)`},
		{"half a surrogate", `{"Id":"\ud800"}`, `Syntax errors in policy. (line 1, column 7: an escape that is no character)`},
		{"half a surrogate in a key", `{"\udc00":1}`, `Syntax errors in policy. (line 1, column 2: an escape that is no character)`},
		{"name of 64", `{"` + strings.Repeat("x", 64) + `":1}`, `Syntax errors in policy. (line 1, column 2: unknown element "` + strings.Repeat("x", 64) + `")`},
		{"long name", `{"` + strings.Repeat("x", 1000) + `":1}`, `Syntax errors in policy. (line 1, column 2: unknown element "` + strings.Repeat("x", 64) + `"...)`},
		{"message alone", on(`"adf"`), `Resource adf must be in ARN format or "*". (line 1, column 91)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse(ManagedPolicy, test.document); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  Error
		want string
	}{
		{Error{Message: "M."}, "M."},
		{Error{Message: "M.", Detail: "d"}, "M. (d)"},
		{Error{Message: "M.", Position: Position{1, 2}}, "M. (line 1, column 2)"},
		{Error{Message: "M.", Detail: "d", Position: Position{1, 2}}, "M. (line 1, column 2: d)"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestLongestDocument(t *testing.T) {
	t.Parallel()
	document := on(`"*"`)
	fits := document + strings.Repeat(" ", maxText-len(document))
	if _, err := Parse(ManagedPolicy, fits); err != nil {
		t.Error(err)
	}
	wantMessage(t, ManagedPolicy, fits+" ", textSyntax)
}

// A document that is as bad as its length allows takes time linear in it: quadratic time would be seen as seconds.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	fill := func(before, repeated, after string) string {
		return before + strings.Repeat(repeated, (maxText-len(before)-len(after))/len(repeated)) + after
	}
	keys := strings.Builder{}
	for i := 0; keys.Len() < 100_000; i++ {
		fmt.Fprintf(&keys, `,"k%d":"${v%d}"`, i, i)
	}
	const statement = `{` + good + `}`
	for _, test := range []struct{ name, document, message string }{
		{"nested arrays", fill("", "[", ""), textSyntax},
		{"nested arrays, closed", on(strings.Repeat("[", 9000) + strings.Repeat("]", 9000)), textSyntax},
		{"nested objects", fill("", `{"Statement":`, ""), textSyntax},
		{"statements", of2012(`[` + strings.Repeat(statement+",", 1500) + statement + `]`), ""},
		{"lines", fill("", "\n", on(`"*"`)), ""},
		{"actions", doing(`["s3:a"` + strings.Repeat(`,"s3:a"`, 15000) + `]`), ""},
		{"condition keys", onlyIf(`{"StringLike":{"k":"v"` + keys.String() + `}}`), ""},
		{"open variables", onlyIf(`{"StringLike":{"k":"` + strings.Repeat("${", 60000) + `"}}`), textSyntax},
		{"nested variables", onlyIf(`{"StringLike":{"k":"` + strings.Repeat("${", 60000) + `}"}}`), textSyntax},
		{"variables", onlyIf(`{"StringLike":{"k":"` + strings.Repeat("${a}", 30000) + `"}}`), ""},
		{"defaults", onlyIf(`{"StringLike":{"k":"` + strings.Repeat("${a,'b'}", 15000) + `"}}`), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(ManagedPolicy, test.document)
			var refused *Error
			if test.message == "" && err != nil {
				t.Error(err)
			}
			if test.message != "" && (!errors.As(err, &refused) || refused.Message != test.message) {
				t.Errorf("got %v, want %s", err, test.message)
			}
		})
	}
}
