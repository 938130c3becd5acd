// Package authz answers the second question: may the caller do this?
//
// It gathers the policies that apply to the caller and what the request says of itself, and asks package policy. A change
// of any policy acts on the next request: what was gathered is good for one generation of the store.
package authz

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/authmessage"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// Authorizer decides what callers may do. It is safe for concurrent use.
type Authorizer struct {
	// Messages, if there are any, seals an encoded authorization message into each AccessDenied of Authorize. It must not
	// change while the Authorizer is in use.
	Messages *store.Keyring[*authmessage.Ring]

	store      *store.Store
	principals *store.Cache[*grants]
	managed    *store.Cache[policy.Source] // that session policies name
	roles      *store.Cache[*Role]         // that sessions are asked of
	resources  *store.Cache[[]policy.Source]
	documents  *documents
	bounds     *documents // that came with sessions: whoever may assume a role writes them, and must not push out the others
}

// grants are what an IAM user or role was given: the policies that apply to it, and its tags.
type grants struct {
	policies policy.Policies
	tags     []store.Tag
}

// New returns an Authorizer.
func New(st *store.Store) *Authorizer {
	return &Authorizer{
		store:      st,
		principals: store.NewCache[*grants](st.Generation),
		managed:    store.NewCache[policy.Source](st.Generation),
		roles:      store.NewCache[*Role](st.Generation),
		resources:  store.NewCache[[]policy.Source](st.Generation),
		documents:  newDocuments(maxDocuments),
		bounds:     newDocuments(maxBounds),
	}
}

// Caches tells how what is kept of the store stands, by what it is.
func (a *Authorizer) Caches() map[string]store.CacheStats {
	return map[string]store.CacheStats{
		"policies": a.principals.Stats(), "session_policies": a.managed.Stats(), "roles": a.roles.Stats(), "resource_policies": a.resources.Stats(),
	}
}

// Authorize returns nil when the caller has every permission an operation needs, and AccessDenied with AWS's text for the
// first it has not (spec section 5.6, aws-iam section 16). operation is such as iam:CreateUser.
func (a *Authorizer) Authorize(ctx context.Context, call aws.Call, operation string, needed []aws.Permission) error {
	defer call.Laps.Begin("decide")()
	granted, err := a.grantsOf(ctx, call)
	if err != nil {
		return err
	}
	for _, p := range needed {
		if p.Action == "" {
			p.Action = operation
		}
		if err := a.authorize(ctx, call, granted, p); err != nil {
			return err
		}
	}
	return nil
}

func (a *Authorizer) authorize(ctx context.Context, call aws.Call, granted *grants, p aws.Permission) error {
	target, err := a.lookUp(ctx, call, p.Resource)
	if err != nil {
		return aws.Internal(err)
	}
	policies := granted.policies
	if target.owned {
		if policies, err = a.withOwn(policies); err != nil {
			return aws.Internal(err)
		}
	}
	facts := newFacts(call, granted.tags)
	request := policy.Request{
		Principal: principalOf(call.Caller),
		Action:    p.Action,
		Resource:  target.arn,
		Facts:     facts.values,
	}
	contexts, all := readings(requestContext(target, p.Context))
	if !all && (!call.Caller.IsRoot() || granted.askAboutTags()) { // otherwise root can take the tags away
		request.Context = contexts[0]
		refused := refusal(call, p, policy.Decision{Kind: policy.KindIdentity}, &request).Because(errTags)
		return a.withMessage(ctx, refused, facts, &policies, &request)
	}
	for _, request.Context = range storedSpelling(contexts, target) {
		if decision := policy.Evaluate(&policies, &request); decision.Outcome != policy.Allowed {
			return a.withMessage(ctx, refusal(call, p, decision, &request), facts, &policies, &request)
		}
	}
	return nil
}

// askAboutTags reports whether a policy that binds root asks about tags of the resource or the request.
func (g *grants) askAboutTags() bool {
	asks := func(s policy.Source) bool {
		return s.Policy != nil && slices.ContainsFunc(s.Policy.ContextKeys(), func(key string) bool { return isTag(strings.ToLower(key)) })
	}
	levels := append([][]policy.Source{g.policies.Session}, g.policies.ServiceControl...)
	return slices.ContainsFunc(levels, func(level []policy.Source) bool { return slices.ContainsFunc(level, asks) })
}

var errTags = errors.New("too many tags of the resource or the request differ in the case of their keys alone")

func refusal(call aws.Call, p aws.Permission, d policy.Decision, r *policy.Request) *aws.Error {
	on := ""
	if p.Resource.Text != "" {
		on = " on resource: " + p.Resource.Text
	}
	return aws.Errorf(aws.AccessDenied, "User: %s is not authorized to perform: %s%s%s",
		call.Caller.ARN(), p.Action, on, d.Denial(p.Action)).Because(reason(d, r))
}

// grantsOf gathers what applies to a caller: what its principal has by now, bounded by the policies of its session.
func (a *Authorizer) grantsOf(ctx context.Context, call aws.Call) (*grants, error) {
	granted, err := a.principals.Get(ctx, call.Caller.ID, call.Now, func() (*grants, error) { return a.read(ctx, call.Caller) })
	switch {
	case errors.Is(err, store.ErrNotFound): // deleted since it was authenticated
		return nil, aws.Errorf(aws.InvalidClientTokenID, "The security token included in the request is invalid.").Because(err)
	case err != nil:
		return nil, aws.Internal(err)
	case call.Caller.Session == nil:
		return granted, nil
	}
	return a.inSession(ctx, call, granted)
}

// read reads what a caller's principal has by now.
func (a *Authorizer) read(ctx context.Context, caller aws.Caller) (granted *grants, err error) {
	err = a.store.View(ctx, func(tx *store.Tx) error {
		granted, err = a.gather(ctx, tx, caller)
		return err
	})
	return granted, err
}

// Granted are the policies that apply to a caller, those of its session included, and the principal that they are asked about.
func (a *Authorizer) Granted(ctx context.Context, call aws.Call) (policy.Policies, policy.Principal, error) {
	granted, err := a.grantsOf(ctx, call)
	if err != nil {
		return policy.Policies{}, policy.Principal{}, err
	}
	return granted.policies, principalOf(call.Caller), nil
}

// PrincipalTags are the tags of a caller as aws:PrincipalTag has them: its principal's, and those of its session in their
// place.
func (a *Authorizer) PrincipalTags(ctx context.Context, call aws.Call) ([]store.Tag, error) {
	granted, err := a.grantsOf(ctx, call)
	if err != nil {
		return nil, err
	}
	return granted.tags, nil
}

// gather reads what the user, role or root has that a caller is, or that a federated user was vouched for by.
func (a *Authorizer) gather(ctx context.Context, tx *store.Tx, caller aws.Caller) (*grants, error) {
	kind := aws.UserResource
	switch {
	case caller.ID == caller.AccountID:
		return a.gatherRoot(ctx, tx, caller.AccountID)
	case caller.Approver().Type == aws.RolePrincipal:
		kind = aws.RoleResource
	}
	policies, err := a.Policies(ctx, tx, kind, caller.ID)
	if err != nil {
		return nil, err
	}
	tags, err := tx.Tags(ctx, caller.ID)
	return &grants{policies, tags}, err
}

// gatherRoot gives what root may do to the federated users it vouches for; root itself needs no policy that allows.
func (a *Authorizer) gatherRoot(ctx context.Context, tx *store.Tx, accountID string) (*grants, error) {
	all, err := a.documents.parse(policy.InlinePolicy, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	if err != nil {
		return nil, err
	}
	levels, err := a.serviceControl(ctx, tx, accountID)
	return &grants{policies: policy.Policies{Identity: []policy.Source{{ID: "root", Policy: all}}, ServiceControl: levels}}, err
}

func principalOf(caller aws.Caller) policy.Principal {
	c := caller.Approver()
	p := policy.Principal{Account: c.AccountID, ARN: c.ARN(), ID: c.ID}
	switch c.Type {
	case aws.RootPrincipal, aws.AssumedRootPrincipal:
		p.Type = policy.Root
	case aws.UserPrincipal:
		p.Type = policy.User
	case aws.RolePrincipal:
		p.Type = policy.RoleSession
		p.RoleARN, p.SessionID = c.RoleARN(), c.UserID()
	case aws.FederatedPrincipal:
		p.Type = policy.FederatedUser
	case aws.DelegatedPrincipal: // it acts for one of the others
	}
	return p
}

// reason is what the operator may know: the policy and the statement.
func reason(d policy.Decision, r *policy.Request) error {
	asked := fmt.Sprintf("%s on %s", r.Action, r.Resource)
	if r.ResourcePattern && strings.ContainsAny(r.Resource, "*?") {
		asked = fmt.Sprintf("%s on whichever of %s it is", r.Action, r.Resource)
	}
	if d.Statement == nil {
		return fmt.Errorf("no %s allows %s", d.Kind, asked)
	}
	var where strings.Builder
	fmt.Fprintf(&where, "the %s %s", d.Kind, d.Source.ID)
	if d.Source.ARN != "" {
		fmt.Fprintf(&where, " (%s)", d.Source.ARN)
	}
	statement := fmt.Sprintf("the statement that begins in line %d, column %d", d.Statement.Start.Line, d.Statement.Start.Column)
	if d.Statement.Sid != "" {
		statement = "the statement " + d.Statement.Sid
	}
	return fmt.Errorf("%s of %s denies %s", statement, where.String(), asked)
}
