package policy

import "strings"

const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"

	effectAllow = "Allow"
	effectDeny  = "Deny"
)

// step is one check of a grammar. It looks at the whole document: AWS finds any fault of an earlier step before all
// faults of a later one.
type step func(*draft) *fault

// check takes the steps of the grammar, in AWS's order (aws-iam section 8).
func (g Grammar) check(d *draft) *fault {
	for _, check := range g.steps() {
		if bad := check(d); bad != nil {
			return bad
		}
	}
	return nil
}

func (g Grammar) steps() []step {
	switch g {
	case ManagedPolicy, ServiceControlPolicy:
		return []step{checkSyntax, checkVersion, checkLegacy, checkSids, checkNoPrincipals, checkActions, checkResources, checkResourceForms, checkActionForms}
	case InlinePolicy, SessionPolicy:
		return []step{checkSyntax, checkLegacy, checkSids, checkNoPrincipals, checkActions, checkResources, checkResourceForms, checkActionForms}
	case ResourcePolicy:
		return []step{checkSyntax, checkLegacy, checkUniqueSids, checkPrincipals, checkActions, checkResources, checkResourceForms, checkActionForms}
	case ResourceControlPolicy:
		return []step{checkSyntax, checkVersion, checkLegacy, checkSids, checkControlPrincipals, checkActions, checkResources, checkResourceForms, checkActionForms, checkFullAccess}
	case TrustPolicy:
		return []step{checkTrustDocument, checkTrustStatements}
	}
	panic("internal error: no such grammar")
}

// checkSyntax is step 1: what AWS cannot make sense of.
func checkSyntax(d *draft) *fault {
	if v := d.version; v.there() && v.text != version2012 && v.text != version2008 {
		return &fault{detail: "no such version: " + quote(v.text), at: v.start}
	}
	if len(d.statements) == 0 {
		return &fault{detail: "no statement"}
	}
	for _, s := range d.statements {
		switch {
		case !s.effect.there():
			return &fault{detail: "no Effect", at: s.start}
		case !strings.EqualFold(s.effect.text, effectAllow) && !strings.EqualFold(s.effect.text, effectDeny):
			return &fault{detail: "no such effect: " + quote(s.effect.text), at: s.effect.start}
		}
		for i, c := range s.conditions {
			bad := conditionFault(c, s.conditionsAt[i])
			if bad != nil && bad.message == textSyntax {
				return bad
			}
			if d.condition == nil {
				d.condition = bad
			}
		}
	}
	return nil
}

// conditionFault is what is wrong with a condition whose operator stands at an offset.
func conditionFault(c condition, at int) *fault {
	if err := checkCondition(c); err != nil {
		return &fault{message: err.Message, detail: err.Detail, at: at}
	}
	return nil
}

// checkVersion is step 2.
func checkVersion(d *draft) *fault {
	if d.version.text != version2012 {
		return &fault{message: textVersion, at: d.version.start}
	}
	return nil
}

// checkLegacy is step 3.
func checkLegacy(d *draft) *fault {
	for _, s := range d.statements {
		if s.effect.text != effectAllow && s.effect.text != effectDeny {
			return &fault{message: textLegacy, detail: "the effects are Allow and Deny", at: s.effect.start}
		}
	}
	if d.condition != nil {
		return d.condition
	}
	if bad := checkResourceForms(d); bad != nil && bad.message == textLegacy {
		return bad
	}
	return nil
}

// checkSids is step 4.
func checkSids(d *draft) *fault {
	for _, s := range d.statements {
		if strings.ContainsFunc(s.sid.text, func(c rune) bool { return !isAlphanumeric(c) }) {
			return &fault{message: textSidForm, at: s.sid.start}
		}
	}
	return checkUniqueSids(d)
}

// checkUniqueSids is step 4 for resource policies, whose Sids may have other characters.
func checkUniqueSids(d *draft) *fault {
	seen := map[string]bool{"": false} // AWS accepts several empty ones
	for _, s := range d.statements {
		if seen[s.sid.text] {
			return &fault{message: textSidUnique, detail: quote(s.sid.text) + " is there twice", at: s.sid.start}
		}
		seen[s.sid.text] = s.sid.text != ""
	}
	return nil
}

func checkNoPrincipals(d *draft) *fault {
	for _, s := range d.statements {
		if s.principal != 0 {
			return &fault{message: textHasPrincipal, at: s.principal}
		}
	}
	return nil
}

// checkActions is step 5.
func checkActions(d *draft) *fault {
	for _, s := range d.statements {
		if len(s.actions) == 0 {
			return &fault{message: textNoActions, at: s.start}
		}
	}
	return nil
}

// checkResources is step 6.
func checkResources(d *draft) *fault {
	for _, s := range d.statements {
		if len(s.resources) == 0 {
			return &fault{message: textNoResources, at: s.start}
		}
	}
	return nil
}

func isAlphanumeric(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
