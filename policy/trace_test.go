package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSimulateMatches(t *testing.T) {
	t.Parallel()
	p := &Policies{
		Identity: []Source{
			{ID: "one", Policy: source(t, ManagedPolicy, other, allow).Policy},
			{ID: "two", Policy: source(t, ManagedPolicy, deny, allow).Policy},
		},
		Boundary:        &Source{ID: "boundary", Policy: source(t, ManagedPolicy, allow).Policy},
		Session:         []Source{{ID: "session", Policy: source(t, SessionPolicy, other).Policy}},
		Resource:        []Source{{ID: "resource", Policy: source(t, ResourcePolicy, allowing(`"*"`), allowing(awsPrincipal(theirs))).Policy}},
		ServiceControl:  [][]Source{{{ID: "top", Policy: source(t, ServiceControlPolicy, allow).Policy}}, {{ID: "account", Policy: source(t, ServiceControlPolicy, other).Policy}}},
		ResourceControl: [][]Source{{{ID: "rcp", Policy: source(t, ResourceControlPolicy, `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`).Policy}}},
	}
	got := Simulate(p, request(alice, "s3:GetObject", object))
	if got.Outcome != ExplicitDeny || got.Source != &p.Identity[1] || got.Statement != &p.Identity[1].Policy.Statements()[0] {
		t.Errorf("got %+v", got.Decision)
	}
	type match struct {
		Kind   Kind
		ID     string
		Effect Effect
	}
	var matches []match
	for _, m := range got.Matches {
		matches = append(matches, match{m.Kind, m.Source.ID, m.Statement.Effect})
	}
	wantMatches := []match{
		{KindServiceControl, "top", Allow},
		{KindResourceControl, "rcp", Allow},
		{KindResource, "resource", Allow},
		{KindIdentity, "one", Allow},
		{KindIdentity, "two", Deny},
		{KindIdentity, "two", Allow},
		{KindBoundary, "boundary", Allow},
	}
	if diff := cmp.Diff(wantMatches, matches); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
	wantByKind := map[Kind]Outcome{
		KindServiceControl: ImplicitDeny, KindResourceControl: Allowed, KindResource: Allowed,
		KindIdentity: ExplicitDeny, KindBoundary: Allowed, KindSession: ImplicitDeny,
	}
	if diff := cmp.Diff(wantByKind, got.ByKind); diff != "" {
		t.Errorf("by kind (-want +got):\n%s", diff)
	}
}

// A kind that has no say is not in a trace.
func TestSimulateKinds(t *testing.T) {
	t.Parallel()
	full := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	for _, test := range []struct {
		name   string
		caller Principal
		given  given
		want   map[Kind]Outcome
	}{
		{"a user", alice, given{}, map[Kind]Outcome{KindIdentity: ImplicitDeny}},
		{"root", root, given{}, map[Kind]Outcome{}},
		{"root under a control policy", root, given{control: [][]string{{full}}}, map[Kind]Outcome{KindServiceControl: Allowed}},
		{"a federated user", guest, given{}, map[Kind]Outcome{KindIdentity: ImplicitDeny, KindSession: ImplicitDeny}},
		{"a session that cannot be read", ops, given{hasSession: true}, map[Kind]Outcome{KindIdentity: ImplicitDeny, KindSession: ImplicitDeny}},
		{"a service", ec2, given{control: [][]string{{full}}}, map[Kind]Outcome{}},
		{"a service and trust", ec2, given{trust: []string{trusts(`{"Service":"ec2.amazonaws.com"}`)}}, map[Kind]Outcome{KindTrust: ImplicitDeny}},
		{"a boundary", alice, given{boundary: []string{full}}, map[Kind]Outcome{KindIdentity: ImplicitDeny, KindBoundary: Allowed}},
	} {
		got := Simulate(test.given.policies(t), request(test.caller, "s3:GetObject", object))
		if diff := cmp.Diff(test.want, got.ByKind); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestSimulateMissing(t *testing.T) {
	t.Parallel()
	statement := func(rest string) string { return `{"Effect":"Allow","Action":"s3:GetObject",` + rest + `}` }
	conditions := func(c string) string { return statement(`"Resource":"*","Condition":` + c) }
	for _, test := range []struct {
		name      string
		statement string
		want      []string
	}{
		{"nothing", statement(`"Resource":"*"`), nil},
		{"a key, as written", conditions(`{"StringEquals":{"aws:RequestTag/Team":"red"}}`), []string{"aws:RequestTag/Team"}},
		{"a key that is there", conditions(`{"StringEquals":{"AWS:Username":"alice"}}`), nil},
		{"two", conditions(`{"Bool":{"aws:MultiFactorAuthPresent":"true"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), []string{"aws:MultiFactorAuthPresent", "aws:SourceIp"}},
		{"one twice", conditions(`{"StringLike":{"s3:prefix":"a"},"StringNotLike":{"S3:Prefix":"b"}}`), []string{"s3:prefix"}},
		{"negated", conditions(`{"StringNotEquals":{"s3:prefix":"a"}}`), []string{"s3:prefix"}},
		{"a set", conditions(`{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`), []string{"aws:TagKeys"}},
		{"IfExists", conditions(`{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`), nil},
		{"Null", conditions(`{"Null":{"aws:TokenIssueTime":"true"}}`), nil},
		{"another condition fails", conditions(`{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"aws:username":"bob"}}`), nil},
		{"the action fails", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`, nil},
		{"the resource fails", statement(`"Resource":"arn:aws:s3:::other/*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`), nil},
		{"a variable", statement(`"Resource":"arn:aws:s3:::bucket/${aws:UserId}"`), []string{"aws:UserId"}},
		{"a variable with a value", statement(`"Resource":"arn:aws:s3:::bucket/${aws:username}"`), nil},
		{"a variable with a default", statement(`"Resource":"arn:aws:s3:::bucket/${aws:userid, 'x'}"`), nil},
		{"a variable that would not help", statement(`"Resource":"arn:aws:s3:::other/${aws:userid}"`), nil},
		{"of several resources", statement(`"Resource":["arn:aws:s3:::bucket/${a}","arn:aws:s3:::other/${b}","arn:aws:s3:::${c}/${aws:username}"]`), []string{"a"}},
		{"a variable of NotResource", statement(`"NotResource":"arn:aws:s3:::bucket/${aws:userid}"`), []string{"aws:userid"}},
		{"a character is none", statement(`"Resource":"arn:aws:s3:::bucket/${*}"`), nil},
		{"a variable in a condition", conditions(`{"StringEquals":{"aws:username":"${aws:PrincipalTag/name}"}}`), []string{"aws:PrincipalTag/name"}},
		{"a variable and a key", statement(`"Resource":"arn:aws:s3:::bucket/${a}","Condition":{"StringLike":{"b":"${c}"}}`), []string{"a", "b", "c"}},
		{"a variable and a key that need not be", statement(`"Resource":"*","Condition":{"StringLikeIfExists":{"b":"${c}"}}`), nil},
	} {
		p := &Policies{Identity: sources(t, ManagedPolicy, test.statement)}
		got := Simulate(p, request(alice, "s3:GetObject", object))
		if diff := cmp.Diff(test.want, got.Missing); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// What a statement says of others is not missed.
func TestSimulateMissingOfOthers(t *testing.T) {
	t.Parallel()
	for caller, want := range map[*Principal][]string{&alice: {"aws:SourceIp"}, &ops: nil} {
		p := &Policies{Resource: sources(t, ResourcePolicy, `{"Effect":"Allow","Principal":`+awsPrincipal(alice.ARN)+`,
			"Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`)}
		got := Simulate(p, request(*caller, "s3:GetObject", object))
		if diff := cmp.Diff(want, got.Missing); diff != "" {
			t.Errorf("%s (-want +got):\n%s", caller.ARN, diff)
		}
	}
}

// A document of 2008 has no variables to miss.
func TestSimulateMissingIn2008(t *testing.T) {
	t.Parallel()
	p, err := Parse(InlinePolicy, `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket/${a}","Condition":{"StringEquals":{"aws:username":"${"}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := Simulate(&Policies{Identity: []Source{{Policy: p}}}, request(alice, "s3:GetObject", object)); got.Missing != nil {
		t.Errorf("got %q", got.Missing)
	}
}
