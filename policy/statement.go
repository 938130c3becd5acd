package policy

// matches says whether a statement speaks of the request, and by which names of the caller.
func (e *evaluation) matches(s *Statement) names {
	if !e.matchesAction(s) || !e.matchesResource(s) {
		return 0
	}
	n := e.names(s)
	for i := range s.compiled.conditions {
		if n == 0 || !s.compiled.conditions[i].holds(e.request.Context, s.Effect) {
			return 0
		}
	}
	return n
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
