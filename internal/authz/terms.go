package authz

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// Terms are all that decides what a caller may do, but for the request. Nothing in them must be changed.
type Terms struct {
	Policies  policy.Policies
	Principal policy.Principal
	Context   policy.Context // the condition keys that tell of the caller
	Tags      []store.Tag    // the principal's, and those of its session in their place
}

// TermsOf gathers what somebody else needs to decide about a caller.
func (a *Authorizer) TermsOf(ctx context.Context, call aws.Call) (Terms, error) {
	granted, err := a.grantsOf(ctx, call)
	if err != nil {
		return Terms{}, err
	}
	terms := Terms{Policies: granted.policies, Principal: principalOf(call.Caller), Context: policy.Context{}, Tags: granted.tags}
	facts := newFacts(call, granted.tags)
	facts.fill(terms.Context, facts.callerKeys())
	return terms, nil
}
