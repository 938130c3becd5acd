package iam

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// ListPoliciesGrantingServiceAccessInput has the parameters of ListPoliciesGrantingServiceAccess (aws-iam section 15.3).
type ListPoliciesGrantingServiceAccessInput struct {
	Marker            string   `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	Arn               string   `required:"true" minlen:"20" maxlen:"2048"`
	ServiceNamespaces []string `required:"true" minitems:"1" maxitems:"200" minlen:"1" maxlen:"64" pattern:"[\\w-]*"`
}

// Permissions is the user, group or role asked about.
func (in *ListPoliciesGrantingServiceAccessInput) Permissions(call aws.Call) []aws.Permission {
	return onPolicySource(call, in.Arn)
}

// ListPoliciesGrantingServiceAccessOutput is one page of services, as the request has them.
type ListPoliciesGrantingServiceAccessOutput struct {
	PoliciesGrantingServiceAccess []ListPoliciesGrantingServiceAccessEntry
	IsTruncated                   bool
	Marker                        string
}

// ListPoliciesGrantingServiceAccessEntry is a service, with the policies that allow something of it.
type ListPoliciesGrantingServiceAccessEntry struct {
	ServiceNamespace string
	Policies         []PolicyGrantingServiceAccess
}

// PolicyGrantingServiceAccess is an inline policy, with the user, group or role that has it, or a managed one with its ARN.
type PolicyGrantingServiceAccess struct {
	PolicyName string
	PolicyType string
	PolicyArn  string
	EntityType string
	EntityName string
}

// ListPoliciesGrantingServiceAccess returns, for each service, the policies of a user, with those of its groups, or of a
// group or role, that allow an action of it. What a Deny, a boundary or a condition takes away is not looked at (aws-iam
// section 15.3).
func (s *Service) ListPoliciesGrantingServiceAccess(ctx context.Context, call aws.Call, in *ListPoliciesGrantingServiceAccessInput) (*ListPoliciesGrantingServiceAccessOutput, error) {
	page, err := newPage(in.Marker, 0, slices.Concat([]string{"ListPoliciesGrantingServiceAccess", call.Caller.AccountID, in.Arn}, in.ServiceNamespaces)...)
	if err != nil {
		return nil, err
	}
	var granting []grantingPolicy
	err = s.view(ctx, func(tx *store.Tx) error {
		entities, err := grantingEntities(ctx, tx, call.Caller.AccountID, in.Arn)
		if err != nil {
			return err
		}
		granting, err = grantingPolicies(ctx, tx, entities)
		return err
	})
	if err != nil {
		return nil, err
	}
	places, marker := cut(page, places(len(in.ServiceNamespaces)), place.key)
	out := &ListPoliciesGrantingServiceAccessOutput{
		PoliciesGrantingServiceAccess: make([]ListPoliciesGrantingServiceAccessEntry, len(places)),
		IsTruncated:                   marker != "", Marker: marker,
	}
	for i, p := range places {
		out.PoliciesGrantingServiceAccess[i] = grantingEntry(in.ServiceNamespaces[p], granting)
	}
	return out, nil
}

// place is a place in the request's list of services: the reply keeps its order, and what is in it twice.
type place int

func (p place) key() string { return fmt.Sprintf("%03d", int(p)) }

func places(n int) []place {
	all := make([]place, n)
	for i := range all {
		all[i] = place(i)
	}
	return all
}

// grantingEntities are a user, group or role, by its ARN to the letter, and the groups of a user.
func grantingEntities(ctx context.Context, tx *store.Tx, accountID, text string) ([]entity, error) {
	own, err := entityOfARN(ctx, tx, accountID, text)
	if err != nil || own.kind != aws.UserResource {
		return []entity{own}, err
	}
	entities := []entity{own}
	groups, err := tx.UserGroups(ctx, own.id)
	for _, group := range groups {
		entities = append(entities, entity{aws.GroupResource, group.GroupID, group.GroupName, accountID})
	}
	return entities, err
}

// grantingPolicy is a policy as the reply names it, and what it says.
type grantingPolicy struct {
	PolicyGrantingServiceAccess
	policy *policy.Policy
}

// grantingPolicies are the policies of some entities. One that is attached to several is there once.
func grantingPolicies(ctx context.Context, tx *store.Tx, entities []entity) ([]grantingPolicy, error) {
	var all []grantingPolicy
	seen := make(map[string]bool)
	for _, e := range entities {
		inline, err := inlineGrants(ctx, tx, e)
		if err != nil {
			return nil, err
		}
		all = append(all, inline...)
		attached, err := tx.AttachedPolicies(ctx, e.id)
		if err != nil {
			return nil, err
		}
		for _, arn := range attached {
			if seen[arn] {
				continue
			}
			seen[arn] = true
			managed, err := managedGrant(ctx, tx, e.accountID, arn)
			if err != nil {
				return nil, err
			}
			all = append(all, managed)
		}
	}
	return all, nil
}

func inlineGrants(ctx context.Context, tx *store.Tx, e entity) ([]grantingPolicy, error) {
	rows, err := tx.InlinePolicies(ctx, e.id)
	if err != nil {
		return nil, err
	}
	all := make([]grantingPolicy, len(rows))
	for i, row := range rows {
		parsed, err := policy.Parse(policy.InlinePolicy, row.Document)
		if err != nil {
			return nil, fmt.Errorf("the inline policy %s of %s %s: %w", row.PolicyName, e.kind, e.name, err)
		}
		all[i] = grantingPolicy{PolicyGrantingServiceAccess{
			PolicyName: row.PolicyName, PolicyType: "INLINE", EntityType: strings.ToUpper(string(e.kind)), EntityName: e.name,
		}, parsed}
	}
	return all, nil
}

func managedGrant(ctx context.Context, tx *store.Tx, accountID, arn string) (grantingPolicy, error) {
	p, err := findPolicy(ctx, tx, accountID, arn)
	if err != nil {
		return grantingPolicy{}, fmt.Errorf("the attached policy %s: %w", arn, err)
	}
	document := p.aws.Document
	if p.isOwn() {
		version, err := tx.PolicyVersion(ctx, store.PolicyVersionParams{PolicyID: p.id, Version: p.own.DefaultVersion})
		if err != nil {
			return grantingPolicy{}, fmt.Errorf("the attached policy %s: %w", arn, err)
		}
		document = version.Document
	}
	parsed, err := policy.Parse(policy.ManagedPolicy, document)
	if err != nil {
		return grantingPolicy{}, fmt.Errorf("the attached policy %s: %w", arn, err)
	}
	return grantingPolicy{PolicyGrantingServiceAccess{PolicyName: p.name, PolicyType: "MANAGED", PolicyArn: arn}, parsed}, nil
}

func grantingEntry(service string, policies []grantingPolicy) ListPoliciesGrantingServiceAccessEntry {
	entry := ListPoliciesGrantingServiceAccessEntry{ServiceNamespace: service, Policies: []PolicyGrantingServiceAccess{}}
	for _, p := range policies {
		if p.policy.AllowsService(service) {
			entry.Policies = append(entry.Policies, p.PolicyGrantingServiceAccess)
		}
	}
	return entry
}
