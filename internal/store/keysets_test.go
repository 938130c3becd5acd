package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/daypass/daypass/internal/store"
)

func keyring(t *testing.T, s *store.Store, purpose string) *store.Keyring[*keyset.Handle] {
	t.Helper()
	ring, err := store.NewKeyring(t.Context(), s, purpose, func(h *keyset.Handle) (*keyset.Handle, error) { return h, nil }, epoch)
	must(t, err)
	return ring
}

// Who can write the database and has not the sealing key can't have a set's keys used otherwise than the set says: whatever is
// changed, nothing is opened with it.
func TestChangedKeysets(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"another purpose's keys": {`update keysets set sealed = (select sealed from keysets where purpose = 'b'), instants = (select instants from keysets where purpose = 'b'),
			version = (select version from keysets where purpose = 'b') where purpose = 'a'`},
		"swapped sets":       {`update keysets set purpose = 'c' where purpose = 'a'`, `update keysets set purpose = 'a' where purpose = 'b'`},
		"a later end":        {`update keysets set instants = replace(instants, ' 0 ', ' 1 ') where purpose = 'a'`},
		"no instants":        {`update keysets set instants = '' where purpose = 'a'`},
		"one key's instants": {`update keysets set instants = substr(instants, 1, 40) where purpose = 'a'`},
		"a later version":    {`update keysets set version = version + 1 where purpose = 'a'`},
		"cut":                {`update keysets set sealed = substr(sealed, 1, length(sealed) - 1) where purpose = 'a'`},
		"nothing":            {`update keysets set sealed = substr(sealed, 1, 0) where purpose = 'a'`},
		"no row":             {`delete from keysets where purpose = 'a'`},
	}
	for name, db := range databases {
		for attack, statements := range tests {
			t.Run(name+"/"+attack, func(t *testing.T) {
				t.Parallel()
				ctx, options := t.Context(), db.options(t)
				s := open(t, options)
				running := keyring(t, s, "a")
				keyring(t, s, "b")
				for _, purpose := range []string{"a", "b"} {
					_, err := s.Rotate(ctx, purpose, store.Rotation{Now: epoch, Ahead: time.Hour, Keep: time.Hour})
					must(t, err)
				}
				_, err := running.At(ctx, epoch)
				must(t, err)
				for _, statement := range statements {
					execute(t, db.driver, strings.TrimPrefix(options.URL, db.cut), statement)
				}
				must(t, insertAccount(ctx, s, "1")) // has all of them looked at
				if attack != "no row" {             // which is a new set to who looks for the first time
					if _, err := store.NewKeyring(ctx, open(t, options), "a", func(h *keyset.Handle) (*keyset.Handle, error) { return h, nil }, epoch); err == nil {
						t.Error("opened")
					}
				}
				switch attack {
				case "a later version", "no row":
					if _, err := running.At(ctx, epoch); err == nil {
						t.Error("a process that runs takes it")
					}
				}
			})
		}
	}
}

// A process does not go back to keys that it has seen replaced, whoever put the old row back.
func TestKeysetsDoNotGoBack(t *testing.T) {
	t.Parallel()
	for name, db := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, options := t.Context(), db.options(t)
			url := strings.TrimPrefix(options.URL, db.cut)
			s := open(t, options)
			running := keyring(t, s, "a")
			execute(t, db.driver, url, `create table stolen as select * from keysets where purpose = 'a'`)
			_, err := s.Rotate(ctx, "a", store.Rotation{Now: epoch, Withdraw: true})
			must(t, err)
			_, err = running.At(ctx, epoch)
			must(t, err)
			execute(t, db.driver, url, `delete from keysets where purpose = 'a'`)
			execute(t, db.driver, url, `insert into keysets select * from stolen`)
			must(t, insertAccount(ctx, s, "1"))
			if _, err := running.At(ctx, epoch); err == nil || !strings.Contains(err.Error(), "is in version 0, and not that which came after the version 1") {
				t.Errorf("%v", err)
			}
			_, err = s.Rotate(ctx, "a", store.Rotation{Now: epoch, Withdraw: true}) // to another version 1
			must(t, err)
			if _, err := running.At(ctx, epoch); err == nil || !strings.Contains(err.Error(), "is in version 1, and not that which came after") {
				t.Errorf("%v", err)
			}
		})
	}
}

// What was opened with a ring is not for use any more when the ring changes: by a write, or because an instant has come.
func TestKeyringGeneration(t *testing.T) {
	t.Parallel()
	for name, db := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			options := db.options(t)
			s, other := open(t, options), open(t, options)
			running := keyring(t, s, "a")
			now := epoch
			last, err := running.Generation(ctx, now)
			must(t, err)
			for i, step := range []struct {
				name string
				do   func() error
				wait time.Duration
				grow bool
			}{
				{"nothing", func() error { return nil }, time.Minute, false},
				{"a write here", func() error { return insertAccount(ctx, s, "1") }, 0, true},
				{"a write elsewhere", func() error { return insertAccount(ctx, other, "2") }, time.Second, true},
				{"a rotation is announced", func() error {
					_, err := s.Rotate(ctx, "a", store.Rotation{Now: now, Ahead: time.Hour, Keep: time.Hour})
					return err
				}, 0, true},
				{"before it comes", func() error { return nil }, time.Hour - time.Second, false},
				{"it comes", func() error { return nil }, time.Second, true},
				{"the old key goes", func() error { return nil }, time.Hour, true},
				{"a withdrawal", func() error {
					_, err := s.Rotate(ctx, "a", store.Rotation{Now: now, Ahead: time.Hour, Keep: time.Hour, Withdraw: true})
					return err
				}, 0, true},
			} {
				must(t, step.do())
				now = now.Add(step.wait)
				generation, err := running.Generation(ctx, now)
				must(t, err)
				if generation < last || (generation > last) != step.grow {
					t.Errorf("step %d, %s: from %d to %d", i, step.name, last, generation)
				}
				last = generation
			}
		})
	}
}

// While the database can't be asked no key is used: it may have been withdrawn.
func TestKeyringOfAClosedStore(t *testing.T) {
	t.Parallel()
	s := open(t, newSQLite(t))
	running := keyring(t, s, "a")
	_, err := running.At(t.Context(), epoch)
	must(t, err)
	must(t, s.Close())
	if _, err := running.At(t.Context(), epoch.Add(time.Minute)); !errors.Is(err, store.ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
}

// A keyring that is asked while nothing changes allocates nothing.
func TestKeyringDoesNotAllocate(t *testing.T) {
	running := keyring(t, open(t, newSQLite(t)), "a")
	ctx := t.Context()
	_, err := running.At(ctx, epoch)
	must(t, err)
	if n := testing.AllocsPerRun(100, func() { _, err = running.At(ctx, epoch) }); n != 0 || err != nil {
		t.Errorf("%v allocations, %v", n, err)
	}
}

func BenchmarkKeyring(b *testing.B) {
	s, err := store.Open(b.Context(), newSQLite(b), epoch)
	must(b, err)
	b.Cleanup(func() { must(b, s.Close()) })
	ring, err := store.NewKeyring(b.Context(), s, "a", func(h *keyset.Handle) (*keyset.Handle, error) { return h, nil }, epoch)
	must(b, err)
	ctx := b.Context()
	for b.Loop() {
		if _, err := ring.At(ctx, epoch); err != nil {
			b.Fatal(err)
		}
	}
}

// rewraps changes between two sealing keys until it is killed, and begins with whichever opens.
func rewraps(ctx context.Context) error {
	keys := []store.SealingKeyFile{"sealing.key", "other.key"}
	for i := 0; ; i++ {
		s, err := store.Open(ctx, store.Options{URL: "daypass.db", SealingKey: keys[i%2]}, epoch)
		if err != nil {
			continue // the other one
		}
		if _, err := s.Rewrap(ctx, keys[(i+1)%2], epoch); err != nil {
			return err
		}
		if _, err := os.Stdout.WriteString("rewrapped\n"); err != nil {
			return err
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
}

// A rewrap that is killed at any moment leaves a database that one of the keys opens, and the other one does not.
func TestKilledWhileRewrapping(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("short: no child processes")
	}
	dir := t.TempDir()
	must(t, open(t, inDirectory(dir)).Close())
	other := inDirectory(dir)
	other.SealingKey = store.SealingKeyFile(filepath.Join(dir, "other.key"))
	for i := range 12 {
		cmd, lines := startChild(t, childRewraps, dir)
		if !lines.Scan() {
			t.Fatal("it does not rewrap")
		}
		time.Sleep(time.Duration(i) * time.Millisecond)
		must(t, cmd.Process.Kill())
		for lines.Scan() {
		}
		_ = cmd.Wait() // killed
		var opened []string
		for _, options := range []store.Options{inDirectory(dir), other} {
			s, err := store.Open(t.Context(), options, epoch)
			if err != nil {
				if !strings.Contains(err.Error(), "does not open the key set") {
					t.Error(err)
				}
				continue
			}
			opened = append(opened, options.SealingKey.String())
			sets, err := s.KeySets(t.Context())
			if err != nil || len(sets) != 1 {
				t.Errorf("%v, %v", sets, err)
			}
			must(t, s.Close())
		}
		if len(opened) != 1 {
			t.Fatalf("it opens with %v", opened)
		}
	}
}
