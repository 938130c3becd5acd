package policy

import "testing"

// trusts and mistrusts are statements of trust policies.
func trusts(principal string) string {
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}`
}

func mistrusts(principal string) string {
	return `{"Effect":"Deny","Principal":` + principal + `,"Action":"sts:AssumeRole"}`
}

// TestDecisionsOfTrust is spec section 5.3 and 13.
func TestDecisionsOfTrust(t *testing.T) {
	t.Parallel()
	const target = "arn:aws:iam::" + ours + ":role/target"
	may := []string{`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}`}
	mayNot := []string{`{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}`}
	others := []string{other}
	user, role, session := trusts(awsPrincipal(alice.ARN)), trusts(awsPrincipal(ops.RoleARN)), trusts(awsPrincipal(ops.ARN))
	account, accountARN := trusts(awsPrincipal(ours)), trusts(awsPrincipal("arn:aws:iam::"+ours+":root"))
	everyone := trusts(awsPrincipal("*"))
	testDecisions(t, "sts:AssumeRole", target, []decisionTest{
		{name: "an identity policy is not enough", caller: alice, given: given{trust: []string{role}, identity: may}, want: ImplicitDeny, kind: KindTrust},
		{name: "nor is being root", caller: root, given: given{trust: []string{user}}, want: ImplicitDeny, kind: KindTrust},
		{name: "the user", caller: alice, given: given{trust: []string{user}}, want: Allowed, kind: KindTrust},
		{name: "the user by id", caller: alice, given: given{trust: []string{trusts(awsPrincipal(alice.ID))}}, want: Allowed, kind: KindTrust},
		{name: "everyone", caller: alice, given: given{trust: []string{everyone}}, want: Allowed, kind: KindTrust},
		{name: "the role", caller: ops, given: given{trust: []string{role}}, want: Allowed, kind: KindTrust},
		{name: "the role by id", caller: ops, given: given{trust: []string{trusts(awsPrincipal(ops.ID))}}, want: Allowed, kind: KindTrust},
		{name: "the role, and the session policy", caller: ops, given: given{trust: []string{role}, session: others}, want: ImplicitDeny, kind: KindSession},
		{name: "the role, and the boundary", caller: ops, given: given{trust: []string{role}, boundary: others}, want: ImplicitDeny, kind: KindBoundary},
		{name: "the session", caller: ops, given: given{trust: []string{session}, session: others}, want: Allowed, kind: KindTrust},
		{name: "the account", caller: alice, given: given{trust: []string{account}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "the account's ARN", caller: alice, given: given{trust: []string{accountARN}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "the account, and an identity policy", caller: alice, given: given{trust: []string{account}, identity: may}, want: Allowed, kind: KindTrust},
		{name: "the account, and the boundary", caller: alice, given: given{trust: []string{account}, identity: may, boundary: others}, want: ImplicitDeny, kind: KindBoundary},
		{name: "the account, and the session policy", caller: ops, given: given{trust: []string{account}, identity: may, session: others}, want: ImplicitDeny, kind: KindSession},
		{name: "the account, root", caller: root, given: given{trust: []string{account}}, want: Allowed, kind: KindTrust},
		{name: "another account", caller: alice, given: given{trust: []string{trusts(awsPrincipal(theirs))}, identity: may}, want: ImplicitDeny, kind: KindTrust},
		{name: "an identity policy that denies beats trust", caller: alice, given: given{trust: []string{user}, identity: mayNot}, want: ExplicitDeny, kind: KindIdentity},
		{name: "a session policy that denies beats trust", caller: ops, given: given{trust: []string{session}, session: mayNot}, want: ExplicitDeny, kind: KindSession},
		{name: "trust that denies", caller: alice, given: given{trust: []string{user, mistrusts(awsPrincipal(ours))}, identity: may}, want: ExplicitDeny, kind: KindTrust},
		{name: "a control policy that does not allow", caller: alice, given: given{trust: []string{user}, control: [][]string{{other}}}, want: ImplicitDeny, kind: KindServiceControl},

		{name: "elsewhere, only trust", caller: alice, foreign: true, given: given{trust: []string{user}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "elsewhere, only the identity policy", caller: alice, foreign: true, given: given{trust: []string{role}, identity: may}, want: ImplicitDeny, kind: KindTrust},
		{name: "elsewhere, user and identity policy", caller: alice, foreign: true, given: given{trust: []string{user}, identity: may}, want: Allowed, kind: KindTrust},
		{name: "elsewhere, account and identity policy", caller: alice, foreign: true, given: given{trust: []string{account}, identity: may}, want: Allowed, kind: KindTrust},
		{name: "elsewhere, everyone and no identity policy", caller: alice, foreign: true, given: given{trust: []string{everyone}}, want: ImplicitDeny, kind: KindIdentity},
		{name: "elsewhere, the role and no identity policy", caller: ops, foreign: true, given: given{trust: []string{role}}, want: ImplicitDeny, kind: KindIdentity},

		{name: "a service", caller: ec2, given: given{trust: []string{trusts(`{"Service":"ec2.amazonaws.com"}`)}}, want: Allowed, kind: KindTrust},
		{name: "another service", caller: ec2, given: given{trust: []string{trusts(`{"Service":"ecs.amazonaws.com"}`)}}, want: ImplicitDeny, kind: KindTrust},
		{name: "everyone of AWS is no service", caller: ec2, given: given{trust: []string{everyone}}, want: ImplicitDeny, kind: KindTrust},
		{name: "everyone of AWS denied, a service too", caller: ec2, given: given{trust: []string{trusts(`{"Service":"ec2.amazonaws.com"}`), mistrusts(awsPrincipal("*"))}}, want: ExplicitDeny, kind: KindTrust},
		{name: "anonymous, everyone", caller: stranger, given: given{trust: []string{everyone}}, want: Allowed, kind: KindTrust},
	})
}

func TestTrustOfTokens(t *testing.T) {
	t.Parallel()
	const target = "arn:aws:iam::" + ours + ":role/target"
	web := func(principal, audience string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRoleWithWebIdentity",
			"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"` + audience + `",
				"token.actions.githubusercontent.com:sub":"repo:a/b"}}}`
	}
	provider := `{"Federated":"` + github.ARN + `"}`
	for _, test := range []struct {
		name      string
		caller    Principal
		statement string
		want      Outcome
	}{
		{"the provider and the audience", github, web(provider, "sts.amazonaws.com"), Allowed},
		{"another audience", github, web(provider, "sigstore"), ImplicitDeny},
		{"another provider", google, web(provider, "sts.amazonaws.com"), ImplicitDeny},
		{"an assertion", saml, web(provider, "sts.amazonaws.com"), ImplicitDeny},
		{"a user", alice, web(provider, "sts.amazonaws.com"), ImplicitDeny},
		{"everyone of AWS", github, web(`{"AWS":"*"}`, "sts.amazonaws.com"), ImplicitDeny},
		{"the account of the provider", github, web(awsPrincipal(ours), "sts.amazonaws.com"), ImplicitDeny},
	} {
		r := request(test.caller, "sts:AssumeRoleWithWebIdentity", target).with(Context{
			"token.actions.githubusercontent.com:aud": {"sts.amazonaws.com"},
			"token.actions.githubusercontent.com:sub": {"repo:a/b"},
		})
		got := Evaluate(&Policies{Resource: sources(t, TrustPolicy, test.statement)}, r)
		if got.Outcome != test.want || got.Kind != KindTrust {
			t.Errorf("%s: got %+v", test.name, got)
		}
	}
}

// A trust policy of MFA and external id, as AWS publishes it.
func TestTrustConditions(t *testing.T) {
	t.Parallel()
	p := &Policies{Resource: sources(t, TrustPolicy, `{"Effect":"Allow","Principal":`+awsPrincipal(alice.ARN)+`,"Action":"sts:AssumeRole",
		"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"sts:ExternalId":"12345"}}}`)}
	mfa, external := Context{"aws:multifactorauthpresent": {"true"}}, Context{"sts:externalid": {"12345"}}
	plain := request(alice, "sts:AssumeRole", "arn:aws:iam::"+ours+":role/target")
	for _, test := range []struct {
		name string
		r    *Request
		want Outcome
	}{
		{"neither", plain, ImplicitDeny},
		{"MFA", plain.with(mfa), ImplicitDeny},
		{"external id", plain.with(external), ImplicitDeny},
		{"both", plain.with(mfa).with(external), Allowed},
		{"MFA was not given", plain.with(external).with(Context{"aws:multifactorauthpresent": {"false"}}), ImplicitDeny},
		{"another external id", plain.with(mfa).with(Context{"sts:externalid": {"12346"}}), ImplicitDeny},
	} {
		if got := Evaluate(p, test.r); got.Outcome != test.want || got.Kind != KindTrust {
			t.Errorf("%s: got %+v", test.name, got)
		}
	}
}
