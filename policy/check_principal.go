package policy

import (
	"fmt"
	"slices"
	"strings"
)

// checkPrincipals wants a Principal of every statement of a resource policy.
func checkPrincipals(d *draft) *fault {
	for _, s := range d.statements {
		switch {
		case s.principal == 0:
			return &fault{message: textMissingPrincipal, at: s.start}
		case s.notPrincipal && s.effect.text == effectAllow:
			return &fault{message: textNotPrincipal, at: s.principal}
		case s.principalIsString:
			if p := s.principals[0]; p.value != "*" {
				return &fault{message: `Invalid principal in policy: "` + p.value + `"`, at: p.start}
			}
		default:
			if bad := s.invalidPrincipal("AWS", "Federated", "Service", "CanonicalUser"); bad != nil {
				return bad
			}
		}
	}
	return nil
}

// checkControlPrincipals wants "*" for the Principal of every statement of a resource control policy.
func checkControlPrincipals(d *draft) *fault {
	for _, s := range d.statements {
		switch {
		case s.principal == 0:
			return &fault{message: textMissingPrincipal, at: s.start}
		case s.notPrincipal, !s.principalIsString, s.principals[0].value != "*":
			return &fault{message: textControlPolicy, detail: `the Principal must be "*"`, at: s.principal}
		}
	}
	return nil
}

// checkFullAccess holds resource control policies to what AWS documents for them: they deny. The one that allows is
// RCPFullAWSAccess.
func checkFullAccess(d *draft) *fault {
	for _, s := range d.statements {
		everything := len(s.actions) == 1 && s.actions[0].text == "*" &&
			!s.notResource && len(s.resources) == 1 && s.resources[0].text == "*" && len(s.conditions) == 0
		switch {
		case s.notAction:
			return &fault{message: textControlPolicy, detail: "NotAction is not for resource control policies", at: s.action}
		case s.effect.text == effectAllow && !everything:
			return &fault{message: textControlPolicy, detail: "a resource control policy may allow only everything", at: s.effect.start}
		}
	}
	return nil
}

// invalidPrincipal finds what cannot be in a Principal that is an object, of these kinds.
func (s *statementDraft) invalidPrincipal(kinds ...string) *fault {
	for _, kind := range s.principalKinds {
		if !slices.Contains(kinds, kind.text) {
			return &fault{message: `Invalid principal in policy: "` + kind.text + `"`, at: kind.start}
		}
	}
	if len(s.principals) == 0 {
		return &fault{message: textNobody, at: s.principal}
	}
	for _, p := range s.principals {
		if name, ok := p.valid(); !ok {
			return &fault{message: fmt.Sprintf(`Invalid principal in policy: "%s":"%s"`, name, p.value), at: p.start}
		}
	}
	return nil
}

// valid says whether the value can be a principal of its kind. Whether it exists is not asked here. name is the kind as
// AWS prints it.
func (p principal) valid() (name string, ok bool) {
	switch p.kind {
	case "AWS":
		return "AWS", p.value == "*" || isAccount(p.value) || isUniqueID(p.value) || isPrincipalARN(p.value)
	case "Service":
		return "SERVICE", isHost(p.value)
	case "Federated":
		return "FEDERATED", isHost(p.value) || isProviderARN(p.value)
	default:
		return "CANONICALUSER", len(p.value) == 64 && !strings.ContainsFunc(p.value, func(c rune) bool { return !isAlphanumeric(c) })
	}
}

func isAccount(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}

// isUniqueID says whether the text can be the id of a user or role, or of a session of a role: a stored policy names them so.
func isUniqueID(text string) bool {
	if role, session, ok := strings.Cut(text, ":"); ok {
		return strings.HasPrefix(role, "AROA") && isUniqueID(role) && isSessionName(session)
	}
	return len(text) >= 16 && len(text) <= 128 && (strings.HasPrefix(text, "AIDA") || strings.HasPrefix(text, "AROA")) &&
		strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// isSessionName says whether a session of a role can have the name (spec section 5.1).
func isSessionName(text string) bool {
	return len(text) >= 2 && len(text) <= 64 && !strings.ContainsFunc(text, func(c rune) bool {
		return !isAlphanumeric(c) && !strings.ContainsRune("_+=,.@-", c)
	})
}

// isHost says whether the text can be the name of a service or of an identity provider.
func isHost(text string) bool {
	return strings.Contains(text, ".") &&
		!strings.ContainsFunc(text, func(c rune) bool { return !isAlphanumeric(c) && c != '-' && c != '.' })
}

// isPrincipalARN says whether the text can name an account, a user, a role or a session. Names are exact: there are no
// wildcards in them.
func isPrincipalARN(text string) bool {
	service, account, name, ok := cutARN(text)
	kind, path, _ := strings.Cut(name, "/")
	switch {
	case !ok:
		return false
	case service == "iam" && account == "cloudfront":
		return kind == "user" && path != ""
	case service == "iam":
		return isAccount(account) && (name == "root" || (kind == "user" || kind == "role") && isPath(path))
	case service == "sts" && kind == "assumed-role":
		role, session, _ := strings.Cut(path, "/")
		return isAccount(account) && isPath(role) && isSessionName(session)
	}
	return service == "sts" && kind == "federated-user" && isAccount(account) && isPath(path)
}

// isProviderARN says whether the text can name a provider that was registered with IAM.
func isProviderARN(text string) bool {
	service, account, name, ok := cutARN(text)
	kind, path, _ := strings.Cut(name, "/")
	return ok && service == "iam" && isAccount(account) && isPath(path) && (kind == "oidc-provider" || kind == "saml-provider")
}

// cutARN takes an ARN apart that has no region.
func cutARN(text string) (service, account, resource string, ok bool) {
	fields := strings.SplitN(text, ":", 6)
	if len(fields) < 6 || fields[0] != "arn" || !isPartition(fields[1]) || fields[1] == "*" || fields[3] != "" {
		return "", "", "", false
	}
	return fields[2], fields[4], fields[5], true
}

// isPath says whether the text can be the path and name of something in an ARN that is exact.
func isPath(text string) bool {
	return text != "" && text[0] != '/' && text[len(text)-1] != '/' && !strings.ContainsAny(text, "*?${} \"\\")
}
