package policy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// rounds is how many policies and requests each property is tried on.
const rounds = 4000

// lists are the lists of policies whose order says nothing.
func (p *Policies) lists() [][]Source {
	lists := [][]Source{p.Identity, p.Resource, p.Session}
	return append(append(lists, p.ServiceControl...), p.ResourceControl...)
}

// places are all policies, where they stand.
func (p *Policies) places() (all []*Source) {
	for _, list := range p.lists() {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	if p.Boundary != nil {
		all = append(all, p.Boundary)
	}
	return all
}

// replace puts a policy with other statements in the place of one.
func (s *Source) replace(statements []Statement) {
	s.Policy = newPolicy(s.Policy.grammar, statements...)
}

func describe(p *Policies, r *Request) string {
	text := fmt.Sprintf("%+v", *r)
	for _, place := range p.places() {
		for _, s := range place.Policy.statements {
			s.compiled = compiled{}
			text += fmt.Sprintf("\n  grammar %d: %+v", place.Policy.grammar, s)
		}
	}
	return text
}

// TestRandomPoliciesAreWorthIt keeps the properties from being tried on policies that decide nothing.
func TestRandomPoliciesAreWorthIt(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	outcomes, kinds := map[Outcome]int{}, map[Kind]int{}
	for range rounds {
		d := Evaluate(randomPolicies(r), randomRequest(r))
		outcomes[d.Outcome]++
		kinds[d.Kind]++
	}
	for _, outcome := range []Outcome{ImplicitDeny, ExplicitDeny, Allowed} {
		if outcomes[outcome] < rounds/20 {
			t.Errorf("outcome %d: %d of %d", outcome, outcomes[outcome], rounds)
		}
	}
	for kind := NoKind; kind <= KindSession; kind++ {
		if kinds[kind] < rounds/200 {
			t.Errorf("kind %d: %d of %d", kind, kinds[kind], rounds)
		}
	}
}

func TestDenyNeverAllows(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 1))
	turned := 0
	for range rounds {
		p, request := randomPolicies(r), randomRequest(r)
		places := p.places()
		if len(places) == 0 {
			continue
		}
		before, text := Evaluate(p, request), describe(p, request)
		place := pick(r, places)
		added := randomStatement(r, place.Policy.grammar)
		added.Effect = Deny
		place.replace(slices.Insert(slices.Clone(place.Policy.statements), r.IntN(len(place.Policy.statements)+1), added))
		after := Evaluate(p, request)
		if before.Outcome != Allowed && after.Outcome == Allowed {
			t.Fatalf("a Deny allowed:\n%s\nadded %+v", text, added)
		}
		if before.Outcome == Allowed && after.Outcome == ExplicitDeny {
			turned++
		}
	}
	if turned < rounds/100 {
		t.Errorf("only %d Denies denied", turned)
	}
}

func TestRemovedAllowNeverAllows(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 1))
	turned := 0
	for range rounds {
		p, request := randomPolicies(r), randomRequest(r)
		before, text := Evaluate(p, request), describe(p, request)
		for _, place := range p.places() {
			i := slices.IndexFunc(place.Policy.statements, func(s Statement) bool { return s.Effect == Allow })
			if i < 0 {
				continue
			}
			place.replace(slices.Delete(slices.Clone(place.Policy.statements), i, i+1))
			after := Evaluate(p, request)
			if before.Outcome != Allowed && after.Outcome == Allowed {
				t.Fatalf("an Allow that is gone allowed:\n%s", text)
			}
			if before.Outcome == Allowed && after.Outcome != Allowed {
				turned++
			}
			before = after
		}
	}
	if turned < rounds/100 {
		t.Errorf("only %d Allows were missed", turned)
	}
}

func TestOrderNeverMatters(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 1))
	for range rounds {
		p, request := randomPolicies(r), randomRequest(r)
		before, text := Evaluate(p, request), describe(p, request)
		for _, place := range p.places() {
			shuffled := slices.Clone(place.Policy.statements)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			for i := range shuffled {
				shuffle(r, &shuffled[i])
			}
			place.replace(shuffled)
		}
		for _, list := range p.lists() {
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		if after := Evaluate(p, request); after.Outcome != before.Outcome || after.Kind != before.Kind {
			t.Fatalf("got %+v, and in another order %+v:\n%s", before, after, text)
		}
	}
}

// shuffle puts what is in a statement into another order.
func shuffle(r *rand.Rand, s *Statement) {
	s.actions, s.resources = slices.Clone(s.actions), slices.Clone(s.resources)
	s.principals, s.conditions = slices.Clone(s.principals), slices.Clone(s.conditions)
	r.Shuffle(len(s.actions), func(i, j int) { s.actions[i], s.actions[j] = s.actions[j], s.actions[i] })
	r.Shuffle(len(s.resources), func(i, j int) { s.resources[i], s.resources[j] = s.resources[j], s.resources[i] })
	r.Shuffle(len(s.principals), func(i, j int) { s.principals[i], s.principals[j] = s.principals[j], s.principals[i] })
	r.Shuffle(len(s.conditions), func(i, j int) { s.conditions[i], s.conditions[j] = s.conditions[j], s.conditions[i] })
}

func TestSimulateAgrees(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 1))
	for range rounds {
		p, request := randomPolicies(r), randomRequest(r)
		want, got := Evaluate(p, request), Simulate(p, request)
		if got.Decision != want {
			t.Fatalf("got %+v, Evaluate says %+v:\n%s", got.Decision, want, describe(p, request))
		}
		if complaint := got.incoherence(); complaint != "" {
			t.Fatalf("%s: %+v\n%s", complaint, got, describe(p, request))
		}
	}
}

// incoherence is what in a trace contradicts the rest of it.
func (t *Trace) incoherence() string {
	decisive, denies := t.Statement == nil, map[Kind]bool{}
	for _, m := range t.Matches {
		decisive = decisive || m.Statement == t.Statement && m.Source == t.Source && m.Kind == t.Kind
		denies[m.Kind] = denies[m.Kind] || m.Statement.Effect == Deny
	}
	if !decisive {
		return "the statement that decided is not among the matches"
	}
	for kind, outcome := range t.ByKind {
		if (outcome == ExplicitDeny) != denies[kind] {
			return fmt.Sprintf("kind %d came to %d", kind, outcome)
		}
		if outcome == ExplicitDeny && t.Outcome != ExplicitDeny {
			return fmt.Sprintf("kind %d denied in vain", kind)
		}
	}
	switch outcome, applies := t.ByKind[t.Kind]; {
	case t.Kind == NoKind && t.Outcome != Allowed:
		return "nothing denied"
	case t.Kind != NoKind && applies && outcome != t.Outcome && t.Kind != KindSession: // session policies may not be readable
		return "the kind that decided came to something else"
	}
	return ""
}

// TestFactsAreContext asks for keys elsewhere than in Context, which then says something else of some: that counts for nothing.
func TestFactsAreContext(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 1))
	hidden := 0
	for range rounds {
		p, request := randomPolicies(r), randomRequest(r)
		asked := *request
		facts, left := Context{}, Context{}
		for key, values := range request.Context {
			switch hide := r.IntN(3); {
			case hide == 0 || len(values) == 0: // which hides nothing
				left[key] = values
				continue
			case hide == 1:
				left[key] = pick(r, contextPool[key])
			}
			facts[key] = values
		}
		asked.Context, asked.Facts = left, func(key string) []string { return facts[key] }
		want, got := Simulate(p, request), Simulate(p, &asked)
		if got.Decision != want.Decision || !slices.Equal(got.Missing, want.Missing) || !slices.Equal(got.Unknown, want.Unknown) {
			t.Fatalf("got %+v\nwant %+v\nfor %s\nwith the facts %v", got, want, describe(p, &asked), facts)
		}
		if decided := Evaluate(p, &asked); decided != want.Decision {
			t.Fatalf("got %+v\nwant %+v\nfor %s\nwith the facts %v", decided, want.Decision, describe(p, &asked), facts)
		}
		asked.Facts = nil
		if Evaluate(p, &asked) != want.Decision {
			hidden++
		}
	}
	if hidden < rounds/100 {
		t.Errorf("only %d decisions hang on facts", hidden)
	}
}

// FuzzEvaluate decides by any document that is accepted.
func FuzzEvaluate(f *testing.F) {
	f.Add(forceMFA, "iam:CreateUser", "arn:aws:iam::123456789012:user/dave", "aws:multifactorauthpresent", "false")
	f.Add(document(statementWithConditions(0, 0)), "s3:GetObject", object, "aws:sourceip", "198.51.100.9")
	f.Add(document(statementWithVariables(0, 7)), "s3:GetObject", "arn:aws:s3:::bucket/alice/report.7", "aws:username", "alice")
	f.Add(document(statementWithWildcards(0, 3)), "s3:GetObject", "arn:aws:s3:::bucket/report.3", "k", "v")
	f.Add(document(`{"Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3","Condition":{"ForAnyValue:NumericLessThanIfExists":{"k":[1,"2"]}}}`), "a:b", "*", "k", "x")
	f.Fuzz(func(t *testing.T, text, action, resource, key, value string) {
		p, err := Parse(InlinePolicy, text)
		if err != nil {
			return
		}
		r := &Request{Principal: alice, Action: action, Resource: resource, Context: Context{key: {value}}}
		policies := &Policies{Identity: []Source{{Policy: p}}}
		got := Evaluate(policies, r)
		if trace := Simulate(policies, r); trace.Decision != got || trace.incoherence() != "" {
			t.Errorf("got %+v, simulated %+v: %s", got, trace, trace.incoherence())
		}
		backwards := slices.Clone(p.statements)
		slices.Reverse(backwards)
		turned := newPolicy(p.grammar, backwards...)
		turned.version = p.version
		if err := compile(turned); err != nil {
			t.Fatal(err)
		}
		if again := Evaluate(&Policies{Identity: []Source{{Policy: turned}}}, r); again.Outcome != got.Outcome {
			t.Errorf("got %+v, and in the other order %+v", got, again)
		}
		bounded := &Policies{Identity: policies.Identity, Boundary: &policies.Identity[0], Session: policies.Identity}
		if again := Evaluate(bounded, r); again.Outcome != got.Outcome {
			t.Errorf("got %+v, and bounded by itself %+v", got, again)
		}
	})
}
