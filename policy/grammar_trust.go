package policy

import "strings"

// checkTrustDocument checks what belongs to the whole of a trust policy (aws-iam section 9).
func checkTrustDocument(d *draft) *fault {
	if v := d.version; v.there() && v.text != version2012 && v.text != version2008 {
		return &fault{message: textTrustVersion, detail: "no such version: " + quote(v.text), at: v.start}
	}
	if len(d.statements) == 0 {
		return &fault{message: textTrustStatement}
	}
	return nil
}

// checkTrustStatements checks one statement after the other, each in all points, as AWS does for trust policies.
func checkTrustStatements(d *draft) *fault {
	seen := map[string]bool{}
	for _, s := range d.statements {
		for _, check := range []func(*statementDraft) *fault{trustEffect, trustPrincipal, trustConditions, trustActions, trustResources, sharedProviders} {
			if bad := check(s); bad != nil {
				return bad
			}
		}
		if sid := s.sid.text; sid != "" && seen[sid] {
			return &fault{message: textTrustSid, detail: quote(sid) + " is there twice", at: s.sid.start}
		}
		seen[s.sid.text] = true
	}
	return nil
}

func trustEffect(s *statementDraft) *fault {
	switch {
	case !s.effect.there():
		return &fault{message: textTrustNoEffect, at: s.start}
	case s.effect.text != effectAllow && s.effect.text != effectDeny:
		return &fault{message: "Invalid effect: " + s.effect.text, at: s.effect.start}
	}
	return nil
}

func trustPrincipal(s *statementDraft) *fault {
	switch {
	case s.principal == 0:
		return &fault{message: textMissingPrincipal, at: s.start}
	case s.notPrincipal && s.effect.text == effectAllow:
		return &fault{message: textNotPrincipal, at: s.principal}
	case s.notPrincipal:
		return &fault{message: textTrustNotPrincipal, at: s.principal}
	case s.principalIsString:
		return &fault{message: textTrustPrincipalObject, at: s.principal}
	case len(s.principalKinds) == 0:
		return &fault{message: textTrustEmptyPrincipal, at: s.principal}
	}
	return s.invalidPrincipal("AWS", "Federated", "Service")
}

func trustConditions(s *statementDraft) *fault {
	for i, c := range s.conditions {
		if bad := conditionFault(c, s.conditionsAt[i]); bad != nil {
			bad.message = textTrustSyntax // the texts for trust policies that AWS may have besides are not known
			return bad
		}
	}
	return nil
}

func trustActions(s *statementDraft) *fault {
	if len(s.actions) == 0 {
		return &fault{message: textTrustNoAction, at: s.start}
	}
	for _, action := range s.actions {
		vendor, name, _ := strings.Cut(action.text, ":")
		if !strings.EqualFold(vendor, "sts") || name == "" || strings.Contains(name, ":") {
			return &fault{message: textTrustAction, detail: quote(action.text), at: action.start}
		}
	}
	return nil
}

func trustResources(s *statementDraft) *fault {
	switch {
	case s.resource == 0:
		return nil
	case s.notResource:
		return &fault{message: textTrustNotResource, at: s.resource}
	}
	return &fault{message: textTrustResource, at: s.resource}
}
