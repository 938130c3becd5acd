package policy

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
	pattern      *resourcePattern // nil when the resource is known
	resourceKind Kind             // KindTrust when a trust policy is asked, else KindResource
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
	if r.ResourcePattern {
		e.pattern = newResourcePattern(r.Resource)
	}
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

// crossesAccounts says whether the resource is another account's than the caller's. For who has no account it makes no
// difference: there are no policies of an account that would have to allow too.
func (e *evaluation) crossesAccounts() bool {
	owner := e.request.ResourceAccount
	return owner != "" && owner != e.request.Principal.Account
}
