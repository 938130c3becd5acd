package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// onPattern is the request about some resource that a pattern covers.
func (r *Request) onPattern(pattern string) *Request {
	unknown := *r
	unknown.Resource, unknown.ResourcePattern = pattern, true
	return &unknown
}

const (
	keys   = "arn:aws:kms:eu-west-1:" + ours + ":key/*"
	secret = "arn:aws:secretsmanager:eu-west-1:" + ours + ":secret:db-??????"
)

func TestResourcePattern(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		entry, pattern string
		covers, meets  bool
	}{
		{"*", keys, true, true},
		{"*", "*", true, true},
		{keys, keys, true, true},
		{keys, "*", false, true},
		{"arn:aws:kms:*:*:*", "*", false, true},
		{"arn:aws:kms", keys, true, true}, // its missing parts are *
		{"arn:aws:kms:eu-*:*:key/*", keys, true, true},
		{"arn:aws:kms:us-*:*:key/*", keys, false, false},
		{"arn:aws:kms:*:" + theirs + ":key/*", keys, false, false},
		{"arn:aws:s3:::*", keys, false, false},
		{"arn:aws:kms:*:*:alias/*", keys, false, false},
		{"arn:aws:kms:*:*:*/1", keys, false, true},
		{"arn:aws:kms:*:*:key/1", keys, false, true},
		{"arn:aws:kms:*:*:key/?*", keys, false, true}, // key/ is a text too
		{"arn:aws:kms:*:*:key/${aws:username}", keys, false, true},
		{"arn:aws:kms:*:*:key/${aws:username}*", "arn:aws:kms:eu-west-1:" + ours + ":key/alice-*", true, true},
		{"arn:aws:kms:*:*:key/${aws:username}*", "arn:aws:kms:eu-west-1:" + ours + ":key/bob-*", false, false},
		{"arn:aws:kms:*:*:key/${star}", keys, false, true},
		{"arn:aws:kms:*:*:key/${aws:userid}*", keys, false, false}, // has no value
		{"arn:aws:kms:*:*:key/${aws:userid}*", "*", false, false},
		{"arn:aws:kms:*:*:key/${aws:userid, ''}*", keys, true, true},
		{"arn:aws:kms:*:*:key/${several}*", keys, false, false},
		{secret, secret, true, true},
		{"arn:aws:secretsmanager:*:*:secret:db-*", secret, true, true},
		{"arn:aws:secretsmanager:*:*:secret:db-AbCdEf", secret, false, true},
		{"arn:aws:secretsmanager:*:*:secret:db-x-AbCdEf", secret, false, false},
		{"arn:aws:sqs:eu-west-1:" + ours + ":q", "arn:aws:sqs:*:" + ours + ":q", false, true},
		{"arn:aws:sqs:*:" + ours + ":q", "arn:aws:sqs:*:" + ours + ":q", true, true},
		{"arn:aws:sqs:eu*:" + ours + ":q", "arn:aws:sqs:*st-?:*:q", false, true},
		{"arn:aws:sqs:*:" + theirs + ":q", "arn:aws:sqs:*:" + ours + ":q", false, false},
		{"arn:aws:sqs:a*:*:q", "arn:aws:sqs:b*:*:q", false, false},
		{"arn:aws:sqs:*:*:b:q", "arn:aws:sqs:*:q", false, true},                                // has five parts: may be anything
		{"arn:aws:s3:::b/*", "arn:*", false, true},                                             // likewise
		{"arn:aws:s3:::b/*", "b/?", false, true},                                               // likewise
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/\xff*", false, true},                              // no text of a policy
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/" + strings.Repeat("a", 2048) + "*", false, true}, // too long
		{"arn:aws:s3:::c/*", "arn:aws:s3:::b/" + strings.Repeat("a", 2000) + "*", false, false},
	} {
		entry, err := compileResource(test.entry, true)
		if err != nil {
			t.Fatal(err)
		}
		c := Context{"aws:username": {"alice"}, "star": {"*"}, "several": {"a", "b"}}
		p := newResourcePattern(test.pattern)
		if got := p.compare(&entry, where(c)); got != test.covers {
			t.Errorf("%s covers %.80s: got %t", test.entry, test.pattern, got)
		}
		if got := p.compare(&entry, where(c).maybe()); got != test.meets {
			t.Errorf("%s meets %.80s: got %t", test.entry, test.pattern, got)
		}
	}
}

func TestStatementsOfPatterns(t *testing.T) {
	t.Parallel()
	const arn = `"arn:aws:kms:eu-west-1:` + ours + `:`
	everything := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	for _, test := range []struct {
		name, effect, resources string
		want                    Outcome
	}{
		{"Allow of all", "Allow", `"Resource":"*"`, Allowed},
		{"Allow of the pattern", "Allow", `"Resource":` + arn + `key/*"`, Allowed},
		{"Allow of one resource", "Allow", `"Resource":` + arn + `key/1"`, ImplicitDeny},
		{"Allow of one entry of several", "Allow", `"Resource":["arn:aws:s3:::b",` + arn + `*"]`, Allowed},
		{"Allow of entries together", "Allow", `"Resource":[` + arn + `key/",` + arn + `key/?*"]`, ImplicitDeny},
		{"Allow of all but one", "Allow", `"NotResource":` + arn + `key/1"`, ImplicitDeny},
		{"Allow of all but the pattern", "Allow", `"NotResource":` + arn + `key/*"`, ImplicitDeny},
		{"Allow of all but another", "Allow", `"NotResource":[` + arn + `alias/*","arn:aws:s3:::b"]`, Allowed},
		{"Allow of all but what has no value", "Allow", `"NotResource":` + arn + `key/${aws:userid}"`, Allowed},
		{"Deny of all", "Deny", `"Resource":"*"`, ExplicitDeny},
		{"Deny of the pattern", "Deny", `"Resource":` + arn + `key/*"`, ExplicitDeny},
		{"Deny of one resource", "Deny", `"Resource":` + arn + `key/1"`, ExplicitDeny},
		{"Deny of one of several", "Deny", `"Resource":["arn:aws:s3:::b",` + arn + `*1"]`, ExplicitDeny},
		{"Deny of another", "Deny", `"Resource":` + arn + `alias/*"`, Allowed},
		{"Deny of the caller's own", "Deny", `"Resource":` + arn + `key/${aws:username}"`, ExplicitDeny},
		{"Deny of what has no value", "Deny", `"Resource":` + arn + `key/${aws:userid}"`, Allowed},
		{"Deny of all but one", "Deny", `"NotResource":` + arn + `key/1"`, ExplicitDeny},
		{"Deny of all but the pattern", "Deny", `"NotResource":` + arn + `key/*"`, Allowed},
		{"Deny of all but entries together", "Deny", `"NotResource":[` + arn + `key/",` + arn + `key/?*"]`, ExplicitDeny},
		{"Deny of all but another", "Deny", `"NotResource":` + arn + `alias/*"`, ExplicitDeny},
	} {
		statements := []string{`{"Effect":"` + test.effect + `","Action":"kms:Decrypt",` + test.resources + `}`}
		if test.effect == "Deny" {
			statements = append(statements, everything)
		}
		p := &Policies{Identity: sources(t, ManagedPolicy, statements...)}
		r := request(alice, "kms:Decrypt", "").onPattern(keys)
		if got := Evaluate(p, r); got.Outcome != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got.Outcome, test.want)
		}
		if got := Simulate(p, r); got.Decision != Evaluate(p, r) || got.incoherence() != "" {
			t.Errorf("%s: simulated %+v: %s", test.name, got, got.incoherence())
		}
	}
}

// A bound of any kind holds for patterns: a session policy for one key does not let through what may be another.
func TestBoundsOfPatterns(t *testing.T) {
	t.Parallel()
	one := `{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/1"}`
	all := `{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/*"}`
	boundary := source(t, ManagedPolicy, one)
	for kind, p := range map[Kind]*Policies{
		KindBoundary:       {Boundary: &boundary},
		KindSession:        {Session: sources(t, SessionPolicy, one)},
		KindServiceControl: {ServiceControl: [][]Source{sources(t, ServiceControlPolicy, one)}},
	} {
		p.Identity = sources(t, ManagedPolicy, all)
		r := request(alice, "kms:Decrypt", strings.Replace(keys, "*", "1", 1))
		if got := Evaluate(p, r); got.Outcome != Allowed {
			t.Errorf("kind %d, the one: got %+v", kind, got)
		}
		if got := Evaluate(p, r.onPattern(keys)); got != (Decision{Kind: kind}) {
			t.Errorf("kind %d: got %+v", kind, got)
		}
	}
}

func TestForceMFAWithPattern(t *testing.T) {
	t.Parallel()
	published, err := Parse(ManagedPolicy, forceMFA)
	if err != nil {
		t.Fatal(err)
	}
	everything := source(t, ManagedPolicy, `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	p := &Policies{Identity: []Source{{Policy: published}, everything}}
	for mfa, want := range map[string]Outcome{"": ExplicitDeny, "false": ExplicitDeny, "true": Allowed} {
		r := request(alice, "kms:Decrypt", "").onPattern(keys)
		if mfa != "" {
			r = r.with(Context{"aws:multifactorauthpresent": {mfa}})
		}
		if got := Evaluate(p, r); got.Outcome != want {
			t.Errorf("MFA %q: got %d, want %d", mfa, got.Outcome, want)
		}
	}
	own := &Policies{Identity: []Source{{Policy: published}}}
	users := request(alice, "iam:EnableMFADevice", "").onPattern("arn:aws:iam::" + ours + ":user/*")
	if got := Evaluate(own, users); got.Outcome != ImplicitDeny {
		t.Errorf("EnableMFADevice of anybody: got %d", got.Outcome)
	}
}

func TestSimulateMissingOfPatterns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, statement string
		want            []string
	}{
		{"Allow", `{"Effect":"Allow","Action":"*","Resource":"arn:aws:kms:*:*:${a}/*"}`, []string{"a"}},
		{"Allow of one resource", `{"Effect":"Allow","Action":"*","Resource":"arn:aws:kms:*:*:key/${a}/x"}`, nil},
		{"Deny of one resource", `{"Effect":"Deny","Action":"*","Resource":"arn:aws:kms:*:*:key/${a}/x"}`, []string{"a"}},
		{"Deny of another", `{"Effect":"Deny","Action":"*","Resource":"arn:aws:kms:*:*:alias/${a}"}`, nil},
		{"Allow of all but one", `{"Effect":"Allow","Action":"*","NotResource":"arn:aws:kms:*:*:key/${a}/x"}`, []string{"a"}},
		{"Deny of all but one", `{"Effect":"Deny","Action":"*","NotResource":"arn:aws:kms:*:*:key/${a}/x"}`, nil},
		{"a key of a Deny that meets it", `{"Effect":"Deny","Action":"*","Resource":"arn:aws:kms:*:*:key/1","Condition":{"Bool":{"a":"true"}}}`, []string{"a"}},
		{"a key of an Allow that does not cover it", `{"Effect":"Allow","Action":"*","Resource":"arn:aws:kms:*:*:key/1","Condition":{"Bool":{"a":"true"}}}`, nil},
	} {
		p := &Policies{Identity: sources(t, ManagedPolicy, test.statement)}
		got := Simulate(p, request(alice, "kms:Decrypt", "").onPattern(keys))
		if diff := cmp.Diff(test.want, got.Missing); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestPatternsAgainstResources asks each form of a statement about a pattern and about every resource that it covers.
func TestPatternsAgainstResources(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 9))
	var fronts, resources []string
	fronts, resources = words("ab", 2), words("ab/:", 3)
	word := func(alphabet string, most int) string {
		return strings.Join(some(r, strings.Split(alphabet, ""), most), "")
	}
	glob := func() string { return "arn:aws:s:" + word("a*?", 2) + ":" + word("a**", 2) + ":" + word("a/:*?", 3) }
	matched, exact := 0, 0
	for range 500 {
		pattern := glob()
		s := Statement{Effect: pick(r, []Effect{Allow, Deny}), actions: []string{"*"}, hasResource: true, notResource: r.IntN(2) == 0}
		for range 1 + r.IntN(2) {
			s.resources = append(s.resources, pick(r, []string{glob(), glob(), pattern, strings.Replace(pattern, "a", "${v}", 1), "arn:aws:s:*:*:${none}*"}))
		}
		s = newPolicy(InlinePolicy, s).statements[0]
		all, one := true, false
		request := &Request{Action: "a:b", Context: Context{"v": {"a"}}}
		for _, resource := range resourcesOf(pattern, fronts, resources) {
			e := newEvaluation(&Policies{}, request.about("a:b", resource))
			matches := e.matchesResource(&s)
			all, one = all && matches, one || matches
		}
		e := newEvaluation(&Policies{}, request.onPattern(pattern))
		got := e.matchesResource(&s)
		if s.Effect == Allow && got && !all || s.Effect == Deny && one && !got {
			t.Fatalf("%s: got %t by %+v", pattern, got, s)
		}
		if got {
			matched++
		}
		if s.Effect == Allow && got == all || s.Effect == Deny && got == one {
			exact++
		}
	}
	if matched < 100 || exact < 400 {
		t.Errorf("%d matched, %d were exact", matched, exact)
	}
}

// resourcesOf are the resources that a pattern covers, of those that can be made.
func resourcesOf(pattern string, fronts, resources []string) (all []string) {
	p := strings.SplitN(pattern, ":", 6)
	match := func(i int, texts []string) []string {
		part, _ := patternSymbols(p[i], "", false)
		return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return !slowMatch(part, symbols(text)) })
	}
	rest := match(5, resources)
	for _, region := range match(3, fronts) {
		for _, account := range match(4, fronts) {
			for _, resource := range rest {
				all = append(all, "arn:aws:s:"+region+":"+account+":"+resource)
			}
		}
	}
	return all
}

// TestPatternsNeverAllowMore decides by policies of all kinds about a pattern, and about resources that it covers.
func TestPatternsNeverAllowMore(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 9))
	names := []string{"arn:aws:s3:::bucket/alice/key", "arn:aws:s3:::bucket/x/key", "arn:aws:s3:::other/key", "arn:aws:s3:::third", "arn:aws:s3:::bucket/bob/"}
	patterns := []string{"*", "arn:aws:s3:::*", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/x*", "arn:aws:s3:::bucket/?/*", "arn:aws:s3:::*/key", "arn:aws:s3:*:*:other/key"}
	outcomes := map[Outcome]int{}
	for range rounds {
		p, request := randomPolicies(r), randomRequest(r)
		known := Evaluate(p, request)
		if request.Resource != "*" && Evaluate(p, request.onPattern(request.Resource)) != known {
			t.Fatalf("a pattern without wildcards is decided otherwise:\n%s", describe(p, request))
		}
		request = request.onPattern(pick(r, patterns))
		got, trace := Evaluate(p, request), Simulate(p, request)
		if trace.Decision != got || trace.incoherence() != "" {
			t.Fatalf("got %+v, simulated %+v: %s\n%s", got, trace, trace.incoherence(), describe(p, request))
		}
		outcomes[got.Outcome]++
		for _, name := range names {
			all, _ := patternSymbols(request.Resource, "", false)
			if !slowMatch(all, symbols(name)) {
				continue
			}
			one := *request
			one.Resource, one.ResourcePattern = name, false
			of := Evaluate(p, &one)
			if got.Outcome == Allowed && of.Outcome != Allowed || of.Outcome == ExplicitDeny && got.Outcome != ExplicitDeny {
				t.Fatalf("got %+v, of %s %+v\n%s", got, name, of, describe(p, request))
			}
		}
	}
	for outcome, n := range outcomes {
		if n < rounds/30 {
			t.Errorf("outcome %d: %d of %d", outcome, n, rounds)
		}
	}
}

// FuzzResourcePattern decides by any document about a pattern and a resource that it covers.
func FuzzResourcePattern(f *testing.F) {
	for _, statement := range []string{
		`{"Effect":"Allow","Action":"*","Resource":["arn:aws:kms:*:*:key/${v}*","arn:aws:s3"]}`,
		`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:kms:*:*:key/?a"}`,
		`{"Effect":"Deny","Action":"*","Resource":"arn:aws:kms:*:*:key/a"},{"Effect":"Allow","Action":"*","Resource":"*"}`,
		`{"Effect":"Deny","Action":"*","NotResource":"arn:aws:kms:*:*:key/*"},{"Effect":"Allow","Action":"*","Resource":"*"}`,
	} {
		f.Add(document(statement), keys, "a", "b")
		f.Add(document(statement), "arn:aws:kms::*:key/a?", "1", "")
		f.Add(document(statement), "*", "arn:aws:kms:::key/a", "a")
	}
	f.Fuzz(func(t *testing.T, text, pattern, star, value string) {
		p, err := Parse(InlinePolicy, text)
		a := cutParts(pattern)
		if err != nil || strings.Contains(star, ":") && strings.ContainsAny(a.front, "*") {
			return // a star does not go beyond its part
		}
		policies := &Policies{Identity: []Source{{Policy: p}}}
		r := &Request{Principal: alice, Action: "kms:Decrypt", Context: Context{"v": {value}}}
		got := Evaluate(policies, r.onPattern(pattern))
		of := Evaluate(policies, r.about(r.Action, strings.NewReplacer("*", star, "?", "x").Replace(pattern)))
		if got.Outcome == Allowed && of.Outcome != Allowed || of.Outcome == ExplicitDeny && got.Outcome != ExplicitDeny {
			t.Fatalf("got %+v, of one resource %+v", got, of)
		}
	})
}

// BenchmarkResourcePattern is what a request about a pattern costs: a usual one, and one that was made to be slow.
func BenchmarkResourcePattern(b *testing.B) {
	p, r := manyPolicies(b, 10, 20, statementOfUsers)
	entries := strings.Repeat(`"arn:aws:kms:*:*:*${v}*a",`, 400) + `"arn:aws:kms:::x"`
	slow := &Policies{Identity: sources(b, InlinePolicy, `{"Effect":"Deny","Action":"*","Resource":[`+entries+`]}`)}
	for name, of := range map[string]struct {
		policies *Policies
		request  *Request
	}{
		"usual": {p, r.onPattern("arn:aws:s3:::bucket/alice/*")},
		"slow":  {slow, r.with(Context{"v": {strings.Repeat("a", 2000)}}).onPattern("arn:aws:kms:::*" + strings.Repeat("a?", 900) + "*b")},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d := Evaluate(of.policies, of.request); d.Outcome == ExplicitDeny {
					b.Fatal(d.Outcome)
				}
			}
		})
	}
}
