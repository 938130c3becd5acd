package policy

import (
	"fmt"
	"testing"
)

const (
	object = "arn:aws:s3:::bucket/key"
	get    = `"Action":"s3:GetObject","Resource":"*"}`

	allow = `{"Effect":"Allow",` + get
	deny  = `{"Effect":"Deny",` + get
	other = `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}` // says nothing of the request
)

// allowing and denying are statements of resource policies.
func allowing(principal string) string {
	return `{"Effect":"Allow","Principal":` + principal + `,` + get
}

func denying(principal string) string { return `{"Effect":"Deny","Principal":` + principal + `,` + get }

func awsPrincipal(value string) string { return `{"AWS":"` + value + `"}` }

// given are the statements of each kind of policy in a test.
type given struct {
	identity, boundary, session, resource, trust []string
	control, resourceControl                     [][]string
	hasSession                                   bool
}

func (g given) policies(t *testing.T) *Policies {
	t.Helper()
	p := &Policies{
		Identity:   sources(t, ManagedPolicy, g.identity...),
		Session:    sources(t, SessionPolicy, g.session...),
		HasSession: g.hasSession,
		Resource:   append(sources(t, ResourcePolicy, g.resource...), sources(t, TrustPolicy, g.trust...)...),
	}
	if g.boundary != nil {
		p.Boundary = &sources(t, ManagedPolicy, g.boundary...)[0]
	}
	for _, level := range g.control {
		p.ServiceControl = append(p.ServiceControl, sources(t, ServiceControlPolicy, level...))
	}
	for _, level := range g.resourceControl {
		p.ResourceControl = append(p.ResourceControl, sources(t, ResourceControlPolicy, level...))
	}
	return p
}

type decisionTest struct {
	name    string
	caller  Principal
	given   given
	foreign bool // the resource is another account's
	want    Outcome
	kind    Kind
}

func testDecisions(t *testing.T, action, resource string, tests []decisionTest) {
	t.Helper()
	for _, test := range tests {
		p, r := test.given.policies(t), request(test.caller, action, resource)
		if test.foreign {
			r.ResourceAccount = theirs
		}
		got := Evaluate(p, r)
		if got.Outcome != test.want || got.Kind != test.kind {
			t.Errorf("%s: got outcome %d by kind %d, want %d by %d", test.name, got.Outcome, got.Kind, test.want, test.kind)
		}
		if decided := got.Statement != nil; decided != (got.Outcome != ImplicitDeny && got.Kind != NoKind) {
			t.Errorf("%s: got statement %v", test.name, got.Statement)
		}
		if simulated := Simulate(p, r).Decision; simulated != got {
			t.Errorf("%s: simulated %+v", test.name, simulated)
		}
	}
}

func TestIdentityPolicies(t *testing.T) {
	t.Parallel()
	testDecisions(t, "s3:GetObject", object, []decisionTest{
		{name: "none", caller: alice, want: ImplicitDeny, kind: KindIdentity},
		{name: "one that says nothing", caller: alice, given: given{identity: []string{other}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "allow", caller: alice, given: given{identity: []string{other, allow}}, want: Allowed, kind: KindIdentity},
		{name: "deny after allow", caller: alice, given: given{identity: []string{allow, deny}}, want: ExplicitDeny, kind: KindIdentity},
		{name: "deny before allow", caller: alice, given: given{identity: []string{deny, allow}}, want: ExplicitDeny, kind: KindIdentity},
		{name: "role", caller: ops, given: given{identity: []string{allow}}, want: Allowed, kind: KindIdentity},
		{name: "anonymous", caller: stranger, want: ImplicitDeny, kind: KindResource},
		{name: "service", caller: ec2, want: ImplicitDeny, kind: KindResource},
	})
}

func TestRoot(t *testing.T) {
	t.Parallel()
	testDecisions(t, "s3:GetObject", object, []decisionTest{
		{name: "without a policy", caller: root, want: Allowed, kind: NoKind},
		{name: "a resource policy that does not name it", caller: root, given: given{resource: []string{allowing(awsPrincipal(alice.ARN))}}, want: Allowed, kind: NoKind},
		{name: "a resource policy that denies", caller: root, given: given{resource: []string{denying(`"*"`)}}, want: ExplicitDeny, kind: KindResource},
		{name: "a control policy that denies", caller: root, given: given{control: [][]string{{allow, deny}}}, want: ExplicitDeny, kind: KindServiceControl},
		{name: "a control policy that does not allow", caller: root, given: given{control: [][]string{{other}}}, want: ImplicitDeny, kind: KindServiceControl},
		{name: "an identity policy that denies", caller: root, given: given{identity: []string{deny}}, want: ExplicitDeny, kind: KindIdentity},
		{name: "an identity policy that does not allow", caller: root, given: given{identity: []string{other}}, want: Allowed, kind: NoKind},
		{name: "a session policy that does not allow", caller: root, given: given{session: []string{other}}, want: ImplicitDeny, kind: KindSession},
		{name: "a session policy that allows", caller: root, given: given{session: []string{allow}}, want: Allowed, kind: NoKind},
		{name: "elsewhere", caller: root, foreign: true, want: ImplicitDeny, kind: KindResource},
		{name: "elsewhere, where its account may", caller: root, foreign: true, given: given{resource: []string{allowing(awsPrincipal(ours))}}, want: Allowed, kind: KindResource},
	})
}

func TestControlPolicies(t *testing.T) {
	t.Parallel()
	full := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	fullRCP := `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
	mine := []string{allow}
	everyones := []string{allowing(`"*"`)}
	testDecisions(t, "s3:GetObject", object, []decisionTest{
		{name: "each level allows", caller: alice, given: given{identity: mine, control: [][]string{{full}, {allow}, {full}}}, want: Allowed, kind: KindIdentity},
		{name: "one level does not", caller: alice, given: given{identity: mine, control: [][]string{{full}, {other}, {full}}}, want: ImplicitDeny, kind: KindServiceControl},
		{name: "one level is empty", caller: alice, given: given{identity: mine, control: [][]string{{full}, {}, {full}}}, want: ImplicitDeny, kind: KindServiceControl},
		{name: "the last level denies", caller: alice, given: given{identity: mine, control: [][]string{{full}, {full}, {full, deny}}}, want: ExplicitDeny, kind: KindServiceControl},
		{name: "deny goes before what is not allowed", caller: alice, given: given{identity: mine, control: [][]string{{other}, {deny}}}, want: ExplicitDeny, kind: KindServiceControl},
		{name: "they grant nothing", caller: alice, given: given{control: [][]string{{full}}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "they bind whom a resource policy names", caller: alice, given: given{resource: everyones, control: [][]string{{other}}}, want: ImplicitDeny, kind: KindServiceControl},
		{name: "they bind role sessions", caller: ops, given: given{identity: mine, control: [][]string{{other}}}, want: ImplicitDeny, kind: KindServiceControl},
		{name: "they bind federated users", caller: guest, given: given{identity: mine, session: mine, control: [][]string{{deny}}}, want: ExplicitDeny, kind: KindServiceControl},
		{name: "they do not bind services", caller: ec2, given: given{resource: everyones, control: [][]string{{deny}}}, want: Allowed, kind: KindResource},
		{name: "nor anonymous callers", caller: stranger, given: given{resource: everyones, control: [][]string{{other}}}, want: Allowed, kind: KindResource},

		{name: "resource control allows", caller: alice, given: given{identity: mine, resourceControl: [][]string{{fullRCP}, {fullRCP}}}, want: Allowed, kind: KindIdentity},
		{name: "resource control without an Allow", caller: alice, given: given{identity: mine, resourceControl: [][]string{{fullRCP}, {}}}, want: ImplicitDeny, kind: KindResourceControl},
		{name: "resource control denies", caller: alice, given: given{identity: mine, resourceControl: [][]string{{fullRCP, denying(`"*"`)}}}, want: ExplicitDeny, kind: KindResourceControl},
		{name: "resource control binds services", caller: ec2, given: given{resource: everyones, resourceControl: [][]string{{fullRCP, denying(`"*"`)}}}, want: ExplicitDeny, kind: KindResourceControl},
		{name: "resource control binds anonymous callers", caller: stranger, given: given{resource: everyones, resourceControl: [][]string{{fullRCP, denying(`"*"`)}}}, want: ExplicitDeny, kind: KindResourceControl},
		{name: "resource control binds root", caller: root, given: given{resourceControl: [][]string{{fullRCP, denying(`"*"`)}}}, want: ExplicitDeny, kind: KindResourceControl},
		{name: "service control is asked first", caller: alice, given: given{control: [][]string{{other}}, resourceControl: [][]string{{}}}, want: ImplicitDeny, kind: KindServiceControl},
	})
}

func TestDecisionsOfResources(t *testing.T) {
	t.Parallel()
	mine, others := []string{allow}, []string{other}
	user, role, session := allowing(awsPrincipal(alice.ARN)), allowing(awsPrincipal(ops.RoleARN)), allowing(awsPrincipal(ops.ARN))
	federatedUser, everyone := allowing(awsPrincipal(guest.ARN)), allowing(`"*"`)
	accounts := allowing(awsPrincipal(ours))
	testDecisions(t, "s3:GetObject", object, []decisionTest{
		{name: "the user", caller: alice, given: given{resource: []string{user}}, want: Allowed, kind: KindResource},
		{name: "the user, despite boundary and session policy", caller: alice, given: given{resource: []string{user}, boundary: others, session: others}, want: Allowed, kind: KindResource},
		{name: "the user by id", caller: alice, given: given{resource: []string{allowing(awsPrincipal(alice.ID))}}, want: Allowed, kind: KindResource},
		{name: "everyone, despite the boundary", caller: alice, given: given{resource: []string{everyone}, boundary: others}, want: Allowed, kind: KindResource},
		{name: "someone else", caller: ops, given: given{resource: []string{user}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "someone else, and an identity policy", caller: ops, given: given{resource: []string{user}, identity: mine}, want: Allowed, kind: KindIdentity},
		{name: "the account", caller: alice, given: given{resource: []string{accounts}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "the account, and an identity policy", caller: alice, given: given{resource: []string{accounts}, identity: mine}, want: Allowed, kind: KindIdentity},
		{name: "the account, and the boundary", caller: alice, given: given{resource: []string{accounts}, identity: mine, boundary: others}, want: ImplicitDeny, kind: KindBoundary},

		{name: "the role", caller: ops, given: given{resource: []string{role}}, want: Allowed, kind: KindResource},
		{name: "the role, and a boundary that allows", caller: ops, given: given{resource: []string{role}, boundary: mine}, want: Allowed, kind: KindResource},
		{name: "the role, and the boundary", caller: ops, given: given{resource: []string{role}, boundary: others}, want: ImplicitDeny, kind: KindBoundary},
		{name: "the role, and the session policy", caller: ops, given: given{resource: []string{role}, session: others}, want: ImplicitDeny, kind: KindSession},
		{name: "the session", caller: ops, given: given{resource: []string{session}, boundary: others, session: others}, want: Allowed, kind: KindResource},
		{name: "the role, then the session", caller: ops, given: given{resource: []string{role, session}, boundary: others}, want: Allowed, kind: KindResource},
		{name: "the session, then the role", caller: ops, given: given{resource: []string{session, role}, boundary: others}, want: Allowed, kind: KindResource},
		{name: "the federated user, without session policies", caller: guest, given: given{resource: []string{federatedUser}}, want: Allowed, kind: KindResource},
		{name: "the federated user, despite session policies", caller: guest, given: given{resource: []string{federatedUser}, session: others}, want: Allowed, kind: KindResource},
		{name: "the account, a federated user", caller: guest, given: given{resource: []string{accounts}, identity: mine}, want: ImplicitDeny, kind: KindSession},

		{name: "deny by identity", caller: alice, given: given{resource: []string{user}, identity: []string{deny}}, want: ExplicitDeny, kind: KindIdentity},
		{name: "deny by boundary", caller: alice, given: given{resource: []string{user}, boundary: []string{allow, deny}}, want: ExplicitDeny, kind: KindBoundary},
		{name: "deny by session policy", caller: alice, given: given{resource: []string{user}, session: []string{deny}}, want: ExplicitDeny, kind: KindSession},
		{name: "deny by the resource", caller: alice, given: given{resource: []string{user, denying(awsPrincipal(ours))}, identity: mine}, want: ExplicitDeny, kind: KindResource},
		{name: "deny of the role", caller: ops, given: given{resource: []string{session, denying(awsPrincipal(ops.RoleARN))}}, want: ExplicitDeny, kind: KindResource},
		{name: "deny of another", caller: alice, given: given{resource: []string{user, denying(awsPrincipal(ops.RoleARN))}}, want: Allowed, kind: KindResource},

		{name: "anonymous", caller: stranger, given: given{resource: []string{everyone}}, want: Allowed, kind: KindResource},
		{name: "anonymous, AWS everyone", caller: stranger, given: given{resource: []string{allowing(`{"AWS":"*"}`)}}, want: Allowed, kind: KindResource},
		{name: "service", caller: ec2, given: given{resource: []string{allowing(`{"Service":"ec2.amazonaws.com"}`)}}, want: Allowed, kind: KindResource},
		{name: "another service", caller: ec2, given: given{resource: []string{allowing(`{"Service":"ecs.amazonaws.com"}`)}}, want: ImplicitDeny, kind: KindResource},
	})
}

func TestCrossAccount(t *testing.T) {
	t.Parallel()
	mine, others := []string{allow}, []string{other}
	user, everyone, accounts := allowing(awsPrincipal(alice.ARN)), allowing(`"*"`), allowing(awsPrincipal(ours))
	testDecisions(t, "s3:GetObject", object, []decisionTest{
		{name: "only the identity policy", caller: alice, foreign: true, given: given{identity: mine}, want: ImplicitDeny, kind: KindResource},
		{name: "only the resource policy", caller: alice, foreign: true, given: given{resource: []string{user}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "everyone, and no identity policy", caller: alice, foreign: true, given: given{resource: []string{everyone}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "both, by user", caller: alice, foreign: true, given: given{resource: []string{user}, identity: mine}, want: Allowed, kind: KindResource},
		{name: "both, by account", caller: alice, foreign: true, given: given{resource: []string{accounts}, identity: mine}, want: Allowed, kind: KindResource},
		{name: "both, and the boundary", caller: alice, foreign: true, given: given{resource: []string{user}, identity: mine, boundary: others}, want: ImplicitDeny, kind: KindBoundary},
		{name: "both, and the session policy", caller: ops, foreign: true, given: given{resource: []string{allowing(awsPrincipal(ops.ARN))}, identity: mine, session: others}, want: ImplicitDeny, kind: KindSession},
		{name: "the role, and no identity policy", caller: ops, foreign: true, given: given{resource: []string{allowing(awsPrincipal(ops.RoleARN))}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "the federated user, without session policies", caller: guest, foreign: true, given: given{resource: []string{allowing(awsPrincipal(guest.ARN))}, identity: mine}, want: ImplicitDeny, kind: KindSession},
		{name: "denied at home", caller: alice, foreign: true, given: given{resource: []string{user}, identity: []string{allow, deny}}, want: ExplicitDeny, kind: KindIdentity},
		{name: "denied there", caller: alice, foreign: true, given: given{resource: []string{user, denying(`"*"`)}, identity: mine}, want: ExplicitDeny, kind: KindResource},
		{name: "denied by the organisation", caller: alice, foreign: true, given: given{resource: []string{user}, identity: mine, control: [][]string{{other}}}, want: ImplicitDeny, kind: KindServiceControl},
		{name: "an anonymous caller crosses nothing", caller: stranger, foreign: true, given: given{resource: []string{everyone}}, want: Allowed, kind: KindResource},
		{name: "nor does a service", caller: ec2, foreign: true, given: given{resource: []string{everyone}}, want: Allowed, kind: KindResource},
	})
}

func TestSessionPolicies(t *testing.T) {
	t.Parallel()
	mine, others := []string{allow}, []string{other}
	testDecisions(t, "s3:GetObject", object, []decisionTest{
		{name: "a session without", caller: ops, given: given{identity: mine}, want: Allowed, kind: KindIdentity},
		{name: "allows", caller: ops, given: given{identity: mine, session: mine, hasSession: true}, want: Allowed, kind: KindIdentity},
		{name: "does not allow", caller: ops, given: given{identity: mine, session: others, hasSession: true}, want: ImplicitDeny, kind: KindSession},
		{name: "does not allow, and nobody said there was one", caller: ops, given: given{identity: mine, session: others}, want: ImplicitDeny, kind: KindSession},
		{name: "denies", caller: ops, given: given{identity: mine, session: []string{allow, deny}}, want: ExplicitDeny, kind: KindSession},
		{name: "grants nothing", caller: ops, given: given{session: mine}, want: ImplicitDeny, kind: KindIdentity},
		{name: "cannot be read", caller: ops, given: given{identity: mine, hasSession: true}, want: ImplicitDeny, kind: KindSession},
		{name: "cannot be read, and may have denied", caller: ops, given: given{resource: []string{allowing(awsPrincipal(ops.ARN))}, hasSession: true}, want: ImplicitDeny, kind: KindSession},
		{name: "a federated user without", caller: guest, given: given{identity: mine}, want: ImplicitDeny, kind: KindSession},
		{name: "a federated user with", caller: guest, given: given{identity: mine, session: mine}, want: Allowed, kind: KindIdentity},
		{name: "a federated user, and no identity policy", caller: guest, given: given{session: mine}, want: ImplicitDeny, kind: KindIdentity},
	})
}

func TestBoundaries(t *testing.T) {
	t.Parallel()
	mine, others := []string{allow}, []string{other}
	testDecisions(t, "s3:GetObject", object, []decisionTest{
		{name: "allows", caller: alice, given: given{identity: mine, boundary: mine}, want: Allowed, kind: KindIdentity},
		{name: "does not allow", caller: alice, given: given{identity: mine, boundary: others}, want: ImplicitDeny, kind: KindBoundary},
		{name: "denies", caller: alice, given: given{identity: mine, boundary: []string{allow, deny}}, want: ExplicitDeny, kind: KindBoundary},
		{name: "grants nothing", caller: alice, given: given{boundary: mine}, want: ImplicitDeny, kind: KindIdentity},
		{name: "goes before the session policy", caller: ops, given: given{identity: mine, boundary: others, session: others}, want: ImplicitDeny, kind: KindBoundary},
	})
}

// Of several that deny, the first in the order of evaluation is named.
func TestOrderOfDenies(t *testing.T) {
	t.Parallel()
	g := given{
		identity: []string{deny}, boundary: []string{deny}, session: []string{deny}, resource: []string{denying(`"*"`)},
		control: [][]string{{deny}}, resourceControl: [][]string{{denying(`"*"`)}},
	}
	order := []struct {
		kind   Kind
		remove func()
	}{
		{KindServiceControl, func() { g.control = nil }},
		{KindResourceControl, func() { g.resourceControl = nil }},
		{KindResource, func() { g.resource = nil }},
		{KindIdentity, func() { g.identity = nil }},
		{KindBoundary, func() { g.boundary = nil }},
		{KindSession, func() { g.session = nil }},
	}
	for _, next := range order {
		testDecisions(t, "s3:GetObject", object, []decisionTest{
			{name: fmt.Sprintf("from kind %d on", next.kind), caller: alice, given: g, want: ExplicitDeny, kind: next.kind},
		})
		next.remove()
	}
}

func TestDecisionNamesWhatDecided(t *testing.T) {
	t.Parallel()
	p := &Policies{Identity: []Source{
		{ID: "first", Policy: source(t, ManagedPolicy, other, allow, allow).Policy},
		{ID: "second", Policy: source(t, InlinePolicy, `{"Sid":"No","Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}`, allow).Policy},
	}}
	got := Evaluate(p, request(alice, "s3:GetObject", object))
	if got.Source != &p.Identity[0] || got.Statement != &p.Identity[0].Policy.Statements()[1] {
		t.Errorf("got %+v", got)
	}
	got = Evaluate(p, request(alice, "s3:DeleteObject", object))
	if got.Source != &p.Identity[1] || got.Statement.Sid != "No" {
		t.Errorf("got %+v", got)
	}
	boundary := source(t, ManagedPolicy, `{"Effect":"Deny","Action":"*","Resource":"*"}`)
	p = &Policies{Boundary: &boundary}
	if got = Evaluate(p, request(alice, "s3:GetObject", object)); got.Source != p.Boundary {
		t.Errorf("got %+v", got)
	}
}

// A policy that is not there, or is of another grammar, might have denied.
func TestPoliciesThatCannotBeHad(t *testing.T) {
	t.Parallel()
	everything := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	lost := Source{ID: "lost"}
	good := source(t, ManagedPolicy, everything)
	control := source(t, ServiceControlPolicy, everything)
	public := source(t, ResourcePolicy, `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)
	for name, p := range map[string]Policies{
		"identity":                          {Identity: []Source{good, lost}},
		"boundary":                          {Identity: []Source{good}, Boundary: &lost},
		"session":                           {Identity: []Source{good}, Session: []Source{good, lost}},
		"resource":                          {Identity: []Source{good}, Resource: []Source{public, lost}},
		"service control":                   {Identity: []Source{good}, ServiceControl: [][]Source{{control, lost}}},
		"resource control":                  {Identity: []Source{good}, ResourceControl: [][]Source{{lost}}},
		"resource policy as identity":       {Identity: []Source{good, public}},
		"identity policy as resource":       {Identity: []Source{good}, Resource: []Source{good}},
		"identity policy as control":        {Identity: []Source{good}, ServiceControl: [][]Source{{good}}},
		"resource policy as control":        {Identity: []Source{good}, ResourceControl: [][]Source{{public}}},
		"control policy as identity":        {Identity: []Source{good, control}},
		"control policy as session":         {Identity: []Source{good}, Session: []Source{control}},
		"control policy as boundary":        {Identity: []Source{good}, Boundary: &control},
		"service control as resource's own": {Identity: []Source{good}, ResourceControl: [][]Source{{control}}},
	} {
		got := Evaluate(&p, request(alice, "s3:GetObject", object))
		if got.Outcome != ExplicitDeny || got.Source == nil || got.Statement != nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
