package policy

// kindNames are AWS's words for the kinds of policy in AccessDenied (spec section 5.6).
var kindNames = map[Kind]string{
	KindIdentity:        "identity-based policy",
	KindBoundary:        "permissions boundary",
	KindSession:         "session policy",
	KindResource:        "resource-based policy",
	KindTrust:           "role trust policy",
	KindServiceControl:  "service control policy",
	KindResourceControl: "resource control policy",
}

// String is AWS's name of a kind, as its refusals have it. It is empty for NoKind.
func (k Kind) String() string { return kindNames[k] }

// Denial is the end of AWS's text for AccessDenied: why a request for an action is refused that d does not allow (spec
// section 5.6). It begins with a blank. Of a control policy that does not allow, AWS says that it denies.
func (d Decision) Denial(action string) string {
	switch {
	case d.Outcome == ExplicitDeny && d.Kind == KindTrust:
		return " with an explicit deny in the " + d.Kind.String()
	case d.Outcome == ExplicitDeny && d.Kind == KindIdentity:
		return " with an explicit deny in an " + d.Kind.String()
	case d.Outcome == ExplicitDeny, d.Kind == KindServiceControl, d.Kind == KindResourceControl:
		return " with an explicit deny in a " + d.Kind.String()
	}
	return " because no " + d.Kind.String() + " allows the " + action + " action"
}
