package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// The states of an access key, and of an account.
const (
	Active    = "Active"
	Inactive  = "Inactive"  // a key
	Suspended = "Suspended" // an account
)

// The kinds of session revocation, by what their subject is.
const (
	RevokedPrincipal = "principal"  // AIDA... or AROA..., AROA...:SESSION for one session name, the account id for root
	RevokedAccessKey = "access_key" // of a session, or of the key that asked for it
	RevokedAccount   = "account"    // the account id
	RevokedAll       = "all"        // empty: every session there is
)

// The states of a delegation request, as AWS spells them. One that is over keeps the last it was in.
const (
	DelegationUnassigned = "UNASSIGNED"
	DelegationAssigned   = "ASSIGNED"
	DelegationPending    = "PENDING_APPROVAL"
	DelegationAccepted   = "ACCEPTED"
	DelegationFinalized  = "FINALIZED"
	DelegationRejected   = "REJECTED"
)

// The kinds of MFA device, and the algorithms of their codes.
const (
	Virtual  = "virtual"
	Hardware = "hardware"
	TOTP     = "totp"
	HOTP     = "hotp"
)

// Time is an instant in the database: microseconds since 1970 in UTC, cut, not rounded. The zero time is 0 there and
// means never.
type Time struct{ time.Time }

// Value makes Time a driver.Valuer.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return int64(0), nil
	}
	return t.UnixMicro(), nil
}

// Scan makes *Time a sql.Scanner.
func (t *Time) Scan(src any) error {
	micros, ok := src.(int64)
	if !ok {
		return fmt.Errorf("store: a time is %T, not int64", src)
	}
	if micros == 0 {
		t.Time = time.Time{}
		return nil
	}
	t.Time = time.UnixMicro(micros).UTC()
	return nil
}

// UserID is the unique id of the user that a row belongs to. It is empty where the column is null: a key of the root, an
// MFA device that nobody has.
type UserID string

// Value makes UserID a driver.Valuer.
func (id UserID) Value() (driver.Value, error) {
	if id == "" {
		return nil, nil
	}
	return string(id), nil
}

// Scan makes *UserID a sql.Scanner.
func (id *UserID) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		*id = ""
	case string:
		*id = UserID(src)
	default:
		return fmt.Errorf("store: a user id is %T, not string", src)
	}
	return nil
}

// NameKey folds a name so that two names which differ only in case are one name (aws-iam section 2.2). Only A to Z are
// folded: AWS's names hold no other letters, and a table of letters that grows with Go's Unicode version would let two
// old names become one.
func NameKey(name string) string {
	key := []byte(name)
	for i, c := range key {
		if 'A' <= c && c <= 'Z' {
			key[i] = c + ('a' - 'A')
		}
	}
	return string(key)
}
