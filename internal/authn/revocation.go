package authn

import (
	"context"
	"errors"
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
	for _, subject := range []revoked{
		{store.RevokedAll, ""},
		{store.RevokedAccount, c.AccountID},
		{store.RevokedPrincipal, c.PrincipalID},
		{store.RevokedPrincipal, c.PrincipalID + ":" + c.SessionName},
		{store.RevokedAccessKey, c.AccessKeyID},
		{store.RevokedAccessKey, c.IssuingKeyID},
		{store.RevokedAccessKey, c.OriginKeyID},
	} {
		if until, ok := r[subject]; ok && !c.IssuedAt.After(until) {
			return true
		}
	}
	return false
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
