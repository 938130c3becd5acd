package policy

import (
	"fmt"
	"strings"
)

// checkActionForms is step 8. Services and actions that nobody knows are accepted.
func checkActionForms(d *draft) *fault {
	for _, s := range d.statements {
		for _, action := range s.actions {
			if message := actionFault(action.text); message != "" {
				return &fault{message: message, detail: quote(action.text), at: action.start}
			}
		}
	}
	return nil
}

func actionFault(action string) string {
	vendor, _, found := strings.Cut(action, ":")
	switch {
	case action == "*":
		return ""
	case !found:
		return textNoVendor
	case strings.Count(action, ":") > 1:
		return textColons
	case vendor == "*":
		return ""
	case vendor == "", strings.ContainsFunc(vendor, func(c rune) bool { return !isAlphanumeric(c) && c != '-' && c != '.' }):
		return fmt.Sprintf("Vendor %s is not valid", vendor)
	}
	return ""
}
