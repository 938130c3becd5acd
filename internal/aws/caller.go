package aws

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// PrincipalType says what kind of principal a caller is. The numbers are part of session tokens.
type PrincipalType int

// The kinds of principal.
const (
	RootPrincipal PrincipalType = iota + 1
	UserPrincipal
	RolePrincipal        // a session of a role
	FederatedPrincipal   // a session of GetFederationToken
	AssumedRootPrincipal // a session of AssumeRoot
	DelegatedPrincipal   // a session of GetDelegatedAccessToken
)

// Principal is who acts. The zero value is nobody: whoever sent a request that needs no signature.
type Principal struct {
	Type      PrincipalType
	AccountID string
	// ID is the unique id: AIDA... of a user, AROA... of the role of a session, the account id of root. A federated user
	// has that of the user or root who asked for the session, a delegated session that of the user or role it acts for.
	ID   string
	Path string // of the user or role, begins and ends with a slash
	Name string // of the user or role
	// SessionName is what a session of a role, or a federated user, was called by who asked for it. Of a delegated session
	// it is the id of the delegation request.
	SessionName string
}

// ARN names the principal as GetCallerIdentity does (spec sections 3.5 and 5.2). The path of a session's role is not in it.
func (p Principal) ARN() string {
	switch p.Type {
	case UserPrincipal:
		return IAMARN(p.AccountID, "user", p.Path, p.Name)
	case RolePrincipal:
		return STSARN(p.AccountID, "assumed-role/"+p.Name+"/"+p.SessionName)
	case FederatedPrincipal:
		return STSARN(p.AccountID, "federated-user/"+p.SessionName)
	case DelegatedPrincipal:
		return STSARN(p.AccountID, "delegated-session/"+p.Name+"/"+p.SessionName)
	case RootPrincipal, AssumedRootPrincipal:
	}
	return RootARN(p.AccountID)
}

// RoleARN names the role that a session is of, its path included.
func (p Principal) RoleARN() string { return IAMARN(p.AccountID, "role", p.Path, p.Name) }

// UserID is aws:userid (spec section 4): the unique id, with the session's name behind it if there is one.
func (p Principal) UserID() string {
	switch p.Type {
	case RolePrincipal, DelegatedPrincipal:
		return p.ID + ":" + p.SessionName
	case FederatedPrincipal:
		return p.AccountID + ":" + p.SessionName
	case RootPrincipal, UserPrincipal, AssumedRootPrincipal:
	}
	return p.ID
}

// Approver is who a delegated session acts for: the user, or a session of the role, that accepted the request. Policies are
// asked about it. Any other principal is its own.
func (p Principal) Approver() Principal {
	if p.Type != DelegatedPrincipal {
		return p
	}
	p.Type = UserPrincipal
	if strings.HasPrefix(p.ID, RoleIDPrefix) {
		p.Type = RolePrincipal
	} else {
		p.SessionName = ""
	}
	return p
}

// IsRoot reports whether the root of an account acts, with its own keys or by AssumeRoot.
func (p Principal) IsRoot() bool { return p.Type == RootPrincipal || p.Type == AssumedRootPrincipal }

// Session is what temporary credentials carry beyond their principal: the facts of their issue.
type Session struct {
	// IssuingKeyID is the access key that asked for the session; empty when none did.
	IssuingKeyID string
	// OriginKeyID is the first key of a chain of sessions that asked for one another; empty when that is IssuingKeyID.
	OriginKeyID string
	IssuedAt    time.Time
	ExpiresAt   time.Time
	// MFAAuthenticatedAt is when a token code was accepted for this session; zero when none was.
	MFAAuthenticatedAt time.Time
	// SourceIdentity stays with a session, and with those that it asks for.
	SourceIdentity string
	// InvokedBy is the account whose credentials asked for a delegated session, which is another's.
	InvokedBy string
	// FederatedProvider is the identity provider that vouched for a session of a role: an ARN, or a well-known issuer.
	FederatedProvider string
	// Policy and PolicyARNs are the session policies: one document, and managed policies.
	Policy     string
	PolicyARNs []string
	// Tags are the session's own and those it inherited. The keys in TransitiveTagKeys go on to sessions that it asks for.
	Tags              []Tag
	TransitiveTagKeys []string
	// Context has the condition keys that stay with the session, in lower case (spec section 4: saml:sub and its like).
	Context []Tag
}

// MFAAuthenticated reports whether a token code was accepted when the session was issued.
func (s *Session) MFAAuthenticated() bool { return !s.MFAAuthenticatedAt.IsZero() }

// HasPolicies reports whether the session was issued with session policies.
func (s *Session) HasPolicies() bool { return s.Policy != "" || len(s.PolicyARNs) > 0 }

// TransitiveTags are the tags that go on to sessions which this one asks for.
func (s *Session) TransitiveTags() []Tag {
	var tags []Tag
	for _, tag := range s.Tags {
		if slices.ContainsFunc(s.TransitiveTagKeys, func(key string) bool { return SameTagKey(key, tag.Key) }) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// Tag is a key with its value.
type Tag struct{ Key, Value string }

// FoldTagKey folds the key of a tag of a user, role or session: keys that differ only in case are one key (spec section 4).
// Condition keys, which hold tag keys, are folded so, and no other folding may decide which tags are the same: two that were
// different there and one here would hide each other. There are such: İ is i here, and is not to strings.EqualFold.
func FoldTagKey(key string) string { return strings.ToLower(key) }

// SameTagKey reports whether two keys are one key of a user's, role's or session's tag.
func SameTagKey(a, b string) bool { return FoldTagKey(a) == FoldTagKey(b) }

// Bearer is who an identity provider says the sender of a request without a signature is, in CloudTrail's words (spec
// section 10).
type Bearer struct {
	Type             string // WebIdentityUser or SAMLUser
	PrincipalID      string
	UserName         string
	IdentityProvider string
	AccountID        string // of the role that was asked for
}

// Caller is an authenticated principal, with the key it signed with.
type Caller struct {
	Principal
	AccessKeyID string
	Session     *Session // nil for a long-term key. It must not be changed
}

// FirstKeyID is the key that began it all: the caller's own, or the first of the chain of sessions that asked for its session.
func (c Caller) FirstKeyID() string {
	if c.Session == nil {
		return c.AccessKeyID
	}
	return cmp.Or(c.Session.OriginKeyID, c.Session.IssuingKeyID, c.AccessKeyID)
}

// Call is one request after its door: made once there, passed by value, never through a context.
type Call struct {
	Caller    Caller
	Now       time.Time
	RequestID string // UUID
	SourceIP  netip.Addr
	UserAgent string
	Referer   string
	// SecureTransport says that the request came over TLS.
	SecureTransport bool
	Service         string // of the credential scope: sts or iam
	Region          string // of the credential scope
	Laps            *Laps  // nil: nobody wants to know how long what took
}
