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

// Resource is a resource of another service: it is not in the store, and may have policies of its own.
type Resource struct {
	AccountID string // of its owner
	Policies  []policy.Source
	// Alias is another name that policies use for the resource, or empty: an Allow of either suffices, a Deny of either
	// refuses.
	Alias string
	// Pattern says that the resource is known as a pattern only, which policy.Request.ResourcePattern explains.
	Pattern bool
	// Unknown are the condition keys that only the backend could tell, which policy.Request.Unknown explains.
	Unknown []string
}

// AuthorizeOn is Authorize for a request to another service (spec section 9.1).
func (a *Authorizer) AuthorizeOn(ctx context.Context, call aws.Call, p aws.Permission, on Resource) error {
	defer call.Laps.Begin("decide")()
	granted, err := a.grantsOf(ctx, call)
	if err != nil {
		return err
	}
	policies := granted.policies
	policies.Resource = on.Policies
	facts := newFacts(call, granted.tags)
	facts.owner = on.AccountID
	request := policy.Request{
		Principal:       principalOf(call.Caller),
		Action:          p.Action,
		ResourcePattern: on.Pattern,
		ResourceAccount: on.AccountID,
		Unknown:         on.Unknown,
		Context:         p.Context,
		Facts:           facts.values,
	}
	var decided policy.Decision
	for _, name := range []string{p.Resource.ARN, on.Alias} {
		if name == "" {
			continue
		}
		request.Resource = name
		decision := decide(call.Caller, &policies, &request)
		if decision.Outcome == policy.ExplicitDeny {
			return refusalOn(call, p, decision, &policies, &request)
		}
		if decided.Outcome != policy.Allowed {
			decided = decision
		}
	}
	if decided.Outcome != policy.Allowed {
		return refusalOn(call, p, decided, &policies, &request)
	}
	return nil
}

// refusalOn is refusal, and tells the operator which keys would have to be known for another decision.
func refusalOn(call aws.Call, p aws.Permission, d policy.Decision, policies *policy.Policies, r *policy.Request) *aws.Error {
	refused := refusal(call, p, d, r)
	if unknown := policy.Simulate(policies, r).Unknown; len(unknown) > 0 {
		return refused.Because(fmt.Errorf("%w; only the backend knows %s", reason(d, r), strings.Join(unknown, ", ")))
	}
	return refused
}

// decide holds those who act for somebody else to the policies of their session: a resource policy that names whom they act
// for lets that one in, whatever a session of it may do, and was not written for them.
func decide(caller aws.Caller, policies *policy.Policies, request *policy.Request) policy.Decision {
	decided := policy.Evaluate(policies, request)
	if decided.Outcome != policy.Allowed || caller.Type != aws.DelegatedPrincipal && caller.Type != aws.AssumedRootPrincipal {
		return decided
	}
	within := *request
	within.Principal, within.ResourceAccount = policy.Principal{Type: policy.Root}, "" // whom the session alone bounds
	if bounded := policy.Evaluate(&policy.Policies{Session: policies.Session, HasSession: true}, &within); bounded.Outcome != policy.Allowed {
		return bounded
	}
	return decided
}

// ResourcePolicies are those of another service's resource, such as a bucket: one, or none.
func (a *Authorizer) ResourcePolicies(ctx context.Context, now time.Time, accountID, service, resource string) ([]policy.Source, error) {
	return a.resources.Get(ctx, accountID+" "+service+" "+resource, now, func() (sources []policy.Source, err error) {
		err = a.store.View(ctx, func(tx *store.Tx) error {
			row, err := tx.ResourcePolicy(ctx, store.ResourcePolicyParams{AccountID: accountID, Service: service, Resource: resource})
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			p, err := a.documents.parse(policy.ResourcePolicy, row.Document)
			if err != nil {
				return fmt.Errorf("the policy of %s %s: %w", service, resource, err)
			}
			sources = []policy.Source{{ID: resource, Policy: p}}
			return nil
		})
		return sources, err
	})
}
