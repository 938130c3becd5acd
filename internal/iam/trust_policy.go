package iam

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// maxTrustPolicySize is how many characters that are no white space a trust policy may have (aws-iam section 14).
const maxTrustPolicySize = 2048

// parseTrustPolicy checks all of a trust policy but whether its principals exist.
func (s *Service) parseTrustPolicy(text string) (*policy.Policy, error) {
	p, err := s.parseDocument(policy.TrustPolicy, text)
	if err != nil {
		return nil, err
	}
	if policy.Size(text) > maxTrustPolicySize {
		return nil, errQuota("ACLSizePerRole", maxTrustPolicySize)
	}
	return p, nil
}

// storedTrustPolicy is a trust policy with unique ids in the place of the ARNs of users and roles. Principals that do not
// exist are refused.
func (s *Service) storedTrustPolicy(ctx context.Context, tx *store.Tx, p *policy.Policy) (string, error) {
	stored, err := StoredPrincipals(ctx, tx, p)
	if invalid, ok := errors.AsType[*policy.Error](err); ok {
		return "", s.malformed(invalid)
	}
	return stored, err
}

// trustPolicy is a stored trust policy as replies have it: with ARNs again, and encoded.
func (shown shownIDs) trustPolicy(ctx context.Context, tx *store.Tx, stored string) (string, error) {
	p, err := policy.Parse(policy.TrustPolicy, stored)
	if err != nil {
		return "", err
	}
	document, err := shown.document(ctx, tx, p)
	if err != nil {
		return "", err
	}
	return encodeDocument(document), nil
}
