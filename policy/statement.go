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
		if n == 0 || !s.compiled.conditions[i].holds(e.request, s.Effect) {
			return 0
		}
	}
	return n
}

// values are those of a key; none when it is absent.
func (r *Request) values(key string) []string {
	if r.Facts != nil {
		if values := r.Facts(key); len(values) > 0 {
			return values
		}
	}
	return r.Context[key]
}

// unknown says whether nobody can tell the value of a key.
func (r *Request) unknown(key string) bool {
	if len(r.Unknown) == 0 || len(r.values(key)) > 0 {
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
		if action.may(e.begin) && action.match(e.action, lookup{}) {
			return !s.notAction
		}
	}
	return s.notAction
}

func (e *evaluation) matchesResource(s *Statement) bool {
	if !s.hasResource {
		return true
	}
	for i := range s.compiled.resources {
		if e.counts(s, &s.compiled.resources[i]) {
			return !s.notResource
		}
	}
	return s.notResource
}

// counts says whether an entry of a statement counts as one that speaks of the request's resource. Where it is not known
// which resource that is, or what a variable stands for, an Allow has to speak of all that it may be about, and for a Deny one
// is enough. With NotResource, what is enough for an entry to be counted is enough for the statement not to match: so the
// questions change places.
func (e *evaluation) counts(s *Statement, entry *arnPattern) bool {
	l := lookup{request: e.request, may: (s.Effect == Deny) != s.notResource}
	if e.pattern != nil {
		return e.pattern.compare(entry, l)
	}
	return entry.match(e.request.Resource, &e.resource, l)
}
