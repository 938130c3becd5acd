package policy

// Grammar says what a document is written for. Each kind of document has its rules, and AWS's texts for breaking them.
type Grammar int

// The grammars. A permissions boundary is a ManagedPolicy, as are the AWS-managed policies.
const (
	// ManagedPolicy wants the version 2012-10-17 and no principal (aws-iam section 8).
	ManagedPolicy Grammar = iota + 1
	// InlinePolicy is a ManagedPolicy whose Version may be absent or 2008-10-17 (aws-iam section 5).
	InlinePolicy
	// SessionPolicy is passed to an STS action: an InlinePolicy.
	SessionPolicy
	// TrustPolicy says who may assume a role: principals, and no resource (aws-iam section 9).
	TrustPolicy
	// ResourcePolicy is attached to a resource: principals, and resources (spec section 9.2).
	ResourcePolicy
	// ServiceControlPolicy and ResourceControlPolicy bound an account. The second names the principal "*".
	ServiceControlPolicy
	ResourceControlPolicy
)

// hasPrincipal says whether statements of the grammar name principals.
func (g Grammar) hasPrincipal() bool {
	return g == TrustPolicy || g == ResourcePolicy || g == ResourceControlPolicy
}

// Effect is what a statement does.
type Effect int

// The effects.
const (
	Allow Effect = iota + 1
	Deny
)

// Position is a place in a document. Line begins with 1. Column begins with 1 too and counts characters. For a brace of
// a statement it is that of the character after the brace, as AWS counts it in simulations (aws-iam section 15.2).
type Position struct{ Line, Column int }

// Policy is a document that was parsed, checked and compiled. It never changes and is safe for concurrent use.
type Policy struct {
	grammar     Grammar
	text        string
	version     string // 2008-10-17 when the document says none
	id          string
	statements  []Statement
	contextKeys []string
}

// Grammar is what the document was parsed as.
func (p *Policy) Grammar() Grammar { return p.grammar }

// Text is the document as it was given to Parse.
func (p *Policy) Text() string { return p.text }

// Version is the version of the language: 2012-10-17, or 2008-10-17, which it also is when the document says none.
func (p *Policy) Version() string { return p.version }

// ID is the document's Id, or empty.
func (p *Policy) ID() string { return p.id }

// Statements returns the statements in the document's order. The slice is the policy's own: it must not be changed.
func (p *Policy) Statements() []Statement { return p.statements }

// Statement is one statement of a policy.
type Statement struct {
	Sid        string
	Effect     Effect
	Start, End Position // of its braces

	principals   []principal // of Principal or NotPrincipal
	notPrincipal bool
	hasPrincipal bool // false where the grammar has no principal: the statement speaks of whoever the policy is attached to

	actions   []string // of Action or NotAction, as written
	notAction bool

	resources   []string // of Resource or NotResource, as written
	notResource bool
	hasResource bool // false in a trust policy: the statement speaks of the role

	conditions []condition

	compiled compiled
}

// Actions returns the values of Action as written or, if not is true, of NotAction. The slice must not be changed.
func (s *Statement) Actions() (values []string, not bool) { return s.actions, s.notAction }

// Resources returns the values of Resource as written or, if not is true, of NotResource. There are none in a trust policy.
// The slice must not be changed.
func (s *Statement) Resources() (values []string, not bool) { return s.resources, s.notResource }

// Conditions returns the statement's conditions, one for each key of each operator, as written.
func (s *Statement) Conditions() []Condition {
	var all []Condition
	for _, c := range s.conditions {
		all = append(all, Condition{Operator: c.operator, Key: c.key, Values: c.values})
	}
	return all
}

// Condition is one key of one operator, as written. Values must not be changed.
type Condition struct {
	Operator string // prefix and suffix included: ForAnyValue:StringLikeIfExists
	Key      string
	Values   []string
}

// principal is one entry of a Principal element. kind is AWS, Federated, Service or CanonicalUser, or "*" for the bare
// asterisk.
type principal struct {
	kind, value string
	start, end  int // of the value's JSON text in the document, quotes included
}

// condition is one key of one operator: all conditions of a statement must hold.
type condition struct {
	operator string // as written, prefix and suffix included: ForAnyValue:StringLikeIfExists
	key      string // as written
	values   []string
}
