package sts

import (
	"context"
	"crypto/rand"
	"encoding/binary"
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
// is not its business. A path may hold colons.
var assumable = regexp.MustCompile(`(?s)^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$`)

func checkRoleARN(arn string) error {
	if !assumable.MatchString(arn) {
		return aws.Errorf(aws.ValidationError, "%s is invalid", arn)
	}
	return nil
}

// roleRequest is what a session of a role is asked for with, by any of the actions that do.
type roleRequest struct {
	authz.Assumption
	sessionName string
	session     aws.Session
	policyARNs  []PolicyDescriptorType
	asked       int32 // DurationSeconds; 0: an hour
	// What an identity provider says of the session's end, each zero when it does not: until when, and how long at most.
	until time.Time
	most  time.Duration
	// spend takes what is good for one session only for used, when nothing else stands in the way; nil if there is no such.
	spend       func() error
	minimumSize int32
}

// newRoleRequest begins a request: the condition keys and the permissions that its parameters make.
func newRoleRequest(action, roleARN, sessionName string, session aws.Session, tags sessionTags) roleRequest {
	r := roleRequest{
		Assumption:  authz.Assumption{RoleARN: roleARN, Actions: []string{action}, Context: make(map[string][]string)},
		sessionName: sessionName,
		session:     session,
	}
	tags.give(&r.session)
	tags.fill(r.Context)
	r.Context[keyRoleSessionName] = []string{sessionName}
	if tags.needPermission() {
		r.Actions = append(r.Actions, "sts:TagSession")
	}
	if session.SourceIdentity != "" {
		r.Actions = append(r.Actions, "sts:SetSourceIdentity")
	}
	return r
}

// give adds a condition key for a parameter, if it was given.
func (r *roleRequest) give(key, value string) {
	if value != "" {
		r.Context[key] = []string{value}
	}
}

// assumed is a new session of a role.
type assumed struct {
	user             AssumedRoleUser
	credentials      Credentials
	packedPolicySize *int32
	size             TokenSize
}

// assume issues a session of a role when the role's trust policy allows it. What the role is like is told to nobody before.
func (s *Service) assume(ctx context.Context, call aws.Call, r roleRequest) (assumed, error) {
	if err := s.trusted(ctx, call, &r.Assumption); err != nil {
		return assumed{}, err
	}
	lifetime, err := r.lifetime(call)
	if err != nil {
		return assumed{}, err
	}
	if r.session.PolicyARNs, err = s.policyARNs(ctx, r.Role.AccountID, r.policyARNs); err != nil {
		return assumed{}, err
	}
	if r.spend != nil {
		if err := r.spend(); err != nil {
			return assumed{}, err
		}
	}
	p := aws.Principal{
		Type: aws.RolePrincipal, AccountID: r.Role.AccountID, ID: r.Role.RoleID, Path: r.Role.Path, Name: r.Role.RoleName, SessionName: r.sessionName,
	}
	credentials, size, err := s.issue(ctx, call, p, r.session, lifetime, r.minimumSize)
	return assumed{
		user:             AssumedRoleUser{AssumedRoleId: p.UserID(), Arn: p.ARN()},
		credentials:      credentials,
		packedPolicySize: packedPolicySize(&r.session),
		size:             size,
	}, err
}

// refusedAfter is how long the refusal of a role takes at least, and refusedWithin how much longer it may, by chance. To look up a
// role that is not there takes longer, or less long, than one that is: whoever was refused, a stranger of another account perhaps,
// could tell them apart by one answer. The first is some ten times what either takes; the second hides that whoever has slept
// wakes some microseconds sooner where more went on meanwhile. A caller who was refused can wait.
const refusedAfter, refusedWithin = 10 * time.Millisecond, 10 * time.Millisecond

// trusted finds the role and returns nil when the caller may have a session of it.
func (s *Service) trusted(ctx context.Context, call aws.Call, as *authz.Assumption) (err error) {
	refused := time.NewTimer(refusedAfter + atRandom(refusedWithin))
	defer refused.Stop()
	if as.Role, err = s.Authorizer.FindRole(ctx, call.Now, as.RoleARN); err == nil {
		err = s.Authorizer.AuthorizeAssumption(ctx, call, *as)
	}
	if err != nil {
		select {
		case <-refused.C:
		case <-ctx.Done():
		}
	}
	return err
}

// atRandom is less than a duration.
func atRandom(most time.Duration) time.Duration {
	var b [8]byte
	_, _ = rand.Read(b[:])                                                // never fails
	return time.Duration(binary.NativeEndian.Uint64(b[:]) % uint64(most)) //nolint:gosec // both are small
}

// lifetime is how long the session lives: an hour, or what was asked for (spec section 5.4).
func (r *roleRequest) lifetime(call aws.Call) (time.Duration, error) {
	asked := r.asked
	switch {
	case asked == 0:
		asked = roleSessionDefault
	case int64(asked) > r.Role.MaxSessionDuration:
		return 0, aws.Errorf(aws.ValidationError, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	case call.Caller.Session != nil && asked > roleChainingMax:
		return 0, aws.Errorf(aws.ValidationError, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	lifetime := time.Duration(asked) * time.Second
	if r.most > 0 {
		lifetime = min(lifetime, r.most)
	}
	if !r.until.IsZero() {
		lifetime = min(lifetime, r.until.Truncate(time.Second).Sub(issueTime(call)))
	}
	return lifetime, nil
}

// packedPolicySize is how much of the largest token the policies and tags of a session take, in percent (spec section 5.2).
// A session without any has none.
func packedPolicySize(s *aws.Session) *int32 {
	if !s.HasPolicies() && len(s.Tags) == 0 {
		return nil
	}
	size := percent(sessiontoken.PackedSize(s))
	return &size
}
