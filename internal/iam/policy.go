package iam

import (
	"context"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// Policy is a managed policy in replies. Description and Tags are in some of them only (aws-iam section 7).
type Policy struct {
	PolicyName                    string
	PolicyId                      string
	Arn                           string
	Path                          string
	DefaultVersionId              string
	AttachmentCount               int64
	PermissionsBoundaryUsageCount int64
	IsAttachable                  bool
	Description                   string
	CreateDate                    time.Time
	UpdateDate                    time.Time
	Tags                          []Tag
}

// newPolicy leaves Description and Tags to the action.
func newPolicy(p managedPolicy, u policyUse) Policy {
	return Policy{
		PolicyName:                    p.name,
		PolicyId:                      p.id,
		Arn:                           p.arn,
		Path:                          p.path,
		DefaultVersionId:              p.defaultVersion,
		AttachmentCount:               u.attachments,
		PermissionsBoundaryUsageCount: u.boundaries,
		IsAttachable:                  true,
		CreateDate:                    p.createdAt,
		UpdateDate:                    p.updatedAt,
	}
}

// PolicyVersion is a version of a managed policy in replies. Document is in that of GetPolicyVersion only.
type PolicyVersion struct {
	Document         string
	VersionId        string
	IsDefaultVersion bool
	CreateDate       time.Time
}

func newPolicyVersion(p store.Policy, v store.PolicyVersion) PolicyVersion {
	return PolicyVersion{
		VersionId:        versionID(v.Version),
		IsDefaultVersion: v.Version == p.DefaultVersion,
		CreateDate:       v.CreatedAt.Time,
	}
}

// policyUse is how often an account uses a policy: attached, and as a permissions boundary.
type policyUse struct{ attachments, boundaries int64 }

func useOf(ctx context.Context, tx *store.Tx, accountID, arn string) (u policyUse, err error) {
	u.attachments, err = tx.CountPolicyAttachments(ctx, store.CountPolicyAttachmentsParams{AccountID: accountID, PolicyARN: arn})
	if err != nil {
		return u, err
	}
	u.boundaries, err = tx.CountPolicyBoundaries(ctx, store.CountPolicyBoundariesParams{AccountID: accountID, BoundaryARN: arn})
	return u, err
}

// usesOf returns how often an account uses each policy, by ARN.
func usesOf(ctx context.Context, tx *store.Tx, accountID string) (map[string]policyUse, error) {
	uses := make(map[string]policyUse)
	attached, err := tx.CountAttachments(ctx, accountID)
	if err != nil {
		return nil, err
	}
	for _, row := range attached {
		uses[row.PolicyARN] = policyUse{attachments: row.Attachments}
	}
	bounding, err := tx.CountBoundaries(ctx, accountID)
	if err != nil {
		return nil, err
	}
	for _, row := range bounding {
		use := uses[row.BoundaryARN]
		use.boundaries = row.Uses
		uses[row.BoundaryARN] = use
	}
	return uses, nil
}
