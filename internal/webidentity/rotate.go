package webidentity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// The time for which new keys are published before they sign: by default, and at most.
const (
	DefaultAhead = time.Hour
	MaxAhead     = 30 * 24 * time.Hour
)

// linger is how long a key stays published after it has signed its last token: until that has expired, for whoever fetches
// the keys just before that to check it, and a minute for clocks that differ.
const linger = MaxLifetime + CacheTime + time.Minute

// ErrNoIssuer is returned when there are no keys to rotate.
var ErrNoIssuer = errors.New("no account has enabled outbound web identity federation yet: there are no keys")

// Rotation says how the keys of all issuers are replaced.
type Rotation struct {
	Now time.Time
	// Ahead is how long the new keys are published before they sign.
	Ahead time.Duration
	// Withdraw takes the old keys away at once, for when they are in wrong hands: all tokens that they signed become worthless.
	// The new ones then sign at once.
	Withdraw bool
}

// Rotate gives every issuer new keys and returns how many issuers there are. The old keys sign until the new ones do, and stay
// published until the last token of theirs has expired. Keys whose time is over are deleted.
func Rotate(ctx context.Context, st *store.Store, r Rotation) (issuers int, err error) {
	if r.Withdraw {
		r.Ahead = 0
	}
	if r.Ahead < 0 || r.Ahead > MaxAhead {
		return 0, fmt.Errorf("keys are published ahead for 0 to %v, not %v", MaxAhead, r.Ahead)
	}
	var rows []store.WebIdentityIssuer
	err = st.View(ctx, func(tx *store.Tx) error {
		rows, err = tx.WebIdentityIssuers(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		return 0, ErrNoIssuer
	}
	var signsFrom time.Time
	if r.Ahead > 0 {
		signsFrom = r.Now.Add(r.Ahead)
	}
	fresh := make([][]newKey, len(rows))
	for n, row := range rows {
		if fresh[n], err = newKeys(row.AccountID, r.Now, signsFrom); err != nil {
			return 0, err
		}
	}
	return len(rows), st.Update(ctx, func(tx *store.Tx) error {
		for n, row := range rows {
			if err := r.replace(ctx, tx, row.AccountID, fresh[n]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r Rotation) replace(ctx context.Context, tx *store.Tx, accountID string, fresh []newKey) error {
	end := r.Now.Add(r.Ahead + linger)
	if r.Withdraw {
		end = r.Now
	}
	_, err := tx.RetireWebIdentityKeys(ctx, store.RetireWebIdentityKeysParams{AccountID: accountID, PublishedUntil: store.Time{Time: end}})
	if err != nil {
		return err
	}
	_, err = tx.DeleteRetiredWebIdentityKeys(ctx, store.DeleteRetiredWebIdentityKeysParams{
		AccountID: accountID, PublishedUntil: store.Time{Time: r.Now},
	})
	if err != nil {
		return err
	}
	return insertKeys(ctx, tx, fresh)
}
