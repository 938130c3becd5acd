package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// Tx is a transaction. It lives as long as the closure it was given to, and serves one goroutine.
//
// An error other than ErrNotFound ends it: what follows fails too, and nothing of it is kept.
type Tx struct {
	*Queries
	quiet *Queries // for writes that leave the generation as it is
	store *Store
}

// InsertAccessKey stores a new key with its secret sealed. k's SealedSecret, last use and Generation are not looked at.
func (t *Tx) InsertAccessKey(ctx context.Context, k AccessKey, secret string) error {
	if secret == "" {
		return errors.New("store: an access key has no secret")
	}
	sealed, err := t.seal(ctx, []byte(secret), k.place())
	if err != nil {
		return err
	}
	return t.insertAccessKey(ctx, insertAccessKeyParams{
		AccessKeyID:  k.AccessKeyID,
		AccountID:    k.AccountID,
		UserID:       k.UserID,
		Status:       k.Status,
		SealedSecret: sealed,
		CreatedAt:    k.CreatedAt,
	})
}

// Secret opens the secret of a key that was read from the store. It fails when the sealed secret is not this key's.
func (t *Tx) Secret(ctx context.Context, k AccessKey) (string, error) {
	secret, err := t.open(ctx, k.SealedSecret, k.place())
	return string(secret), err
}

func (k AccessKey) place() []byte { return place("access_keys", k.AccessKeyID, "sealed_secret") }

// InsertMFADevice stores a new device with its seed sealed. It begins unassigned and with no code accepted, whatever d
// says of that.
func (t *Tx) InsertMFADevice(ctx context.Context, d MFADevice, seed []byte) error {
	if len(seed) == 0 {
		return errors.New("store: an MFA device has no seed")
	}
	sealed, err := t.seal(ctx, seed, d.place())
	if err != nil {
		return err
	}
	return t.insertMFADevice(ctx, insertMFADeviceParams{
		SerialNumber: d.SerialNumber,
		AccountID:    d.AccountID,
		Kind:         d.Kind,
		Algorithm:    d.Algorithm,
		Path:         d.Path,
		DeviceName:   d.DeviceName,
		NameKey:      d.NameKey,
		SealedSeed:   sealed,
		CreatedAt:    d.CreatedAt,
	})
}

// Seed opens the seed of a device that was read from the store. It fails when the sealed seed is not this device's.
func (t *Tx) Seed(ctx context.Context, d MFADevice) ([]byte, error) {
	return t.open(ctx, d.SealedSeed, d.place())
}

func (d MFADevice) place() []byte { return place("mfa_devices", d.SerialNumber, "sealed_seed") }

// InsertWebIdentityKey stores a new signing key of an issuer, sealed. It has no successor yet. k's SealedKey is not looked at.
func (t *Tx) InsertWebIdentityKey(ctx context.Context, k WebIdentityKey, key []byte) error {
	if len(key) == 0 {
		return errors.New("store: a signing key is empty")
	}
	sealed, err := t.seal(ctx, key, k.place())
	if err != nil {
		return err
	}
	return t.insertWebIdentityKey(ctx, insertWebIdentityKeyParams{
		AccountID: k.AccountID,
		KeyID:     k.KeyID,
		Algorithm: k.Algorithm,
		SealedKey: sealed,
		CreatedAt: k.CreatedAt,
		SignsFrom: k.SignsFrom,
	})
}

// SigningKey opens a signing key that was read from the store. It fails when the sealed key is not this row's.
func (t *Tx) SigningKey(ctx context.Context, k WebIdentityKey) ([]byte, error) {
	return t.open(ctx, k.SealedKey, k.place())
}

func (k WebIdentityKey) place() []byte {
	return place("web_identity_keys", k.AccountID+"/"+k.KeyID, "sealed_key")
}

// SaveDelegationRequest stores what the life of a request changes of it: owner, approver, notes, state and times. The error is
// ErrNotFound when there is no such request.
func (t *Tx) SaveDelegationRequest(ctx context.Context, d DelegationRequest) error {
	saved, err := t.setDelegationRequest(ctx, setDelegationRequestParams{
		RequestID:              d.RequestID,
		OwnerAccount:           d.OwnerAccount,
		OwnerID:                d.OwnerID,
		OwnerARN:               d.OwnerARN,
		ApproverID:             d.ApproverID,
		ApproverARN:            d.ApproverARN,
		ApproverKeyID:          d.ApproverKeyID,
		ApproverSourceIdentity: d.ApproverSourceIdentity,
		Notes:                  d.Notes,
		RejectionReason:        d.RejectionReason,
		State:                  d.State,
		UpdatedAt:              d.UpdatedAt,
		ExpiresAt:              d.ExpiresAt,
		SentAt:                 d.SentAt,
	})
	if err == nil && saved == 0 {
		return ErrNotFound
	}
	return err
}

// ActiveAccount finds an account. The error is ErrNotFound for one that is suspended, too: nothing of it can be used.
func (t *Tx) ActiveAccount(ctx context.Context, accountID string) (Account, error) {
	account, err := t.Account(ctx, accountID)
	if err == nil && account.Status != Active {
		return Account{}, fmt.Errorf("the account %s is disabled: %w", accountID, ErrNotFound)
	}
	return account, err
}

// The methods below are the writes of everyday requests, and what removes rows that have no effect any more. They say
// nothing about who may do what, so they leave Store.Generation alone: caches hold no last step, no count of wrong codes
// and no last use.

// BurnMFAStep spends a step of a device, and all older ones. Of any number of concurrent attempts for one step exactly
// one returns 1; the others return 0.
func (t *Tx) BurnMFAStep(ctx context.Context, arg BurnMFAStepParams) (int64, error) {
	return t.quiet.BurnMFAStep(ctx, arg)
}

// RecordWrongCode stores how many codes were wrong in a row and until when the device takes none.
func (t *Tx) RecordWrongCode(ctx context.Context, arg RecordWrongCodeParams) (int64, error) {
	return t.quiet.RecordWrongCode(ctx, arg)
}

// RecordWrongPassword stores how many guesses of a user's password were wrong in a row and until when none is taken.
func (t *Tx) RecordWrongPassword(ctx context.Context, arg RecordWrongPasswordParams) (int64, error) {
	return t.quiet.RecordWrongPassword(ctx, arg)
}

// TouchAccessKey records the last use of a key. An earlier use than the one recorded, or one of a key that is gone,
// changes nothing.
func (t *Tx) TouchAccessKey(ctx context.Context, id string, at time.Time, service, region string) error {
	return t.quiet.touchAccessKey(ctx, touchAccessKeyParams{
		AccessKeyID:     id,
		LastUsedAt:      Time{at},
		LastUsedService: service,
		LastUsedRegion:  region,
	})
}

// TouchRole records the last use of a role. An earlier use than the one recorded, or one of a role that is gone, changes
// nothing.
func (t *Tx) TouchRole(ctx context.Context, id string, at time.Time, region string) error {
	return t.quiet.touchRole(ctx, touchRoleParams{RoleID: id, LastUsedAt: Time{at}, LastUsedRegion: region})
}

// UseAssertion spends the assertion that its issuer gave an id, and remembers that until it expires. Of any
// number of concurrent uses exactly one returns 1; the others return 0. Issuer and id may be any bytes, of any length.
func (t *Tx) UseAssertion(ctx context.Context, issuer, id string, expiresAt time.Time) (int64, error) {
	hash := sha256.Sum256(fmt.Appendf(nil, "%d|%s%s", len(issuer), issuer, id))
	return t.quiet.useAssertion(ctx, useAssertionParams{Assertion: hash[:], ExpiresAt: Time{expiresAt}})
}

// DeleteExpiredAssertionUses forgets the assertions that are expired at the instant.
func (t *Tx) DeleteExpiredAssertionUses(ctx context.Context, now time.Time) (int64, error) {
	return t.quiet.deleteExpiredAssertionUses(ctx, Time{now})
}

// DeleteExpiredRevocations forgets the revocations that concern no living session at the instant.
func (t *Tx) DeleteExpiredRevocations(ctx context.Context, now time.Time) (int64, error) {
	return t.quiet.deleteExpiredRevocations(ctx, Time{now})
}

// DeleteExpiredDelegationRequests forgets the requests that expired before the instant, or at it.
func (t *Tx) DeleteExpiredDelegationRequests(ctx context.Context, before time.Time) (int64, error) {
	return t.quiet.deleteExpiredDelegationRequests(ctx, Time{before})
}

// PutAuditLog remembers how far an audit log is written, unless it is known to be written further.
func (t *Tx) PutAuditLog(ctx context.Context, l AuditLog) error {
	return t.quiet.putAuditLog(ctx, putAuditLogParams(l))
}

// place is the associated data of a sealed column: table and column hold no bar, so two places never read alike.
func place(table, row, column string) []byte {
	return []byte(table + "|" + row + "|" + column)
}
