package iam

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// errNoPolicyVersion is the text for a missing policy, too, where a version is asked for (aws-iam section 7).
func errNoPolicyVersion(arn, versionID string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "Policy %s version %s does not exist or is not attachable.", arn, versionID)
}

// versionID is the name of a version.
func versionID(number int64) string { return "v" + strconv.FormatInt(number, 10) }

// versionNumber reads the name of a version; 0 when no version can have it.
func versionNumber(versionID string) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(versionID, "v"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// ownPolicyVersion finds a version of an account's own policy.
func ownPolicyVersion(ctx context.Context, tx *store.Tx, p managedPolicy, versionID string) (store.PolicyVersion, error) {
	version, err := tx.PolicyVersion(ctx, store.PolicyVersionParams{PolicyID: p.id, Version: versionNumber(versionID)})
	if errors.Is(err, store.ErrNotFound) {
		return version, errNoPolicyVersion(p.arn, versionID)
	}
	return version, err
}

// awsPolicyVersion is the only version that an AWS-managed policy has here, without its document.
func awsPolicyVersion(p managedPolicy) PolicyVersion {
	return PolicyVersion{VersionId: p.defaultVersion, IsDefaultVersion: true, CreateDate: p.updatedAt}
}
