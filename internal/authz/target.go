package authz

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// target is a resource as the store has it. The zero value of all but arn is right for one that does not exist.
type target struct {
	arn         string
	tags        []store.Tag
	entity      bool // a user or role, which has tags under iam:ResourceTag too, and perhaps a boundary
	boundaryARN string
	owned       bool // a delegation request, and the caller is its owner
}

// lookUp finds the resource a permission is about. What does not exist keeps the ARN that the request makes of it:
// authorisation comes before existence.
func (a *Authorizer) lookUp(ctx context.Context, call aws.Call, r aws.Resource) (target, error) {
	found := target{arn: r.ARN}
	if r.Type == "" {
		return found, nil
	}
	err := a.store.View(ctx, func(tx *store.Tx) (err error) {
		found, err = stored(ctx, tx, call, r)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return target{arn: r.ARN}, nil
	}
	return found, err
}

func stored(ctx context.Context, tx *store.Tx, call aws.Call, r aws.Resource) (target, error) {
	account, key := call.Caller.AccountID, store.NameKey(r.Name)
	switch r.Type {
	case aws.GroupResource:
		group, err := tx.GroupByName(ctx, store.GroupByNameParams{AccountID: account, NameKey: key})
		return target{arn: entityARN(r, account, group.Path, group.GroupName)}, err
	case aws.RoleResource:
		role, err := tx.RoleByName(ctx, store.RoleByNameParams{AccountID: account, NameKey: key})
		if err != nil {
			return target{}, err
		}
		tags, err := tx.Tags(ctx, role.RoleID)
		return target{arn: entityARN(r, account, role.Path, role.RoleName), tags: tags, entity: true, boundaryARN: role.BoundaryARN}, err
	case aws.UserResource:
		user, err := tx.UserByName(ctx, store.UserByNameParams{AccountID: account, NameKey: key})
		if err != nil {
			return target{}, err
		}
		found, err := userTarget(ctx, tx, user)
		found.arn = entityARN(r, account, user.Path, user.UserName)
		return found, err
	case aws.AccessKeyResource:
		return keyTarget(ctx, tx, account, r.Name)
	case aws.DelegationResource:
		request, err := tx.DelegationRequest(ctx, r.Name)
		owned := request.OwnerAccount == account && request.OwnerID == call.Caller.UserID()
		return target{arn: r.ARN, owned: owned}, err
	case aws.ARNResource:
		return arnTarget(ctx, tx, account, r.ARN)
	}
	return target{arn: r.ARN}, nil
}

// entityARN is the ARN of a user, group or role as it is stored, or as the request would make it.
func entityARN(r aws.Resource, account, path, name string) string {
	return aws.IAMARN(account, string(r.Type), cmp.Or(r.NewPath, path), cmp.Or(r.NewName, name))
}

func userTarget(ctx context.Context, tx *store.Tx, user store.User) (target, error) {
	tags, err := tx.Tags(ctx, user.UserID)
	return target{
		arn: aws.IAMARN(user.AccountID, "user", user.Path, user.UserName), tags: tags, entity: true, boundaryARN: user.BoundaryARN,
	}, err
}

// keyTarget is the user who has a key. Another account's key does not exist here.
func keyTarget(ctx context.Context, tx *store.Tx, account, id string) (target, error) {
	if !aws.IsAccessKeyID(id) {
		return target{}, store.ErrNotFound
	}
	key, err := tx.AccessKey(ctx, id)
	if err != nil {
		return target{}, err
	}
	if key.AccountID != account {
		return target{}, store.ErrNotFound
	}
	if key.UserID == "" {
		return target{arn: aws.RootARN(account)}, nil
	}
	user, err := tx.User(ctx, string(key.UserID))
	if err != nil {
		return target{}, err
	}
	return userTarget(ctx, tx, user)
}

// arnTarget is a resource that requests name by ARN or serial number: a policy, an MFA device, a provider. Their tags are
// kept by unique id, serial number and ARN.
func arnTarget(ctx context.Context, tx *store.Tx, account, arn string) (target, error) {
	if owner, err := ownerOf(ctx, tx, arn); err != nil || owner != account {
		return target{}, cmp.Or(err, store.ErrNotFound)
	}
	id := arn
	if strings.HasPrefix(arn, aws.IAMARN(account, "policy", "/", "")) {
		row, err := policyNamedIn(ctx, tx, account, arn)
		if err != nil {
			return target{}, err
		}
		arn, id = policyARN(row), row.PolicyID
	}
	tags, err := tx.Tags(ctx, id)
	return target{arn: arn, tags: tags}, err
}

// ownerOf is the account of an ARN, or of the hardware token with a serial number. That may be any text, also the unique id
// that somebody else's tags are kept by.
func ownerOf(ctx context.Context, tx *store.Tx, arn string) (accountID string, err error) {
	if parsed, ok := aws.ParseARN(arn); ok {
		return parsed.AccountID, nil
	}
	device, err := tx.MFADevice(ctx, arn)
	return device.AccountID, err
}

// fill adds what policies may ask of the resource.
func (t target) fill(c policy.Context) {
	if parsed, ok := aws.ParseARN(t.arn); ok && aws.IsAccountID(parsed.AccountID) {
		c["aws:resourceaccount"] = []string{parsed.AccountID}
	}
	for _, tag := range t.tags {
		key := aws.FoldTagKey(tag.TagKey)
		c[aws.KeyResourceTag+key] = append(c[aws.KeyResourceTag+key], tag.TagValue)
		if t.entity {
			c["iam:resourcetag/"+key] = []string{tag.TagValue}
		}
	}
	if t.boundaryARN != "" {
		c[aws.KeyPermissionsBoundary] = []string{t.boundaryARN}
	}
}
