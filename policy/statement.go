package policy

import (
	"slices"
	"strings"
)

// matches says whether a statement speaks of the request, and by which names of the caller.
func (e *evaluation) matches(s *Statement) names {
	if !e.matchesAction(s) || !e.matchesResource(s) {
		return 0
	}
	n := e.names(s)
	for i := range s.compiled.conditions {
		if n == 0 || !e.holds(s, &s.compiled.conditions[i]) {
			return 0
		}
	}
	return n
}

func (e *evaluation) holds(s *Statement, condition *compiledCondition) bool {
	if e.request.Unknown != nil && e.request.unknown(condition.key) {
		return s.Effect == Deny
	}
	return condition.holds(e.request.Context, s.Effect)
}

// unknown says whether nobody can tell the value of a key.
func (r *Request) unknown(key string) bool {
	if len(r.Context[key]) > 0 {
		return false
	}
	return slices.ContainsFunc(r.Unknown, func(name string) bool {
		begins := strings.HasSuffix(name, ":") || strings.HasSuffix(name, "/")
		return key == name || begins && strings.HasPrefix(key, name)
	})
}

func (e *evaluation) matchesAction(s *Statement) bool {
	for i := range s.compiled.actions {
		action := &s.compiled.actions[i]
		if action.may(e.begin) && action.match(e.action, nil) {
			return !s.notAction
		}
	}
	return s.notAction
}

func (e *evaluation) matchesResource(s *Statement) bool {
	if !s.hasResource {
		return true
	}
	if e.pattern != nil {
		return e.matchesPattern(s)
	}
	for i := range s.compiled.resources {
		if s.compiled.resources[i].match(e.request.Resource, &e.resource, e.request.Context) {
			return !s.notResource
		}
	}
	return s.notResource
}
