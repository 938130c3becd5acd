package policy

// PrincipalType says what kind of principal makes a request.
type PrincipalType int

// The kinds of principal.
const (
	Anonymous PrincipalType = iota
	Root
	User
	RoleSession
	FederatedUser
	Service      // a service's own principal
	WebIdentity  // the bearer of a web identity token, before it has a role session
	SAMLIdentity // the bearer of an assertion, likewise
)

// Principal is who makes a request, as Principal elements name it.
type Principal struct {
	Type    PrincipalType
	Account string // 12 digits; empty for a service, web identity or SAML identity
	ARN     string // of the user, the role session (assumed-role/...), the federated user, or root; of the provider for
	// a SAML identity and for a web identity with a registered provider
	RoleARN   string // of a role session: the role's own ARN, path included
	ID        string // unique id: AIDA... of a user, AROA... of the role of a session. A trust policy may hold it for the ARN
	SessionID string // of a role session: AROA...:name, which a trust policy may hold for its ARN
	Name      string // of a service (ec2.amazonaws.com), and of a web identity's well-known issuer (accounts.google.com)
}

// Context holds the condition keys of a request, by key in lower case (strings.ToLower, the keys of tags included). A
// key that is absent is not in the map; one with no values counts as absent. A key may have several values.
type Context map[string][]string

// Request is what is to be decided.
type Request struct {
	Principal Principal
	Action    string // service:Name, such as s3:GetObject, in any case
	Resource  string // ARN, or "*" for an action without a resource. No pattern but "*" matches what is neither
	// ResourcePattern says that nobody knows which resource the request is about, only that it is one that Resource covers.
	// In it, * stands for any text and ? for one character, neither going beyond its part of the ARN, as in policies; what
	// has a wildcard and not six parts may be anything. Nothing is allowed that would not be allowed for each resource:
	//
	//   - an Allow with Resource matches if one of its entries covers the whole pattern,
	//   - a Deny with Resource if one of them meets it: if there is a resource that both cover,
	//   - an Allow with NotResource if none of its entries meets the pattern,
	//   - a Deny with NotResource unless one of them covers the pattern.
	//
	// Entries that cover the pattern only together do not count as covering it, nor do a few with a ? beside a *, nor what
	// is longer than ARNs are. In Policies, Resource and ResourceControl have to be those of each of the resources.
	ResourcePattern bool
	// ResourceAccount owns the resource. Empty means the principal's own account. When it is another, that account's
	// resource policy and the principal's own policies must both allow.
	ResourceAccount string
	Context         Context
	// Facts, if there are any, is asked for a key, in lower case, before Context is, and returns nothing for one that it does not
	// know. It is for keys that are dear to make: few policies ask for more than two or three. It must not change its mind.
	Facts func(key string) []string
	// Unknown are keys, in lower case, that the request or its resource may have and nobody here can tell, unless they are
	// given. One that ends with a colon or a slash stands for all keys that begin with it. Whatever its operator is, a
	// condition on such a key fails for an Allow and holds for a Deny (spec aws-services section 2.3). An Allow with a variable
	// of one matches if it would whatever the value is, and a Deny if there is a value with which it would; a default counts
	// for nothing.
	Unknown []string
}

// Source is a policy and the name it is known by in answers.
type Source struct {
	ID  string // name of the policy, as the caller of Evaluate wants to see it
	ARN string // of a managed policy
	// Policy must be of the grammar of its place in Policies: identity policies, boundaries and session policies are
	// ManagedPolicy, InlinePolicy or SessionPolicy. One of another, and nil for a policy that cannot be had, denies
	// everything: nobody knows what it would have denied.
	Policy *Policy
}

// Policies are the policies that apply to a request, by kind. All statements of one kind are taken together, but for the
// control policies: each level of an organisation must allow on its own.
type Policies struct {
	// Identity policies are the user's and its groups', or the role's. Root is allowed what they do not deny.
	Identity []Source
	// Boundary is nil when there is none.
	Boundary *Source
	// Session policies bound a session. HasSession says that the session was issued with some: when there are none here,
	// they cannot be read, and everything is denied. A federated user without session policies has no permission but a
	// resource policy's.
	Session    []Source
	HasSession bool
	// Resource policies are the resource's own. When one of them is a trust policy, the request is about that: it is
	// allowed only by it, whatever identity policies say. To decide sts:AssumeRole without one is to ask identity
	// policies only.
	Resource []Source
	// ServiceControl are those of the principal's account, and ResourceControl those of the resource's, a slice for each
	// level from the root of the organisation to the account. A level without a policy allows nothing. No service control
	// policy binds a service, or whoever has no account.
	ServiceControl  [][]Source
	ResourceControl [][]Source
}

// Kind is the kind of a policy in a decision.
type Kind int

// The kinds of policy, in the order of evaluation (spec section 9.1).
const (
	NoKind Kind = iota
	KindServiceControl
	KindResourceControl
	KindResource
	KindTrust
	KindIdentity
	KindBoundary
	KindSession
)

// Outcome is what a decision comes to.
type Outcome int

// The outcomes.
const (
	ImplicitDeny Outcome = iota // nothing allowed it
	ExplicitDeny
	Allowed
)

// Decision says whether a request is allowed and why.
type Decision struct {
	Outcome Outcome
	// Kind is the kind of policy that decided: the one with the Deny, and of several the first in the order of evaluation;
	// the first that failed to allow; the one whose Allow was decisive. The Allow of a resource or trust policy is decisive
	// wherever identity policies alone would not do. It is NoKind for root, who is allowed without a policy.
	Kind Kind
	// Source and Statement are what decided. They are nil for an implicit deny, and for root without a policy. Statement
	// is also nil when a policy denies because it cannot be had.
	Source    *Source
	Statement *Statement
}

// Match is a statement that matched a request.
type Match struct {
	Kind      Kind
	Source    *Source
	Statement *Statement
}

// Trace is a decision with all that led to it (aws-iam section 15.2).
type Trace struct {
	Decision
	// Matches are the statements that matched, of every kind, in the order of evaluation.
	Matches []Match
	// Missing are the condition keys and variables, as written, that a statement which matched in everything else needed
	// and the request has not, without duplicates, in order of appearance. Operators with IfExists and Null need no key,
	// and variables with a default none either, but for keys of Request.Unknown.
	Missing []string
	// Unknown are the keys of Request.Unknown, as written, that the refusal hangs on: those of the Deny that decided or, when
	// nothing allowed the request, those of each Allow that was missed and might match if they were known.
	Unknown []string
	// ByKind is what each kind of policy came to on its own. A kind that does not apply is not in it. Control policies
	// come to Allowed when each level allows.
	ByKind map[Kind]Outcome

	missing map[string]bool // what is in Missing, in lower case
	hanging []hanging
}
