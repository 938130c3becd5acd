package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

var epoch = time.Unix(1_000_000, 0)

// newKeyIDs returns the ids of a new database's keys, with no free look left, and how to insert keys.
func newKeyIDs(t *testing.T) (k *AccessKeyIDs, insert func(ids ...string)) {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{URL: filepath.Join(dir, "daypass.db"), SealingKey: SealingKeyFile(filepath.Join(dir, "sealing.key"))}, epoch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	err = s.Update(t.Context(), func(tx *Tx) error { return tx.InsertAccount(t.Context(), InsertAccountParams{AccountID: "1"}) })
	if err != nil {
		t.Fatal(err)
	}
	k = NewAccessKeyIDs(s)
	for k.free.AllowN(epoch, 1) {
	}
	return k, func(ids ...string) {
		t.Helper()
		err := s.Update(t.Context(), func(tx *Tx) error {
			var err error
			for _, id := range ids {
				err = errors.Join(err, tx.InsertAccessKey(t.Context(), AccessKey{AccessKeyID: id, AccountID: "1"}, "secret"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func lacks(t *testing.T, k *AccessKeyIDs, id string) bool {
	t.Helper()
	generation, err := k.store.Generation(t.Context(), epoch)
	if err != nil {
		t.Fatal(err)
	}
	return k.lack(t.Context(), id, generation, epoch)
}

// TestKeyIDsAreBounded holds that ids of keys that are gone do not pile up.
func TestKeyIDsAreBounded(t *testing.T) {
	t.Parallel()
	k, insert := newKeyIDs(t)
	insert("AKIA1")
	if !lacks(t, k, "AKIA0") || lacks(t, k, "AKIA1") || k.most != 2+maxGone {
		t.Fatalf("up to %d ids", k.most)
	}
	for n := range k.most + 1 - len(k.hashes) {
		k.add([]accessKeyIDsRow{{AccessKeyID: fmt.Sprint("AKIAGONE", n)}})
	}
	if insert("AKIA2"); lacks(t, k, "AKIA2") || lacks(t, k, "AKIA1") || !lacks(t, k, "AKIA0") {
		t.Error("they are not what they were")
	}
	if len(k.hashes) != 2 {
		t.Errorf("%d ids are kept", len(k.hashes))
	}
}

// TestKeyIDsOfWhoGoesAway holds that ids are read although who has asked does not wait for it.
func TestKeyIDsOfWhoGoesAway(t *testing.T) {
	t.Parallel()
	k, insert := newKeyIDs(t)
	insert("AKIA1")
	generation, err := k.store.Generation(t.Context(), epoch)
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	k.lack(gone, "AKIA0", generation, epoch)
	if there, current := k.find("AKIA1", generation); !there || !current {
		t.Errorf("there: %t, current: %t", there, current)
	}
}

// TestKeyIDsThatCannotTell holds that the database is asked while the ids are read, or can't be.
func TestKeyIDsThatCannotTell(t *testing.T) {
	t.Parallel()
	k, insert := newKeyIDs(t)
	k.reading.Lock()
	if lacks(t, k, "AKIA0") {
		t.Error("it can tell before anything was read")
	}
	k.reading.Unlock()
	if !lacks(t, k, "AKIA0") {
		t.Error("it can't tell")
	}
	insert("AKIA1")
	k.reading.Lock()
	if lacks(t, k, "AKIA1") || lacks(t, k, "AKIA0") {
		t.Error("it can tell before what was inserted is read")
	}
	k.reading.Unlock()
	generation, err := k.store.Generation(t.Context(), epoch)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.store.Close(); err != nil {
		t.Fatal(err)
	}
	if k.lack(t.Context(), "AKIA0", generation, epoch) {
		t.Error("it can tell without the database")
	}
}
