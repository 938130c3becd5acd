package policy

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
)

// A variable that nobody can tell the value of may be anything to a Deny, and is nothing to an Allow. Where the statement
// says all but, the two change places.
func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	const tag = "${s3:ExistingObjectTag/owner}"
	const key = "arn:aws:s3:::bucket/alice/key"
	for _, test := range []struct {
		name, element string
		matches       bool // whether the statement may speak of the request
		surely        bool // whether it does so whatever the tag is
	}{
		{"Resource", `"Resource":"arn:aws:s3:::bucket/` + tag + `/*"`, true, false},
		{"Resource, the tag alone", `"Resource":"arn:aws:s3:::` + tag + `"`, true, false},
		{"Resource, in the middle", `"Resource":"arn:aws:s3:::b*t/` + tag + `?ke*"`, true, false},
		{"Resource, several", `"Resource":"arn:aws:s3:::bucket/` + tag + `l` + tag + `/key"`, true, false},
		{"Resource, another end", `"Resource":"arn:aws:s3:::bucket/` + tag + `/other"`, false, false},
		{"Resource, another bucket", `"Resource":"arn:aws:s3:::other/` + tag + `/*"`, false, false},
		{"Resource, another service", `"Resource":"arn:aws:sqs:::` + tag + `"`, false, false},
		{"Resource, with a default that matches", `"Resource":"arn:aws:s3:::bucket/${s3:ExistingObjectTag/owner, 'alice'}/*"`, true, false},
		{"Resource, with a default that does not", `"Resource":"arn:aws:s3:::bucket/${s3:ExistingObjectTag/owner, 'bob'}/*"`, true, false},
		{"Resource, beside one that matches", `"Resource":["arn:aws:s3:::x/` + tag + `","arn:aws:s3:::bucket/*"]`, true, true},
		{"Resource, in another case", `"Resource":"arn:aws:s3:::bucket/${S3:existingobjecttag/OWNER}/*"`, true, false},
		{"Resource, with one that is known", `"Resource":"arn:aws:s3:::bucket/${aws:username}/` + tag + `"`, true, false},
		{"Resource, with one that has no value", `"Resource":"arn:aws:s3:::bucket/${aws:userid}/` + tag + `"`, false, false},
		{"NotResource", `"NotResource":"arn:aws:s3:::bucket/` + tag + `/*"`, true, false},
		{"NotResource, with a default that matches", `"NotResource":"arn:aws:s3:::bucket/${s3:ExistingObjectTag/owner, 'alice'}/*"`, true, false},
		{"NotResource, another bucket", `"NotResource":"arn:aws:s3:::other/` + tag + `/*"`, true, true},
		{"NotResource, beside one that matches", `"NotResource":["arn:aws:s3:::bucket/` + tag + `","arn:aws:s3:::bucket/*"]`, false, false},
		{"NotAction", `"NotAction":"s3:PutObject","Resource":"arn:aws:s3:::bucket/` + tag + `/*"`, true, false},
		{"NotAction of this", `"NotAction":"s3:GetObject","Resource":"arn:aws:s3:::bucket/` + tag + `/*"`, false, false},

		{"StringEquals", `"Condition":{"StringEquals":{"aws:username":"` + tag + `"}}`, true, false},
		{"StringEquals, a beginning", `"Condition":{"StringEquals":{"aws:username":"al` + tag + `"}}`, true, false},
		{"StringEquals, another beginning", `"Condition":{"StringEquals":{"aws:username":"bo` + tag + `"}}`, false, false},
		{"StringEquals, beside one that matches", `"Condition":{"StringEquals":{"aws:username":["` + tag + `","alice"]}}`, true, true},
		{"StringEquals, a star is text", `"Condition":{"StringEquals":{"aws:username":"*` + tag + `"}}`, false, false},
		{"StringNotEquals", `"Condition":{"StringNotEquals":{"aws:username":"` + tag + `"}}`, true, false},
		{"StringNotEquals, another beginning", `"Condition":{"StringNotEquals":{"aws:username":"bo` + tag + `"}}`, true, true},
		{"StringNotEquals, beside one that matches", `"Condition":{"StringNotEquals":{"aws:username":["` + tag + `","alice"]}}`, false, false},
		{"StringNotEquals, default", `"Condition":{"StringNotEquals":{"aws:username":"${s3:ExistingObjectTag/owner, 'alice'}"}}`, true, false},
		{"StringEqualsIgnoreCase", `"Condition":{"StringEqualsIgnoreCase":{"aws:username":"AL` + tag + `"}}`, true, false},
		{"StringNotEqualsIgnoreCase", `"Condition":{"StringNotEqualsIgnoreCase":{"aws:username":"` + tag + `"}}`, true, false},
		{"StringLike", `"Condition":{"StringLike":{"aws:username":"a*` + tag + `?"}}`, true, false},
		{"StringNotLike", `"Condition":{"StringNotLike":{"aws:username":"*` + tag + `*"}}`, true, false},
		{"StringEqualsIfExists", `"Condition":{"StringEqualsIfExists":{"aws:username":"` + tag + `"}}`, true, false},
		{"StringEqualsIfExists of what is absent", `"Condition":{"StringEqualsIfExists":{"aws:userid":"` + tag + `"}}`, true, true},
		{"StringEquals of what is absent", `"Condition":{"StringEquals":{"aws:userid":"` + tag + `"}}`, false, false},
		{"ForAllValues:StringEquals", `"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","` + tag + `"]}}`, true, false},
		{"ForAllValues:StringNotEquals", `"Condition":{"ForAllValues:StringNotEquals":{"aws:TagKeys":"` + tag + `"}}`, true, false},
		{"ForAnyValue:StringEquals", `"Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"` + tag + `"}}`, true, false},
		{"ForAnyValue:StringNotEquals", `"Condition":{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"` + tag + `"}}`, true, false},
		{"Bool", `"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"` + tag + `"}}`, true, false},
		{"ArnEquals", `"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::` + ours + `:` + tag + `"}}`, true, false},
		{"ArnLike, the whole", `"Condition":{"ArnLike":{"aws:PrincipalArn":"` + tag + `"}}`, true, false},
		{"ArnLike, the account", `"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::` + tag + `:user/*"}}`, true, false},
		{"ArnLike, another kind", `"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::` + tag + `:role/*"}}`, false, false},
		{"ArnNotLike", `"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::` + tag + `:user/*"}}`, true, false},
	} {
		statement := func(effect string) string {
			s := `{"Effect":"` + effect + `",` + test.element + `}`
			if !strings.Contains(s, `Action"`) {
				s = strings.Replace(s, `,`, `,"Action":"s3:GetObject",`, 1)
			}
			if !strings.Contains(s, `Resource"`) {
				s = strings.Replace(s, `,`, `,"Resource":"*",`, 1)
			}
			return s
		}
		r := request(alice, "s3:GetObject", key).with(Context{"aws:tagkeys": {"a", "b"}, "aws:multifactorauthpresent": {"true"}})
		r.Unknown = []string{"s3:existingobjecttag/"}
		for _, resource := range []string{key, "arn:aws:s3:::bucket/alice/ke?"} {
			r.Resource, r.ResourcePattern = resource, resource != key
			want := map[bool]Outcome{true: Allowed, false: ImplicitDeny}[test.surely]
			if got := Evaluate(&Policies{Identity: sources(t, InlinePolicy, statement("Allow"))}, r); got.Outcome != want && resource == key {
				t.Errorf("%s, Allow: got %d, want %d", test.name, got.Outcome, want)
			} else if got.Outcome == Allowed && !test.surely {
				t.Errorf("%s, Allow of %s: is allowed", test.name, resource)
			}
			want = map[bool]Outcome{true: ExplicitDeny, false: Allowed}[test.matches]
			all := `{"Effect":"Allow","Action":"*","Resource":"*"}`
			if got := Evaluate(&Policies{Identity: sources(t, InlinePolicy, statement("Deny"), all)}, r); got.Outcome != want && resource == key {
				t.Errorf("%s, Deny: got %d, want %d", test.name, got.Outcome, want)
			} else if got.Outcome != ExplicitDeny && test.matches {
				t.Errorf("%s, Deny of %s: is not denied", test.name, resource)
			}
		}
	}
}

// In a document that knows no variables, ${...} is text, whatever is unknown.
func TestUnknownVariablesOf2008(t *testing.T) {
	t.Parallel()
	r := request(alice, "s3:GetObject", "arn:aws:s3:::bucket/key")
	r.Unknown = []string{"s3:"}
	document := `{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::bucket/${s3:x}"}]}`
	p := &Policies{Identity: []Source{{Policy: mustParse(t, InlinePolicy, document)}}}
	if got := Evaluate(p, r); got.Outcome != Allowed {
		t.Errorf("got %d", got.Outcome)
	}
}

// What is decided without a value allows nothing that some value would not allow, and denies all that some value would deny.
func TestUnknownNeverAllowsMore(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(10, 9))
	outcomes, exact := map[Outcome]int{}, 0
	for range rounds {
		p, asked := randomPolicies(r), randomRequest(r)
		key := pick(r, []string{"aws:username", "aws:username", "aws:principaltag/team", "aws:tagkeys"})
		if r.IntN(3) == 0 {
			asked = asked.onPattern(pick(r, []string{"arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/?/*"}))
		}
		delete(asked.Context, key)
		unknown := *asked
		unknown.Unknown = []string{key}
		got, trace := Evaluate(p, &unknown), Simulate(p, &unknown)
		if trace.Decision != got || trace.incoherence() != "" {
			t.Fatalf("got %+v, simulated %+v: %s\n%s", got, trace, trace.incoherence(), describe(p, &unknown))
		}
		outcomes[got.Outcome]++
		same := false
		for _, values := range append([][]string{nil, {"x"}, {"red/x"}}, contextPool[key]...) {
			known := *asked
			known.Context = maps.Clone(asked.Context)
			known.Context[key] = values
			of := Evaluate(p, &known)
			if got.Outcome == Allowed && of.Outcome != Allowed || of.Outcome == ExplicitDeny && got.Outcome != ExplicitDeny {
				t.Fatalf("got %+v, with %q of %s %+v\n%s", got, values, key, of, describe(p, &unknown))
			}
			same = same || of.Outcome == got.Outcome
		}
		if same {
			exact++
		}
	}
	for outcome, n := range outcomes {
		if n < rounds/30 {
			t.Errorf("outcome %d: %d of %d", outcome, n, rounds)
		}
	}
	if exact < rounds*9/10 {
		t.Errorf("%d of %d are what some value gives", exact, rounds)
	}
}

// A pattern may match whatever it matches with a star for the variable that nobody can tell.
func TestOpenedPatterns(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 9))
	texts := words("ab", 4)
	l := where(Context{}).maybe()
	l.request.Unknown = []string{"v"}
	matched := 0
	for range 3000 {
		text := strings.Join(some(r, []string{"a", "b", "*", "?", "${v}", "${v, 'a'}"}, 6), "")
		want, _ := patternSymbols(strings.NewReplacer("${v}", "*", "${v, 'a'}", "*").Replace(text), "", false)
		p := mustCompile(t, text)
		for _, other := range texts {
			if got := p.match(other, l); got != slowMatch(want, symbols(other)) {
				t.Fatalf("%s and %s: got %t", text, other, got)
			} else if got {
				matched++
			}
		}
	}
	if matched < 1000 {
		t.Errorf("%d matched", matched)
	}
}
