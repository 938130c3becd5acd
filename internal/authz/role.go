package authz

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// Role is a role that a session is asked of.
type Role struct {
	store.Role
	trust policy.Source
	tags  []store.Tag
}

// ARN names the role, its path included.
func (r *Role) ARN() string { return aws.IAMARN(r.AccountID, "role", r.Path, r.RoleName) }

// FindRole finds a role of any account by its ARN, to the letter: names are case-sensitive here (spec section 5.3). It
// returns nil when there is none. What it returns must not be changed.
func (a *Authorizer) FindRole(ctx context.Context, now time.Time, arn string) (*Role, error) {
	parsed, ok := aws.ParseARN(arn)
	path, isRole := strings.CutPrefix(parsed.Resource, "role/")
	if !ok || !isRole || parsed.Service != "iam" {
		return nil, nil
	}
	// Kept by what finds it in the store, not by the ARN: of that, anybody can make any number of spellings.
	named := store.RoleByNameParams{AccountID: parsed.AccountID, NameKey: store.NameKey(path[strings.LastIndexByte(path, '/')+1:])}
	role, err := a.roles.Get(ctx, named.AccountID+"/"+named.NameKey, now, func() (role *Role, err error) {
		err = a.store.View(ctx, func(tx *store.Tx) error {
			role, err = a.readRole(ctx, tx, named)
			return err
		})
		return role, err
	})
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && role.ARN() != arn:
		return nil, nil
	case err != nil:
		return nil, aws.Internal(err)
	}
	return role, nil
}

func (a *Authorizer) readRole(ctx context.Context, tx *store.Tx, named store.RoleByNameParams) (*Role, error) {
	if _, err := tx.ActiveAccount(ctx, named.AccountID); err != nil {
		return nil, err
	}
	row, err := tx.RoleByName(ctx, named)
	if err != nil {
		return nil, err
	}
	trust, err := a.documents.parse(policy.TrustPolicy, row.TrustPolicy)
	if err != nil {
		return nil, fmt.Errorf("the trust policy of %s: %w", row.RoleID, err)
	}
	tags, err := tx.Tags(ctx, row.RoleID)
	return &Role{row, policy.Source{ID: row.RoleName, Policy: trust}, tags}, err
}

// Assumption is a request for a session of a role (spec section 5.3).
type Assumption struct {
	Role    *Role  // nil when there is none of that name
	RoleARN string // as the request has it
	Actions []string
	Context map[string][]string // the condition keys that the request's own parameters fill
	// MFA says that a token code came with the request, and was right.
	MFA bool
	// Bearer is who asks in a request without a signature: whoever holds the token of an identity provider.
	Bearer *policy.Principal
}

// AuthorizeAssumption returns nil when the role's trust policy and the caller's own policies allow all actions. The refusal
// is the same whether there is no such role, its trust policy refuses, or the caller's policies do (spec section 5.6).
func (a *Authorizer) AuthorizeAssumption(ctx context.Context, call aws.Call, as Assumption) error {
	defer call.Laps.Begin("decide")()
	granted := &grants{}
	if as.Bearer == nil {
		var err error
		if granted, err = a.grantsOf(ctx, call); err != nil {
			return err
		}
	}
	for _, action := range as.Actions {
		if cause := as.refused(call, granted, action); cause != nil {
			return as.refusal(call, action).Because(cause)
		}
	}
	return nil
}

// refused says why an action is not allowed, for the operator; nil when it is.
func (as *Assumption) refused(call aws.Call, granted *grants, action string) error {
	if as.Role == nil {
		return fmt.Errorf("there is no role %s", as.RoleARN)
	}
	policies := granted.policies
	policies.Resource = []policy.Source{as.Role.trust}
	facts := newFacts(call, granted.tags)
	if as.MFA {
		facts.mfaAt = call.Now
	}
	request := policy.Request{
		Principal: principalOf(call.Caller), Action: action, Resource: as.RoleARN, ResourceAccount: as.Role.AccountID,
		Context: as.context(call.Caller.Session), Facts: facts.values,
	}
	if as.Bearer != nil {
		request.Principal = *as.Bearer
	}
	if decision := policy.Evaluate(&policies, &request); decision.Outcome != policy.Allowed {
		return reason(decision, &request)
	}
	return nil
}

// context has the role's tags. Those that the caller's session hands on stand in for them (spec section 5.5).
func (as *Assumption) context(s *aws.Session) policy.Context {
	tags := as.Role.tags
	if s != nil {
		tags = overridden(tags, s.TransitiveTags())
	}
	return requestContext(target{arn: as.RoleARN, tags: tags, entity: true}, as.Context)
}

func (as *Assumption) refusal(call aws.Call, action string) *aws.Error {
	if as.Bearer != nil {
		return aws.Errorf(aws.AccessDenied, "Not authorized to perform %s", action)
	}
	return aws.Errorf(aws.AccessDenied, "User: %s is not authorized to perform: %s on resource: %s", call.Caller.ARN(), action, as.RoleARN)
}
