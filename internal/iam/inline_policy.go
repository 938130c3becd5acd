package iam

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// maxInlineSize is how many characters that are no white space all inline policies of an entity may have together (aws-iam
// section 5).
var maxInlineSize = map[aws.ResourceType]int{
	aws.UserResource:  2048,
	aws.GroupResource: 5120,
	aws.RoleResource:  10240,
}

// putInlinePolicy makes an inline policy, or gives the one of that name another document.
func (s *Service) putInlinePolicy(ctx context.Context, call aws.Call, kind aws.ResourceType, name, policyName, document string) error {
	if _, err := s.parseDocument(policy.InlinePolicy, document); err != nil {
		return err
	}
	return s.changeEntity(ctx, call, kind, name, func(tx *store.Tx, e entity) error {
		if err := checkInlineSize(ctx, tx, e, policyName, document); err != nil {
			return err
		}
		return tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: e.id, PolicyName: policyName, Document: document})
	})
}

// checkInlineSize refuses a document that is too large beside the entity's other ones.
func checkInlineSize(ctx context.Context, tx *store.Tx, e entity, policyName, document string) error {
	rows, err := tx.InlinePolicies(ctx, e.id)
	if err != nil {
		return err
	}
	size := policy.Size(document)
	for _, row := range rows {
		if row.PolicyName != policyName {
			size += policy.Size(row.Document)
		}
	}
	if most := maxInlineSize[e.kind]; size > most {
		return aws.Errorf(aws.LimitExceeded, "Maximum policy size of %d bytes exceeded for %s %s", most, e.kind, e.name)
	}
	return nil
}

// getInlinePolicy returns an inline policy, its document encoded, and the entity that has it.
func (s *Service) getInlinePolicy(ctx context.Context, call aws.Call, kind aws.ResourceType, name, policyName string) (e entity, row store.InlinePolicy, err error) {
	err = s.view(ctx, func(tx *store.Tx) error {
		if e, err = findEntity(ctx, tx, call.Caller.AccountID, kind, name); err != nil {
			return err
		}
		row, err = tx.InlinePolicy(ctx, store.InlinePolicyParams{EntityID: e.id, PolicyName: policyName})
		if errors.Is(err, store.ErrNotFound) {
			return errNoInlinePolicy(kind, policyName)
		}
		row.Document = encodeDocument(row.Document)
		return err
	})
	return e, row, err
}

func errNoInlinePolicy(kind aws.ResourceType, policyName string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "The %s policy with name %s cannot be found.", kind, policyName)
}

// InlinePolicyPage is one page of the names of an entity's inline policies. It is part of the output of every action that
// lists them.
type InlinePolicyPage struct {
	PolicyNames []string
	IsTruncated bool
	Marker      string
}

// listInlinePolicies returns the names in their order ignoring case.
func (s *Service) listInlinePolicies(ctx context.Context, call aws.Call, kind aws.ResourceType, name, marker string, maxItems int32) (InlinePolicyPage, error) {
	page, err := newPage(marker, maxItems, "inline policies", call.Caller.AccountID, string(kind), store.NameKey(name))
	if err != nil {
		return InlinePolicyPage{}, err
	}
	var rows []store.InlinePolicy // a handful: their size is bounded
	err = s.view(ctx, func(tx *store.Tx) error {
		e, err := findEntity(ctx, tx, call.Caller.AccountID, kind, name)
		if err != nil {
			return err
		}
		rows, err = tx.InlinePolicies(ctx, e.id)
		return err
	})
	if err != nil {
		return InlinePolicyPage{}, err
	}
	slices.SortFunc(rows, func(a, b store.InlinePolicy) int { return cmp.Compare(byPolicyName(a), byPolicyName(b)) })
	rows, marker = cut(page, rows, byPolicyName)
	out := InlinePolicyPage{PolicyNames: make([]string, len(rows)), IsTruncated: marker != "", Marker: marker}
	for i, row := range rows {
		out.PolicyNames[i] = row.PolicyName
	}
	return out, nil
}

// byPolicyName tells apart names that differ only in case: those of inline policies do.
func byPolicyName(p store.InlinePolicy) string {
	return store.NameKey(p.PolicyName) + " " + p.PolicyName
}

func (s *Service) deleteInlinePolicy(ctx context.Context, call aws.Call, kind aws.ResourceType, name, policyName string) error {
	return s.changeEntity(ctx, call, kind, name, func(tx *store.Tx, e entity) error {
		deleted, err := tx.DeleteInlinePolicy(ctx, store.DeleteInlinePolicyParams{EntityID: e.id, PolicyName: policyName})
		if err == nil && deleted == 0 {
			return errNoInlinePolicy(kind, policyName)
		}
		return err
	})
}
