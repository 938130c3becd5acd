package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// errRemains refuses to delete a user, group or role that still has something (aws-iam sections 3, 5 and 9).
func errRemains(must string) *aws.Error {
	return aws.Errorf(aws.DeleteConflict, "Cannot delete entity, must %s first.", must)
}

// checkNoPolicies refuses a user, group or role, by its unique id, that still has policies. A boundary is none.
func checkNoPolicies(ctx context.Context, tx *store.Tx, entityID string) error {
	attached, err := tx.AttachedPolicies(ctx, entityID)
	if err != nil {
		return err
	}
	if len(attached) > 0 {
		return errRemains("detach all policies")
	}
	inline, err := tx.InlinePolicies(ctx, entityID)
	if err != nil {
		return err
	}
	if len(inline) > 0 {
		return errRemains("delete policies")
	}
	return nil
}
