package policy

import "strings"

// documentReader reads a document into its draft.
type documentReader struct {
	reader
	draft *draft
}

func (r *documentReader) statements() *fault {
	if r.next() != '[' {
		return r.statement()
	}
	for r.at++; r.next() != ']'; {
		if bad := r.statement(); bad != nil {
			return bad
		}
	}
	r.at++
	return nil
}

func (r *documentReader) statement() *fault {
	r.next()
	s := &statementDraft{start: r.at}
	bad := r.members(func(key token) (bad *fault) {
		switch key.text {
		case "Sid":
			s.sid, bad = r.string()
		case "Effect":
			s.effect, bad = r.string()
		case "Action", "NotAction":
			s.notAction = key.text == "NotAction"
			if bad = only(&s.action, key, "Action"); bad == nil {
				s.actions, bad = r.list(r.string)
			}
		case "Resource", "NotResource":
			s.notResource = key.text == "NotResource"
			if bad = only(&s.resource, key, "Resource"); bad == nil {
				s.resources, bad = r.list(r.string)
				r.variables(s.resources)
			}
		case "Principal", "NotPrincipal":
			s.notPrincipal = key.text == "NotPrincipal"
			if bad = only(&s.principal, key, "Principal"); bad == nil {
				bad = r.principal(s)
			}
		case "Condition":
			bad = r.condition(s)
		default:
			bad = unknown(key)
		}
		return bad
	})
	s.end = r.at - 1
	r.draft.statements = append(r.draft.statements, s)
	return bad
}

// only notes where an element stands that may be there as itself or negated, and not as both.
func only(at *int, key token, name string) *fault {
	if *at != 0 {
		return &fault{detail: "both " + name + " and Not" + name, at: key.start}
	}
	*at = key.start
	return nil
}

// principal reads a Principal. Which kinds it may have, and whether it may be a string, is the grammar's to say.
func (r *documentReader) principal(s *statementDraft) *fault {
	if r.next() == '"' {
		s.principalIsString = true
		value, bad := r.string()
		s.principals = []principal{{kind: value.text, value: value.text, start: value.start, end: value.end}}
		return bad
	}
	return r.members(func(kind token) *fault {
		s.principalKinds = append(s.principalKinds, kind)
		values, bad := r.list(r.string)
		for _, value := range values {
			s.principals = append(s.principals, principal{kind: kind.text, value: value.text, start: value.start, end: value.end})
		}
		return bad
	})
}

// condition reads a Condition. AWS accepts an operator without a key, and a key without a value.
func (r *documentReader) condition(s *statementDraft) *fault {
	return r.members(func(operator token) *fault {
		return r.members(func(key token) *fault {
			r.draft.names = append(r.draft.names, contextName{name: key.text})
			values, bad := r.list(r.scalar)
			r.variables(values)
			s.conditions = append(s.conditions, condition{operator: operator.text, key: key.text, values: texts(values)})
			s.conditionsAt = append(s.conditionsAt, operator.start)
			return bad
		})
	})
}

// variables notes the policy variables in some values. It goes no further in one where there is a bad variable: compile
// refuses that, unless the version has none.
func (r *documentReader) variables(values []token) {
	for _, value := range values {
		for rest := value.text; ; {
			at := strings.Index(rest, "${")
			if at < 0 {
				break
			}
			v, after, err := parseVariable(rest[at:])
			if err != nil {
				break
			}
			if v.kind == variable {
				r.draft.names = append(r.draft.names, contextName{name: v.text, variable: true})
			}
			rest = after
		}
	}
}
