package iam

import (
	"slices"
	"strings"

	"github.com/daypass/daypass/policy"
)

// What a permission check comes to.
const (
	checkAllowed = "ALLOWED"
	checkDenied  = "DENIED"
	checkUnsure  = "UNSURE"
)

// maxChecked is how many actions on resources are looked at.
const maxChecked = 1000

// checkPermissions says whether what a policy asks for is granted. A pattern that is asked for is looked up as if it were the
// name of one thing: whichever pattern matches it matches all that it stands for. What depends on conditions, or on a Deny
// that a pattern may run into, is not sure.
func checkPermissions(granted *policy.Policies, principal policy.Principal, asked *policy.Policy) string {
	denies, conditions := traits(granted)
	result := checkAllowed
	checked := 0
	for _, statement := range asked.Statements() {
		if statement.Effect == policy.Deny {
			continue
		}
		actions, notAction := statement.Actions()
		resources, notResource := statement.Resources()
		if checked += len(actions) * len(resources); notAction || notResource || checked > maxChecked {
			result = checkUnsure
			continue
		}
		for _, action := range actions {
			for _, resource := range resources {
				request := policy.Request{Principal: principal, Action: action, Resource: resource}
				decision := policy.Evaluate(granted, &request)
				pattern := strings.ContainsAny(action+resource, "*?$")
				switch {
				case decision.Outcome == policy.Allowed && (!denies || !pattern && !conditions):
				case decision.Outcome == policy.Allowed, conditions && decision.Outcome != policy.ExplicitDeny:
					result = checkUnsure
				default:
					return checkDenied
				}
			}
		}
	}
	return result
}

// traits says whether there is a Deny in policies, and whether there are conditions.
func traits(p *policy.Policies) (denies, conditions bool) {
	all := slices.Concat(append([][]policy.Source{p.Identity, p.Session}, p.ServiceControl...)...)
	if p.Boundary != nil {
		all = append(all, *p.Boundary)
	}
	for _, source := range all {
		if source.Policy == nil {
			return true, true
		}
		for _, statement := range source.Policy.Statements() {
			denies = denies || statement.Effect == policy.Deny
			conditions = conditions || len(statement.Conditions()) > 0
		}
	}
	return denies, conditions
}
