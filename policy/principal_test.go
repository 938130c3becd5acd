package policy

import "testing"

func TestSubjects(t *testing.T) {
	t.Parallel()
	aws := func(value string) principal { return principal{kind: "AWS", value: value} }
	bare := principal{kind: "*", value: "*"}
	for _, test := range []struct {
		name      string
		entry     principal
		caller    Principal
		want      names // where it allows
		whereDeny names
	}{
		{"everyone, user", bare, alice, everyName, everyName},
		{"everyone, anonymous", bare, stranger, everyName, everyName},
		{"everyone, service", bare, ec2, everyName, everyName},
		{"everyone, token", bare, google, everyName, everyName},
		{"everyone of AWS, user", aws("*"), alice, everyName, everyName},
		{"everyone of AWS, root", aws("*"), root, everyName, everyName},
		{"everyone of AWS, anonymous", aws("*"), stranger, everyName, everyName},
		{"everyone of AWS, service", aws("*"), ec2, 0, everyName},
		{"everyone of AWS, token", aws("*"), google, 0, everyName},
		{"everyone of AWS, assertion", aws("*"), saml, 0, everyName},

		{"account, user", aws(ours), alice, asAccount, asAccount},
		{"account, root", aws(ours), root, asAccount, asAccount},
		{"account, role session", aws(ours), ops, asAccount, asAccount},
		{"account, federated user", aws(ours), guest, asAccount, asAccount},
		{"account by its ARN", aws("arn:aws:iam::" + ours + ":root"), alice, asAccount, asAccount},
		{"another account", aws(theirs), alice, 0, 0},
		{"another account by its ARN", aws("arn:aws:iam::" + theirs + ":root"), root, 0, 0},
		{"account, service", aws(ours), ec2, 0, 0},
		{"account, token of its provider", aws(ours), github, 0, 0},
		{"account, anonymous", aws(ours), stranger, 0, 0},
		{"account, a service that says it has one", aws(ours), Principal{Type: Service, Name: ec2.Name, Account: ours}, 0, 0},

		{"user", aws(alice.ARN), alice, asItself, asItself},
		{"user by id", aws(alice.ID), alice, asItself, asItself},
		{"another user", aws("arn:aws:iam::" + ours + ":user/team/bob"), alice, 0, 0},
		{"user with another path", aws("arn:aws:iam::" + ours + ":user/alice"), alice, 0, 0},
		{"user in another case", aws("arn:aws:iam::" + ours + ":user/team/Alice"), alice, 0, 0},
		{"user of that name elsewhere", aws(alice.of(theirs).ARN), alice, 0, 0},
		{"another user's id", aws("AIDABOBBOBBOBBOBBOBBO"), alice, 0, 0},

		{"role, its session", aws(ops.RoleARN), ops, asRole, asRole},
		{"role by id, its session", aws(ops.ID), ops, asRole, asRole},
		{"session", aws(ops.ARN), ops, asItself, asItself},
		{"another session of the role", aws("arn:aws:sts::" + ours + ":assumed-role/ops/tuesday"), ops, 0, 0},
		{"role without its path", aws("arn:aws:iam::" + ours + ":role/ops"), ops, 0, 0},
		{"role, a user", aws(ops.RoleARN), alice, 0, 0},
		{"federated user", aws(guest.ARN), guest, asItself, asItself},
		{"another federated user", aws(guest.ARN + "s"), guest, 0, 0},

		{"service", principal{kind: "Service", value: "ec2.amazonaws.com"}, ec2, asItself, asItself},
		{"another service", principal{kind: "Service", value: "ecs.amazonaws.com"}, ec2, 0, 0},
		{"service, token of that issuer", principal{kind: "Service", value: "accounts.google.com"}, google, 0, 0},
		{"issuer", principal{kind: "Federated", value: "accounts.google.com"}, google, asItself, asItself},
		{"provider", principal{kind: "Federated", value: github.ARN}, github, asItself, asItself},
		{"another provider", principal{kind: "Federated", value: github.ARN}, google, 0, 0},
		{"SAML provider", principal{kind: "Federated", value: saml.ARN}, saml, asItself, asItself},
		{"another SAML provider", principal{kind: "Federated", value: saml.ARN + "2"}, saml, 0, 0},
		{"a provider is no federated user", principal{kind: "Federated", value: guest.ARN}, guest, 0, 0},
		{"a provider's ARN as AWS", aws(saml.ARN), saml, 0, 0},
		{"canonical user", principal{kind: "CanonicalUser", value: "79a59d"}, alice, 0, 0},
	} {
		narrow, wide := compileSubject(test.entry, false), compileSubject(test.entry, true)
		if got := narrow.of(&test.caller); got != test.want {
			t.Errorf("%s, Allow: got %03b, want %03b", test.name, got, test.want)
		}
		if got := wide.of(&test.caller); got != test.whereDeny {
			t.Errorf("%s, Deny: got %03b, want %03b", test.name, got, test.whereDeny)
		}
	}
}

// Who is unknown is named by nobody: an empty ARN, id, name or account is not a name.
func TestEmptyNames(t *testing.T) {
	t.Parallel()
	for _, entry := range []principal{
		{kind: "AWS", value: ""},
		{kind: "Service", value: ""},
		{kind: "Federated", value: ""},
	} {
		for kind := Anonymous; kind <= SAMLIdentity; kind++ {
			s := compileSubject(entry, true)
			if got := s.of(&Principal{Type: kind}); got != 0 {
				t.Errorf("%+v names a principal of type %d that has nothing", entry, kind)
			}
		}
	}
}

func TestNotPrincipal(t *testing.T) {
	t.Parallel()
	account := `"arn:aws:iam::` + ours + `:root"`
	bob := alice
	bob.ARN, bob.ID = "arn:aws:iam::"+ours+":user/bob", "AIDABOBBOBBOBBOBBOBBO"
	for _, test := range []struct {
		name   string
		listed string
		caller Principal
		bound  bool // has a permissions boundary
		denied bool
	}{
		{"the user and its account", `{"AWS":["` + alice.ARN + `",` + account + `]}`, alice, false, false},
		{"another user of that account", `{"AWS":["` + alice.ARN + `",` + account + `]}`, bob, false, true},
		{"the user without its account", `{"AWS":["` + alice.ARN + `"]}`, alice, false, true},
		{"the account only", `{"AWS":[` + account + `]}`, alice, false, true},
		{"the account, root", `{"AWS":[` + account + `]}`, root, false, false},
		{"a user with a boundary", `{"AWS":["` + alice.ARN + `",` + account + `]}`, alice, true, true},
		{"session, role and account", `{"AWS":["` + ops.ARN + `","` + ops.RoleARN + `",` + account + `]}`, ops, false, false},
		{"session and account", `{"AWS":["` + ops.ARN + `",` + account + `]}`, ops, false, true},
		{"role and account", `{"AWS":["` + ops.RoleARN + `",` + account + `]}`, ops, false, true},
		{"federated user and account", `{"AWS":["` + guest.ARN + `",` + account + `]}`, guest, false, false},
		{"the service", `{"Service":"ec2.amazonaws.com"}`, ec2, false, false},
		{"another service", `{"Service":"ecs.amazonaws.com"}`, ec2, false, true},
		{"someone, and an anonymous caller", `{"AWS":["` + alice.ARN + `"]}`, stranger, false, true},
		{"everyone", `"*"`, alice, false, false},
		{"everyone of AWS, a service", `{"AWS":"*"}`, ec2, false, true},
	} {
		p := &Policies{Resource: sources(t, ResourcePolicy,
			`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`,
			`{"Effect":"Deny","NotPrincipal":`+test.listed+`,"Action":"s3:*","Resource":"*"}`)}
		if test.bound {
			boundary := source(t, ManagedPolicy, `{"Effect":"Allow","Action":"*","Resource":"*"}`)
			p.Boundary = &boundary
		}
		got := Evaluate(p, request(test.caller, "s3:GetObject", "arn:aws:s3:::b/k"))
		if denied := got.Outcome == ExplicitDeny; denied != test.denied || !denied && got.Outcome != Allowed {
			t.Errorf("%s: got %+v", test.name, got)
		}
	}
}

// The grammars refuse NotPrincipal with Allow. Should one let it pass, it reaches nobody who is listed in any way.
func TestNotPrincipalWithAllow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		caller Principal
		want   Outcome
	}{
		{alice, ImplicitDeny},
		{root, ImplicitDeny},
		{alice.of(theirs), ImplicitDeny}, // reached, but needs its own account too
		{ec2, Allowed},
		{stranger, Allowed},
	} {
		p := &Policy{grammar: ResourcePolicy, version: version2012, statements: []Statement{{
			Effect: Allow, hasPrincipal: true, notPrincipal: true, hasResource: true,
			principals: []principal{{kind: "AWS", value: ours}}, actions: []string{"s3:*"}, resources: []string{"*"},
		}}}
		if err := compile(p); err != nil {
			t.Fatal(err)
		}
		r := request(test.caller, "s3:GetObject", "arn:aws:s3:::b/k")
		r.ResourceAccount = "999999999999"
		if got := Evaluate(&Policies{Resource: []Source{{Policy: p}}}, r); got.Outcome != test.want {
			t.Errorf("type %d of %s: got %+v", test.caller.Type, test.caller.Account, got)
		}
	}
}
