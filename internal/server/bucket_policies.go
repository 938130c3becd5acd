package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/enforce"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/s3"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// maxBucketPolicySize is S3's limit, in bytes, white space included.
const maxBucketPolicySize = 20 << 10

// PutBucketPolicy gives a bucket a policy, in the place of the one it has, and returns the account that owns the bucket: the
// management account when the operator names none. Whether there is such a bucket only its backend knows.
func PutBucketPolicy(ctx context.Context, st *store.Store, accountID, bucket, document string, now time.Time) (owner string, err error) {
	p, err := parseBucketPolicy(bucket, document)
	if err != nil {
		return "", err
	}
	err = st.Update(ctx, func(tx *store.Tx) error {
		if owner, err = ChosenAccountID(ctx, tx, accountID); err != nil {
			return err
		}
		stored, err := iam.StoredPrincipals(ctx, tx, p)
		if err != nil {
			return err
		}
		at := store.Time{Time: now}
		return tx.PutResourcePolicy(ctx, store.PutResourcePolicyParams{
			AccountID: owner, Service: enforce.ServiceS3, Resource: bucket, Document: stored, CreatedAt: at, UpdatedAt: at,
		})
	})
	return owner, err
}

// parseBucketPolicy checks all of a bucket's policy but whether its principals exist.
func parseBucketPolicy(bucket, document string) (*policy.Policy, error) {
	if !s3.IsBucketName(bucket) {
		return nil, fmt.Errorf("%q can't be the name of a bucket", bucket)
	}
	if len(document) > maxBucketPolicySize {
		return nil, fmt.Errorf("the policy has %d bytes, and may have %d", len(document), maxBucketPolicySize)
	}
	p, err := policy.Parse(policy.ResourcePolicy, document)
	if err != nil {
		return nil, err
	}
	for _, key := range p.ContextKeys() {
		folded := strings.ToLower(key)
		if slices.ContainsFunc(s3.UnknownKeys, func(prefix string) bool { return strings.HasPrefix(folded, prefix) }) {
			return nil, fmt.Errorf("policy has an invalid condition key: the value of %q is not known here", key)
		}
	}
	return p, checkBucketStatements(p, "arn:aws:s3:::"+bucket)
}

// checkBucketStatements wants each statement to speak of the bucket, what is in it and what S3 does, and of nothing else. The
// texts are S3's.
func checkBucketStatements(p *policy.Policy, arn string) error {
	for i := range p.Statements() {
		s := &p.Statements()[i]
		at := s.Start
		at.Column-- // it is that of the character after the brace
		resources, _ := s.Resources()
		for _, resource := range resources {
			if resource != arn && !strings.HasPrefix(resource, arn+"/") {
				return &policy.Error{Message: "Policy has invalid resource", Detail: resource, Position: at}
			}
		}
		actions, _ := s.Actions()
		for _, action := range actions {
			if vendor, _, _ := strings.Cut(action, ":"); action != "*" && !strings.EqualFold(vendor, enforce.ServiceS3) {
				return &policy.Error{Message: "Policy has invalid action", Detail: action, Position: at}
			}
		}
	}
	return nil
}

// BucketPolicies are those of an account's buckets, by name, as they are stored.
func BucketPolicies(ctx context.Context, st *store.Store, accountID string) (policies []store.ResourcePolicy, err error) {
	err = st.View(ctx, func(tx *store.Tx) error {
		owner, err := ChosenAccountID(ctx, tx, accountID)
		if err != nil {
			return err
		}
		policies, err = tx.ResourcePolicies(ctx, owner)
		return err
	})
	return policies, err
}

// BucketPolicy is the policy of a bucket, with the ARNs that its principals have by now.
func BucketPolicy(ctx context.Context, st *store.Store, accountID, bucket string) (document string, err error) {
	err = st.View(ctx, func(tx *store.Tx) error {
		owner, err := ChosenAccountID(ctx, tx, accountID)
		if err != nil {
			return err
		}
		row, err := tx.ResourcePolicy(ctx, store.ResourcePolicyParams{AccountID: owner, Service: enforce.ServiceS3, Resource: bucket})
		if err != nil {
			return noBucketPolicy(err, owner, bucket)
		}
		p, err := policy.Parse(policy.ResourcePolicy, row.Document)
		if err != nil {
			return err
		}
		document, err = iam.ShownPrincipals(ctx, tx, p)
		return err
	})
	return document, err
}

// DeleteBucketPolicy takes the policy off a bucket, and returns the account that owns the bucket.
func DeleteBucketPolicy(ctx context.Context, st *store.Store, accountID, bucket string) (owner string, err error) {
	err = st.Update(ctx, func(tx *store.Tx) error {
		if owner, err = ChosenAccountID(ctx, tx, accountID); err != nil {
			return err
		}
		n, err := tx.DeleteResourcePolicy(ctx, store.DeleteResourcePolicyParams{AccountID: owner, Service: enforce.ServiceS3, Resource: bucket})
		if err == nil && n == 0 {
			err = noBucketPolicy(store.ErrNotFound, owner, bucket)
		}
		return err
	})
	return owner, err
}

func noBucketPolicy(err error, owner, bucket string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("account %s has no policy for a bucket %q", owner, bucket)
	}
	return err
}
