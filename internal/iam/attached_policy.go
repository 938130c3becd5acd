package iam

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// AttachedPolicy is a managed policy that is attached to a user, group or role, in replies.
type AttachedPolicy struct {
	PolicyName string
	PolicyArn  string
}

// AttachedPolicyPage is one page of attached policies. It is part of the output of every action that lists them.
type AttachedPolicyPage struct {
	AttachedPolicies []AttachedPolicy
	IsTruncated      bool
	Marker           string
}

// attachmentQuotas are the names of the quotas (aws-iam section 14).
var attachmentQuotas = map[aws.ResourceType]string{
	aws.UserResource:  "PoliciesPerUser",
	aws.GroupResource: "PoliciesPerGroup",
	aws.RoleResource:  "PoliciesPerRole",
}

// attach attaches a managed policy to an entity. What is attached already stays attached, whatever the quota.
func (s *Service) attach(ctx context.Context, call aws.Call, kind aws.ResourceType, name, arn string) error {
	if err := checkPolicyARN(arn); err != nil {
		return err
	}
	return s.changeEntity(ctx, call, kind, name, func(tx *store.Tx, e entity) error {
		if _, err := policyOr(ctx, tx, e.accountID, arn, errPolicyNotAttachable(arn)); err != nil {
			return err
		}
		attached, err := tx.AttachedPolicies(ctx, e.id)
		if err != nil || slices.Contains(attached, arn) {
			return err
		}
		if len(attached) >= maxAttachedPolicies {
			return errQuota(attachmentQuotas[kind], maxAttachedPolicies)
		}
		return tx.AttachPolicy(ctx, store.AttachPolicyParams{EntityID: e.id, PolicyARN: arn, AccountID: e.accountID})
	})
}

// detach takes a managed policy from an entity. One that is not attached was not found, whether it exists or not.
func (s *Service) detach(ctx context.Context, call aws.Call, kind aws.ResourceType, name, arn string) error {
	if err := checkPolicyARN(arn); err != nil {
		return err
	}
	return s.changeEntity(ctx, call, kind, name, func(tx *store.Tx, e entity) error {
		detached, err := tx.DetachPolicy(ctx, store.DetachPolicyParams{EntityID: e.id, PolicyARN: arn})
		if err == nil && detached == 0 {
			return errPolicyNotFound(arn)
		}
		return err
	})
}

// listAttached returns a page of the policies attached to an entity, those whose path begins with the prefix, by name
// ignoring case.
func (s *Service) listAttached(ctx context.Context, call aws.Call, kind aws.ResourceType, name, prefix, marker string, maxItems int32) (AttachedPolicyPage, error) {
	var out AttachedPolicyPage
	prefix = cmp.Or(prefix, "/")
	p, err := newPage(marker, maxItems, "ListAttachedPolicies", call.Caller.AccountID, string(kind), store.NameKey(name), prefix)
	if err != nil {
		return out, err
	}
	err = s.view(ctx, func(tx *store.Tx) error {
		e, err := findEntity(ctx, tx, call.Caller.AccountID, kind, name)
		if err != nil {
			return err
		}
		arns, err := tx.AttachedPolicies(ctx, e.id)
		if err != nil {
			return err
		}
		out = attachedPage(p, arns, prefix)
		return nil
	})
	return out, err
}

func attachedPage(p page, arns []string, prefix string) AttachedPolicyPage {
	arns = slices.DeleteFunc(arns, func(arn string) bool {
		path, _ := policyPath(arn)
		return !strings.HasPrefix(path, prefix)
	})
	slices.SortFunc(arns, func(a, b string) int { return strings.Compare(policySortKey(a), policySortKey(b)) })
	arns, marker := cut(p, arns, policySortKey)
	return AttachedPolicyPage{AttachedPolicies: newAttachedPolicies(arns), IsTruncated: marker != "", Marker: marker}
}

func newAttachedPolicies(arns []string) []AttachedPolicy {
	attached := make([]AttachedPolicy, len(arns))
	for i, arn := range arns {
		_, name := policyPath(arn)
		attached[i] = AttachedPolicy{PolicyName: name, PolicyArn: arn}
	}
	return attached
}
