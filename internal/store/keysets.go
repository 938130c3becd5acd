package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// restPurpose names the key set that seals the secrets of this package's own rows.
const restPurpose = "rest"

// KeySet is what may be known of a key set: all but the keys themselves.
type KeySet struct {
	Purpose string
	Keys    []Key // by age, the youngest last
}

// Key is what may be known of a key of a set.
type Key struct {
	ID        uint32 // Tink's, which what was sealed with the key begins with
	CreatedAt time.Time
	// SealsFrom is when the key may begin to seal. The zero time is for one that seals at once, also where the clock is behind.
	SealsFrom time.Time
	// OpensUntil is when the key opens nothing any more; the zero time while it has no successor, or as long as its set is kept.
	OpensUntil time.Time
}

// Ended reports whether the key opens nothing any more at the instant.
func (k Key) Ended(now time.Time) bool { return !k.OpensUntil.IsZero() && !now.Before(k.OpensUntil) }

// Sealer is the key of the set that seals at the instant: of those that may, the youngest.
func (s KeySet) Sealer(now time.Time) (Key, bool) {
	for _, k := range slices.Backward(s.Keys) {
		if !now.Before(k.SealsFrom) && !k.Ended(now) {
			return k, true
		}
	}
	return Key{}, false
}

// The states of a key.
const (
	KeyAnnounced = "announced" // seals later
	KeySeals     = "seals"
	KeyOpens     = "opens" // and does not seal
	KeyEnded     = "ended" // is to be deleted
)

// State is what a key of the set does at the instant.
func (s KeySet) State(k Key, now time.Time) string {
	sealer, _ := s.Sealer(now)
	switch {
	case k.Ended(now):
		return KeyEnded
	case k.ID == sealer.ID:
		return KeySeals
	case now.Before(k.SealsFrom):
		return KeyAnnounced
	}
	return KeyOpens
}

// youngest is the key that was made last.
func (s KeySet) youngest() Key { return s.Keys[len(s.Keys)-1] }

// newKey is a template of the keys of a set: XChaCha20-Poly1305 with Tink's prefix.
var newKey = aead.XChaCha20Poly1305KeyTemplate

// keySet is a key set that is open.
type keySet struct {
	KeySet
	version  int64 // grows with each change
	instants string
	handle   *keyset.Handle
}

// at is the set as it is to be used at an instant: with its sealer as the primary key, and without the keys that have ended.
func (s *keySet) at(now time.Time) (*keyset.Handle, error) {
	sealer, ok := s.Sealer(now)
	if !ok {
		return nil, fmt.Errorf("no key of the key set %q may seal at %s", s.Purpose, now.Format(time.RFC3339))
	}
	m := keyset.NewManagerFromHandle(s.handle)
	if err := m.SetPrimary(sealer.ID); err != nil {
		return nil, err
	}
	for _, k := range s.Keys {
		if k.Ended(now) {
			if err := m.Delete(k.ID); err != nil {
				return nil, err
			}
		}
	}
	return m.Handle()
}

// steady are the instants around now between which the set is used in the same way; the zero time for no such end.
func (s *keySet) steady(now time.Time) (from, until time.Time) {
	for _, k := range s.Keys {
		for _, at := range []time.Time{k.SealsFrom, k.OpensUntil} {
			switch {
			case at.IsZero():
			case now.Before(at):
				if until.IsZero() || at.Before(until) {
					until = at
				}
			case at.After(from):
				from = at
			}
		}
	}
	return from, until
}

// The text form of a set's keys, which is sealed along with them: a line for each.
const keyLine = "%d %d %d %d\n"

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func (s KeySet) text() string {
	var b strings.Builder
	for _, k := range s.Keys {
		fmt.Fprintf(&b, keyLine, k.ID, micros(k.CreatedAt), micros(k.SealsFrom), micros(k.OpensUntil))
	}
	return b.String()
}

// parseKeys reads the text of a set that has opened.
func parseKeys(text string) (keys []Key, err error) {
	for line := range strings.Lines(text) {
		var k Key
		var created, from, until Time
		var at [3]int64
		if _, err := fmt.Sscanf(line, keyLine, &k.ID, &at[0], &at[1], &at[2]); err != nil {
			return nil, err
		}
		if err := errors.Join(created.Scan(at[0]), from.Scan(at[1]), until.Scan(at[2])); err != nil {
			return nil, err
		}
		k.CreatedAt, k.SealsFrom, k.OpensUntil = created.Time, from.Time, until.Time
		keys = append(keys, k)
	}
	return keys, nil
}

// place is the associated data of a set's row. A set with the key that it was made with is sealed as it was before sets had
// versions.
func (k Keyset) place() []byte {
	associated := place("keysets", k.Purpose, "sealed")
	if k.Instants == "" {
		return associated
	}
	return fmt.Appendf(associated, "|%d|%s", k.Version, k.Instants)
}

// openKeyset opens a row. Only the sealing key can have made it, for this purpose, with these instants and this version.
func (s *Store) openKeyset(row Keyset) (*keySet, error) {
	reader := keyset.NewBinaryReader(bytes.NewReader(row.Sealed))
	handle, err := keyset.ReadWithAssociatedData(reader, s.sealing.key, row.place())
	if err != nil {
		return nil, fmt.Errorf("the sealing key in %s, key %d, does not open the key set %q of this database, which was sealed with key %d: give that one: %w",
			s.sealing.source, s.sealing.id, row.Purpose, sealerOf(row), err)
	}
	set := &keySet{KeySet: KeySet{Purpose: row.Purpose}, version: row.Version, instants: row.Instants, handle: handle}
	if row.Instants == "" {
		set.Keys = []Key{{ID: handle.KeysetInfo().GetPrimaryKeyId(), CreatedAt: row.CreatedAt.Time}}
		return set, nil
	}
	if set.Keys, err = parseKeys(row.Instants); err != nil {
		return nil, fmt.Errorf("the key set %q: %w", row.Purpose, err)
	}
	return set, nil
}

// sealerOf is the id of the sealing key that a row was sealed with, 0 where it is cut.
func sealerOf(row Keyset) uint32 {
	encrypted, err := keyset.NewBinaryReader(bytes.NewReader(row.Sealed)).ReadEncrypted()
	if err != nil {
		return 0
	}
	return keyIDOf(encrypted.GetEncryptedKeyset())
}

// keyIDOf is the id of the key that something was sealed with: Tink's prefix is a 1 and the id.
func keyIDOf(sealed []byte) uint32 {
	if len(sealed) < prefixSize || sealed[0] != 1 {
		return 0
	}
	return binary.BigEndian.Uint32(sealed[1:])
}

// sealedWith is the range of what was sealed with a key.
func sealedWith(id uint32) countSealedOtherwiseParams {
	past := binary.BigEndian.AppendUint64(nil, 1<<32+uint64(id)+1)
	return countSealedOtherwiseParams{First: binary.BigEndian.AppendUint32([]byte{1}, id), Past: past[len(past)-prefixSize:]}
}

// prefixSize is the length of Tink's prefix.
const prefixSize = 5

// seal is the row of a set, sealed.
func (k sealingKey) seal(row Keyset, set *keySet) (updateKeysetParams, error) {
	var sealed bytes.Buffer
	err := set.handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&sealed), k.key, row.place())
	return updateKeysetParams{Purpose: row.Purpose, Sealed: sealed.Bytes(), Version: row.Version, Instants: row.Instants}, err
}

// putKeyset stores what has become of the set of a row.
func (s *Store) putKeyset(ctx context.Context, tx *Tx, row Keyset, set *keySet) error {
	row.Version, row.Instants = row.Version+1, set.text()
	sealed, err := s.sealing.seal(row, set)
	if err != nil {
		return err
	}
	_, err = tx.updateKeyset(ctx, sealed)
	return err
}

// keySet returns the key set of a purpose, and makes one at the first call. Processes that make one at the same time get the
// same. The sealing key seals it under its purpose, so that the key set of one purpose can't stand in for that of another.
func (s *Store) keySet(ctx context.Context, purpose string, now time.Time) (*keySet, error) {
	row, err := s.keysetRow(ctx, purpose)
	if errors.Is(err, ErrNotFound) {
		row, err = s.createKeyset(ctx, purpose, now)
	}
	if err != nil {
		return nil, err
	}
	return s.openKeyset(row)
}

func (s *Store) keysetRow(ctx context.Context, purpose string) (row Keyset, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		row, err = tx.keysetFor(ctx, purpose)
		return err
	})
	return row, err
}

// createKeyset stores a new key set unless there is one by now, and returns the one that is stored.
func (s *Store) createKeyset(ctx context.Context, purpose string, now time.Time) (row Keyset, err error) {
	handle, err := keyset.NewHandle(newKey())
	if err != nil {
		return Keyset{}, err
	}
	fresh, err := s.sealing.seal(Keyset{Purpose: purpose}, &keySet{handle: handle})
	if err != nil {
		return Keyset{}, err
	}
	err = s.Update(ctx, func(tx *Tx) error {
		if err := s.checkSealingKey(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.insertKeyset(ctx, insertKeysetParams{Purpose: purpose, Sealed: fresh.Sealed, CreatedAt: Time{now}}); err != nil {
			return err
		}
		row, err = tx.keysetFor(ctx, purpose)
		return err
	})
	return row, err
}

// checkSealingKey fails when the database has come to be sealed with another key since it was opened: what is sealed from now on
// must open with that one.
func (s *Store) checkSealingKey(ctx context.Context, tx *Tx) error {
	row, err := tx.keysetFor(ctx, restPurpose)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err == nil {
		_, err = s.openKeyset(row)
	}
	return err
}

// KeySets are all key sets that there are, by purpose. They were made, and their keys live, as it says: that is sealed too.
func (s *Store) KeySets(ctx context.Context) (sets []KeySet, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		sets = nil
		rows, err := tx.keysets(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			set, err := s.openKeyset(row)
			if err != nil {
				return err
			}
			sets = append(sets, set.KeySet)
		}
		return nil
	})
	return sets, err
}
