package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/authmessage"
	"github.com/daypass/daypass/internal/sealingkey"
	"github.com/daypass/daypass/internal/sessiontoken"
	"github.com/daypass/daypass/internal/store"
)

// The key sets of a server, by what they seal.
const (
	tokenKeys   = "session tokens"
	messageKeys = "authorization messages"
	auditKeys   = "audit log"
	restKeys    = "rest" // the store's own: secrets in rows of the database
)

const (
	// DefaultTokenKeyRotation is how old a key that seals tokens becomes, where nobody says.
	DefaultTokenKeyRotation = 30 * 24 * time.Hour
	// minTokenKeyRotation keeps the number of keys that still open, some for each rotation of 36 hours, small.
	minTokenKeyRotation = time.Hour
	// DefaultKeyAhead is how long a new key is known before it seals. Servers see it within a second; the rest is for clocks that
	// differ, and for one that can't reach the database for a while.
	DefaultKeyAhead = 10 * time.Minute
	// maxKeyAhead is longer than anybody wants to wait.
	maxKeyAhead = 30 * 24 * time.Hour
)

// tokenKeySets are those whose keys live as long as what they have sealed, and are replaced by the clock.
var tokenKeySets = map[string]time.Duration{tokenKeys: sessionLife, messageKeys: authmessage.Lifetime + (sessionLife - 36*time.Hour)}

// tokenRing are the keys of session tokens.
func tokenRing(ctx context.Context, st *store.Store, now time.Time) (*store.Keyring[*sessiontoken.Ring], error) {
	return store.NewKeyring(ctx, st, tokenKeys, sessiontoken.NewRing, now)
}

// messageRing are the keys of encoded authorization messages.
func messageRing(ctx context.Context, st *store.Store, now time.Time) (*store.Keyring[*authmessage.Ring], error) {
	return store.NewKeyring(ctx, st, messageKeys, authmessage.NewRing, now)
}

// KeySetName is how a command calls a key set.
func KeySetName(purpose string) string { return strings.ReplaceAll(purpose, " ", "-") }

// KeyRotation says how a key set gets a new key.
type KeyRotation struct {
	Set string // as KeySetName has it
	// Ahead is how long the new key is known before it seals.
	Ahead time.Duration
	// Withdraw deletes the keys before it at once, for when they are in wrong hands: sessions under them end.
	Withdraw bool
}

// KeysRotated says what has become of a rotation.
type KeysRotated struct {
	SealsFrom time.Time // of the new key
	Resealed  int       // secrets in the database that were sealed anew
}

// RotateKeys gives a key set a new key. The keys that there are go on opening what they have sealed: those of tokens and messages
// until the last of that has expired, those of the audit log for good. Secrets in the database are sealed anew with the new one.
func RotateKeys(ctx context.Context, st *store.Store, r KeyRotation, now time.Time) (KeysRotated, error) {
	if r.Ahead < 0 || r.Ahead > maxKeyAhead {
		return KeysRotated{}, fmt.Errorf("a key is known ahead for 0 to %v, not %v", maxKeyAhead, r.Ahead)
	}
	if r.Withdraw {
		r.Ahead = 0
	}
	purpose := strings.ReplaceAll(r.Set, "-", " ")
	keep, ofTokens := tokenKeySets[purpose]
	switch {
	case ofTokens:
	case purpose != auditKeys && purpose != restKeys:
		return KeysRotated{}, fmt.Errorf("there is no key set %q: there are %s, %s, %s and %s", r.Set,
			KeySetName(tokenKeys), KeySetName(messageKeys), KeySetName(auditKeys), restKeys)
	case r.Withdraw:
		return KeysRotated{}, fmt.Errorf("what the keys of %s have sealed is needed: they can't be withdrawn", r.Set)
	case purpose == restKeys:
		resealed, err := st.Reseal(ctx, now)
		return KeysRotated{SealsFrom: now, Resealed: resealed}, err
	}
	_, err := st.Rotate(ctx, purpose, store.Rotation{Now: now, Ahead: r.Ahead, Keep: keep, Withdraw: r.Withdraw})
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("the key set %s is not there yet: the server makes it at its first start", r.Set)
	}
	return KeysRotated{SealsFrom: now.Add(r.Ahead)}, err
}

// MaintainKeys deletes the keys of tokens and messages that open nothing any more, and replaces those that have become as old as
// the interval says, if it is not 0. It returns the names of the sets that got a new key. Of several servers on the database one
// makes it.
func MaintainKeys(ctx context.Context, st *store.Store, interval time.Duration, now time.Time) (rotated []string, err error) {
	for purpose, keep := range tokenKeySets {
		fresh := false
		due := store.Rotation{Now: now, Ahead: DefaultKeyAhead, Keep: keep, IfOlder: interval}
		setErr := st.DeleteEndedKeys(ctx, purpose, now)
		if setErr == nil && interval > 0 {
			fresh, setErr = st.Rotate(ctx, purpose, due)
		}
		if fresh {
			rotated = append(rotated, KeySetName(purpose))
		}
		err = errors.Join(err, setErr)
	}
	return rotated, err
}

// maintainKeys is MaintainKeys for the janitor.
func (s *Server) maintainKeys(ctx context.Context) {
	now := s.config.Now()
	rotated, err := MaintainKeys(ctx, s.store, s.config.TokenKeyRotation, now)
	s.warn(ctx, "keys were not replaced", err)
	if len(rotated) > 0 {
		s.config.Logger.InfoContext(ctx, "new keys", "sets", rotated, "seal from", now.Add(DefaultKeyAhead).UTC().Format(time.RFC3339))
	}
}

// checkTokenKeyRotation wants no rotation at all, or one that leaves room between two.
func checkTokenKeyRotation(interval time.Duration) error {
	if interval != 0 && interval < minTokenKeyRotation {
		return fmt.Errorf("token keys are replaced when they are %v old at least, or never with 0: not %v", minTokenKeyRotation, interval)
	}
	return nil
}

// Rewrap has the sealing key at another place seal the key sets of a database.
func Rewrap(ctx context.Context, st *store.Store, to string, now time.Time) (store.Rewrapped, error) {
	key, err := sealingkey.Parse(ctx, to)
	if err != nil {
		return store.Rewrapped{}, fmt.Errorf("the new sealing key: %w", err)
	}
	return st.Rewrap(ctx, key, now)
}
