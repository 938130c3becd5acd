package policy

import (
	"math/rand/v2"
	"slices"
)

// pick is one of some things.
func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// some are a few of some things, none among them too.
func some[T any](r *rand.Rand, all []T, most int) []T {
	few := make([]T, r.IntN(most+1))
	for i := range few {
		few[i] = pick(r, all)
	}
	return few
}

// sorted makes what is drawn from a map the same each time.
func sorted(all []string) []string {
	slices.Sort(all)
	return all
}

// What random policies and requests are made of: little, so that they meet.
var (
	callerPool    = []Principal{alice, alice.of(theirs), root, ops, guest, ec2, stranger, github}
	principalPool = []principal{
		{kind: "*", value: "*"},
		{kind: "AWS", value: "*"},
		{kind: "AWS", value: ours},
		{kind: "AWS", value: theirs},
		{kind: "AWS", value: alice.ARN},
		{kind: "AWS", value: ops.RoleARN},
		{kind: "AWS", value: ops.ARN},
		{kind: "AWS", value: ops.ID},
		{kind: "AWS", value: guest.ARN},
		{kind: "Service", value: ec2.Name},
		{kind: "Federated", value: github.ARN},
	}
	actionPatternPool   = []string{"*", "s3:*", "s3:Get*", "s3:GetObject", "s3:?etObject", "sts:*"}
	resourcePatternPool = []string{"*", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/${aws:username}/*", "arn:aws:s3:::bucket/${aws:username, 'x'}/*", "arn:aws:s3:::other/*"}
	conditionPool       = []condition{
		{"StringEquals", "aws:username", []string{"alice"}},
		{"StringNotEquals", "aws:username", []string{"alice", "bob"}},
		{"StringLike", "aws:PrincipalTag/Team", []string{"r*", "${aws:username}"}},
		{"StringNotLike", "s3:prefix", []string{"${aws:PrincipalTag/team}/*"}},
		{"Bool", "aws:MultiFactorAuthPresent", []string{"true"}},
		{"BoolIfExists", "aws:MultiFactorAuthPresent", []string{"false"}},
		{"Null", "aws:MultiFactorAuthPresent", []string{"true"}},
		{"NumericLessThan", "s3:max-keys", []string{"10"}},
		{"NumericNotEquals", "s3:max-keys", []string{"10"}},
		{"ForAllValues:StringEquals", "aws:TagKeys", []string{"a", "b"}},
		{"ForAnyValue:StringNotEquals", "aws:TagKeys", []string{"a"}},
	}
	contextPool = map[string][][]string{
		"aws:username":               {{"alice"}, {"bob"}, {"a", "b"}},
		"aws:principaltag/team":      {{"red"}, {""}, {"*"}},
		"s3:prefix":                  {{"red/x"}, {""}},
		"aws:multifactorauthpresent": {{"true"}, {"false"}, {"maybe"}},
		"s3:max-keys":                {{"9"}, {"10"}, {"many"}},
		"aws:tagkeys":                {{"a"}, {"a", "c"}, {}},
	}
	actionPool   = []string{"s3:GetObject", "s3:PutObject", "sts:AssumeRole"}
	resourcePool = []string{"arn:aws:s3:::bucket/alice/key", "arn:aws:s3:::bucket/x/key", "*"}
)

func randomStatement(r *rand.Rand, g Grammar) Statement {
	s := Statement{
		Effect:      pick(r, []Effect{Allow, Allow, Allow, Deny}),
		actions:     append(some(r, actionPatternPool, 1), pick(r, actionPatternPool)),
		notAction:   r.IntN(6) == 0,
		hasResource: g != TrustPolicy,
		conditions:  some(r, conditionPool, 1),
	}
	if s.hasResource {
		s.resources = append(some(r, resourcePatternPool, 1), pick(r, resourcePatternPool))
		s.notResource = r.IntN(6) == 0
	}
	if s.hasPrincipal = g.hasPrincipal(); s.hasPrincipal {
		s.principals = append(some(r, principalPool, 2), pick(r, principalPool))
		s.notPrincipal = g == ResourcePolicy && r.IntN(6) == 0
	}
	return s
}

// newPolicy is a policy of some statements, compiled.
func newPolicy(g Grammar, statements ...Statement) *Policy {
	p := &Policy{grammar: g, version: version2012, statements: statements}
	if err := compile(p); err != nil {
		panic(err)
	}
	return p
}

func randomSources(r *rand.Rand, g Grammar, most int) []Source {
	var all []Source
	for range r.IntN(most + 1) {
		var statements []Statement
		for range r.IntN(4) {
			statements = append(statements, randomStatement(r, g))
		}
		all = append(all, Source{Policy: newPolicy(g, statements...)})
	}
	return all
}

func randomPolicies(r *rand.Rand) *Policies {
	p := &Policies{
		Identity:   randomSources(r, pick(r, []Grammar{ManagedPolicy, InlinePolicy}), 3),
		Resource:   randomSources(r, pick(r, []Grammar{ResourcePolicy, ResourcePolicy, TrustPolicy}), 2),
		HasSession: r.IntN(10) == 0,
	}
	if r.IntN(4) == 0 {
		p.Session = randomSources(r, SessionPolicy, 2)
	}
	if boundary := randomSources(r, ManagedPolicy, 1); r.IntN(4) == 0 && len(boundary) > 0 {
		p.Boundary = &boundary[0]
	}
	for range r.IntN(8) / 6 {
		p.ServiceControl = append(p.ServiceControl, randomSources(r, ServiceControlPolicy, 2))
	}
	for range r.IntN(8) / 6 {
		p.ResourceControl = append(p.ResourceControl, randomSources(r, ResourceControlPolicy, 2))
	}
	return p
}

func randomRequest(r *rand.Rand) *Request {
	request := &Request{
		Principal:       pick(r, callerPool),
		Action:          pick(r, actionPool),
		Resource:        pick(r, resourcePool),
		ResourceAccount: pick(r, []string{"", "", ours, theirs}),
		Context:         Context{},
	}
	for _, key := range []string{"aws:username", "aws:principaltag/team", "s3:prefix", "aws:multifactorauthpresent", "s3:max-keys", "aws:tagkeys"} {
		if r.IntN(2) == 0 {
			request.Context[key] = pick(r, contextPool[key])
		}
	}
	return request
}
