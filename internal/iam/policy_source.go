package iam

import (
	"context"
	"errors"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// policySource is a user, group or role that a simulation takes policies from.
type policySource struct {
	kind     aws.ResourceType
	id       string
	policies policy.Policies
}

// onPolicySource asks about a user, group or role by its ARN.
func onPolicySource(call aws.Call, arn string) []aws.Permission {
	resource := aws.Resource{ARN: arn, Text: arn}
	if kind, parsed, ok := parseEntityARN(arn); ok && parsed.AccountID == call.Caller.AccountID {
		resource.Type, resource.Name = kind, nameOf(parsed)
	}
	return on(resource)
}

// policySource finds a user, group or role of the caller's account by its ARN to the letter, and what applies to it.
func (s *Service) policySource(ctx context.Context, tx *store.Tx, call aws.Call, arn string) (policySource, error) {
	e, err := entityOfARN(ctx, tx, call.Caller.AccountID, arn)
	if err != nil {
		return policySource{}, err
	}
	found := policySource{kind: e.kind, id: e.id}
	found.policies, err = s.Authorizer.Policies(ctx, tx, e.kind, e.id)
	return found, err
}

// entityOfARN finds a user, group or role of an account by its ARN to the letter.
func entityOfARN(ctx context.Context, tx *store.Tx, accountID, text string) (entity, error) {
	kind, arn, ok := parseEntityARN(text)
	if !ok {
		return entity{}, errNoEntityARN(text)
	}
	found := entity{kind: kind, name: nameOf(arn), accountID: accountID}
	err := store.ErrNotFound
	if arn.AccountID == accountID {
		found.id, err = entityIDOfARN(ctx, tx, kind, arn)
	}
	if errors.Is(err, store.ErrNotFound) {
		return entity{}, errNoEntity(kind, found.name)
	}
	return found, err
}

// entityIDOfARN is idOfARN for groups too, which are no principals.
func entityIDOfARN(ctx context.Context, tx *store.Tx, kind aws.ResourceType, arn aws.ARN) (string, error) {
	if kind != aws.GroupResource {
		return idOfARN(ctx, tx, arn.String())
	}
	group, err := tx.GroupByName(ctx, store.GroupByNameParams{AccountID: arn.AccountID, NameKey: store.NameKey(nameOf(arn))})
	if err == nil && groupARN(group) != arn.String() {
		err = store.ErrNotFound
	}
	return group.GroupID, err
}

// nameOf is what follows the path in an ARN.
func nameOf(arn aws.ARN) string { return arn.Resource[strings.LastIndexByte(arn.Resource, '/')+1:] }
