package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// PermissionsBoundary is the managed policy that bounds a user or role, in replies (aws-iam section 10).
type PermissionsBoundary struct {
	PermissionsBoundaryType string
	PermissionsBoundaryArn  string
}

// newPermissionsBoundary returns nil for an entity that has no boundary. The type is the one that AWS sends, which is not
// the one of AWS's model.
func newPermissionsBoundary(arn string) *PermissionsBoundary {
	if arn == "" {
		return nil
	}
	return &PermissionsBoundary{PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: arn}
}

// checkBoundary refuses the ARN of anything but a managed policy, AWS's or the account's own. The empty ARN is no boundary.
func checkBoundary(ctx context.Context, tx *store.Tx, accountID, arn string) error {
	if arn == "" {
		return nil
	}
	if checkPolicyARN(arn) != nil {
		return aws.Errorf(aws.InvalidInput, "ARN %s is not valid.", arn)
	}
	_, err := policyOr(ctx, tx, accountID, arn,
		aws.Errorf(aws.NoSuchEntity, "Scope ARN: %s does not exist or is not attachable.", arn))
	return err
}

// errNoBoundary is the answer to deleting what is not there. AWS's own is not known (aws-iam section 2.5).
func errNoBoundary(kind aws.ResourceType, name string) *aws.Error {
	return aws.Errorf(aws.NoSuchEntity, "The permissions boundary of the %s with name %s cannot be found.", kind, name)
}
