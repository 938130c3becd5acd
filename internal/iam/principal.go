package iam

import (
	"context"

	"github.com/daypass/daypass/internal/store"
)

// PrincipalID is the unique id of the user or role that has an ARN to the letter; store.ErrNotFound when there is none.
func PrincipalID(ctx context.Context, tx *store.Tx, arn string) (string, error) {
	return idOfARN(ctx, tx, arn)
}
