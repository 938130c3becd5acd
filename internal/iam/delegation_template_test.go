package iam

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/daypass/daypass/policy"
)

func list(name string, values ...string) PolicyParameter {
	return PolicyParameter{Name: name, Values: values, Type: stringListParameter}
}

func single(name, value string) PolicyParameter {
	return PolicyParameter{Name: name, Values: []string{value}, Type: stringParameter}
}

func TestRenderTemplate(t *testing.T) {
	t.Parallel()
	const refused = "400 InvalidInput: "
	many := make([]string, 100)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
	}
	for _, test := range []struct {
		name, template string
		parameters     []PolicyParameter
		want           string // the policy, or the refusal
	}{
		{"no placeholder", ` { "a" : [ "b c" , 1 ] } `, nil, `{"a":["b c",1]}`},
		{"one value", `{"R":"x/@{bucket}/*"}`, []PolicyParameter{single("bucket", "b")}, `{"R":"x/b/*"}`},
		{"twice", `{"R":["@{bucket}","x@{bucket}@{bucket}"]}`, []PolicyParameter{single("bucket", "b")}, `{"R":["b","xbb"]}`},
		{"list", `{"R":"x/@{buckets}/*"}`, []PolicyParameter{list("buckets", "a", "b")}, `{"R":["x/a/*","x/b/*"]}`},
		{"list of one", `{"R":"x/@{buckets}/*"}`, []PolicyParameter{list("buckets", "a")}, `{"R":"x/a/*"}`},
		{"list in a list", `{"R":["first","x/@{buckets}"]}`, []PolicyParameter{list("buckets", "a", "b")}, `{"R":["first","x/a","x/b"]}`},
		{
			"every combination", `{"R":"@{buckets}/@{names}/@{prefix}"}`,
			[]PolicyParameter{list("buckets", "a", "b"), list("names", "c", "d"), single("prefix", "e")},
			`{"R":["a/c/e","a/d/e","b/c/e","b/d/e"]}`,
		},
		{"quotes are text", `{"R":"@{value}"}`, []PolicyParameter{single("value", `","Effect":"Allow`)}, `{"R":"\",\"Effect\":\"Allow"}`},
		{"backslash is text", `{"R":"@{value}"}`, []PolicyParameter{single("value", `\u002a\`)}, `{"R":"\\u002a\\"}`},
		{"brackets are text", `{"R":"@{value}"}`, []PolicyParameter{single("value", `"]},{"R":["`)}, `{"R":"\"]},{\"R\":[\""}`},
		{"placeholders in values are text", `{"R":"@{value}@{other}"}`, []PolicyParameter{single("value", "@{other}"), single("other", "b")}, `{"R":"@{other}b"}`},
		{"half a placeholder in a value", `{"R":"@{value}other}"}`, []PolicyParameter{single("value", "@{")}, `{"R":"@{other}"}`},
		{"escaped placeholder", `{"R":"\u0040\u007bvalue}"}`, []PolicyParameter{single("value", "b")}, `{"R":"b"}`},
		{"escaped quote", `{"R":"\"@{value}\\"}`, []PolicyParameter{single("value", "b")}, `{"R":"\"b\\"}`},

		{"wildcard", `{"R":"@{value}"}`, []PolicyParameter{single("value", "a*")}, refused + "The values of the policy parameter value must not contain *, ? or $."},
		{"question mark", `{"R":"@{value}"}`, []PolicyParameter{list("value", "a", "b?")}, refused + "The values of the policy parameter value must not contain *, ? or $."},
		{"variable", `{"R":"@{value}"}`, []PolicyParameter{single("value", "${aws:username}")}, refused + "The values of the policy parameter value must not contain *, ? or $."},
		{"missing", `{"R":"@{value}"}`, nil, refused + "The policy template wants a parameter that is not given: value."},
		{"another case", `{"R":"@{Value}"}`, []PolicyParameter{single("value", "b")}, refused + "The policy template wants a parameter that is not given: Value."},
		{"not closed", `{"R":"@{value"}`, []PolicyParameter{single("value", "b")}, refused + "The policy template wants a parameter that is not given: value."},
		{"unused", `{"R":"@{value}"}`, []PolicyParameter{single("value", "b"), single("other", "c")}, refused + "The policy template has no parameter other."},
		{"twice given", `{"R":"@{value}"}`, []PolicyParameter{single("value", "b"), single("value", "c")}, refused + "The policy parameter value is given twice."},
		{"no name", `{"R":""}`, []PolicyParameter{single("", "b")}, refused + "The name of a policy parameter must not be empty, nor have } in it."},
		{"odd name", `{"R":"@{a}b}"}`, []PolicyParameter{single("a}b", "b")}, refused + "The name of a policy parameter must not be empty, nor have } in it."},
		{"no type", `{"R":"@{value}"}`, []PolicyParameter{{Name: "value", Values: []string{"b"}}}, refused + "The policy parameter value has no type."},
		{"no value", `{"R":"@{value}"}`, []PolicyParameter{list("value")}, refused + "The policy parameter value must have one value, or more if it is a stringList."},
		{"in a key", `{"Condition":{"StringEquals":{"@{value}" : "x"}}}`, []PolicyParameter{single("value", "b")}, refused + "The policy template has a parameter in the name of an element: @{value}."},
		{"too long", `{"R":"@{value}"}`, []PolicyParameter{single("value", strings.Repeat("x", 2049))}, verdict(errPolicyTooLarge)},
		{"too long in all", `{"R":["@{value}","@{value}"]}`, []PolicyParameter{single("value", strings.Repeat("x", 1500))}, verdict(errPolicyTooLarge)},
		{
			"too many combinations", `{"R":"` + strings.Repeat("@{value}", 50) + `"}`,
			[]PolicyParameter{list("value", many...)},
			verdict(errPolicyTooLarge),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := renderTemplate(test.template, test.parameters)
			if err != nil {
				got = verdict(err)
			}
			check(t, got, test.want)
		})
	}
}

// FuzzRenderTemplate holds that no value changes the form of a policy: it has as many statements as the template, with the
// same effects and actions.
func FuzzRenderTemplate(f *testing.F) {
	const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::@{one}/@{more}"},` +
		`{"Effect":"Deny","Action":"s3:PutObject","Resource":["*"],"Condition":{"StringLike":{"aws:username":["@{more}"]}}}]}`
	for _, value := range []string{"bucket", `"},{"Effect":"Allow"`, `\`, "*", "${aws:username}", "@{more}", "</script>", "é", "\x00", "\xff"} {
		f.Add(value, value)
	}
	f.Fuzz(func(t *testing.T, one, more string) {
		rendered, err := renderTemplate(document, []PolicyParameter{single("one", one), list("more", more, "x"+more)})
		if err != nil {
			return
		}
		if !json.Valid([]byte(rendered)) || len(rendered) > maxPermissionPolicy+len(document) {
			t.Fatalf("not a policy: %s", rendered)
		}
		p, err := policy.Parse(policy.SessionPolicy, rendered)
		if err != nil { // a resource that is none, for one
			return
		}
		statements := p.Statements()
		if len(statements) != 2 || statements[0].Effect != policy.Allow || statements[1].Effect != policy.Deny {
			t.Fatalf("other statements: %s", rendered)
		}
		for i, want := range []string{"s3:GetObject", "s3:PutObject"} {
			if actions, not := statements[i].Actions(); not || len(actions) != 1 || actions[0] != want {
				t.Fatalf("other actions: %s", rendered)
			}
		}
		if resources, _ := statements[0].Resources(); len(resources) != 2 || strings.ContainsAny(strings.Join(resources, ""), "*?$") {
			t.Fatalf("other resources: %s", rendered)
		}
	})
}
