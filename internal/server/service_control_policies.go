package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// AWS Organizations' quotas: policies on an account, and characters of one, white space included.
const (
	maxServiceControlPolicies   = 5
	maxServiceControlPolicySize = 5120
)

var serviceControlPolicyName = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)

// fullAWSAccess is the policy that AWS puts on a new account.
func fullAWSAccess(accountID string, at store.Time) store.PutServiceControlPolicyParams {
	const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	return store.PutServiceControlPolicyParams{
		AccountID: accountID, PolicyName: "FullAWSAccess", Document: document, CreatedAt: at, UpdatedAt: at,
	}
}

// PutServiceControlPolicy puts a policy on a member account, in the place of the one that has the name.
func PutServiceControlPolicy(ctx context.Context, st *store.Store, accountID, name, document string, now time.Time) error {
	if !serviceControlPolicyName.MatchString(name) {
		return errors.New("the name of a policy is 1 to 128 characters of A-Z a-z 0-9 _ + = , . @ -")
	}
	if n := utf8.RuneCountInString(document); n > maxServiceControlPolicySize {
		return fmt.Errorf("the policy has %d characters, and may have %d", n, maxServiceControlPolicySize)
	}
	if _, err := policy.Parse(policy.ServiceControlPolicy, document); err != nil {
		return err
	}
	return st.Update(ctx, func(tx *store.Tx) error {
		if err := memberAccount(ctx, tx, accountID, "no service control policy bounds it"); err != nil {
			return err
		}
		if err := roomForServiceControlPolicy(ctx, tx, accountID, name); err != nil {
			return err
		}
		at := store.Time{Time: now}
		return tx.PutServiceControlPolicy(ctx, store.PutServiceControlPolicyParams{
			AccountID: accountID, PolicyName: name, Document: document, CreatedAt: at, UpdatedAt: at,
		})
	})
}

func roomForServiceControlPolicy(ctx context.Context, tx *store.Tx, accountID, name string) error {
	policies, err := tx.ServiceControlPolicies(ctx, accountID)
	if err != nil {
		return err
	}
	for _, p := range policies {
		if p.PolicyName == name {
			return nil
		}
	}
	if len(policies) >= maxServiceControlPolicies {
		return fmt.Errorf("account %s has %d service control policies already", accountID, len(policies))
	}
	return nil
}

// DeleteServiceControlPolicy takes a policy off an account. The last one stays, as at AWS: an account without any may do
// nothing at all.
func DeleteServiceControlPolicy(ctx context.Context, st *store.Store, accountID, name string) error {
	return st.Update(ctx, func(tx *store.Tx) error {
		if _, err := existingServiceControlPolicy(ctx, tx, accountID, name); err != nil {
			return err
		}
		policies, err := tx.ServiceControlPolicies(ctx, accountID)
		if err != nil {
			return err
		}
		if len(policies) == 1 {
			return fmt.Errorf("%s is the last service control policy of account %s, which must have one: put another one first", name, accountID)
		}
		_, err = tx.DeleteServiceControlPolicy(ctx, store.DeleteServiceControlPolicyParams{AccountID: accountID, PolicyName: name})
		return err
	})
}

// ServiceControlPolicies are those of an account, by name.
func ServiceControlPolicies(ctx context.Context, st *store.Store, accountID string) (policies []store.ServiceControlPolicy, err error) {
	err = st.View(ctx, func(tx *store.Tx) error {
		if _, err := existingAccount(ctx, tx, accountID); err != nil {
			return err
		}
		policies, err = tx.ServiceControlPolicies(ctx, accountID)
		return err
	})
	return policies, err
}

// ServiceControlPolicy is the one that has a name.
func ServiceControlPolicy(ctx context.Context, st *store.Store, accountID, name string) (p store.ServiceControlPolicy, err error) {
	err = st.View(ctx, func(tx *store.Tx) error {
		p, err = existingServiceControlPolicy(ctx, tx, accountID, name)
		return err
	})
	return p, err
}

func existingServiceControlPolicy(ctx context.Context, tx *store.Tx, accountID, name string) (store.ServiceControlPolicy, error) {
	if _, err := existingAccount(ctx, tx, accountID); err != nil {
		return store.ServiceControlPolicy{}, err
	}
	p, err := tx.ServiceControlPolicy(ctx, store.ServiceControlPolicyParams{AccountID: accountID, PolicyName: name})
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("account %s has no service control policy %q", accountID, name)
	}
	return p, err
}
