package policy

import (
	"slices"
	"strings"
)

// Simulate is Evaluate, and tells all that led to the decision. It takes the same way through the same code, but goes on
// where Evaluate knows enough.
func Simulate(p *Policies, r *Request) Trace {
	trace := Trace{ByKind: map[Kind]Outcome{}, missing: map[string]bool{}}
	e := newEvaluation(p, r)
	e.trace = &trace
	trace.Decision = e.decide(p)
	trace.Unknown = trace.unknown()
	return trace
}

// hanging is a statement that hangs on a key that nobody can tell.
type hanging struct {
	kind      Kind
	statement *Statement
	key       string // as written
}

func (t *Trace) unknown() (keys []string) {
	for _, h := range t.hanging {
		decides := h.statement == t.Statement
		if t.Outcome == ImplicitDeny {
			decides = h.kind == t.Kind && h.statement.Effect == Allow
		}
		if decides && t.Outcome != Allowed && !slices.Contains(keys, h.key) {
			keys = append(keys, h.key)
		}
	}
	return keys
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
		if e.request.unknown(strings.ToLower(key)) {
			t.hanging = append(t.hanging, hanging{kind, s, key})
		}
	}
}

// missing are the keys a statement would need that the request does not have, as written. There are none when something
// else keeps the statement from matching. IfExists and Null do not need their key, nor does a variable with a default,
// unless nobody can tell it.
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
	for i := range s.conditions {
		written, compiled := &s.conditions[i], &s.compiled.conditions[i]
		absent := len(e.request.values(compiled.key)) == 0
		name, ifExists, _ := cutOperator(written.operator)
		var unknown []string
		if needed := !ifExists && name != operatorNull || e.request.unknown(compiled.key); absent && needed {
			unknown = append(unknown, written.key)
		}
		if variables && (!absent || len(unknown) > 0) {
			for _, value := range written.values {
				missing, _ := valueless(value, e.request)
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
		missing, open := valueless(text, e.request)
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

// valueless finds the variables of a text whose key is absent, if they have no default that is known to be their value. open
// is the text with a star for each.
func valueless(text string, r *Request) (keys []string, open string) {
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
		case v.kind == variable && len(r.values(v.key)) == 0 && (!v.hasFallback || r.unknown(v.key)):
			keys = append(keys, v.text)
			b.WriteByte('*')
		default:
			b.WriteString(text[len(before) : len(text)-len(rest)])
		}
		text = rest
	}
}
