package policy

import "strings"

// Simulate is Evaluate, and tells all that led to the decision. It takes the same way through the same code, but goes on
// where Evaluate knows enough.
func Simulate(p *Policies, r *Request) Trace {
	trace := Trace{ByKind: map[Kind]Outcome{}, missing: map[string]bool{}}
	e := newEvaluation(p, r)
	e.trace = &trace
	trace.Decision = e.decide(p)
	return trace
}

// note puts a verdict down.
func (e *evaluation) note(v *verdict) {
	if e.trace != nil && v.applies {
		e.trace.ByKind[v.kind] = v.outcome
	}
}

// add puts down a statement that was asked.
func (t *Trace) add(e *evaluation, kind Kind, source *Source, s *Statement, matched bool) {
	if matched {
		t.Matches = append(t.Matches, Match{Kind: kind, Source: source, Statement: s})
	}
	for _, key := range e.missing(s, source.Policy.version == version2012) {
		if folded := strings.ToLower(key); !t.missing[folded] {
			t.missing[folded] = true
			t.Missing = append(t.Missing, key)
		}
	}
}

// missing are the keys a statement would need that the request does not have, as written. There are none when something
// else keeps the statement from matching. IfExists and Null do not need their key, nor does a variable with a default.
func (e *evaluation) missing(s *Statement, variables bool) []string {
	if !e.matchesAction(s) || e.names(s) == 0 {
		return nil
	}
	var keys []string
	if variables {
		keys = e.missingInResources(s)
	}
	if len(keys) == 0 && !e.matchesResource(s) {
		return nil
	}
	c := e.request.Context
	for i := range s.conditions {
		written, compiled := &s.conditions[i], &s.compiled.conditions[i]
		absent := len(c[compiled.key]) == 0
		name, ifExists, _ := cutOperator(written.operator)
		var unknown []string
		if needed := !ifExists && name != operatorNull; absent && needed {
			unknown = append(unknown, written.key)
		}
		if variables && (!absent || len(unknown) > 0) {
			for _, value := range written.values {
				missing, _ := valueless(value, c)
				unknown = append(unknown, missing...)
			}
		}
		if len(unknown) == 0 && !compiled.holds(e.request, s.Effect) {
			return nil
		}
		keys = append(keys, unknown...)
	}
	return keys
}

// missingInResources are the keys of variables without a value in resources that would match if they had the right one.
func (e *evaluation) missingInResources(s *Statement) (keys []string) {
	for _, text := range s.resources {
		missing, open := valueless(text, e.request.Context)
		if len(missing) == 0 {
			continue
		}
		resource, err := compileResource(open, true)
		if err == nil && e.counts(s, &resource) {
			keys = append(keys, missing...)
		}
	}
	return keys
}

// valueless finds the variables of a text whose key is absent, if they have no default. open is the text with a star for
// each.
func valueless(text string, c Context) (keys []string, open string) {
	var b strings.Builder
	for {
		before, _, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return keys, b.String()
		}
		v, rest, err := parseVariable(text[len(before):])
		switch {
		case err != nil: // it has none, or it would not be here
			return nil, ""
		case v.kind == variable && len(c[v.key]) == 0 && !v.hasFallback:
			keys = append(keys, v.text)
			b.WriteByte('*')
		default:
			b.WriteString(text[len(before) : len(text)-len(rest)])
		}
		text = rest
	}
}
