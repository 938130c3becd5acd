package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/daypass/daypass/internal/store"
)

const (
	ahead = 10 * time.Minute
	keep  = 36 * time.Hour
	seen  = time.Second // later, an update of another process is seen
)

// sealer is a key ring as it is used.
type sealer struct {
	*store.Keyring[*keyset.Handle]
	t *testing.T
}

func (h *harness) sealer(t *testing.T, s *store.Store) sealer {
	t.Helper()
	ring, err := newRing(t.Context(), s, "token", epoch)
	if err != nil {
		t.Fatal(err)
	}
	return sealer{ring, t}
}

func (s sealer) at(now time.Time) *keyset.Handle {
	s.t.Helper()
	handle, err := s.At(s.t.Context(), now)
	if err != nil {
		s.t.Fatal(err)
	}
	return handle
}

// primary is the key that seals.
func (s sealer) primary(now time.Time) uint32 {
	s.t.Helper()
	return s.at(now).KeysetInfo().GetPrimaryKeyId()
}

func (s sealer) seal(now time.Time) []byte {
	s.t.Helper()
	primitive, err := aead.New(s.at(now))
	if err != nil {
		s.t.Fatal(err)
	}
	sealed, err := primitive.Encrypt([]byte("x"), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return sealed
}

func (s sealer) opens(sealed []byte, now time.Time) bool {
	s.t.Helper()
	primitive, err := aead.New(s.at(now))
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = primitive.Decrypt(sealed, nil)
	return err == nil
}

func (h *harness) rotate(t *testing.T, r store.Rotation) {
	t.Helper()
	if rotated, err := h.Rotate(t.Context(), "token", r); err != nil || !rotated {
		t.Fatal(rotated, err)
	}
}

func (h *harness) keySet(t *testing.T, purpose string) store.KeySet {
	t.Helper()
	sets, err := h.KeySets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		if set.Purpose == purpose {
			return set
		}
	}
	t.Fatalf("there is no key set %q", purpose)
	return store.KeySet{}
}

// testRotation takes a key through its life, as two processes on the database see it.
func testRotation(t *testing.T, h *harness) {
	ours, theirs := h.sealer(t, h.Store), h.sealer(t, open(t, h.options))
	first := ours.primary(epoch)
	equal(t, first, theirs.primary(epoch))
	old := theirs.seal(epoch)

	rotation := epoch.Add(time.Hour)
	h.rotate(t, store.Rotation{Now: rotation, Ahead: ahead, Keep: keep})
	takeover, end := rotation.Add(ahead), rotation.Add(ahead+keep)
	set := h.keySet(t, "token")
	second := set.Keys[1].ID
	equal(t, store.KeySet{Purpose: "token", Keys: []store.Key{
		{ID: first, CreatedAt: epoch, OpensUntil: end}, {ID: second, CreatedAt: rotation, SealsFrom: takeover},
	}}, set)

	equal(t, first, ours.primary(rotation)) // which sees its own update at once
	equal(t, 2, len(ours.at(rotation).KeysetInfo().GetKeyInfo()))
	equal(t, 2, len(theirs.at(rotation.Add(seen)).KeysetInfo().GetKeyInfo())) // announced: they could open what the new key seals
	for name, s := range map[string]sealer{"ours": ours, "theirs": theirs} {
		for _, step := range []struct {
			at   time.Time
			want uint32
		}{
			{takeover.Add(-time.Microsecond), first},
			{takeover, second},
			{takeover.Add(-time.Microsecond), first}, // a clock that was set back
			{takeover.Add(time.Hour), second},
			{end.Add(time.Hour), second},
		} {
			if got := s.primary(step.at); got != step.want {
				t.Errorf("%s, at %v: %d seals, want %d", name, step.at, got, step.want)
			}
		}
		if fresh := ours.seal(takeover); !s.opens(fresh, takeover) || !s.opens(old, takeover) || !s.opens(old, end.Add(-time.Microsecond)) {
			t.Errorf("%s: what is sealed does not open in its time", name)
		}
		if s.opens(old, end) {
			t.Errorf("%s: the old key opens at its end", name)
		}
	}
	for at, want := range map[time.Time][]string{
		rotation: {store.KeySeals, store.KeyAnnounced},
		takeover: {store.KeyOpens, store.KeySeals},
		end:      {store.KeyEnded, store.KeySeals},
	} {
		equal(t, want, []string{set.State(set.Keys[0], at), set.State(set.Keys[1], at)})
	}

	if err := h.DeleteEndedKeys(t.Context(), "token", end.Add(-time.Microsecond)); err != nil {
		t.Fatal(err)
	}
	equal(t, set, h.keySet(t, "token"))
	if err := h.DeleteEndedKeys(t.Context(), "token", end); err != nil {
		t.Fatal(err)
	}
	equal(t, set.Keys[1:], h.keySet(t, "token").Keys)
	equal(t, second, theirs.primary(end.Add(2*time.Hour)))
}

// testRotationTwice holds that a second rotation before the first has taken effect has the last word.
func testRotationTwice(t *testing.T, h *harness) {
	ours := h.sealer(t, h.Store)
	h.rotate(t, store.Rotation{Now: epoch, Ahead: ahead, Keep: keep})
	h.rotate(t, store.Rotation{Now: epoch.Add(time.Minute), Keep: keep}) // at once
	keys := h.keySet(t, "token").Keys
	for _, at := range []time.Duration{-time.Hour, time.Minute, ahead, 2 * keep} { // also where a clock is behind
		equal(t, keys[2].ID, ours.primary(epoch.Add(at)))
	}
	equal(t, epoch.Add(ahead+keep), keys[0].OpensUntil) // keeps the end it had
	equal(t, epoch.Add(time.Minute+keep), keys[1].OpensUntil)
	for {
		if _, err := h.Rotate(t.Context(), "token", store.Rotation{Now: epoch, Keep: keep}); err != nil {
			if !strings.Contains(err.Error(), "can't have more") {
				t.Error(err)
			}
			break
		}
	}
	equal(t, 64, len(h.keySet(t, "token").Keys))
	if rotated, err := h.Rotate(t.Context(), "nothing", store.Rotation{Now: epoch}); rotated || !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a set that is not there: %v, %v", rotated, err)
	}
}

// testWithdrawal holds that a withdrawn key opens nothing, here at once and elsewhere within a second.
func testWithdrawal(t *testing.T, h *harness) {
	ours, theirs := h.sealer(t, h.Store), h.sealer(t, open(t, h.options))
	old := ours.seal(epoch)
	h.rotate(t, store.Rotation{Now: epoch, Ahead: ahead, Keep: keep})
	announced := h.keySet(t, "token").Keys[1].ID
	h.rotate(t, store.Rotation{Now: epoch, Ahead: ahead, Keep: keep, Withdraw: true})
	set := h.keySet(t, "token")
	if len(set.Keys) != 1 || set.Keys[0].ID == announced || !set.Keys[0].SealsFrom.IsZero() {
		t.Errorf("left: %+v", set.Keys)
	}
	if ours.opens(old, epoch) || ours.primary(epoch) != set.Keys[0].ID {
		t.Error("the withdrawn key is used where it was withdrawn")
	}
	if theirs.opens(old, epoch.Add(seen)) || theirs.primary(epoch.Add(seen)) != set.Keys[0].ID {
		t.Error("the withdrawn key is used elsewhere")
	}
}

// testDueRotation holds that of processes which find a key old at the same time one makes a new one.
func testDueRotation(t *testing.T, h *harness) {
	other := open(t, h.options)
	h.sealer(t, h.Store)
	due := store.Rotation{Now: epoch.Add(time.Hour), Ahead: ahead, Keep: keep, IfOlder: time.Hour}
	early := due
	early.Now = early.Now.Add(-time.Microsecond)
	if rotated, err := h.Rotate(t.Context(), "token", early); rotated || err != nil {
		t.Errorf("too early: %v, %v", rotated, err)
	}
	var winners atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s := h.Store
			if i%2 > 0 {
				s = other
			}
			rotated, err := s.Rotate(t.Context(), "token", due)
			if err != nil {
				t.Error(err)
			}
			if rotated {
				winners.Add(1)
			}
		})
	}
	wg.Wait()
	equal(t, int64(1), winners.Load())
	equal(t, 2, len(h.keySet(t, "token").Keys))
}

// secretOf is the secret of one of the rows that testReseal makes.
func secretOf(id string) string { return "secret of " + id }

// testReseal holds that secrets are sealed anew under the eyes of another process, which reads and writes meanwhile.
func testReseal(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	other := &harness{Store: open(t, h.options)}
	const rows = 450 // three transactions
	insert := func(h *harness, n int) {
		t.Helper()
		h.update(t, func(tx *store.Tx) error {
			id := fmt.Sprintf("AKIA%04d", n)
			return errors.Join(
				tx.InsertAccessKey(ctx, accessKey(id, "AIDA1"), secretOf(id)),
				tx.InsertMFADevice(ctx, hardware(accountA, fmt.Sprintf("GAHT%04d", n)), []byte(secretOf(id))),
			)
		})
	}
	check := func(h *harness, n int) {
		t.Helper()
		h.view(t, func(tx *store.Tx) error {
			for i := range n {
				id := fmt.Sprintf("AKIA%04d", i)
				key, err := tx.AccessKey(ctx, id)
				device, err2 := tx.MFADevice(ctx, fmt.Sprintf("GAHT%04d", i))
				if err := errors.Join(err, err2); err != nil {
					return err
				}
				secret, err := tx.Secret(ctx, key)
				seed, err2 := tx.Seed(ctx, device)
				if secret != secretOf(id) || string(seed) != secretOf(id) || err != nil || err2 != nil {
					t.Fatalf("%s: %q, %q, %v, %v", id, secret, seed, err, err2)
				}
			}
			return nil
		})
	}
	for n := range rows {
		insert(h, n)
	}
	h.update(t, func(tx *store.Tx) error {
		err := tx.InsertWebIdentityIssuer(ctx, store.InsertWebIdentityIssuerParams{AccountID: accountA, IssuerUUID: "uuid"})
		return errors.Join(err, tx.InsertWebIdentityKey(ctx, signingKey(accountA, "1", 1), []byte("signing key")))
	})
	before := h.keySet(t, "rest").Keys[0].ID

	resealed, err := h.Reseal(ctx, epoch.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, 2*rows+2, resealed) // and the device of the seed, and the signing key
	after := h.keySet(t, "rest")
	if len(after.Keys) != 1 || after.Keys[0].ID == before || !after.Keys[0].CreatedAt.Equal(epoch.Add(time.Hour)) {
		t.Errorf("left: %+v", after.Keys)
	}
	check(h, rows)
	insert(other, rows) // which has not met the new key yet
	check(other, rows+1)
	check(h, rows+1)
	check(&harness{Store: open(t, h.options)}, rows+1)
	h.view(t, func(tx *store.Tx) error {
		keys, err := tx.WebIdentityKeys(ctx, accountA)
		if err != nil {
			return err
		}
		opened, err := tx.SigningKey(ctx, keys[0])
		equal(t, "signing key", string(opened))
		return err
	})
}

// testResealAtOnce holds that nothing is lost to a pass that another process writes beside, or that runs twice.
func testResealAtOnce(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	other := &harness{Store: open(t, h.options)}
	const rows = 60
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := range rows {
			id := fmt.Sprintf("AKIA%04d", n)
			if err := other.Update(ctx, func(tx *store.Tx) error {
				return tx.InsertAccessKey(ctx, accessKey(id, "AIDA1"), secretOf(id))
			}); err != nil {
				t.Error(err)
			}
		}
	})
	for range 2 {
		wg.Go(func() {
			for range 3 {
				// A pass may find that the other one has made a newer key meanwhile: nothing is lost.
				if _, err := h.Reseal(ctx, epoch); err != nil && !strings.Contains(err.Error(), "run it again") {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if _, err := h.Reseal(ctx, epoch); err != nil {
		t.Error(err)
	}
	for _, s := range []*store.Store{h.Store, other.Store, open(t, h.options)} {
		(&harness{Store: s}).view(t, func(tx *store.Tx) error {
			for n := range rows {
				key, err := tx.AccessKey(ctx, fmt.Sprintf("AKIA%04d", n))
				if err != nil {
					return err
				}
				if _, err := tx.Secret(ctx, key); err != nil {
					t.Errorf("%s: %v", key.AccessKeyID, err)
				}
			}
			return nil
		})
	}
}

// testRewrap holds that the old sealing key opens nothing afterwards, the new one everything, and that a process which runs
// meanwhile goes on with what it knows and no further.
func testRewrap(t *testing.T, h *harness) {
	ctx := t.Context()
	h.seed(t)
	running := open(t, h.options)
	ring := h.sealer(t, running)
	sealed := ring.seal(epoch)
	h.rotate(t, store.Rotation{Now: epoch, Ahead: ahead, Keep: keep}) // a set in its second form
	ring.at(epoch.Add(seen))
	before := h.keySet(t, "token")

	next := h.options
	next.SealingKey = KeyFile(t)
	done, err := h.Rewrap(ctx, next.SealingKey, epoch)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(ctx, h.options, epoch)
	for _, text := range []string{"does not open the key set", h.options.SealingKey.String(), fmt.Sprintf("key %d,", done.From), fmt.Sprintf("key %d:", done.To)} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the old sealing key: %v, which does not say %q", err, text)
		}
	}
	fresh := &harness{Store: open(t, next), options: next}
	equal(t, before, fresh.keySet(t, "token"))
	if !fresh.sealer(t, fresh.Store).opens(sealed, epoch) {
		t.Error("what was sealed before does not open")
	}
	if _, err := fresh.Rewrap(ctx, next.SealingKey, epoch); err == nil {
		t.Error("rewrapped with the same key")
	}

	now := epoch.Add(time.Minute)
	if !ring.opens(sealed, now) {
		t.Error("a process that runs meanwhile has lost its keys")
	}
	h.view(t, func(tx *store.Tx) error {
		device, err := tx.MFADevice(ctx, serial("alice"))
		if err != nil {
			return err
		}
		_, err = tx.Seed(ctx, device)
		return err
	})
	if _, err := newRing(ctx, running, "another", epoch); err == nil || !strings.Contains(err.Error(), "does not open the key set") {
		t.Errorf("it makes a key set under the old sealing key: %v", err)
	}
	if _, err := running.Rotate(ctx, "token", store.Rotation{Now: now, Keep: keep}); err == nil || !strings.Contains(err.Error(), "does not open the key set") {
		t.Errorf("it rotates under the old sealing key: %v", err)
	}
	fresh.rotate(t, store.Rotation{Now: now, Withdraw: true})
	if _, err := ring.At(ctx, now.Add(2*seen)); err == nil {
		t.Error("it goes on with a withdrawn key that it can't see go")
	}
}

// testWrappedSealingKey holds that a key management service can keep the sealing key, from the first start on or by a rewrap.
func testWrappedSealingKey(t *testing.T, h *harness) {
	ctx := t.Context()
	service, stranger := newKMS(t, "kms://a"), newKMS(t, "kms://b")
	options := h.newDatabase(t)
	file := options.SealingKey
	options.SealingKey = service
	var wg sync.WaitGroup
	for range 3 { // at once
		wg.Go(func() {
			s, err := store.Open(ctx, options, epoch)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := keysAt(ctx, s, "token", epoch); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := &harness{Store: open(t, options), options: options}
	set := s.keySet(t, "token")

	refuses := func(key store.SealingKey, text string) {
		t.Helper()
		wrong := options
		wrong.SealingKey = key
		if _, err := store.Open(ctx, wrong, epoch); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, which does not say %q", key, err, text)
		}
	}
	refuses(stranger, "kms://b does not unwrap the sealing key of this database, which kms://a has wrapped")
	refuses(file, "is wrapped by kms://a")
	garbage, otherKey := service, service
	garbage.Key = answers{service.Key, []byte("x")}
	refuses(garbage, "is no sealing key")
	otherKey.Key = answers{service.Key, clearKey(t)} // for another ciphertext
	refuses(otherKey, "does not open the key set")

	if _, err := s.Rewrap(ctx, stranger, epoch); err != nil { // to another key
		t.Fatal(err)
	}
	refuses(service, "kms://a does not unwrap the sealing key of this database, which kms://b has wrapped")
	options.SealingKey = stranger
	s = &harness{Store: open(t, options), options: options}
	equal(t, set, s.keySet(t, "token"))
	if _, err := s.Rewrap(ctx, file, epoch); err != nil { // to a file
		t.Fatal(err)
	}
	refuses(stranger, "no sealing key that kms://b could have wrapped")
	options.SealingKey = file
	s = &harness{Store: open(t, options), options: options}
	equal(t, set, s.keySet(t, "token"))

	broken := service
	broken.Key = answers{service.Key, clearKey(t)}
	if _, err := s.Rewrap(ctx, broken, epoch); err == nil || !strings.Contains(err.Error(), "another sealing key than it wrapped") {
		t.Errorf("a service that gives back something else: %v", err)
	}
	open(t, options) // still
}

func newKMS(t *testing.T, name string) store.SealingKeyKMS {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	key, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	return store.SealingKeyKMS{Name: name, Key: service{key}}
}
