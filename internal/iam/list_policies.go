package iam

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awspolicy"
	"github.com/daypass/daypass/internal/store"
)

// ListPoliciesInput has the parameters of ListPolicies (aws-iam section 7).
type ListPoliciesInput struct {
	Scope             string `enum:"All,AWS,Local"`
	OnlyAttached      bool
	PathPrefix        string `minlen:"1" maxlen:"512" pattern:"((/[A-Za-z0-9\\.,\\+@=_-]+)*)/" invalid:"It must begin with the / character and contain only alphanumeric characters and/or / characters."`
	PolicyUsageFilter string `enum:"PermissionsPolicy,PermissionsBoundary"`
	Marker            string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems          int32  `min:"1" max:"1000"`
}

// Permissions is all policies. AccessDenied calls them by their path.
func (in *ListPoliciesInput) Permissions(aws.Call) []aws.Permission {
	return on(aws.Resource{ARN: "*", Text: "policy path " + in.prefix()})
}

func (in *ListPoliciesInput) prefix() string { return cmp.Or(in.PathPrefix, "/") }

// wants says whether a policy is in the list by its use. OnlyAttached means attached as the filter says: as a permissions
// policy if it says nothing.
func (in *ListPoliciesInput) wants(u policyUse) bool {
	switch {
	case in.PolicyUsageFilter == "PermissionsBoundary":
		return u.boundaries > 0
	case in.PolicyUsageFilter == "PermissionsPolicy", in.OnlyAttached:
		return u.attachments > 0
	}
	return true
}

// ListPoliciesOutput is one page of policies.
type ListPoliciesOutput struct {
	Policies    []Policy
	IsTruncated bool
	Marker      string
}

// ListPolicies returns the managed policies whose path begins with the prefix, the account's own and AWS's in one list by
// name ignoring case, without description and tags (aws-iam sections 2.4 and 7).
func (s *Service) ListPolicies(ctx context.Context, call aws.Call, in *ListPoliciesInput) (*ListPoliciesOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListPolicies", call.Caller.AccountID, cmp.Or(in.Scope, "All"), in.prefix(),
		in.PolicyUsageFilter, strconv.FormatBool(in.OnlyAttached))
	if err != nil {
		return nil, err
	}
	var uses map[string]policyUse
	var found []managedPolicy
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		if uses, err = usesOf(ctx, tx, call.Caller.AccountID); err != nil {
			return err
		}
		found = nil
		if in.Scope != "Local" {
			found = in.awsPolicies(uses)
		}
		if in.Scope != "AWS" {
			own, err := in.ownPolicies(ctx, tx, call.Caller.AccountID, page, uses)
			found = append(found, own...)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b managedPolicy) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	found, marker := cut(page, found, managedPolicy.sortKey)
	out := &ListPoliciesOutput{Policies: make([]Policy, len(found)), IsTruncated: marker != "", Marker: marker}
	for i, p := range found {
		out.Policies[i] = newPolicy(p, uses[p.arn])
	}
	return out, nil
}

func (in *ListPoliciesInput) awsPolicies(uses map[string]policyUse) []managedPolicy {
	var wanted []managedPolicy
	for _, p := range awspolicy.All() {
		if strings.HasPrefix(p.Path, in.prefix()) && in.wants(uses[p.ARN]) {
			wanted = append(wanted, awsPolicy(p))
		}
	}
	return wanted
}

// ownPolicies reads as many of the account's own policies as the page may hold. Whether one is wanted is not for the
// database to say, so it reads on until there are enough.
func (in *ListPoliciesInput) ownPolicies(ctx context.Context, tx *store.Tx, accountID string, p page, uses map[string]policyUse) ([]managedPolicy, error) {
	var wanted []managedPolicy
	query := store.PoliciesParams{
		AccountID: accountID, AfterNameKey: p.after, PathFrom: in.prefix(), PathTo: pathEnd(in.prefix()), MaxItems: p.fetch(),
	}
	for {
		rows, err := tx.Policies(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if own := ownPolicy(row); in.wants(uses[own.arn]) {
				wanted = append(wanted, own)
			}
		}
		if len(rows) < int(query.MaxItems) || len(wanted) >= int(p.fetch()) {
			return wanted, nil
		}
		query.AfterNameKey = rows[len(rows)-1].NameKey
	}
}
