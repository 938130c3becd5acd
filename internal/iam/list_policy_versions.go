package iam

import (
	"context"
	"fmt"
	"math"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListPolicyVersionsInput has the parameters of ListPolicyVersions (aws-iam section 7).
type ListPolicyVersionsInput struct {
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
	Marker    string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems  int32  `min:"1" max:"1000"`
}

// Permissions is the policy asked for.
func (in *ListPolicyVersionsInput) Permissions(aws.Call) []aws.Permission {
	return onPolicy(in.PolicyArn)
}

// ListPolicyVersionsOutput is one page of versions.
type ListPolicyVersionsOutput struct {
	Versions    []PolicyVersion
	IsTruncated bool
	Marker      string
}

// ListPolicyVersions returns the versions of a managed policy, newest first, without their documents. Of an AWS-managed
// policy there is one (aws-iam sections 2.4 and 7).
func (s *Service) ListPolicyVersions(ctx context.Context, call aws.Call, in *ListPolicyVersionsInput) (*ListPolicyVersionsOutput, error) {
	if err := checkPolicyARN(in.PolicyArn); err != nil {
		return nil, err
	}
	page, err := newPage(in.Marker, in.MaxItems, "ListPolicyVersions", call.Caller.AccountID, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	out := &ListPolicyVersionsOutput{}
	err = s.view(ctx, func(tx *store.Tx) error {
		p, err := policyOr(ctx, tx, call.Caller.AccountID, in.PolicyArn, errPolicyNotAttachable(in.PolicyArn))
		if err != nil {
			return err
		}
		versions, err := policyVersions(ctx, tx, p)
		if err != nil {
			return err
		}
		out.Versions, out.Marker = cut(page, versions, newestFirst)
		out.IsTruncated = out.Marker != ""
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func policyVersions(ctx context.Context, tx *store.Tx, p managedPolicy) ([]PolicyVersion, error) {
	if !p.isOwn() {
		return []PolicyVersion{awsPolicyVersion(p)}, nil
	}
	rows, err := tx.PolicyVersions(ctx, p.id)
	versions := make([]PolicyVersion, len(rows))
	for i, row := range rows {
		versions[i] = newPolicyVersion(p.own, row)
	}
	return versions, err
}

// newestFirst is a key that grows as the number of the version falls.
func newestFirst(v PolicyVersion) string {
	return fmt.Sprintf("%019d", math.MaxInt64-versionNumber(v.VersionId))
}
