package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/sessiontoken"
	"github.com/daypass/daypass/internal/store"
)

// revoked is a kind of revocation with its subject.
type revoked struct{ kind, subject string }

// revocations are all that can concern a living session: until when what was issued is revoked.
type revocations map[revoked]time.Time

// checkRevoked refuses a session that an operator ended before its time.
func (a *Authenticator) checkRevoked(ctx context.Context, c *sessiontoken.Claims, now time.Time) error {
	all, err := a.revocations.Get(ctx, "", now, func() (revocations, error) { return loadRevocations(ctx, a.config.Store, now) })
	switch {
	case err != nil:
		return aws.Internal(err)
	case all.include(c):
		return errInvalidKey.Because(errors.New("the session was revoked"))
	}
	return nil
}

func (r revocations) include(c *sessiontoken.Claims) bool {
	if len(r) == 0 {
		return false
	}
	for _, accountID := range askingAccounts(c) {
		if r.revoke(c, revoked{store.RevokedAccount, accountID}) {
			return true
		}
	}
	for _, subject := range []revoked{
		{store.RevokedAll, ""},
		{store.RevokedAccount, c.AccountID},
		{store.RevokedPrincipal, c.PrincipalID},
		{store.RevokedPrincipal, c.PrincipalID + ":" + c.SessionName},
		{store.RevokedAccessKey, c.AccessKeyID},
		{store.RevokedAccessKey, c.IssuingKeyID},
		{store.RevokedAccessKey, c.OriginKeyID},
	} {
		if r.revoke(c, subject) {
			return true
		}
	}
	return false
}

func (r revocations) revoke(c *sessiontoken.Claims, subject revoked) bool {
	until, ok := r[subject]
	return ok && !c.IssuedAt.After(until)
}

// askingAccounts are the accounts, other than its own, whose keys a session was asked for with: of a role in one account that
// somebody in another has assumed, or a delegated one.
func askingAccounts(c *sessiontoken.Claims) []string {
	var accounts []string
	if c.InvokedBy != "" && c.InvokedBy != c.AccountID { // whatever its keys look like
		accounts = append(accounts, c.InvokedBy)
	}
	for _, id := range []string{c.IssuingKeyID, c.OriginKeyID} {
		if accountID, ok := aws.AccountOfAccessKeyID(id); ok && accountID != c.AccountID && !slices.Contains(accounts, accountID) {
			accounts = append(accounts, accountID)
		}
	}
	return accounts
}

// checkAskers refuses a session that somebody in an account asked for which is disabled by now.
func (a *Authenticator) checkAskers(ctx context.Context, c *sessiontoken.Claims, now time.Time) error {
	for _, accountID := range askingAccounts(c) {
		disabled, err := a.disabled.Get(ctx, accountID, now, func() (bool, error) { return loadDisabled(ctx, a.config.Store, accountID) })
		switch {
		case err != nil:
			return aws.Internal(err)
		case disabled:
			return errInvalidKey.Because(fmt.Errorf("the account %s, from which the session was asked for, is disabled", accountID))
		}
	}
	return nil
}

// loadDisabled says whether an account is disabled. One that is not there is not: an operator may have given root a key whose
// id only looks as if it held an account.
func loadDisabled(ctx context.Context, st *store.Store, accountID string) (disabled bool, err error) {
	err = st.View(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, accountID)
		disabled = err == nil && account.Status != store.Active
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return disabled, err
}

func loadRevocations(ctx context.Context, st *store.Store, now time.Time) (revocations, error) {
	var all revocations
	err := st.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Revocations(ctx, store.Time{Time: now})
		all = make(revocations, len(rows))
		for _, row := range rows {
			all[revoked{row.Kind, row.Subject}] = row.IssuedBefore.Time
		}
		return err
	})
	return all, err
}
