package webidentity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// Path is where the documents of all issuers are, below the public URL.
const Path = "/oidc/"

// The states in which an account's issuer can't do what is asked of it.
var (
	ErrDisabled    = errors.New("outbound web identity federation is disabled")
	ErrEnabled     = errors.New("outbound web identity federation is enabled already")
	ErrNoPublicURL = errors.New("the server has no public URL")
)

// Issuers are the issuers of all accounts. It is safe for concurrent use.
type Issuers struct {
	store     *store.Store
	publicURL string
	cache     *store.Cache[*issuer] // by account
	accounts  *store.Cache[string]  // by uuid
}

// New returns the issuers whose URLs begin with the public URL, which has no slash at its end. Without one, all are disabled.
func New(st *store.Store, publicURL string) *Issuers {
	return &Issuers{store: st, publicURL: publicURL, cache: store.NewCache[*issuer](st.Generation), accounts: store.NewCache[string](st.Generation)}
}

// Enable makes an account an issuer, with new keys the first time, and returns its URL. That is the same each time: relying
// parties are configured with it.
func (i *Issuers) Enable(ctx context.Context, accountID string, now time.Time) (string, error) {
	if i.publicURL == "" {
		return "", ErrNoPublicURL
	}
	fresh, err := i.firstKeys(ctx, accountID, now)
	if err != nil {
		return "", err
	}
	uuid := ""
	err = i.store.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.WebIdentityIssuer(ctx, accountID)
		if errors.Is(err, store.ErrNotFound) {
			uuid = aws.NewRequestID()
			return insertIssuer(ctx, tx, accountID, uuid, fresh, now)
		}
		uuid = row.IssuerUUID
		return errors.Join(err, set(ctx, tx, accountID, 1, ErrEnabled))
	})
	return i.url(uuid), err
}

// Disable ends an account's being an issuer: no token is signed any more, and its documents are gone.
func (i *Issuers) Disable(ctx context.Context, accountID string) error {
	return i.store.Update(ctx, func(tx *store.Tx) error { return set(ctx, tx, accountID, 0, ErrDisabled) })
}

func set(ctx context.Context, tx *store.Tx, accountID string, enabled int64, already error) error {
	changed, err := tx.EnableWebIdentityIssuer(ctx, store.EnableWebIdentityIssuerParams{AccountID: accountID, Enabled: enabled})
	if err == nil && changed == 0 {
		return already
	}
	return err
}

// firstKeys are keys for an account that has never been an issuer. To make them takes too long for a transaction.
func (i *Issuers) firstKeys(ctx context.Context, accountID string, now time.Time) (fresh []newKey, err error) {
	err = i.store.View(ctx, func(tx *store.Tx) error {
		_, err := tx.WebIdentityIssuer(ctx, accountID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return newKeys(accountID, now, time.Time{})
	}
	return nil, err
}

func insertIssuer(ctx context.Context, tx *store.Tx, accountID, uuid string, keys []newKey, now time.Time) error {
	err := tx.InsertWebIdentityIssuer(ctx, store.InsertWebIdentityIssuerParams{
		AccountID: accountID, IssuerUUID: uuid, CreatedAt: store.Time{Time: now},
	})
	if err != nil {
		return err
	}
	return insertKeys(ctx, tx, keys)
}

// URL is the issuer of an account: the iss claim of its tokens.
func (i *Issuers) URL(ctx context.Context, accountID string, now time.Time) (string, error) {
	is, err := i.ofAccount(ctx, accountID, now)
	if err != nil {
		return "", err
	}
	return i.url(is.uuid), nil
}

// Issued reports whether an issuer's URL is below this server's public URL: AWS does not take its own web identity tokens back
// (spec section 5.11).
func (i *Issuers) Issued(issuer string) bool {
	return i.publicURL != "" && strings.HasPrefix(issuer, i.publicURL+Path)
}

func (i *Issuers) url(uuid string) string { return i.publicURL + Path + uuid }

// issuer is an enabled one, with its keys by age.
type issuer struct {
	uuid string
	keys []key
}

// ofUUID finds the issuer by way of its account: one that signs with a key must not be kept apart from one that publishes it.
func (i *Issuers) ofUUID(ctx context.Context, uuid string, now time.Time) (*issuer, error) {
	accountID, err := i.accounts.Get(ctx, uuid, now, func() (accountID string, err error) {
		err = i.store.View(ctx, func(tx *store.Tx) error {
			row, err := tx.WebIdentityIssuerByUUID(ctx, uuid)
			accountID = row.AccountID
			return err
		})
		return accountID, err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrDisabled
	}
	if err != nil {
		return nil, err
	}
	return i.ofAccount(ctx, accountID, now)
}

// ofAccount returns the issuer of an account as it is kept, or as the store has it. There is none where there is no public URL.
func (i *Issuers) ofAccount(ctx context.Context, accountID string, now time.Time) (*issuer, error) {
	if i.publicURL == "" {
		return nil, fmt.Errorf("%w: %w", ErrDisabled, ErrNoPublicURL)
	}
	return i.cache.Get(ctx, accountID, now, func() (found *issuer, err error) {
		err = i.store.View(ctx, func(tx *store.Tx) error {
			row, err := tx.WebIdentityIssuer(ctx, accountID)
			if errors.Is(err, store.ErrNotFound) || err == nil && row.Enabled == 0 {
				return ErrDisabled
			}
			if err == nil {
				_, err = tx.ActiveAccount(ctx, accountID)
			}
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("%w: %v", ErrDisabled, err) //nolint:errorlint // to the caller it is disabled, and no more
			}
			if err != nil {
				return err
			}
			keys, err := openKeys(ctx, tx, accountID)
			found = &issuer{uuid: row.IssuerUUID, keys: keys}
			return err
		})
		return found, err
	})
}
