package policy

import "math/bits"

// A verdict is what the policies of a kind come to on their own.
type verdict struct {
	kind      Kind
	applies   bool // false: policies of this kind have no say
	outcome   Outcome
	names     names // how the Allow names the caller
	source    *Source
	statement *Statement
}

// withholds says whether the kind has a say and does not allow.
func (v *verdict) withholds() bool { return v.applies && v.outcome != Allowed }

func (v *verdict) decision() Decision {
	return Decision{Outcome: v.outcome, Kind: v.kind, Source: v.source, Statement: v.statement}
}

// deny makes the verdict a Deny. The first one counts.
func (v *verdict) deny(source *Source, s *Statement) {
	if v.outcome != ExplicitDeny {
		v.outcome, v.source, v.statement = ExplicitDeny, source, s
	}
}

// allow makes the verdict an Allow, unless one that is as good was there before.
func (v *verdict) allow(source *Source, s *Statement, n names) {
	if v.outcome != ExplicitDeny && bits.Len8(uint8(n)) > bits.Len8(uint8(v.names)) {
		v.outcome, v.names, v.source, v.statement = Allowed, n, source, s
	}
}

// judge asks the policies of a kind.
func (e *evaluation) judge(kind Kind, p *Policies) verdict {
	caller := e.request.Principal.Type
	v := verdict{kind: kind}
	switch kind {
	case KindServiceControl:
		if caller.hasAccount() {
			v = e.judgeLevels(kind, p.ServiceControl)
		}
	case KindResourceControl:
		v = e.judgeLevels(kind, p.ResourceControl)
	case e.resourceKind:
		v.applies = len(p.Resource) > 0
		e.read(&v, p.Resource)
	case KindIdentity:
		v.applies = len(p.Identity) > 0 || caller.hasAccount() && caller != Root
		e.read(&v, p.Identity)
	case KindBoundary:
		if v.applies = p.Boundary != nil; v.applies {
			e.readOne(&v, p.Boundary)
		}
	case KindSession:
		v.applies = len(p.Session) > 0 || p.HasSession || caller == FederatedUser
		e.read(&v, p.Session)
	default: // KindTrust when a resource policy is asked, or the other way round
	}
	e.note(&v)
	return v
}

// judgeLevels asks control policies, of which each level must allow.
func (e *evaluation) judgeLevels(kind Kind, levels [][]Source) verdict {
	whole := verdict{kind: kind, applies: len(levels) > 0}
	allowed := true
	for _, level := range levels {
		v := verdict{kind: kind}
		e.read(&v, level)
		switch v.outcome {
		case ExplicitDeny:
			whole.deny(v.source, v.statement)
		case Allowed:
			whole.allow(v.source, v.statement, v.names)
		case ImplicitDeny:
			allowed = false
		}
	}
	if whole.outcome == Allowed && !allowed {
		whole = verdict{kind: kind, applies: true}
	}
	return whole
}

func (e *evaluation) read(v *verdict, sources []Source) {
	for i := range sources {
		e.readOne(v, &sources[i])
	}
}

// readOne asks one policy. One that is not there, or that was parsed as something else, denies: it might.
func (e *evaluation) readOne(v *verdict, source *Source) {
	if source.Policy == nil || !v.kind.takes(source.Policy.grammar) {
		v.deny(source, nil)
		return
	}
	for i := range source.Policy.statements {
		s := &source.Policy.statements[i]
		if e.trace == nil && (v.outcome == ExplicitDeny || s.Effect == Allow && v.names&asItself != 0) {
			continue // it could change nothing
		}
		n := e.matches(s)
		switch {
		case n == 0:
		case s.Effect == Allow:
			v.allow(source, s, n)
		default:
			v.deny(source, s)
		}
		if e.trace != nil {
			e.trace.add(e, v.kind, source, s, n != 0)
		}
	}
}

// takes says whether policies of a kind are written in a grammar.
func (k Kind) takes(g Grammar) bool {
	switch k {
	case KindServiceControl:
		return g == ServiceControlPolicy
	case KindResourceControl:
		return g == ResourceControlPolicy
	case KindResource:
		return g == ResourcePolicy
	case KindTrust:
		return g == TrustPolicy
	default:
		return g == ManagedPolicy || g == InlinePolicy || g == SessionPolicy
	}
}
