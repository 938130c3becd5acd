package policy

import (
	"fmt"
	"testing"
)

func trusting(principal string) string {
	return of2012(`{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}`)
}

func TestTrustPolicies(t *testing.T) {
	t.Parallel()
	const somebody = `"Effect":"Allow","Principal":{"AWS":"123456789012"}`
	invalid := func(kind, value string) string { return fmt.Sprintf("Invalid principal in policy: %q:%q", kind, value) }
	for _, test := range []struct{ name, document, message string }{
		{"no JSON", `no JSON`, textTrustJSON},
		{"no statement", `{"Version":"2012-10-17"}`, textTrustStatement},
		{"empty statement", of2012(`[]`), textTrustStatement},
		{"version", `{"Version":"2013-10-17","Statement":{` + somebody + `,"Action":"sts:AssumeRole"}}`, textTrustVersion},
		{"other action", of2012(`{` + somebody + `,"Action":"s3:GetObject"}`), textTrustAction},
		{"every action", of2012(`{` + somebody + `,"Action":"*"}`), textTrustAction},
		{"one other action", of2012(`{` + somebody + `,"Action":["sts:AssumeRole","ec2:Run"]}`), textTrustAction},
		{"other NotAction", of2012(`{` + somebody + `,"NotAction":"s3:GetObject"}`), textTrustAction},
		{"vendor alone", of2012(`{` + somebody + `,"Action":"sts:"}`), textTrustAction},
		{"two colons", of2012(`{` + somebody + `,"Action":"sts:a:b"}`), textTrustAction},
		{"vendor with a wildcard", of2012(`{` + somebody + `,"Action":"st?:AssumeRole"}`), textTrustAction},
		{"Resource", of2012(`{` + somebody + `,"Action":"sts:AssumeRole","Resource":"*"}`), textTrustResource},
		{"empty Resource", of2012(`{` + somebody + `,"Action":"sts:AssumeRole","Resource":[]}`), textTrustResource},
		{"NotResource", of2012(`{` + somebody + `,"Action":"sts:AssumeRole","NotResource":"*"}`), textTrustNotResource},
		{"same sid", of2012(`[{"Sid":"a",` + somebody + `,"Action":"sts:AssumeRole"},{"Sid":"a",` + somebody + `,"Action":"sts:AssumeRole"}]`), textTrustSid},
		{"no effect", of2012(`{"Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`), textTrustNoEffect},
		{"other effect", of2012(`{"Effect":"Maybe","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`), "Invalid effect: Maybe"},
		{"effect allow", of2012(`{"Effect":"allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`), "Invalid effect: allow"},
		{"no principal", of2012(`{"Effect":"Allow","Action":"sts:AssumeRole"}`), textMissingPrincipal},
		{"empty principal", trusting(`{}`), textTrustEmptyPrincipal},
		{"bare asterisk", trusting(`"*"`), textTrustPrincipalObject},
		{"nobody", trusting(`{"AWS":[]}`), textNobody},
		{"unknown kind", trusting(`{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`), `Invalid principal in policy: "CanonicalUser"`},
		{"unknown kind of nobody", trusting(`{"User":[]}`), `Invalid principal in policy: "User"`},
		{"kind in another case", trusting(`{"aws":"123456789012"}`), `Invalid principal in policy: "aws"`},
		{"NotPrincipal with Allow", of2012(`{"Effect":"Allow","NotPrincipal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`), textNotPrincipal},
		{"NotPrincipal with Deny", of2012(`{"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`), textTrustNotPrincipal},
		{"no action", of2012(`{` + somebody + `}`), textTrustNoAction},
		{"no actions", of2012(`{` + somebody + `,"Action":[]}`), textTrustNoAction},
		{"Action and NotAction", of2012(`{` + somebody + `,"Action":"sts:AssumeRole","NotAction":"sts:AssumeRole"}`), textTrustSyntax},
		{"principal is an array", trusting(`["123456789012"]`), textTrustSyntax},
		{"principal is null", trusting(`null`), textTrustSyntax},
		{"unknown element", of2012(`{` + somebody + `,"Action":"sts:AssumeRole","Extra":1}`), textTrustSyntax},
		{"statement is a string", of2012(`"x"`), textTrustSyntax},
		{"no object", `[]`, textTrustSyntax},
		{"unknown operator", of2012(`{` + somebody + `,"Action":"sts:AssumeRole","Condition":{"Equals":{"a":"b"}}}`), textTrustSyntax},
		{"open variable", of2012(`{` + somebody + `,"Action":"sts:AssumeRole","Condition":{"StringLike":{"a":"${b"}}}`), textTrustSyntax},
		{"bad date", of2012(`{` + somebody + `,"Action":"sts:AssumeRole","Condition":{"DateLessThan":{"aws:CurrentTime":"x"}}}`), textTrustSyntax},

		{"all users", trusting(`{"AWS":"arn:aws:iam::123456789012:user/*"}`), invalid("AWS", "arn:aws:iam::123456789012:user/*")},
		{"all sessions", trusting(`{"AWS":"arn:aws:sts::123456789012:assumed-role/R/*"}`), invalid("AWS", "arn:aws:sts::123456789012:assumed-role/R/*")},
		{"role without session", trusting(`{"AWS":"arn:aws:sts::123456789012:assumed-role/R"}`), invalid("AWS", "arn:aws:sts::123456789012:assumed-role/R")},
		{"group", trusting(`{"AWS":"arn:aws:iam::123456789012:group/g"}`), invalid("AWS", "arn:aws:iam::123456789012:group/g")},
		{"account of 11 digits", trusting(`{"AWS":"12345678901"}`), invalid("AWS", "12345678901")},
		{"root with a wildcard", trusting(`{"AWS":"arn:aws:iam::*:root"}`), invalid("AWS", "arn:aws:iam::*:root")},
		{"partition with a wildcard", trusting(`{"AWS":"arn:*:iam::123456789012:root"}`), invalid("AWS", "arn:*:iam::123456789012:root")},
		{"variable", trusting(`{"AWS":"arn:aws:iam::123456789012:user/${aws:username}"}`), invalid("AWS", "arn:aws:iam::123456789012:user/${aws:username}")},
		{"empty name", trusting(`{"AWS":["123456789012",""]}`), invalid("AWS", "")},
		{"id of a key", trusting(`{"AWS":"AKIAJQABLZS4A3QDU576"}`), invalid("AWS", "AKIAJQABLZS4A3QDU576")},
		{"id with a wildcard", trusting(`{"AWS":"AIDAJQABLZS4A3QDU57*"}`), invalid("AWS", "AIDAJQABLZS4A3QDU57*")},
		{"policy", trusting(`{"AWS":"arn:aws:iam::123456789012:policy/p"}`), invalid("AWS", "arn:aws:iam::123456789012:policy/p")},
		{"region", trusting(`{"AWS":"arn:aws:iam:us-east-1:123456789012:root"}`), invalid("AWS", "arn:aws:iam:us-east-1:123456789012:root")},
		{"other service", trusting(`{"AWS":"arn:aws:s3::123456789012:root"}`), invalid("AWS", "arn:aws:s3::123456789012:root")},
		{"no ARN", trusting(`{"AWS":"nra:aws:iam::123456789012:root"}`), invalid("AWS", "nra:aws:iam::123456789012:root")},
		{"other partition", trusting(`{"AWS":"arn:aws2:iam::123456789012:root"}`), invalid("AWS", "arn:aws2:iam::123456789012:root")},
		{"user of no account", trusting(`{"AWS":"arn:aws:iam::aws:user/u"}`), invalid("AWS", "arn:aws:iam::aws:user/u")},
		{"session of no account", trusting(`{"AWS":"arn:aws:sts::x:assumed-role/R/s"}`), invalid("AWS", "arn:aws:sts::x:assumed-role/R/s")},
		{"session with a name of one letter", trusting(`{"AWS":"arn:aws:sts::123456789012:assumed-role/R/s"}`), invalid("AWS", "arn:aws:sts::123456789012:assumed-role/R/s")},
		{"session with a name of other letters", trusting(`{"AWS":"arn:aws:sts::123456789012:assumed-role/R/é:é"}`), invalid("AWS", "arn:aws:sts::123456789012:assumed-role/R/é:é")},
		{"federated user of no account", trusting(`{"AWS":"arn:aws:sts::x:federated-user/f"}`), invalid("AWS", "arn:aws:sts::x:federated-user/f")},
		{"other session", trusting(`{"AWS":"arn:aws:sts::123456789012:other/f"}`), invalid("AWS", "arn:aws:sts::123456789012:other/f")},
		{"user without name", trusting(`{"AWS":"arn:aws:iam::123456789012:user/"}`), invalid("AWS", "arn:aws:iam::123456789012:user/")},
		{"path without name", trusting(`{"AWS":"arn:aws:iam::123456789012:user/p/"}`), invalid("AWS", "arn:aws:iam::123456789012:user/p/")},
		{"two slashes", trusting(`{"AWS":"arn:aws:iam::123456789012:user//u"}`), invalid("AWS", "arn:aws:iam::123456789012:user//u")},
		{"blank for a provider", trusting(`{"Federated":"accounts google.com"}`), invalid("FEDERATED", "accounts google.com")},
		{"provider of no account", trusting(`{"Federated":"arn:aws:iam::x:saml-provider/S"}`), invalid("FEDERATED", "arn:aws:iam::x:saml-provider/S")},
		{"provider without name", trusting(`{"Federated":"arn:aws:iam::123456789012:oidc-provider/"}`), invalid("FEDERATED", "arn:aws:iam::123456789012:oidc-provider/")},
		{"provider of STS", trusting(`{"Federated":"arn:aws:sts::123456789012:saml-provider/S"}`), invalid("FEDERATED", "arn:aws:sts::123456789012:saml-provider/S")},
		{"every service", trusting(`{"Service":"*"}`), invalid("SERVICE", "*")},
		{"no name of a service", trusting(`{"Service":"ec2"}`), invalid("SERVICE", "ec2")},
		{"every provider", trusting(`{"Federated":"*"}`), invalid("FEDERATED", "*")},
		{"user for a provider", trusting(`{"Federated":"arn:aws:iam::123456789012:user/u"}`), invalid("FEDERATED", "arn:aws:iam::123456789012:user/u")},

		{"no version is 2008", `{"Statement":{` + somebody + `,"Action":"sts:AssumeRole"}}`, ""},
		{"several kinds", trusting(`{"AWS":["123456789012","*"],"Service":["ec2.amazonaws.com"],"Federated":"arn:aws:iam::123456789012:saml-provider/S"}`), ""},
		{"root", trusting(`{"AWS":"arn:aws:iam::123456789012:root"}`), ""},
		{"user and role with paths", trusting(`{"AWS":["arn:aws:iam::123456789012:user/a/b","arn:aws:iam::123456789012:role/c/d"]}`), ""},
		{"session", trusting(`{"AWS":"arn:aws:sts::123456789012:assumed-role/R/me"}`), ""},
		{"federated user", trusting(`{"AWS":"arn:aws:sts::123456789012:federated-user/f"}`), ""},
		{"unique id", trusting(`{"AWS":"AROAJQABLZS4A3QDU576Q"}`), ""},
		{"well-known provider", trusting(`{"Federated":"accounts.google.com"}`), ""},
		{"several actions", of2012(`{` + somebody + `,"Action":["sts:AssumeRole","sts:TagSession","STS:SetSourceIdentity","sts:*"]}`), ""},
		{"NotAction", of2012(`{` + somebody + `,"NotAction":"sts:TagSession"}`), ""},
		{"Deny", of2012(`{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":false}}}`), ""},
		{"sid with a blank", of2012(`{"Sid":"a b",` + somebody + `,"Action":"sts:AssumeRole"}`), ""},
		{"empty sids", of2012(`[{"Sid":"",` + somebody + `,"Action":"sts:AssumeRole"},{"Sid":"",` + somebody + `,"Action":"sts:AssumeRole"}]`), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantMessage(t, TrustPolicy, test.document, test.message)
		})
	}
}

func TestSharedProviders(t *testing.T) {
	t.Parallel()
	const github = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
	const wanted = "Trust in the shared identity provider " + github + " requires a condition on token.actions.githubusercontent.com:sub."
	trust := func(effect, provider, condition string) string {
		return of2012(`{"Effect":"` + effect + `","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":` + condition + `}`)
	}
	sub := func(operator, values string) string {
		return `{"` + operator + `":{"token.actions.githubusercontent.com:sub":` + values + `}}`
	}
	for _, test := range []struct{ name, document, message string }{
		{"no condition", trust("Allow", github, `{}`), wanted},
		{"audience only", trust("Allow", github, `{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`), wanted},
		{"asterisk", trust("Allow", github, sub("StringLike", `"*"`)), wanted},
		{"one asterisk of two values", trust("Allow", github, sub("StringLike", `["repo:o/r:*","?*"]`)), wanted},
		{"only without subject", trust("Allow", github, sub("StringLikeIfExists", `"repo:o/r:*"`)), wanted},
		{"all of none", trust("Allow", github, sub("ForAllValues:StringLike", `"repo:o/r:*"`)), wanted},
		{"all but one", trust("Allow", github, sub("StringNotEquals", `"repo:o/r:x"`)), wanted},
		{"repository", trust("Allow", github, sub("StringLike", `"repo:o/r:*"`)), ""},
		{"key in another case", trust("Allow", github, `{"StringEquals":{"Token.actions.githubusercontent.com:SUB":"x"}}`), ""},
		{"ignoring case", trust("Allow", github, sub("StringEqualsIgnoreCase", `"repo:o/r:x"`)), ""},
		{"any of", trust("Allow", github, sub("ForAnyValue:StringLike", `"repo:o/r:*"`)), ""},
		{"Deny", trust("Deny", github, `{}`), ""},
		{"own provider", trust("Allow", "arn:aws:iam::123456789012:oidc-provider/id.example.com", `{}`), ""},
		{"Vercel", trust("Allow", "arn:aws:iam::123456789012:oidc-provider/oidc.vercel.com", `{"StringEquals":{"oidc.vercel.com:aud":"https://vercel.com/x"}}`), ""},
		{"Sentinel", trust("Allow", "arn:aws:iam::123456789012:oidc-provider/sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d", `{"StringEquals":{"sts:RoleSessionName":"MicrosoftSentinel_x"}}`), ""},
		{"Sentinel, other key", trust("Allow", "arn:aws:iam::123456789012:oidc-provider/sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d", `{"StringEquals":{"aws:x":"y"}}`), "Trust in the shared identity provider arn:aws:iam::123456789012:oidc-provider/sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d requires a condition on sts:RoleSessionName."},
		{"Cognito", trust("Allow", cognito, `{}`), textTrustCognito},
		{"Cognito with its pool", trust("Allow", cognito, `{"StringEquals":{"cognito-identity.amazonaws.com:aud":"us-east-1:1"}}`), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantMessage(t, TrustPolicy, test.document, test.message)
		})
	}
}

func TestEverySharedProvider(t *testing.T) {
	t.Parallel()
	claims := map[string][]string{
		"sub": {
			"token.actions.githubusercontent.com", "vstoken.actions.githubusercontent.com",
			"oidc-configuration.audit-log.githubusercontent.com", "gitlab.com", "agent.buildkite.com", "app.terraform.io",
			"oidc.codefresh.io", "studio.datachain.ai/api", "scalr.io", "tokens.cloud.shisho.dev", "proidc.upbound.io",
		},
		"aud": {"api.pulumi.com/oidc", "sandboxes.cloud", "oidc.vercel.com"},
	}
	for claim, hosts := range claims {
		for _, host := range hosts {
			provider := "arn:aws:iam::123456789012:oidc-provider/" + host
			message := "Trust in the shared identity provider " + provider + " requires a condition on " + host + ":" + claim + "."
			wantMessage(t, TrustPolicy, trusting(`{"Federated":"`+provider+`"}`), message)
		}
	}
}

func TestResourcePolicies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, document, message string
		grammar                 Grammar
	}{
		{"everybody", of2012(`{"Principal":"*",` + good + `}`), "", ResourcePolicy},
		{"2008", `{"Version":"2008-10-17","Id":"i","Statement":{"Sid":"a b","Principal":{"AWS":"*"},` + good + `}}`, "", ResourcePolicy},
		{"canonical user", of2012(`{"Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},` + good + `}`), "", ResourcePolicy},
		{"origin access identity", of2012(`{"Principal":{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},` + good + `}`), "", ResourcePolicy},
		{"role of CloudFront", of2012(`{"Principal":{"AWS":"arn:aws:iam::cloudfront:role/x"},` + good + `}`), `Invalid principal in policy: "AWS":"arn:aws:iam::cloudfront:role/x"`, ResourcePolicy},
		{"user of CloudFront without name", of2012(`{"Principal":{"AWS":"arn:aws:iam::cloudfront:user/"},` + good + `}`), `Invalid principal in policy: "AWS":"arn:aws:iam::cloudfront:user/"`, ResourcePolicy},
		{"provider", of2012(`{"Principal":{"Federated":"cognito-identity.amazonaws.com","Service":"s3.amazonaws.com"},` + good + `}`), "", ResourcePolicy},
		{"all but", of2012(`{"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"*"}`), "", ResourcePolicy},
		{"all but, allowed", of2012(`{"NotPrincipal":{"AWS":"123456789012"},` + good + `}`), textNotPrincipal, ResourcePolicy},
		{"no principal", of2012(`{` + good + `}`), textMissingPrincipal, ResourcePolicy},
		{"nobody", of2012(`{"Principal":{},` + good + `}`), textNobody, ResourcePolicy},
		{"other string", of2012(`{"Principal":"123456789012",` + good + `}`), `Invalid principal in policy: "123456789012"`, ResourcePolicy},
		{"unknown kind", of2012(`{"Principal":{"User":"x"},` + good + `}`), `Invalid principal in policy: "User"`, ResourcePolicy},
		{"bad canonical user", of2012(`{"Principal":{"CanonicalUser":"x"},` + good + `}`), `Invalid principal in policy: "CANONICALUSER":"x"`, ResourcePolicy},
		{"both", of2012(`{"Principal":"*","NotPrincipal":"*",` + good + `}`), textSyntax, ResourcePolicy},
		{"no resource", of2012(`{"Effect":"Allow","Principal":"*","Action":"s3:x"}`), textNoResources, ResourcePolicy},
		{"same sid", of2012(`[{"Sid":"a b","Principal":"*",` + good + `},{"Sid":"a b","Principal":"*",` + good + `}]`), textSidUnique, ResourcePolicy},

		{"RCPFullAWSAccess", of2012(`[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]`), "", ResourceControlPolicy},
		{"deny", of2012(`{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`), "", ResourceControlPolicy},
		{"allow some", of2012(`{"Principal":"*",` + good + `}`), textControlPolicy, ResourceControlPolicy},
		{"allow on a condition", of2012(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`), textControlPolicy, ResourceControlPolicy},
		{"NotAction", of2012(`{"Effect":"Deny","Principal":"*","NotAction":"s3:*","Resource":"*"}`), textControlPolicy, ResourceControlPolicy},
		{"somebody", of2012(`{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:*","Resource":"*"}`), textControlPolicy, ResourceControlPolicy},
		{"everybody but", of2012(`{"Effect":"Deny","NotPrincipal":"*","Action":"s3:*","Resource":"*"}`), textControlPolicy, ResourceControlPolicy},
		{"without principal", of2012(`{"Effect":"Deny","Action":"s3:*","Resource":"*"}`), textMissingPrincipal, ResourceControlPolicy},
		{"old", `{"Version":"2008-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}`, textVersion, ResourceControlPolicy},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantMessage(t, test.grammar, test.document, test.message)
		})
	}
}
