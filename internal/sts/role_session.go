package sts

import (
	"regexp"
	"time"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/sessiontoken"
)

// The condition keys that requests for a session fill (spec section 4), in lower case.
const (
	keyExternalID        = "sts:externalid"
	keyRoleSessionName   = "sts:rolesessionname"
	keySourceIdentity    = "sts:sourceidentity"
	keyTransitiveTagKeys = "sts:transitivetagkeys"
)

// The lifetimes of a role's session, in seconds (spec section 5.4). The range 900 to 43,200 is in the inputs' tags.
const (
	roleSessionDefault = 3_600
	roleChainingMax    = 3_600
)

// AssumedRoleUser names a session of a role.
type AssumedRoleUser struct {
	AssumedRoleId string // AROA..., a colon, and the session's name
	Arn           string
}

// assumable is what a role's ARN has to look like, as AWS was seen to judge (spec section 1.5). Whether there is such a role
// is not its business.
var assumable = regexp.MustCompile(`^arn:[^:]+:[^:]+:[^:]*:[^:]*:[^:]+$`)

func checkRoleARN(arn string) error {
	if !assumable.MatchString(arn) {
		return aws.Errorf(aws.ValidationError, "%s is invalid", arn)
	}
	return nil
}

// roleLifetime is how long a session of a role lives: an hour, or what was asked for (spec section 5.4). chained says that a
// session asks for it.
func roleLifetime(role *authz.Role, asked int32, chained bool) (time.Duration, error) {
	switch {
	case asked == 0:
		asked = roleSessionDefault
	case int64(asked) > role.MaxSessionDuration:
		return 0, aws.Errorf(aws.ValidationError, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	case chained && asked > roleChainingMax:
		return 0, aws.Errorf(aws.ValidationError, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	return time.Duration(asked) * time.Second, nil
}

// roleClaims are the claims of a session of a role.
func roleClaims(role *authz.Role, name string, session aws.Session) sessiontoken.Claims {
	return sessiontoken.Claims{
		PrincipalType: aws.RolePrincipal,
		AccountID:     role.AccountID,
		PrincipalID:   role.RoleID,
		SessionName:   name,
		Session:       session,
	}
}

// assumedRoleUser names the session of the claims.
func assumedRoleUser(role *authz.Role, name string) AssumedRoleUser {
	p := aws.Principal{Type: aws.RolePrincipal, AccountID: role.AccountID, ID: role.RoleID, Path: role.Path, Name: role.RoleName, SessionName: name}
	return AssumedRoleUser{AssumedRoleId: p.UserID(), Arn: p.ARN()}
}

// packedPolicySize is what older clients read instead of SessionTokenUtilization (spec section 12). A session without
// policies and tags has none.
func packedPolicySize(s *aws.Session, size TokenSize) *int32 {
	if !s.HasPolicies() && len(s.Tags) == 0 {
		return nil
	}
	return &size.SessionTokenUtilization
}
