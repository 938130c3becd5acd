package aws

import (
	"net/netip"
	"time"
)

// PrincipalType says what kind of principal a caller is.
type PrincipalType int

// The kinds of principal.
const (
	RootPrincipal PrincipalType = iota + 1
	UserPrincipal
)

// Principal is who acts: the root of an account, or an IAM user.
type Principal struct {
	Type      PrincipalType
	AccountID string
	ID        string // unique id: AIDA... for a user, the account id for root
	Path      string // of a user, begins and ends with a slash
	Name      string // of a user
}

// ARN names the principal.
func (p Principal) ARN() string {
	if p.Type == RootPrincipal {
		return RootARN(p.AccountID)
	}
	return IAMARN(p.AccountID, "user", p.Path, p.Name)
}

// Session is what temporary credentials carry beyond their principal.
type Session struct {
	IssuedAt  time.Time
	ExpiresAt time.Time
	// MFAAuthenticatedAt is when a token code was accepted for this session; zero when none was.
	MFAAuthenticatedAt time.Time
}

// MFAAuthenticated reports whether a token code was accepted when the session was issued.
func (s *Session) MFAAuthenticated() bool { return !s.MFAAuthenticatedAt.IsZero() }

// Caller is an authenticated principal, with the key it signed with.
type Caller struct {
	Principal
	AccessKeyID string
	Session     *Session // nil for a long-term key
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
}
