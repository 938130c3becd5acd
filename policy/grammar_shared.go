package policy

import (
	"fmt"
	"slices"
	"strings"
)

// sharedProviders wants a condition on the tenant where a role trusts an identity provider that gives tokens to
// everybody: its audience is the same for all (aws-iam section 9).
func sharedProviders(s *statementDraft) *fault {
	if s.effect.text == effectDeny {
		return nil
	}
	for _, p := range s.principals {
		key := tenantKey(p)
		narrows := func(c condition) bool { return c.narrows(key) }
		if p.kind != "Federated" || key == "" || slices.ContainsFunc(s.conditions, narrows) {
			continue
		}
		if p.value == cognito {
			return &fault{message: textTrustCognito, detail: "a condition on " + key, at: p.start}
		}
		message := fmt.Sprintf("Trust in the shared identity provider %s requires a condition on %s.", p.value, key)
		return &fault{message: message, at: p.start}
	}
	return nil
}

const cognito = "cognito-identity.amazonaws.com"

// tenantKey is the condition key by which AWS wants a shared provider narrowed, or empty for others. AWS documents the
// list with its controls for shared OIDC providers.
func tenantKey(p principal) string {
	if p.value == cognito {
		return cognito + ":aud"
	}
	_, host, _ := strings.Cut(p.value, ":oidc-provider/")
	switch host {
	case "token.actions.githubusercontent.com", "vstoken.actions.githubusercontent.com",
		"oidc-configuration.audit-log.githubusercontent.com", "gitlab.com", "agent.buildkite.com", "app.terraform.io",
		"oidc.codefresh.io", "studio.datachain.ai/api", "scalr.io", "tokens.cloud.shisho.dev", "proidc.upbound.io":
		return host + ":sub"
	case "api.pulumi.com/oidc", "sandboxes.cloud", "oidc.vercel.com":
		return host + ":aud"
	case "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d":
		return "sts:RoleSessionName"
	}
	return ""
}

// narrows says whether the condition holds only for some values of a key. One with IfExists or ForAllValues also holds
// without any.
func (c condition) narrows(key string) bool {
	switch strings.TrimPrefix(c.operator, "ForAnyValue:") {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike":
		everything := func(value string) bool { return strings.Trim(value, "*?") == "" }
		return strings.EqualFold(c.key, key) && !slices.ContainsFunc(c.values, everything)
	}
	return false
}
