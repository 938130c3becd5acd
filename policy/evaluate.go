package policy

import "math/bits"

// Evaluate decides a request by the policies that apply to it, in AWS's order (spec section 9.1). It only reads its
// arguments, and the same arguments give the same decision.
//
//  1. A Deny in any policy is final.
//  2. Each level of service and of resource control policies must allow.
//  3. Across accounts, and always for a trust policy, the resource's policy must allow.
//  4. In the account of the resource, a resource policy that names the caller itself, or everyone, is final. One that
//     names the caller's role stands in for identity policies. One that names the account leaves it to them.
//  5. Identity policies must allow, then the boundary, then the session's policies. Root needs no identity policy.
func Evaluate(p *Policies, r *Request) Decision {
	e := newEvaluation(p, r)
	return e.decide(p)
}

// An evaluation is a request that is being decided.
type evaluation struct {
	request      *Request
	action       string // in lower case
	begin        uint64 // of the action
	resource     arn
	resourceKind Kind // KindTrust when a trust policy is asked, else KindResource
	bounded      bool
	trace        *Trace // nil when nobody wants to know
}

func newEvaluation(p *Policies, r *Request) evaluation {
	e := evaluation{
		request:      r,
		action:       lower(r.Action),
		resource:     cutParts(r.Resource),
		resourceKind: KindResource,
		bounded:      p.Boundary != nil,
	}
	e.begin = beginning(e.action)
	for i := range p.Resource {
		if policy := p.Resource[i].Policy; policy != nil && policy.grammar == TrustPolicy {
			e.resourceKind = KindTrust
		}
	}
	return e
}

// verdicts are what the kinds of policy come to, by kind.
type verdicts [KindSession + 1]verdict

func (e *evaluation) decide(p *Policies) Decision {
	var all verdicts
	denied := NoKind
	for kind := KindServiceControl; kind <= KindSession; kind++ {
		all[kind] = e.judge(kind, p)
		if all[kind].outcome == ExplicitDeny && denied == NoKind {
			denied = kind
			if e.trace == nil {
				break
			}
		}
	}
	switch {
	case denied != NoKind:
		return all[denied].decision()
	case p.HasSession && len(p.Session) == 0: // a Deny may be in what cannot be read
		return Decision{Kind: KindSession}
	}
	return e.weighUp(&all)
}

// weighUp decides a request that no policy denies outright.
func (e *evaluation) weighUp(all *verdicts) Decision {
	for _, kind := range []Kind{KindServiceControl, KindResourceControl} {
		if all[kind].withholds() {
			return Decision{Kind: kind}
		}
	}
	caller := &e.request.Principal
	resource, foreign := &all[e.resourceKind], e.crossesAccounts()
	mustGrant := foreign || e.resourceKind == KindTrust || !caller.Type.hasAccount()
	if mustGrant && resource.outcome != Allowed {
		return Decision{Kind: e.resourceKind}
	}
	var granted names // by which names the resource's policy alone is enough
	if resource.outcome == Allowed && !foreign {
		granted = resource.names
	}
	if granted&asItself != 0 {
		return resource.decision()
	}
	byRole := granted&asRole != 0
	if !byRole && caller.Type != Root && all[KindIdentity].withholds() {
		return Decision{Kind: KindIdentity}
	}
	for _, kind := range []Kind{KindBoundary, KindSession} {
		if all[kind].withholds() {
			return Decision{Kind: kind}
		}
	}
	switch {
	case mustGrant || byRole:
		return resource.decision()
	case caller.Type == Root && all[KindIdentity].outcome != Allowed:
		return Decision{Outcome: Allowed}
	}
	return all[KindIdentity].decision()
}

// crossesAccounts says whether the resource is another account's than the caller's. Who has no account crosses none.
func (e *evaluation) crossesAccounts() bool {
	r := e.request
	return r.Principal.Type.hasAccount() && r.ResourceAccount != "" && r.ResourceAccount != r.Principal.Account
}

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
	for i := range s.compiled.resources {
		if s.compiled.resources[i].match(e.request.Resource, &e.resource, e.request.Context) {
			return !s.notResource
		}
	}
	return s.notResource
}
